{#- `expression` with every match of the regular expression replaced.
    Patterns write a literal dot as `[.]`: backslashes mean different things in different engines. -#}
{% macro replace_matches(expression, pattern, replacement) -%}
    regexp_replace({{ expression }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}
