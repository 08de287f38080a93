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
            -- A report's people, and their race, stand in a table of their own.
            case
                when source_table = 'provincial_use_of_force.main_records'
                    then 'provincial_use_of_force.individual_records'
                else source_table
            end as table_behind,
            count(distinct case when race_group = 'Unmapped' then record_id end) as records
        from {{ ref('interaction_units') }}
        where unit = 'person'
        group by source_table
    ) as unmapped
    inner join {{ source('audit', 'current_loads') }} as loads
        on unmapped.table_behind = loads.source || '.' || loads.table_name
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
