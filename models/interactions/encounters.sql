-- One row a person in an encounter with the police, and a column for each interaction that the
-- encounter came to (1, else 0): an arrest with a strip search is four interactions of one row.
-- A new interaction is a column here and a name in var `interactions_of_people`.
{%- set columns -%}
    service, source_table, record_id, record_date, year, quarter, month, race_group,
    {{ var('stratifiers') | join(', ') }}
{%- endset %}
select
    {{ columns }},
    {{ number_of_key('person_key') }} as person_number,
    -- Arrests alone are not all enforcement actions: only beside the others do they count as such.
    case
        when exists (select 1 from {{ ref('other_enforcement_actions') }}) then 1 else 0
    end as enforcement_action,
    1 as arrest,
    case when is_booked then 1 else 0 end as booking,
    case when is_strip_searched then 1 else 0 end as strip_search
from {{ ref('arrests') }}
union all
select
    {{ columns }},
    {{ number_of_key('person_key') }} as person_number,
    1 as enforcement_action,
    0 as arrest,
    0 as booking,
    0 as strip_search
from {{ ref('other_enforcement_actions') }}
