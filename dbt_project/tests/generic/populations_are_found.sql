{#- Every population that the framework names has residents: a source, vintage or stratum that is
    written otherwise in the population table would leave its indicators without a figure. -#}
{% test populations_are_found(model) %}
select
    benchmarks.benchmark,
    benchmarks.vintage,
    benchmarks.source_label,
    benchmarks.stratum
from {{ source('raw', 'config__benchmarks') }} as benchmarks
left join {{ model }} as found
    on benchmarks.benchmark = found.benchmark
    and benchmarks.vintage = found.vintage
where benchmarks.kind = 'population' and found.benchmark is null
{% endtest %}
