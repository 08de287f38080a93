-- Plain sentences made from results, of both kinds. Public contract.
{{ config(tags=['results']) }}
select
    results.figure_id,
    results.service,
    results.subject_type,
    results.subject,
    results.class,
    results.reading,
    results.indicator,
    results.measure,
    results.period_type,
    results.period,
    results.dimension,
    results.dimension_value,
    results.race_group,
    results.unit,
    results.benchmark,
    results.benchmark_vintage,
    results.estimate,
    results.low,
    results.high,
    results.sentence_en,
    results.sentence_fr,
    results.caveat_en,
    results.caveat_fr,
    results.data_as_of,
    results.source_figures,
    run.framework_version,
    run.run_id
from {{ source('statistics', 'findings') }} as results
cross join {{ source('raw', 'config__run') }} as run
