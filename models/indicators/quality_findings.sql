-- Data quality, part 1: where the source is no longer what it was when somebody last looked, what
-- the gate set aside, and where a copy of a table says something else than the publisher's own.
{{ config(tags=['results']) }}
select
    source,
    table_name,
    'all' as period_type,
    'all' as period,
    case kind
        when 'lost_column' then 'completeness'
        when 'new_label' then 'validity'
        else 'consistency'
    end as dimension,
    kind as measure,
    column_name || coalesce(': ' || label, '') as subject,
    cast(records as double) as value,
    case when policy = 'refuse' then 'refused' else 'warn' end as status,
    detail,
    owner
from {{ source('audit', 'current_drift') }}
union all
select
    source,
    table_name,
    'all' as period_type,
    'all' as period,
    'validity' as dimension,
    'rows_quarantined' as measure,
    null as subject,
    cast(rows_quarantined as double) as value,
    case when rows_quarantined > 0 then 'warn' else 'ok' end as status,
    'Rows of the delivery in force that the gate set aside.' as detail,
    owner
from {{ source('audit', 'current_loads') }}
where rows_quarantined is not null
union all
select
    'toronto_open_data' as source,
    table_name,
    'all' as period_type,
    'all' as period,
    'consistency' as dimension,
    'copy_differs' as measure,
    compared || ' ' || cell as subject,
    cast(coalesce(in_copy, 0) - coalesce(in_own, 0) as double) as value,
    'warn' as status,
    'The City''s copy holds that much more than the service''s own table, or less.' as detail,
    null as owner
from {{ ref('stg_tps__copy_differences') }}
