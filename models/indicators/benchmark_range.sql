-- How far readings of one outcome lie apart over benchmarks. Public contract.
{{ config(tags=['results']) }}
select
    results.figure_id,
    results.service,
    results.outcome,
    results.unit,
    results.composition_rule,
    results.period_type,
    results.period,
    results.dimension,
    results.dimension_value,
    results.race_group,
    results.benchmarks,
    results.index_lowest,
    results.benchmark_of_lowest,
    results.index_highest,
    results.benchmark_of_highest,
    results.range_low,
    results.range_high,
    results.readings,
    results.robustness,
    results.reading,
    results.data_as_of,
    results.source_figures,
    run.framework_version,
    run.run_id
from {{ source('statistics', 'benchmark_range') }} as results
cross join {{ source('raw', 'config__run') }} as run
