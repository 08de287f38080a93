-- One row a person in an enforcement action that has no record of its own elsewhere: neither an
-- arrest nor a diversion or apprehension. Those are enforcement actions too, but their own records
-- are the authority: counted from there on both sides, they are never more than enforcement
-- actions, whatever is wrong with either table.
select
    {{ service_label() }} as service,
    'rms.enforcement_actions' as source_table,
    actions.record_id,
    {{ person_key('actions.person_id', 'action', 'actions.record_id') }} as person_key,
    actions.event_id as event_key,
    actions.action_type,
    actions.record_date,
    actions.record_at,
    {{ year_of('actions.record_date') }} as year,
    {{ quarter_of('actions.record_date') }} as quarter,
    {{ month_of('actions.record_date') }} as month,
    actions.race_group,
    actions.race_label_raw,
    actions.gender,
    actions.age_group,
    actions.division,
    actions.occurrence_category,
    actions.call_type
from {{ ref('stg_rms__enforcement_actions') }} as actions
where
    actions.action_type != 'Arrest'
    and not exists (
        select 1
        from {{ ref('diversions_and_apprehensions') }} as recorded
        where recorded.action_id = actions.record_id
    )
