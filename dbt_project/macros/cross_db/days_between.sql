{#- Whole days from one date to a later one. -#}
{% macro days_between(start, finish) -%}
    date_diff('day', {{ start }}, {{ finish }})
{%- endmacro %}
