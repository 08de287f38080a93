{#- Counts of `model` that records stand behind, for tests of what records must add up to: summary
    counts, which add up to nothing else, are taken off again. -#}
{% macro counts_of_records(model) -%}
    select service, interaction, unit, period_type, period, dimension, count from {{ model }}
    union all
    select service, interaction, unit, period_type, period, dimension, -count
    from {{ ref('summary_counts') }}
{%- endmacro %}
