{#- The service whose records these are, as text: var `service`, its provincial label. -#}
{% macro service_label() -%}
    {%- if execute and not var('service', none) -%}
        {{ exceptions.raise_compiler_error("Say whose records these are: --vars 'service: Toronto'.") }}
    {%- endif -%}
    '{{ var('service', '') | replace("'", "''") }}'
{%- endmacro %}
