-- One row a person in an encounter with the police, and a column for each interaction that the
-- encounter came to (1, else 0): an arrest with a strip search is four interactions of one row.
-- A new interaction is a column here and a name in var `interactions_of_people`.
{%- set columns -%}
    service, source_table, record_id, record_date, year, quarter, month, race_group,
    race_label_raw is not null as is_race_recorded,
    {{ var('stratifiers') | join(', ') }}
{%- endset %}
select
    {{ columns }},
    {{ number_of_key('person_key') }} as person_number,
    case when {{ are_enforcement_actions() }} then 1 else 0 end as enforcement_action,
    1 as arrest,
    case when is_booked then 1 else 0 end as booking,
    case when is_strip_searched then 1 else 0 end as strip_search,
    case when is_strip_searched and items_found then 1 else 0 end as item_found,
    0 as youth_diversion,
    0 as mental_health_apprehension,
    0 as child_protection_apprehension
from {{ ref('arrests') }}
union all
select
    {{ columns }},
    {{ number_of_key('person_key') }} as person_number,
    case when {{ are_enforcement_actions() }} then 1 else 0 end as enforcement_action,
    0 as arrest,
    0 as booking,
    0 as strip_search,
    0 as item_found,
    case when interaction = 'youth_diversion' then 1 else 0 end as youth_diversion,
    case
        when interaction = 'mental_health_apprehension' then 1 else 0
    end as mental_health_apprehension,
    case
        when interaction = 'child_protection_apprehension' then 1 else 0
    end as child_protection_apprehension
from {{ ref('diversions_and_apprehensions') }}
union all
select
    {{ columns }},
    {{ number_of_key('person_key') }} as person_number,
    1 as enforcement_action,
    0 as arrest,
    0 as booking,
    0 as strip_search,
    0 as item_found,
    0 as youth_diversion,
    0 as mental_health_apprehension,
    0 as child_protection_apprehension
from {{ ref('other_enforcement_actions') }}
