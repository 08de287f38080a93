-- Data quality, part 1: where the source is no longer what it was when somebody last looked, what
-- the gate set aside, what corrections.yml corrects, and where a copy of a table says something
-- else than the publisher's own.
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
union all
select
    loads.source,
    loads.table_name,
    'all' as period_type,
    'all' as period,
    'accuracy' as dimension,
    case corrections.status
        when 'applies' then 'corrected_values'
        when 'not_needed' then 'corrections_not_needed'
        else 'corrections_without_record'
    end as measure,
    corrections.field as subject,
    cast(count(*) as double) as value,
    case when corrections.status = 'applies' then 'ok' else 'warn' end as status,
    case corrections.status
        when 'applies' then 'Values that corrections.yml replaces in staging.'
        when 'not_needed' then 'The records have other values by now; take the lines out.'
        else 'Raw has no such record; it may stand in quarantine: run the job readmit.'
    end as detail,
    loads.owner
from {{ source('raw', 'config__corrections') }} as corrections
inner join {{ source('audit', 'current_loads') }} as loads
    on corrections.table_id = loads.source || '__' || loads.table_name
group by loads.source, loads.table_name, corrections.status, corrections.field, loads.owner
