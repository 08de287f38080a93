{#- People (`people` of them) of each cell and race group: their events of each interaction within
    the race group (`_g`) and in all groups. A cell is what the columns `cell` span. Whoever has a
    single encounter needs no grouping by person; whoever is perceived in one race group throughout
    has the same events within it as in all. -#}
{% macro people_of_cells(cell, interactions) -%}
    {%- set all_groups = ['person_number'] + cell -%}
    {%- set one_group = all_groups + ['race_group'] -%}
    select
        {{ (cell + ['race_group']) | join(', ') }}
        {%- for interaction in interactions %},
        {{ interaction }} as {{ interaction }}_g,
        {{ interaction }}
        {%- endfor %},
        people
    from people_of_one
    union all
    select
        {{ (cell + ['race_group']) | join(', ') }}
        {%- for interaction in interactions %},
        {{ interaction }} as {{ interaction }}_g,
        {{ interaction }}
        {%- endfor %},
        1 as people
    from ({{ events_of_people(one_group, interactions, 'not has_several_race_groups') }}) as once
    union all
    select
        {% for column in cell %}within.{{ column }}, {% endfor %}within.race_group
        {%- for interaction in interactions %},
        within.{{ interaction }} as {{ interaction }}_g,
        whole.{{ interaction }}
        {%- endfor %},
        1 as people
    from ({{ events_of_people(one_group, interactions, 'has_several_race_groups') }}) as within
    inner join
        ({{ events_of_people(all_groups, interactions, 'has_several_race_groups') }}) as whole
        on {% for column in all_groups -%}
            {{ 'and ' if not loop.first }}within.{{ column }} = whole.{{ column }}
        {% endfor %}
{%- endmacro %}

{#- Sums of the events of people who have several encounters, by `columns`. -#}
{% macro events_of_people(columns, interactions, condition) -%}
    select
        {{ columns | join(', ') }}
        {%- for interaction in interactions %},
        cast(sum({{ interaction }}) as integer) as {{ interaction }}
        {%- endfor %}
    from {{ ref('encounter_codes') }}
    where {{ condition }}
    group by {{ columns | join(', ') }}
{%- endmacro %}

{#- The events in `profiles` of the interaction that the expression `named` names, 0 of one whose
    people cannot be told apart. Suffix `_g`: those within the race group. -#}
{% macro events_in_profile(named, suffix='') -%}
    case {{ named }}
        {%- for interaction in var('interactions_of_people') %}
        when '{{ interaction }}' then profiles.{{ interaction }}{{ suffix }}
        {%- endfor %}
        else 0
    end
{%- endmacro %}
