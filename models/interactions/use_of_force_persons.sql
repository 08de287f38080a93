-- One row a person in a report that is included in race analysis. No key follows a person from one
-- report to another: somebody in two officers' reports stands here twice. What a yearly release
-- does not have is null: the wide one of 2020 to 2022 has neither incident, day, gender, age, force
-- nor weapons.
with found as (
    select
        'provincial_use_of_force.main_records' as source_table,
        reports.service,
        reports.incident_id,
        reports.report_id,
        individuals.person_index,
        reports.record_date,
        individuals.race_group,
        individuals.race_label_raw,
        individuals.had_difficulty_perceiving,
        individuals.gender,
        individuals.age_group,
        individuals.force_rung,
        individuals.has_weapon,
        true as has_day
    from {{ ref('stg_provincial_use_of_force__reports') }} as reports
    inner join {{ ref('stg_provincial_use_of_force__individuals') }} as individuals
        on reports.report_id = individuals.report_id
    where reports.is_included
    union all
    select
        'provincial_use_of_force.wide_records' as source_table,
        reports.service,
        null as incident_id,
        reports.report_id,
        persons.person_index,
        reports.record_date,
        persons.race_group,
        persons.race_label_raw,
        null as had_difficulty_perceiving,
        null as gender,
        null as age_group,
        null as force_rung,
        null as has_weapon,
        false as has_day
    from {{ ref('stg_provincial_use_of_force__wide_reports') }} as reports
    inner join {{ ref('stg_provincial_use_of_force__wide_persons') }} as persons
        on reports.report_id = persons.report_id
    where reports.is_included
)

select
    source_table,
    service,
    incident_id,
    report_id,
    report_id || '/' || person_index as record_id,
    record_date,
    {{ year_of('record_date') }} as year,
    case when has_day then {{ quarter_of('record_date') }} end as quarter,
    case when has_day then {{ month_of('record_date') }} end as month,
    race_group,
    race_label_raw,
    had_difficulty_perceiving,
    gender,
    age_group,
    force_rung,
    has_weapon
from found
