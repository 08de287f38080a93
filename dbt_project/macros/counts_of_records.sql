{#- Counts of `model` that records stand behind, for tests of what records must add up to. Summary
    counts, which add up to nothing else, have their periods and dimensions to themselves. -#}
{% macro counts_of_records(model) -%}
    select counts.*
    from {{ model }} as counts
    left join
        (
            select distinct service, interaction, unit, period_type, period, dimension
            from {{ ref('summary_counts') }}
        ) as published
        on counts.service = published.service
        and counts.interaction = published.interaction
        and counts.unit = published.unit
        and counts.period_type = published.period_type
        and counts.period = published.period
        and counts.dimension = published.dimension
    where published.service is null
{%- endmacro %}
