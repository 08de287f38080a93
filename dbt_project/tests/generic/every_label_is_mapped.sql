{#- Raw labels without a line in labels.csv; what to do: add the line, with a standard label. -#}
{% test every_label_is_mapped(model, column_name, raw_label) %}
select
    {{ raw_label }} as raw_label,
    count(*) as records
from {{ model }}
where {{ column_name }} = 'Unmapped'
group by {{ raw_label }}
{% endtest %}
