-- Every interaction in one long view: one row a unit (a person in an interaction, an incident, an
-- officer's report), or one row for all units that are counted alike, `units` saying how many. A
-- stratum that a source does not have is null throughout.
{%- set nobody -%}
    cast(null as bigint) as person_number,
    record_date, year, quarter, month, race_group
{%- endset %}
{%- for interaction in var('interactions_of_people') %}
select
    service,
    '{{ interaction }}' as interaction,
    'person' as unit,
    cast(null as string) as composition_rule,
    source_table,
    record_id,
    person_number,
    record_date,
    year,
    quarter,
    month,
    race_group,
    {{ strata(var('stratifiers')) }},
    1 as units
from {{ ref('encounters') }}
where {{ interaction }} = 1
union all
{%- endfor %}
select
    service,
    'use_of_force' as interaction,
    'incident' as unit,
    'multiple_race_group' as composition_rule,
    'provincial_use_of_force.main_records' as source_table,
    incident_id as record_id,
    {{ nobody }},
    {{ strata(var('stratifiers')) }},
    1 as units
from {{ ref('use_of_force_incidents') }}
union all
select
    service,
    'use_of_force' as interaction,
    'person' as unit,
    null as composition_rule,
    source_table,
    record_id,
    {{ nobody }},
    {{ strata(['gender', 'age_group']) }},
    1 as units
from {{ ref('use_of_force_persons') }}
union all
select
    service,
    'use_of_force' as interaction,
    'officer_report' as unit,
    null as composition_rule,
    source_table,
    report_id as record_id,
    {{ nobody }},
    {{ strata(['gender', 'age_group']) }},
    1 as units
from {{ ref('use_of_force_reports') }}
union all
select
    service,
    'enforcement_action' as interaction,
    'incident' as unit,
    'multiple_race_group' as composition_rule,
    'rms.enforcement_actions' as source_table,
    incident_id as record_id,
    {{ nobody }},
    {{ strata(var('stratifiers')) }},
    1 as units
from {{ ref('enforcement_action_incidents') }}
union all
select
    service,
    'call_attended' as interaction,
    'incident' as unit,
    'first_person_recorded' as composition_rule,
    'rms.calls_for_service' as source_table,
    cast(null as string) as record_id,
    {{ nobody }},
    {{ strata(['division', 'call_type']) }},
    calls as units
from {{ ref('calls_attended') }}
