{#- The calls counted are as many as the records that say attended: none is lost and none stands
    twice through a label. Reads the raw table, where no label has been looked up yet. -#}
{% test counts_every_attended_call(model, records) %}
with counted as (
    select coalesce(sum(calls), 0) as calls
    from {{ model }}
),

recorded as (
    select count(*) as calls
    from {{ records }}
    where {{ clean_flag('attended') }} and not coalesce({{ clean_flag('is_deleted') }}, false)
)

select
    counted.calls as calls_counted,
    recorded.calls as calls_recorded
from counted
cross join recorded
where counted.calls != recorded.calls
{% endtest %}
