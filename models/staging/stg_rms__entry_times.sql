-- Records management system: how many days after the event each record was last changed, counted
-- for each table and year of the event. Deleted rows, and rows without either time, left out.
-- Bookings and youth diversions are not here: their records are changed again when custody or the
-- programme ends, so that the last change says nothing of the entry. Read from the raw tables:
-- their staging models are views, whose labels would be looked up for millions of rows only to be
-- left aside.
{%- set event_times = {
    'arrests': 'arrested_at',
    'calls_for_service': 'received_at',
    'child_protection_apprehensions': 'apprehended_at',
    'enforcement_actions': 'action_at',
    'mental_health_apprehensions': 'apprehended_at',
    'strip_searches': 'searched_at',
} %}
with days as (
    -- Times are cut to their day and counted before they are read: there are few days.
    {%- for table, event_time in event_times.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ table }}' as table_name,
        {{ day_text(event_time) }} as event_day,
        {{ day_text('updated_at') }} as changed_day,
        count(*) as records
    from {{ delivered('rms__' ~ table) }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
    group by
        {{ day_text(event_time) }},
        {{ day_text('updated_at') }}
    {%- endfor %}
),

dated as (
    select
        table_name,
        {{ clean_date('event_day') }} as record_date,
        {{ clean_date('changed_day') }} as changed_on,
        records
    from days
)

select
    table_name,
    {{ year_of('record_date') }} as year,
    {{ days_between('record_date', 'changed_on') }} as days_until_changed,
    cast(sum(records) as bigint) as records
from dated
where record_date is not null and changed_on is not null
group by
    table_name,
    {{ year_of('record_date') }},
    {{ days_between('record_date', 'changed_on') }}
