-- One row an incident (service and incident number), however many officers reported on it.
-- Composition rule `multiple_race_group`: one perceived race, else Multiple race group; likewise
-- Multiple for gender and age; dated and timed by its earliest included report. Force is the
-- highest that any officer used on anybody, and a weapon one that anybody was believed to have.
-- Reports of a release without incident numbers are of no incident.
-- Reports do not say where the incident was, nor what it was about: that is told by the enforcement
-- actions whose record names the incident, of a service whose records do so.
with composition as (
    select
        service,
        incident_id,
        {{ one_value_or('Multiple race group', 'race_group') }} as race_group,
        {{ one_value_or('Multiple', 'gender') }} as gender,
        {{ one_value_or('Multiple', 'age_group') }} as age_group,
        max(force_rung) as force_rung,
        -- Where the form says what force was used, a blank box of weapons says that there was none.
        max(case when has_weapon then 1 when force_rung is not null then 0 end) as weapons
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
        min(record_at) as first_at,
        count(*) as reports,
        sum(people) as people
    from {{ ref('use_of_force_reports') }}
    where incident_id is not null
    group by service, incident_id
),

actions as (
    select
        {{ service_label() }} as service,
        force_incident_id as incident_id,
        {{ one_value_or('Multiple', 'division') }} as division,
        {{ one_value_or('Multiple', 'occurrence_category') }} as occurrence_category,
        {{ one_value_or('Multiple', 'call_type') }} as call_type
    from {{ ref('stg_rms__enforcement_actions') }}
    where force_incident_id is not null
    group by force_incident_id
),

services_with_actions as (
    select distinct service
    from actions
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
    {%- for column in ['division', 'occurrence_category', 'call_type'] %}
    case
        when services_with_actions.service is not null
            then coalesce(actions.{{ column }}, 'Unknown')
    end as {{ column }},
    {%- endfor %}
    {{ time_of_day('incidents.first_at') }} as time_of_day,
    {{ highest_force('composition.force_rung') }} as highest_force,
    case composition.weapons
        when 1 then 'Weapon perceived'
        when 0 then 'No weapon perceived'
    end as weapons,
    incidents.reports,
    cast(incidents.people as bigint) as people
from incidents
left join composition
    on incidents.service = composition.service
    and incidents.incident_id = composition.incident_id
left join actions
    on incidents.service = actions.service
    and incidents.incident_id = actions.incident_id
left join services_with_actions on incidents.service = services_with_actions.service
