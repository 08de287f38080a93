-- One row a person in an enforcement action that is not an arrest. An arrest is an enforcement
-- action too, but its own record in `arrests` is the authority: counted from there on both sides,
-- arrests are never more than enforcement actions, whatever is wrong with either table.
select
    {{ service_label() }} as service,
    'rms.enforcement_actions' as source_table,
    actions.record_id,
    people.person_key,
    people.person_number,
    actions.event_id as event_key,
    actions.action_type,
    actions.record_date,
    {{ year_of('actions.record_date') }} as year,
    {{ quarter_of('actions.record_date') }} as quarter,
    {{ month_of('actions.record_date') }} as month,
    actions.race_group,
    actions.race_label_raw,
    actions.gender,
    actions.age_group,
    actions.division,
    actions.occurrence_category
from {{ ref('stg_rms__enforcement_actions') }} as actions
inner join {{ ref('people') }} as people
    on {{ person_key('actions.person_id', 'action', 'actions.record_id') }} = people.person_key
where actions.action_type != 'Arrest'
