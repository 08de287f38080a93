-- Data quality, part 4: linkage between systems. Of the records that should name a record of
-- another table, the share whose other record is there. Only between tables that the service has.
{{ config(tags=['results']) }}
with counted as (
    select
        'rms' as source,
        table_name,
        linked_table,
        subject,
        year,
        records,
        linked_records
    from {{ ref('stg_rms__links') }}
    union all
    -- Toronto publishes searches and arrests in one table: a search without an ArrestID has none.
    select
        'tps' as source,
        'arrests' as table_name,
        'arrests' as linked_table,
        'strip searches to arrests' as subject,
        arrest_year as year,
        count(*) as records,
        count(arrest_id) as linked_records
    from {{ ref('stg_tps__arrests') }}
    where is_strip_searched
    group by arrest_year
    union all
    select
        'tps' as source,
        'arrests' as table_name,
        'arrests' as linked_table,
        'strip searches to bookings' as subject,
        arrest_year as year,
        count(*) as records,
        count(case when is_recorded_booked then 1 end) as linked_records
    from {{ ref('stg_tps__arrests') }}
    where is_strip_searched
    group by arrest_year
    union all
    select
        'provincial_use_of_force' as source,
        'main_records' as table_name,
        'individual_records' as linked_table,
        'included reports to people' as subject,
        year,
        count(*) as records,
        count(case when people > 0 then 1 end) as linked_records
    from {{ ref('use_of_force_reports') }}
    where source_table = 'provincial_use_of_force.main_records'
    group by year
    union all
    -- The report tells the date of its people: people without a report are of no year.
    select
        'provincial_use_of_force' as source,
        'individual_records' as table_name,
        'main_records' as linked_table,
        'people to reports' as subject,
        null as year,
        count(*) as records,
        count(reports.report_id) as linked_records
    from {{ ref('stg_provincial_use_of_force__individuals') }} as individuals
    left join {{ ref('stg_provincial_use_of_force__reports') }} as reports
        on individuals.report_id = reports.report_id
),

by_period as (
    {{ of_years_and_all('counted') }}
),

summed as (
    select
        source,
        table_name,
        linked_table,
        subject,
        period_type,
        period,
        cast(sum(records) as bigint) as records,
        cast(sum(linked_records) as bigint) as linked_records
    from by_period
    group by source, table_name, linked_table, subject, period_type, period
)

select
    summed.source,
    summed.table_name,
    summed.period_type,
    summed.period,
    'integrity' as dimension,
    'linked_share' as measure,
    summed.subject,
    summed.linked_records / summed.records as value,
    {{ quality_status('linked_share', 'summed.linked_records / summed.records') }} as status,
    {{ so_many_of('summed.linked_records', 'summed.records',
        'records have their counterpart on the other side.') }} as detail
from summed
inner join {{ source('audit', 'current_loads') }} as loads
    on summed.source = loads.source and summed.table_name = loads.table_name
inner join {{ source('audit', 'current_loads') }} as linked_loads
    on summed.source = linked_loads.source and summed.linked_table = linked_loads.table_name
where summed.records > 0
