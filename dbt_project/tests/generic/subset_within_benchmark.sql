{#- Where outcomes are part of the benchmark, no group has more of them than the benchmark has,
    if their people are known; counts that a publisher made are judged at the gate. -#}
{% test subset_within_benchmark(model) %}
select
    figure_id,
    outcome_count,
    benchmark_count
from {{ model }}
where form = 'subset' and persons is not null and outcome_count > benchmark_count
{% endtest %}
