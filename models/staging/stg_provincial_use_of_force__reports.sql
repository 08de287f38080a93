-- Provincial use-of-force reports, all services of the file: one row an officer's or team's report.
with read as (
    select
        {{ clean_id('BatchFileName') }} as report_id,
        {{ clean_text('PoliceService') }} as service,
        {{ clean_text('IncidentNumber') }} as incident_number,
        {{ clean_date('Date') }} as record_date,
        {{ clean_text('ReportType') }} as report_type,
        {{ clean_flag('Inclusion_SOLGEN_ARA_Analysis') }} as is_included
    from {{ source('raw', 'provincial_use_of_force__main_records') }}
)

select
    report_id,
    service,
    -- A report without an incident number is an incident of its own, not one with all such others.
    coalesce(incident_number, 'report ' || report_id) as incident_id,
    record_date,
    report_type,
    -- The ministry's mark of the reports that it uses for race analysis.
    coalesce(is_included, false) as is_included
from read
