{#- A column whose name is a reserved word. -#}
{% macro quoted(column) -%}
    "{{ column }}"
{%- endmacro %}
