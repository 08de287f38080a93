-- One row a person diverted or apprehended. Such a record is an enforcement action too, and may
-- stand among those under `action_id`; then this one, its own record, is the authority.
{%- set tables = {
    'youth_diversion': 'youth_diversions',
    'mental_health_apprehension': 'mental_health_apprehensions',
    'child_protection_apprehension': 'child_protection_apprehensions',
} %}
with found as (
    {%- for interaction, table in tables.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ interaction }}' as interaction,
        'rms.{{ table }}' as source_table,
        record_id,
        action_id,
        {{ person_key('person_id', interaction, 'record_id') }} as person_key,
        event_id as event_key,
        record_date,
        record_at,
        race_group,
        race_label_raw,
        gender,
        age_group,
        division,
        occurrence_category,
        call_type
    from {{ ref('stg_rms__' ~ table) }}
    {%- endfor %}
)

select
    {{ service_label() }} as service,
    interaction,
    source_table,
    record_id,
    action_id,
    person_key,
    event_key,
    record_date,
    record_at,
    {{ year_of('record_date') }} as year,
    {{ quarter_of('record_date') }} as quarter,
    {{ month_of('record_date') }} as month,
    race_group,
    race_label_raw,
    gender,
    age_group,
    division,
    occurrence_category,
    call_type
from found
