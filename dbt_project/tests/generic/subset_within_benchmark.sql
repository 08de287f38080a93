{#- Where outcomes are part of the benchmark, no group has more of them than the benchmark has. -#}
{% test subset_within_benchmark(model) %}
select
    figure_id,
    outcome_count,
    benchmark_count
from {{ model }}
where form = 'subset' and outcome_count > benchmark_count
{% endtest %}
