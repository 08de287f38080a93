{#- Each table has every combination of the codes of its dimensions that occur in it, in each of its
    periods of each interaction, zeros among them. A dimension that it lacks is null throughout. -#}
{% test grid_is_complete(model, dimensions) %}
with codes as (
    select
        service,
        table_name,
        greatest(count(distinct {{ dimensions | join('), 1) * greatest(count(distinct ') }}), 1)
            as cells
    from {{ model }}
    group by service, table_name
),

periods as (
    select
        service,
        table_name,
        interaction,
        year,
        month,
        count(*) as cells
    from {{ model }}
    group by service, table_name, interaction, year, month
)

select
    periods.*,
    codes.cells as cells_expected
from periods
inner join codes
    on periods.service = codes.service
    and periods.table_name = codes.table_name
where periods.cells != codes.cells
{% endtest %}
