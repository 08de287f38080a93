-- The total of each cell of `benchmark_counts` over all race groups. For residents it is the
-- publisher's printed total, which random rounding keeps some tens away from the sum of the groups.
select
    service,
    benchmark,
    unit,
    vintage,
    period_type,
    period,
    dimension,
    dimension_value,
    cast(sum(count) as bigint) as total
from {{ ref('benchmark_counts') }}
where vintage is null
group by
    service, benchmark, unit, vintage, period_type, period, dimension, dimension_value
union all
select distinct
    residents.service,
    residents.benchmark,
    benchmarks.unit,
    residents.vintage,
    'all' as period_type,
    'all' as period,
    residents.dimension,
    residents.dimension_value,
    residents.total
from {{ ref('resident_population') }} as residents
inner join {{ source('raw', 'config__benchmarks') }} as benchmarks
    on residents.benchmark = benchmarks.benchmark
    and residents.vintage = benchmarks.vintage
