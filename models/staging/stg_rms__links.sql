-- Records management system: how many records of one table name a record of another, and how many
-- of those are there, counted for each year. Deleted rows are not there. A record that should name
-- another and names none counts as one whose other is missing. Read from the raw tables, as
-- stg_rms__entry_times is; each of them as few times as can be.
{%- set of_arrests = [
    {'subject': 'strip searches to arrests', 'table': 'strip_searches', 'date': 'searched_at',
        'only': cast_or_null(clean_id('search_level'), 'integer') ~ ' = 3'},
    {'subject': 'bookings to arrests', 'table': 'bookings', 'date': 'booked_at'},
    {'subject': 'enforcement actions of type Arrest to arrests', 'table': 'enforcement_actions',
        'date': 'action_at', 'only': "trim(action_type) = 'Arrest'"},
] %}
{%- set of_actions = [
    {'subject': 'youth diversions to enforcement actions', 'table': 'youth_diversions',
        'date': 'diverted_at'},
    {'subject': 'mental health apprehensions to enforcement actions',
        'table': 'mental_health_apprehensions', 'date': 'apprehended_at'},
    {'subject': 'child protection apprehensions to enforcement actions',
        'table': 'child_protection_apprehensions', 'date': 'apprehended_at'},
] %}
with naming_arrests as (
    {{ records_that_name(of_arrests, 'arrest_id') }}
),

naming_actions as (
    {{ records_that_name(of_actions, 'action_id') }}
),

-- A key stands once in its own table: the gate sees to it.
arrests as (
    select
        {{ clean_id('arrest_id') }} as record_id,
        coalesce({{ clean_flag('booked') }}, false) as is_marked_booked
    from {{ delivered('rms__arrests') }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
),

actions as (
    select {{ clean_id('action_id') }} as record_id
    from {{ delivered('rms__enforcement_actions') }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
),

marked_booked as (
    select
        {{ clean_id('arrest_id') }} as record_id,
        {{ day_text('arrested_at') }} as record_day
    from {{ delivered('rms__arrests') }}
    where
        not coalesce({{ clean_flag('is_deleted') }}, false)
        and {{ clean_flag('booked') }}
),

booked as (
    select distinct {{ clean_id('arrest_id') }} as arrest_id
    from {{ delivered('rms__bookings') }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
),

arrests_named as (
    select
        naming_arrests.table_name,
        naming_arrests.subject,
        naming_arrests.record_day,
        count(*) as records,
        count(arrests.record_id) as linked_records,
        count(case when arrests.is_marked_booked then 1 end) as linked_to_booked
    from naming_arrests
    left join arrests on naming_arrests.named_id = arrests.record_id
    group by naming_arrests.table_name, naming_arrests.subject, naming_arrests.record_day
),

counted as (
    select
        table_name,
        'arrests' as linked_table,
        subject,
        record_day,
        records,
        linked_records
    from arrests_named
    union all
    select
        table_name,
        'arrests' as linked_table,
        'bookings to arrests marked as booked' as subject,
        record_day,
        records,
        linked_to_booked as linked_records
    from arrests_named
    where table_name = 'bookings'
    union all
    select
        'arrests' as table_name,
        'bookings' as linked_table,
        'arrests marked as booked to bookings' as subject,
        marked_booked.record_day,
        count(*) as records,
        count(booked.arrest_id) as linked_records
    from marked_booked
    left join booked on marked_booked.record_id = booked.arrest_id
    group by marked_booked.record_day
    union all
    select
        naming_actions.table_name,
        'enforcement_actions' as linked_table,
        naming_actions.subject,
        naming_actions.record_day,
        count(*) as records,
        count(actions.record_id) as linked_records
    from naming_actions
    left join actions on naming_actions.named_id = actions.record_id
    group by naming_actions.table_name, naming_actions.subject, naming_actions.record_day
)

select
    table_name,
    linked_table,
    subject,
    {{ year_of(clean_date('record_day')) }} as year,
    cast(sum(records) as bigint) as records,
    cast(sum(linked_records) as bigint) as linked_records
from counted
group by table_name, linked_table, subject, {{ year_of(clean_date('record_day')) }}
