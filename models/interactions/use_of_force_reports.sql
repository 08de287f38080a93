-- One row an officer's (or team's) report that is included in race analysis.
select
    reports.service,
    reports.incident_id,
    reports.report_id,
    reports.report_type,
    reports.record_date,
    {{ one_value_or('Multiple race group', 'persons.race_group') }} as race_group,
    {{ one_value_or('Multiple', 'persons.gender') }} as gender,
    {{ one_value_or('Multiple', 'persons.age_group') }} as age_group,
    count(persons.record_id) as people
from {{ ref('stg_provincial_use_of_force__reports') }} as reports
left join {{ ref('use_of_force_persons') }} as persons
    on reports.report_id = persons.report_id
where reports.is_included
group by
    reports.service, reports.incident_id, reports.report_id, reports.report_type,
    reports.record_date
