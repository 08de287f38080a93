-- Printed figures beside ours, with the reason where they differ. Public contract.
{{ config(tags=['results']) }}
select
    results.figure_id,
    results.service,
    results.published_id,
    results.statement,
    results.publisher,
    results.published_in,
    results.status,
    results.quantity,
    results.race_group,
    results.period_type,
    results.period,
    results.dimension,
    results.dimension_value,
    results.published_value,
    results.ours,
    results.difference,
    results.agrees,
    results.reason,
    results.explained,
    results.source_figures,
    run.framework_version,
    run.run_id
from {{ source('statistics', 'published_comparison') }} as results
cross join {{ source('raw', 'config__run') }} as run
