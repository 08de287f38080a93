-- What a release counts: every interaction with its standard values and, where its source has
-- labels of its own, those too (null elsewhere). `period` is the month, or the quarter where no month is known.
{%- set labelled = ['race_group', 'gender', 'age_group', 'occurrence_category'] %}
select
    units.service,
    units.interaction,
    units.unit,
    coalesce(units.month, units.quarter) as period,
    units.race_group,
    {%- for stratifier in var('stratifiers') %}
    units.{{ stratifier }},
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
