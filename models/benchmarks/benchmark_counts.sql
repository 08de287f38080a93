-- Counts of every comparison population by period, dimension and race group. Public contract.
-- Interactions stand for their own periods; residents have one period, `all`.
select
    counts.service,
    benchmarks.benchmark,
    benchmarks.unit,
    benchmarks.vintage,
    counts.period_type,
    counts.period,
    counts.dimension,
    counts.dimension_value,
    counts.race_group,
    counts.count,
    counts.persons
from {{ source('raw', 'config__benchmarks') }} as benchmarks
inner join {{ ref('interaction_counts') }} as counts
    on benchmarks.benchmark = counts.interaction
    and benchmarks.unit = counts.unit
where benchmarks.kind = 'interaction'
union all
select
    residents.service,
    residents.benchmark,
    benchmarks.unit,
    residents.vintage,
    'all' as period_type,
    'all' as period,
    residents.dimension,
    residents.dimension_value,
    residents.race_group,
    residents.count,
    cast(null as bigint) as persons
from {{ ref('resident_population') }} as residents
inner join {{ source('raw', 'config__benchmarks') }} as benchmarks
    on residents.benchmark = benchmarks.benchmark
    and residents.vintage = benchmarks.vintage
