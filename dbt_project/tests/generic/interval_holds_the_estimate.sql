{#- An interval's lower limit (the column tested) and upper limit lie around their estimate. -#}
{% test interval_holds_the_estimate(model, column_name, estimate, high) %}
select
    figure_id,
    {{ column_name }},
    {{ estimate }},
    {{ high }}
from {{ model }}
where
    {{ column_name }} > {{ estimate }}
    or {{ estimate }} > {{ high }}
{% endtest %}
