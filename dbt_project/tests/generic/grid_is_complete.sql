{#- Each table has every combination of the codes of its dimensions that occur in it, in each of its
    periods of each interaction, zeros among them. A dimension that it lacks is null throughout. -#}
{% test grid_is_complete(model, dimensions) %}
with codes as (
    select
        service,
        summary_table,
        greatest(count(distinct {{ dimensions | join('), 1) * greatest(count(distinct ') }}), 1)
            as cells
    from {{ model }}
    group by service, summary_table
),

periods as (
    select
        service,
        summary_table,
        interaction,
        year,
        month,
        count(*) as cells
    from {{ model }}
    group by service, summary_table, interaction, year, month
)

select
    periods.*,
    codes.cells as cells_expected
from periods
inner join codes
    on periods.service = codes.service
    and periods.summary_table = codes.summary_table
where periods.cells != codes.cells
{% endtest %}
