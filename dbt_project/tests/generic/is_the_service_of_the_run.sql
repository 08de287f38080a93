{#- The service that dbt was told is the one whose framework stands in raw.config__run. Rows carry
    its name, or in a run of every service each service's own. -#}
{% test is_the_service_of_the_run(model, column_name) %}
{%- set told = service_label() if var('every_service', false) else 'found.' ~ column_name %}
select distinct
    {{ told }} as told,
    run.service as framework_is_of
from {{ model }} as found
cross join {{ source('raw', 'config__run') }} as run
where {{ told }} != run.service
{% endtest %}
