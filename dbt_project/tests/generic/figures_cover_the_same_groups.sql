{#- Every cell of a service's indicator has a row for the same race groups, and their outcomes add
    up to the cell's total. -#}
{% test figures_cover_the_same_groups(model) %}
with cells as (
    select
        service,
        indicator,
        period_type,
        period,
        dimension,
        dimension_value,
        count(*) as race_groups,
        sum(outcome_count) as outcomes,
        max(outcome_total) as outcome_total
    from {{ model }}
    group by service, indicator, period_type, period, dimension, dimension_value
),

indicators as (
    select
        service,
        indicator,
        count(distinct race_group) as race_groups
    from {{ model }}
    group by service, indicator
)

select
    cells.*,
    indicators.race_groups as race_groups_of_indicator
from cells
inner join indicators
    on cells.service = indicators.service
    and cells.indicator = indicators.indicator
where
    cells.race_groups != indicators.race_groups
    or cells.outcomes != cells.outcome_total
{% endtest %}
