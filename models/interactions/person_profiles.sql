-- How events repeat in people: for every cell and race group, how many people have the same numbers
-- of events, by interaction (`_g` = within the race group, without = in all groups of the cell).
-- Counts, persons and sums of products over people all follow from it.
-- Perceived race belongs to the encounter, so a person can have events in several groups.
{%- set interactions = var('interactions_of_people') %}
{%- set numbers = [] %}
{%- for interaction in interactions %}
{%- do numbers.extend([interaction ~ '_g', interaction]) %}
{%- endfor %}
{%- set numbers = numbers | join(', ') %}
{%- set policies = var('policies') | list %}
{%- set columns = var('stratifiers') | list + policies %}
with people_of_one as (
    -- People of a single encounter, as many as have the same one.
    select
        year,
        quarter,
        month,
        race_group,
        {{ columns | join(', ') }},
        {{ interactions | join(', ') }},
        count(*) as people
    from {{ ref('encounter_codes') }}
    where person_number is null
    group by
        year, quarter, month, race_group, {{ columns | join(', ') }},
        {{ interactions | join(', ') }}
),

profiles as (
    {%- for period_type in ['year', 'quarter', 'month', 'all'] %}
    {%- set first_period = loop.first %}
    {#- What lies before and after a change spans years, quarters and months. #}
    {%- set dimensions = ['all'] + var('stratifiers') | list + var('crossings') | list %}
    {%- for dimension in dimensions + (policies if period_type == 'all' else []) %}
    {%- set crossed = dimension.split('*') %}
    {%- set cell = ([period_type] + crossed) | reject('equalto', 'all') | list %}
    {{ 'union all' if not (first_period and loop.first) }}
    select
        '{{ period_type }}' as period_type,
        {{ 'cast(null as smallint)' if period_type == 'all' else period_type }} as period,
        '{{ dimension }}' as dimension,
        '{{ crossed[0] }}' as field,
        {{ 'cast(null as smallint)' if dimension == 'all' else crossed[0] }} as value,
        {{ "'" ~ crossed[1] ~ "'" if crossed[1] else 'cast(null as string)' }} as second_field,
        {{ crossed[1] or 'cast(null as smallint)' }} as second_value,
        race_group,
        {{ numbers }},
        cast(sum(people) as bigint) as people
    from ({{ people_of_cells(cell, interactions) }}) as people_of_cells
    {{ 'where ' ~ cell | join(' is not null and ') ~ ' is not null' if cell }}
    group by {{ (cell + ['race_group']) | join(', ') }}, {{ numbers }}
    {%- endfor %}
    {%- endfor %}
)

select
    profiles.period_type,
    coalesce(periods.value, 'all') as period,
    profiles.dimension,
    case
        when profiles.second_field is not null
            then dimension_values.value || '|' || second_values.value
        else coalesce(dimension_values.value, 'all')
    end as dimension_value,
    race_groups.value as race_group,
    {{ numbers }},
    profiles.people
from profiles
inner join {{ ref('encounter_values') }} as race_groups
    on profiles.race_group = race_groups.code and race_groups.field = 'race_group'
left join {{ ref('encounter_values') }} as periods
    on profiles.period = periods.code and profiles.period_type = periods.field
left join {{ ref('encounter_values') }} as dimension_values
    on profiles.value = dimension_values.code
    and profiles.field = dimension_values.field
left join {{ ref('encounter_values') }} as second_values
    on profiles.second_value = second_values.code
    and profiles.second_field = second_values.field
