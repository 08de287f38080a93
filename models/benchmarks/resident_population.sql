-- Residents by benchmark, vintage, stratum and race group, put together from a census profile or
-- from the population tables that a service supplies; beside each, the publisher's printed total.
with census_parts as (
    select
        {{ service_label() }} as service,
        benchmarks.benchmark,
        benchmarks.vintage,
        benchmarks.source_table as source,
        'all' as dimension,
        'all' as dimension_value,
        parts.race_group,
        parts.sign * profile.residents as residents
    from {{ source('raw', 'config__benchmarks') }} as benchmarks
    inner join {{ source('raw', 'config__population_parts') }} as parts
        on benchmarks.benchmark = parts.benchmark
        and benchmarks.vintage = parts.vintage
    left join {{ ref('stg_census__profile') }} as profile
        on lower(trim(parts.topic)) || '|' || lower(trim(parts.characteristic))
        = profile.line_key
    where
        benchmarks.source_table = 'census.neighbourhood_profile'
        -- Without a profile the benchmark is absent, not one whose groups have no count.
        and exists (select 1 from {{ ref('stg_census__profile') }})
),

supplied_parts as (
    select
        coalesce(residents.service, {{ service_label() }}) as service,
        benchmarks.benchmark,
        benchmarks.vintage,
        residents.source_label as source,
        -- The one stratum that a benchmark is about is all of it.
        case when benchmarks.stratum is null then residents.dimension else 'all' end as dimension,
        case
            when benchmarks.stratum is null then residents.dimension_value else 'all'
        end as dimension_value,
        residents.race_group,
        residents.residents
    from {{ source('raw', 'config__benchmarks') }} as benchmarks
    inner join {{ ref('stg_population__residents') }} as residents
        on benchmarks.vintage = residents.vintage
        and coalesce(benchmarks.source_label, residents.source_label) = residents.source_label
        and coalesce(benchmarks.stratum, residents.dimension || '=' || residents.dimension_value)
        = residents.dimension || '=' || residents.dimension_value
    where benchmarks.source_table = 'population.residents'
),

counted as (
    select
        service,
        benchmark,
        vintage,
        source,
        dimension,
        dimension_value,
        race_group,
        -- One part not found or not a number leaves the group without a count, never a smaller one.
        case when count(residents) = count(*) then cast(sum(residents) as bigint) end as count
    from (
        select * from census_parts
        union all
        select * from supplied_parts
    ) as parts
    group by service, benchmark, vintage, source, dimension, dimension_value, race_group
)

select
    counted.service,
    counted.benchmark,
    counted.vintage,
    counted.source,
    counted.dimension,
    counted.dimension_value,
    counted.race_group,
    counted.count,
    printed.count as total
from counted
left join counted as printed
    on counted.service = printed.service
    and counted.benchmark = printed.benchmark
    and counted.vintage = printed.vintage
    and counted.source = printed.source
    and counted.dimension = printed.dimension
    and counted.dimension_value = printed.dimension_value
    and printed.race_group = 'Total'
where counted.race_group != 'Total'
