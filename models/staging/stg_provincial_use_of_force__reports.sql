-- Provincial use-of-force reports, all services of the file: one row an officer's or team's report.
with read as (
    select
        {{ clean_id('BatchFileName') }} as report_id,
        {{ clean_text('PoliceService') }} as service_label_raw,
        {{ clean_text('IncidentNumber') }} as incident_number,
        {{ clean_date('Date') }} as record_date,
        {{ clean_text('ApproximateTimeForceApplied') }} as time_text,
        {{ clean_text('ReportType') }} as report_type,
        {{ clean_flag('Inclusion_SOLGEN_ARA_Analysis') }} as is_included
    from {{ delivered('provincial_use_of_force__main_records') }}
)

select
    read.report_id,
    {{ standard_service('service_label', 'read.service_label_raw') }} as service,
    read.service_label_raw,
    -- A report without an incident number is an incident of its own, not one with all such others.
    coalesce(read.incident_number, 'report ' || read.report_id) as incident_id,
    read.record_date,
    {{ cast_or_null("cast(read.record_date as string) || ' ' || read.time_text", 'timestamp') }}
        as record_at,
    read.report_type,
    -- The ministry's mark of the reports that it uses for race analysis.
    coalesce(read.is_included, false) as is_included
from read
{{ join_label(
    'service_label', 'provincial_use_of_force', 'service', 'read.service_label_raw',
    'read.record_date') }}
