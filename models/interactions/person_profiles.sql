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
with people_of_one as (
    -- People of a single encounter, as many as have the same one.
    select
        year,
        quarter,
        month,
        race_group,
        {{ var('stratifiers') | join(', ') }},
        {{ interactions | join(', ') }},
        count(*) as people
    from {{ ref('encounter_codes') }}
    where person_number is null
    group by
        year, quarter, month, race_group, {{ var('stratifiers') | join(', ') }},
        {{ interactions | join(', ') }}
),

profiles as (
    {%- for period_type in ['year', 'quarter', 'month', 'all'] %}
    {%- set first_period = loop.first %}
    {%- for dimension in ['all'] + var('stratifiers') | list %}
    {%- set cell = [period_type, dimension] | reject('equalto', 'all') | list %}
    {{ 'union all' if not (first_period and loop.first) }}
    select
        '{{ period_type }}' as period_type,
        {{ 'cast(null as smallint)' if period_type == 'all' else period_type }} as period,
        '{{ dimension }}' as dimension,
        {{ 'cast(null as smallint)' if dimension == 'all' else dimension }} as dimension_value,
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
    coalesce(dimension_values.value, 'all') as dimension_value,
    race_groups.value as race_group,
    {{ numbers }},
    profiles.people
from profiles
inner join {{ ref('encounter_values') }} as race_groups
    on profiles.race_group = race_groups.code and race_groups.field = 'race_group'
left join {{ ref('encounter_values') }} as periods
    on profiles.period = periods.code and profiles.period_type = periods.field
left join {{ ref('encounter_values') }} as dimension_values
    on profiles.dimension_value = dimension_values.code
    and profiles.dimension = dimension_values.field
