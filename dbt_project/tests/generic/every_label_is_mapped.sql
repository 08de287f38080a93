{#- Raw labels without a line in labels.csv; what to do: add the line, with a standard label.
    `columns` says which raw column each standard column is made from; all are judged in one pass. -#}
{% test every_label_is_mapped(model, columns) %}
with unmapped as (
    select *
    from {{ model }}
    where {% for standard in columns %}{{ 'or ' if not loop.first }}{{ standard }} = 'Unmapped'
    {% endfor %}
)

{% for standard, raw_label in columns.items() %}
{{ 'union all' if not loop.first }}
select
    '{{ standard }}' as field,
    {{ raw_label }} as raw_label,
    count(*) as records
from unmapped
where {{ standard }} = 'Unmapped'
group by {{ raw_label }}
{% endfor %}
{% endtest %}
