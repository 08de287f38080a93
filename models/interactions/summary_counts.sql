-- Counts that a publisher made and no record stands behind: the use-of-force tables of Toronto, in
-- the service's own copy, or in the City's where the service's is absent. Each table is counted
-- for itself, because the tables do not sum to each other: there is no dimension `all`. Where
-- records of the same interaction, period and dimension are here, those count instead.
with printed as (
    select *
    from {{ ref('stg_tps__use_of_force_summary') }}
    where is_counted
),

-- Months, where a table has them, are parts of their year.
by_period as (
    select
        printed.*,
        'year' as period_type,
        printed.year as period
    from printed
    union all
    select
        printed.*,
        'month' as period_type,
        printed.month as period
    from printed
    where printed.month is not null
),

counted as (
    select
        {{ service_label() }} as service,
        interaction,
        'incident' as unit,
        'multiple_race_group' as composition_rule,
        period_type,
        period,
        dimension,
        dimension_value,
        race_group,
        cast(sum(incidents) as bigint) as count,
        cast(null as bigint) as persons
    from by_period
    group by interaction, period_type, period, dimension, dimension_value, race_group
),

recorded as (
    {%- for period_type in ['year', 'month'] %}
    {%- set first_period = loop.first %}
    {%- for stratifier in var('stratifiers') %}
    {{ 'union all' if not (first_period and loop.first) }}
    select distinct
        service,
        interaction,
        {{ period_type }} as period,
        '{{ stratifier }}' as dimension
    from {{ ref('interaction_units') }}
    where unit = 'incident' and {{ stratifier }} is not null
    {%- endfor %}
    {%- endfor %}
)

select counted.*
from counted
left join recorded
    on counted.service = recorded.service
    and counted.interaction = recorded.interaction
    and counted.period = recorded.period
    and counted.dimension = recorded.dimension
where recorded.service is null
