{#- In every cell, each dimension adds up to the same total as dimension `all`. -#}
{% test dimensions_agree(model, count, cell) %}
with totals as (
    select
        {{ cell | join(', ') }},
        dimension,
        sum({{ count }}) as total
    from {{ model }}
    group by {{ cell | join(', ') }}, dimension
)

select
    {% for column in cell %}
    part.{{ column }},
    {% endfor %}
    part.dimension,
    part.total,
    whole.total as total_of_all
from totals as part
left join totals as whole
    on whole.dimension = 'all'
    {%- for column in cell %}
    and part.{{ column }} = whole.{{ column }}
    {%- endfor %}
where coalesce(whole.total, 0) != part.total
{% endtest %}
