-- One row an incident (service and incident number), however many officers reported on it.
-- Composition rule `multiple_race_group`: one perceived race, else Multiple race group; likewise
-- Multiple for gender and age; dated by its earliest included report. Reports of a release without
-- incident numbers are of no incident.
with composition as (
    select
        service,
        incident_id,
        {{ one_value_or('Multiple race group', 'race_group') }} as race_group,
        {{ one_value_or('Multiple', 'gender') }} as gender,
        {{ one_value_or('Multiple', 'age_group') }} as age_group
    from {{ ref('use_of_force_persons') }}
    where incident_id is not null
    group by service, incident_id
),

incidents as (
    select
        service,
        incident_id,
        min(record_date) as record_date,
        max(record_date) as last_report_date,
        count(*) as reports,
        sum(people) as people
    from {{ ref('use_of_force_reports') }}
    where incident_id is not null
    group by service, incident_id
)

select
    incidents.service,
    incidents.incident_id,
    incidents.record_date,
    {{ year_of('incidents.record_date') }} as year,
    {{ quarter_of('incidents.record_date') }} as quarter,
    {{ month_of('incidents.record_date') }} as month,
    incidents.last_report_date,
    coalesce(composition.race_group, 'Unknown') as race_group,
    coalesce(composition.gender, 'Unknown') as gender,
    coalesce(composition.age_group, 'Unknown') as age_group,
    incidents.reports,
    cast(incidents.people as bigint) as people
from incidents
left join composition
    on incidents.service = composition.service
    and incidents.incident_id = composition.incident_id
