-- One row a person in a report that is included in race analysis. No key follows a person from one
-- report to another: somebody in two officers' reports stands here twice.
select
    reports.service,
    reports.incident_id,
    reports.report_id,
    reports.report_id || '/' || individuals.person_index as record_id,
    reports.record_date,
    individuals.race_group,
    individuals.race_label_raw,
    individuals.had_difficulty_perceiving,
    individuals.gender,
    individuals.age_group
from {{ ref('stg_provincial_use_of_force__reports') }} as reports
inner join {{ ref('stg_provincial_use_of_force__individuals') }} as individuals
    on reports.report_id = individuals.report_id
where reports.is_included
