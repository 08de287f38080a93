{#- Records that name a record which is not there (or was deleted). Reads the raw tables `of` and
    `to` that the staging models stand on: those are views, whose labels would be looked up for
    millions of rows only to be left aside. -#}
{% test refers_to_a_record(model, column_name, of, to, field) %}
with named as (
    select {{ clean_id(column_name) }} as record_id
    from {{ of }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
),

there as (
    select {{ clean_id(field) }} as record_id
    from {{ to }}
    where not coalesce({{ clean_flag('is_deleted') }}, false)
)

select named.record_id
from named
left join there on named.record_id = there.record_id
where named.record_id is not null and there.record_id is null
{% endtest %}
