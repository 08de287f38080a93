-- How events repeat in people: sums over the people of a cell of products of their event counts,
-- by race group (x = outcome events, n = benchmark events, _g = those within the group, without =
-- all groups). Only the cells that the framework asks for, and only interactions whose people can
-- be told apart, which are those of the service of the run. A benchmark from outside has no events
-- of these people.
{{ config(tags=['counts']) }}
{%- set benchmark = "case when asked.form = 'subset' then asked.benchmark end" %}
with sides as (
    select
        asked.indicator,
        profiles.period_type,
        profiles.period,
        profiles.dimension,
        profiles.dimension_value,
        profiles.race_group,
        cast(profiles.people as double) as people,
        {{ events_in_profile('asked.outcome', '_g') }} as x_g,
        {{ events_in_profile('asked.outcome') }} as x,
        {{ events_in_profile(benchmark, '_g') }} as n_g,
        {{ events_in_profile(benchmark) }} as n
    from {{ ref('indicator_cells') }} as asked
    inner join {{ ref('person_profiles') }} as profiles
        on asked.period_type = profiles.period_type and asked.dimension = profiles.dimension
    where asked.unit = 'person' and asked.composition_rule is null
)

select
    {{ service_label() }} as service,
    indicator,
    period_type,
    period,
    dimension,
    dimension_value,
    race_group,
    sum(people * x_g * x_g) as m_xg_xg,
    sum(people * x_g * x) as m_xg_x,
    sum(people * n_g * n_g) as m_ng_ng,
    sum(people * x_g * n_g) as m_xg_ng,
    sum(people * x_g * n) as m_xg_n,
    sum(people * n_g * x) as m_ng_x,
    sum(people * n_g * n) as m_ng_n
from sides
where x_g > 0 or n_g > 0
group by indicator, period_type, period, dimension, dimension_value, race_group
