{#- In every cell, each dimension adds up to the same total as dimension `all`; in period `all` to
    no more, because a yearly release may lack a dimension that others have. -#}
{% test dimensions_agree(model) %}
with totals as (
    select
        service,
        interaction,
        unit,
        period_type,
        period,
        dimension,
        sum(count) as total
    from ({{ counts_of_records(model) }}) as counts
    group by service, interaction, unit, period_type, period, dimension
)

select
    part.service,
    part.interaction,
    part.unit,
    part.period,
    part.dimension,
    part.total,
    whole.total as total_of_all
from totals as part
left join totals as whole
    on part.service = whole.service
    and part.interaction = whole.interaction
    and part.unit = whole.unit
    and part.period_type = whole.period_type
    and part.period = whole.period
    and whole.dimension = 'all'
where
    coalesce(whole.total, 0) < part.total
    or (part.period_type != 'all' and whole.total != part.total)
{% endtest %}
