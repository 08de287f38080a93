-- What is known of the quality of each table that the marts are made from. Public contract.
{{ config(tags=['results']) }}
with measured as (
    -- Where the source is no longer what it was when somebody last looked.
    select
        source,
        table_name,
        case kind
            when 'lost_column' then 'completeness'
            when 'new_label' then 'validity'
            else 'consistency'
        end as dimension,
        kind as measure,
        column_name || coalesce(': ' || label, '') as subject,
        records as value,
        case when policy = 'refuse' then 'refused' else 'warn' end as status,
        detail,
        owner
    from {{ source('audit', 'current_drift') }}
    union all
    select
        source,
        table_name,
        'validity' as dimension,
        'rows_quarantined' as measure,
        null as subject,
        rows_quarantined as value,
        case when rows_quarantined > 0 then 'warn' else 'ok' end as status,
        'Rows of the delivery in force that the gate set aside.' as detail,
        owner
    from {{ source('audit', 'current_loads') }}
    where rows_quarantined is not null
    union all
    -- Records of people whose race has a label that labels.csv lacks on the day of the record.
    select
        loads.source,
        loads.table_name,
        'validity' as dimension,
        'unmapped_records' as measure,
        'race_group' as subject,
        unmapped.records as value,
        case when unmapped.records > 0 then 'warn' else 'ok' end as status,
        'Records that count as Unmapped in every total by race group.' as detail,
        loads.owner
    from (
        select
            source_table as table_behind,
            count(case when race_group = 'Unmapped' then 1 end) as records
        from {{ ref('encounters') }}
        group by source_table
        union all
        select
            -- A report's people, and their race, stand in a table of their own.
            case
                when source_table = 'provincial_use_of_force.main_records'
                    then 'provincial_use_of_force.individual_records'
                else source_table
            end as table_behind,
            count(case when race_group = 'Unmapped' then 1 end) as records
        from {{ ref('use_of_force_persons') }}
        group by source_table
    ) as unmapped
    inner join {{ source('audit', 'current_loads') }} as loads
        on unmapped.table_behind = loads.source || '.' || loads.table_name
    union all
    -- Where a copy of a table says something else than the publisher's own.
    select
        loads.source,
        loads.table_name,
        'consistency' as dimension,
        'copy_differs' as measure,
        differences.compared || ' ' || differences.cell as subject,
        coalesce(differences.in_copy, 0) - coalesce(differences.in_own, 0) as value,
        'warn' as status,
        'The City''s copy holds that much more than the service''s own table, or less.' as detail,
        loads.owner
    from {{ ref('stg_tps__copy_differences') }} as differences
    inner join {{ source('audit', 'current_loads') }} as loads
        on
        loads.source = 'toronto_open_data'
        and differences.table_name = loads.table_name
)

select
    {{ service_label() }} as service,
    measured.source,
    measured.table_name,
    'all' as period_type,
    'all' as period,
    measured.dimension,
    measured.measure,
    measured.subject,
    cast(measured.value as double) as value,
    measured.status,
    measured.detail,
    measured.owner,
    loads.data_as_of
from measured
left join {{ source('audit', 'current_loads') }} as loads
    on measured.source = loads.source and measured.table_name = loads.table_name
