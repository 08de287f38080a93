-- How events repeat in people: sums over the people of a cell of products of their event counts,
-- by race group (x = outcome events, n = benchmark events, _g = those within the group, without =
-- all groups). Only the cells that the framework asks for.
-- Perceived race belongs to the encounter, so a person can have events in several groups.
{{ config(tags=['counts']) }}
{%- set dimensions = ['all'] %}
{%- do dimensions.extend(var('stratifiers')) %}
{%- for period_type in ['year', 'quarter', 'month', 'all'] %}
{%- set period = "'all'" if period_type == 'all' else period_type %}
{%- set first_period = loop.first %}
{%- for dimension in dimensions %}
{%- set value = "'all'" if dimension == 'all' else dimension %}
{{ 'union all' if not (first_period and loop.first) }}
select
    indicator,
    '{{ period_type }}' as period_type,
    period,
    '{{ dimension }}' as dimension,
    dimension_value,
    race_group,
    sum(x_g * x_g) as m_xg_xg,
    sum(x_g * x) as m_xg_x,
    sum(n_g * n_g) as m_ng_ng,
    sum(x_g * n_g) as m_xg_ng,
    sum(x_g * n) as m_xg_n,
    sum(n_g * x) as m_ng_x,
    sum(n_g * n) as m_ng_n
from (
    select
        indicator,
        {{ period }} as period,
        {{ value }} as dimension_value,
        race_group,
        cast(sum(x) as double) as x_g,
        cast(sum(n) as double) as n_g,
        cast(sum(sum(x)) over person as double) as x,
        cast(sum(sum(n)) over person as double) as n
    from {{ ref('person_events') }}
    where
        indicator in (
            select cells.indicator
            from {{ ref('indicator_cells') }} as cells
            where cells.period_type = '{{ period_type }}' and cells.dimension = '{{ dimension }}'
        )
        and {{ period }} is not null
        and {{ value }} is not null
    group by indicator, person_number, {{ period }}, {{ value }}, race_group
    window person as (partition by indicator, person_number, {{ period }}, {{ value }})
) as people
group by indicator, period, dimension_value, race_group
{%- endfor %}
{%- endfor %}
