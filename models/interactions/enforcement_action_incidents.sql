-- One row an incident in which enforcement actions were taken, however many people they were taken
-- against: all records of one occurrence. A record that names none is an incident of its own.
-- Composition rule `multiple_race_group`: one perceived race, else Multiple race group; likewise
-- Multiple for every stratifier; dated and timed by its earliest action.
-- Without rows unless something is held against such incidents (var `count_action_incidents`):
-- putting together ten million records takes seconds.
{%- set is_wanted = 'true' if var('count_action_incidents') else 'false' %}
with actions as (
    {%- for model in ['arrests', 'diversions_and_apprehensions', 'other_enforcement_actions'] %}
    {{ 'union all' if not loop.first }}
    select
        coalesce(event_key, source_table || ' ' || record_id) as incident_id,
        record_date,
        record_at,
        race_group,
        {{ var('stratifiers') | join(', ') }}
    from {{ ref(model) }}
    where {{ is_wanted }} and {{ are_enforcement_actions() }}
    {%- endfor %}
),

incidents as (
    select
        incident_id,
        min(record_date) as record_date,
        min(record_at) as first_at,
        {{ one_value_or('Multiple race group', 'race_group') }} as race_group,
        {%- for stratifier in var('stratifiers') %}
        {{ one_value_or('Multiple', stratifier) }} as {{ stratifier }},
        {%- endfor %}
        count(*) as actions
    from actions
    group by incident_id
)

select
    {{ service_label() }} as service,
    incident_id,
    record_date,
    {{ year_of('record_date') }} as year,
    {{ quarter_of('record_date') }} as quarter,
    {{ month_of('record_date') }} as month,
    race_group,
    {%- for stratifier in var('stratifiers') %}
    {{ stratifier }},
    {%- endfor %}
    {{ time_of_day('first_at') }} as time_of_day,
    actions
from incidents
