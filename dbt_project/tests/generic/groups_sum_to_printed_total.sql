{#- Random rounding keeps the groups some tens away from the printed total; more than 0.1% says that
    a group is missing, swapped or counted twice. -#}
{% test groups_sum_to_printed_total(model) %}
select
    service,
    benchmark,
    vintage,
    source,
    dimension,
    dimension_value,
    sum(count) as sum_of_groups,
    max(total) as printed_total
from {{ model }}
group by service, benchmark, vintage, source, dimension, dimension_value
having abs(sum(count) - max(total)) > 0.001 * max(total)
{% endtest %}
