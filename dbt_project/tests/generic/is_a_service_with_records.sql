{#- Every service whose residents are known has records to hold against them; one without was
    probably spelt in another way than in its records. -#}
{% test is_a_service_with_records(model, column_name) %}
select distinct residents.{{ column_name }}
from {{ model }} as residents
left join {{ ref('interaction_counts') }} as counts
    on residents.{{ column_name }} = counts.service
where counts.service is null
{% endtest %}
