-- Every interaction in one long view: one row a unit (a person in an interaction, an incident, an
-- officer's report). A stratum that a source does not have is null throughout.
{%- set force_columns -%}
    cast(null as bigint) as person_number, record_date, year, quarter, month,
    race_group, cast(null as string) as division, gender, age_group,
    cast(null as string) as occurrence_category
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
    {{ var('stratifiers') | join(', ') }}
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
    {{ force_columns }}
from {{ ref('use_of_force_incidents') }}
union all
select
    service,
    'use_of_force' as interaction,
    'person' as unit,
    null as composition_rule,
    source_table,
    record_id,
    {{ force_columns }}
from {{ ref('use_of_force_persons') }}
union all
select
    service,
    'use_of_force' as interaction,
    'officer_report' as unit,
    null as composition_rule,
    source_table,
    report_id as record_id,
    {{ force_columns }}
from {{ ref('use_of_force_reports') }}
