-- One row an officer's (or team's) report that is included in race analysis. What a yearly release
-- lacks is null: the wide one of 2020 to 2022 has neither incident, day, gender nor age. Its race
-- group is the publisher's own composition.
with found as (
    select
        'provincial_use_of_force.main_records' as source_table,
        reports.service,
        reports.incident_id,
        reports.report_id,
        reports.report_type,
        reports.record_date,
        reports.record_at,
        {{ one_value_or('Multiple race group', 'persons.race_group') }} as race_group,
        {{ one_value_or('Multiple', 'persons.gender') }} as gender,
        {{ one_value_or('Multiple', 'persons.age_group') }} as age_group,
        count(persons.record_id) as people,
        true as has_day
    from {{ ref('stg_provincial_use_of_force__reports') }} as reports
    left join {{ ref('use_of_force_persons') }} as persons
        on reports.report_id = persons.report_id
    where reports.is_included
    group by
        reports.service, reports.incident_id, reports.report_id, reports.report_type,
        reports.record_date, reports.record_at
    union all
    select
        'provincial_use_of_force.wide_records' as source_table,
        reports.service,
        null as incident_id,
        reports.report_id,
        reports.report_type,
        reports.record_date,
        null as record_at,
        reports.race_group,
        null as gender,
        null as age_group,
        count(persons.record_id) as people,
        false as has_day
    from {{ ref('stg_provincial_use_of_force__wide_reports') }} as reports
    left join {{ ref('use_of_force_persons') }} as persons
        on reports.report_id = persons.report_id
    where reports.is_included
    group by
        reports.service, reports.report_id, reports.report_type, reports.record_date,
        reports.race_group
)

select
    source_table,
    service,
    incident_id,
    report_id,
    report_type,
    record_date,
    record_at,
    {{ year_of('record_date') }} as year,
    case when has_day then {{ quarter_of('record_date') }} end as quarter,
    case when has_day then {{ month_of('record_date') }} end as month,
    race_group,
    gender,
    age_group,
    people
from found
