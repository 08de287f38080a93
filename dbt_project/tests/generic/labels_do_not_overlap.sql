{#- A raw label has one standard label on any date; two would count its records twice. -#}
{% test labels_do_not_overlap(model) %}
select
    a.source,
    a.field,
    a.label_key,
    a.standard_label,
    b.standard_label as other_standard_label
from {{ model }} as a
inner join {{ model }} as b
    on a.source = b.source
    and a.field = b.field
    and a.label_key = b.label_key
    and a.valid_from <= b.valid_to
    and b.valid_from <= a.valid_to
where
    a.standard_label < b.standard_label
    or (a.standard_label = b.standard_label and a.valid_from < b.valid_from)
    or (
        a.standard_label = b.standard_label
        and a.valid_from = b.valid_from
        and a.valid_to < b.valid_to
    )
{% endtest %}
