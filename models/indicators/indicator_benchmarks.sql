-- The benchmark side of every indicator, in the cells that the framework asks for, with the
-- benchmark's own total of the cell.
{{ config(tags=['counts']) }}
with benchmark_counts as (
    select
        counts.*,
        totals.total
    from {{ ref('benchmark_counts') }} as counts
    inner join {{ ref('benchmark_totals') }} as totals
        on counts.service = totals.service
        and counts.benchmark = totals.benchmark
        and counts.unit = totals.unit
        and coalesce(counts.vintage, '') = coalesce(totals.vintage, '')
        and counts.period_type = totals.period_type
        and counts.period = totals.period
        and counts.dimension = totals.dimension
        and counts.dimension_value = totals.dimension_value
    where {{ is_reported('counts.service') }}
),

outcome_periods as (
    select distinct
        service,
        indicator,
        period_type,
        period
    from {{ ref('indicator_outcomes') }}
)

-- An interaction is held against the same period of its benchmark.
select
    counts.service,
    asked.indicator,
    asked.period_type,
    counts.period,
    asked.dimension,
    counts.dimension_value,
    counts.race_group,
    counts.count,
    counts.total
from {{ ref('indicator_cells') }} as asked
inner join benchmark_counts as counts
    on asked.benchmark = counts.benchmark
    and asked.benchmark_unit = counts.unit
    and asked.period_type = counts.period_type
    and asked.dimension = counts.dimension
where asked.benchmark_kind = 'interaction'
union all
-- Every period of an outcome is held against the same residents, those of its own service.
select
    counts.service,
    asked.indicator,
    asked.period_type,
    outcome_periods.period,
    asked.dimension,
    counts.dimension_value,
    counts.race_group,
    counts.count,
    counts.total
from {{ ref('indicator_cells') }} as asked
inner join outcome_periods
    on asked.indicator = outcome_periods.indicator
    and asked.period_type = outcome_periods.period_type
inner join benchmark_counts as counts
    on outcome_periods.service = counts.service
    and asked.benchmark = counts.benchmark
    and asked.benchmark_vintage = counts.vintage
    and asked.benchmark_unit = counts.unit
    and asked.dimension = counts.dimension
where asked.benchmark_kind = 'population'
