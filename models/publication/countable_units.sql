-- What a release counts: every interaction with its standard values and, where its source has
-- labels of its own, those too (null elsewhere). `period` is the month, or the quarter where no
-- month is known. Incidents come with all dimensions of the summary tables.
{%- set labelled = ['race_group', 'gender', 'age_group', 'occurrence_category'] %}
{%- set of_incidents = ['call_source', 'time_of_day', 'weapons', 'highest_force'] %}
select
    units.service,
    units.interaction,
    units.unit,
    coalesce(units.month, units.quarter) as period,
    units.race_group,
    {%- for stratifier in var('stratifiers') %}
    units.{{ stratifier }},
    {%- endfor %}
    {%- for dimension in of_incidents %}
    cast(null as string) as {{ dimension }},
    {%- endfor %}
    {%- for field in labelled %}
    case
        when labels.record_id is not null then coalesce(labels.{{ field }}, '(empty)')
    end as {{ field }}_as_delivered,
    {%- endfor %}
    units.units
from {{ ref('interaction_units') }} as units
left join {{ ref('delivered_labels') }} as labels
    on units.source_table = labels.source_table
    and units.record_id = labels.record_id
where units.unit != 'incident' or units.interaction not in ('use_of_force', 'enforcement_action')
union all
select
    service,
    interaction,
    'incident' as unit,
    month as period,
    race_group,
    {%- for stratifier in var('stratifiers') %}
    {{ stratifier }},
    {%- endfor %}
    {%- for dimension in of_incidents %}
    {{ dimension }},
    {%- endfor %}
    {%- for field in labelled %}
    cast(null as string) as {{ field }}_as_delivered,
    {%- endfor %}
    1 as units
from {{ ref('summary_incidents') }}
