{#- Joins and tests of the cells of indicators. -#}

{#- Both relations speak of the same service, indicator, period and dimension value. -#}
{% macro same_cell(left, right) -%}
    {{ left }}.service = {{ right }}.service
    and {{ left }}.indicator = {{ right }}.indicator
    and {{ left }}.period_type = {{ right }}.period_type
    and {{ left }}.period = {{ right }}.period
    and {{ left }}.dimension = {{ right }}.dimension
    and {{ left }}.dimension_value = {{ right }}.dimension_value
{%- endmacro %}

{#- Whether a framework group's comma-separated list of units names `unit`. -#}
{% macro is_held_by(held_by, unit) -%}
    concat(',', replace({{ held_by }}, ' ', ''), ',') like concat('%,', {{ unit }}, ',%')
{%- endmacro %}
