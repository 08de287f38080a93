{#- The key of a record's person. A record without one counts as a person of its own, told by the
    word `kind` from records of other tables that may have the same id. -#}
{% macro person_key(person_id, kind, record_id) -%}
    coalesce({{ person_id }}, '{{ kind }} ' || {{ record_id }})
{%- endmacro %}
