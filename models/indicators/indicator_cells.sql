-- What the framework asks for: one row an indicator, period type and dimension, with all that the
-- indicator's definition says of its two sides.
{{ config(tags=['counts']) }}
select
    indicators.indicator,
    indicators.outcome,
    indicators.unit,
    indicators.composition_rule,
    indicators.benchmark,
    indicators.benchmark_vintage,
    indicators.benchmark_unit,
    benchmarks.kind as benchmark_kind,
    indicators.form,
    cells.period_type,
    cells.dimension
from {{ source('raw', 'config__indicators') }} as indicators
inner join {{ source('raw', 'config__indicator_cells') }} as cells
    on indicators.indicator = cells.indicator
left join {{ source('raw', 'config__benchmarks') }} as benchmarks
    on indicators.benchmark = benchmarks.benchmark
    and coalesce(indicators.benchmark_vintage, '') = coalesce(benchmarks.vintage, '')
    and indicators.benchmark_unit = benchmarks.unit
