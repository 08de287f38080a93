{#- `expression` as `type`, null where it cannot be read as one. -#}
{% macro cast_or_null(expression, type) -%}
    try_cast({{ expression }} as {{ type }})
{%- endmacro %}
