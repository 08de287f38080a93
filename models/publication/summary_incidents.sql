-- Incidents as the summary tables count them, one row an incident of use of force or of enforcement
-- actions, dated, of a service that is reported on. A dimension is null throughout where the
-- service's records of that interaction never say it; else what one incident lacks is Unknown.
-- The call source is what labels.csv says of the call type (field call_source, by standard label):
-- no table that is read links an action to its call.
{%- set dimensions = [
    'call_source', 'time_of_day', 'division', 'call_type', 'occurrence_category', 'gender',
    'weapons', 'highest_force', 'age_group'
] %}
with found as (
    select
        service,
        'use_of_force' as interaction,
        record_date,
        year,
        month,
        race_group,
        time_of_day,
        division,
        call_type,
        occurrence_category,
        gender,
        weapons,
        highest_force,
        age_group
    from {{ ref('use_of_force_incidents') }}
    where {{ is_reported('service') }}
    union all
    select
        service,
        'enforcement_action' as interaction,
        record_date,
        year,
        month,
        race_group,
        time_of_day,
        division,
        call_type,
        occurrence_category,
        gender,
        null as weapons,
        null as highest_force,
        age_group
    from {{ ref('enforcement_action_incidents') }}
    where {{ is_reported('service') }}
),

sorted_call_types as (
    select count(*) as call_types
    from {{ ref('stg_labels') }}
    where source = 'rms' and field = 'call_source'
),

labelled as (
    select
        found.*,
        coalesce(
            call_source_label.standard_label,
            case
                when found.call_type = 'Multiple' and sorted_call_types.call_types > 0
                    then 'Multiple'
            end
        ) as call_source
    from found
    cross join sorted_call_types
    {{ join_label(
        'call_source_label', 'rms', 'call_source', 'found.call_type', 'found.record_date') }}
    where found.record_date is not null
),

known as (
    select
        service,
        {%- for dimension in dimensions %}
        max(case when {{ dimension }} != 'Unknown' then 1 end) as {{ dimension }},
        {%- endfor %}
        interaction
    from labelled
    group by service, interaction
)

select
    labelled.service,
    labelled.interaction,
    labelled.year,
    labelled.month,
    {%- for dimension in dimensions %}
    case when known.{{ dimension }} = 1 then coalesce(labelled.{{ dimension }}, 'Unknown') end
        as {{ dimension }},
    {%- endfor %}
    labelled.race_group
from labelled
inner join known
    on labelled.service = known.service
    and labelled.interaction = known.interaction
