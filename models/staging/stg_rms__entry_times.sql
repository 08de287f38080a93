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
with dated as (
    {%- for table, event_time in event_times.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ table }}' as table_name,
        {{ clean_date(event_time) }} as record_date,
        {{ clean_date('updated_at') }} as changed_on
    from {{ source('raw', 'rms__' ~ table) }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
    {%- endfor %}
)

select
    table_name,
    {{ year_of('record_date') }} as year,
    {{ days_between('record_date', 'changed_on') }} as days_until_changed,
    count(*) as records
from dated
where record_date is not null and changed_on is not null
group by
    table_name,
    {{ year_of('record_date') }},
    {{ days_between('record_date', 'changed_on') }}
