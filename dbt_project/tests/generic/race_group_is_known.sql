{#- Every race group is one of the framework's, or Unmapped. -#}
{% test race_group_is_known(model, column_name) %}
with found as (
    select {{ column_name }}
    from {{ model }}
)

select
    found.{{ column_name }},
    count(*) as rows_found
from found
left join {{ source('raw', 'config__race_groups') }} as framework
    on found.{{ column_name }} = framework.race_group
where
    framework.race_group is null
    and coalesce(found.{{ column_name }}, 'null') != 'Unmapped'
group by found.{{ column_name }}
{% endtest %}
