-- Every interaction in one long view: one row a unit (a person in an interaction, an incident, an
-- officer's report). A stratum that a source does not have is null throughout.
{%- set person_columns -%}
    source_table, record_id, person_key, person_number, record_date, year, quarter, month,
    race_group, division, gender, age_group, occurrence_category
{%- endset -%}
{%- set force_columns -%}
    cast(null as string) as person_key, cast(null as bigint) as person_number, record_date,
    {{ year_of('record_date') }} as year,
    {{ quarter_of('record_date') }} as quarter,
    {{ month_of('record_date') }} as month,
    race_group, cast(null as string) as division, gender, age_group,
    cast(null as string) as occurrence_category
{%- endset %}
-- Arrests alone are not all enforcement actions: only beside a table of the others do they count
-- as such.
select
    service,
    'enforcement_action' as interaction,
    'person' as unit,
    cast(null as string) as composition_rule,
    {{ person_columns }}
from {{ ref('arrests') }}
where exists (select 1 from {{ ref('other_enforcement_actions') }})
union all
select
    service,
    'enforcement_action' as interaction,
    'person' as unit,
    null as composition_rule,
    {{ person_columns }}
from {{ ref('other_enforcement_actions') }}
union all
select
    service,
    'arrest' as interaction,
    'person' as unit,
    null as composition_rule,
    {{ person_columns }}
from {{ ref('arrests') }}
union all
select
    service,
    'booking' as interaction,
    'person' as unit,
    null as composition_rule,
    {{ person_columns }}
from {{ ref('arrests') }}
where is_booked
union all
select
    service,
    'strip_search' as interaction,
    'person' as unit,
    null as composition_rule,
    {{ person_columns }}
from {{ ref('arrests') }}
where is_strip_searched
union all
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
    'provincial_use_of_force.main_records' as source_table,
    record_id,
    {{ force_columns }}
from {{ ref('use_of_force_persons') }}
union all
select
    service,
    'use_of_force' as interaction,
    'officer_report' as unit,
    null as composition_rule,
    'provincial_use_of_force.main_records' as source_table,
    report_id as record_id,
    {{ force_columns }}
from {{ ref('use_of_force_reports') }}
