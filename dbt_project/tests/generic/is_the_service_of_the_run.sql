{#- The service that dbt was told is the one whose framework stands in raw.config__run. -#}
{% test is_the_service_of_the_run(model, column_name) %}
select distinct
    found.{{ column_name }} as told,
    run.service as framework_is_of
from {{ model }} as found
cross join {{ source('raw', 'config__run') }} as run
where found.{{ column_name }} != run.service
{% endtest %}
