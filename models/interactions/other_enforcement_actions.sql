-- One row a person in an enforcement action that is not an arrest. An arrest is an enforcement
-- action too, but its own record in `arrests` is the authority: counted from there on both sides,
-- arrests are never more than enforcement actions, whatever is wrong with either table.
select
    {{ service_label() }} as service,
    'rms.enforcement_actions' as source_table,
    record_id,
    {{ person_key('person_id', 'action', 'record_id') }} as person_key,
    event_id as event_key,
    action_type,
    record_date,
    {{ year_of('record_date') }} as year,
    {{ quarter_of('record_date') }} as quarter,
    {{ month_of('record_date') }} as month,
    race_group,
    race_label_raw,
    gender,
    age_group,
    division,
    occurrence_category
from {{ ref('stg_rms__enforcement_actions') }}
where action_type != 'Arrest'
