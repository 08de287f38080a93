-- Data quality, part 3: records that were entered, or changed once more, long after their event.
-- Of a records management system alone: other sources do not say when a record was entered.
{{ config(tags=['results']) }}
{%- set days = var('late_after_days') %}
with entry_times as (
    select * from {{ ref('stg_rms__entry_times') }}
),

by_period as (
    {{ of_years_and_all('entry_times') }}
),

summed as (
    select
        table_name,
        period_type,
        period,
        cast(sum(records) as bigint) as records,
        cast(sum(case when days_until_changed > {{ days }} then records else 0 end) as bigint)
            as late
    from by_period
    group by table_name, period_type, period
)

select
    'rms' as source,
    table_name,
    period_type,
    period,
    'timeliness' as dimension,
    'late_record_share' as measure,
    cast(null as string) as subject,
    late / records as value,
    {{ quality_status('late_record_share', 'late / records') }} as status,
    {{ so_many_of('late', 'records', 'records were entered or last changed more than ' ~ days
        ~ ' days after the event. A correction moves the time of change: no more than these were'
        ~ ' entered so late.') }} as detail
from summed
