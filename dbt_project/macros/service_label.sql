{#- The service whose records these are, as text: var `service`, its provincial label. -#}
{% macro service_label() -%}
    {%- if execute and not var('service', none) -%}
        {{ exceptions.raise_compiler_error("Say whose records these are: --vars 'service: Toronto'.") }}
    {%- endif -%}
    '{{ var('service', '') | replace("'", "''") }}'
{%- endmacro %}

{#- Whether figures are made of a service: of the one of the run, or of every one that has records
    where the service's sources.yml says `every_service`. -#}
{% macro is_reported(service) -%}
    {%- if var('every_service', false) -%}
        {{ service }} is not null
    {%- else -%}
        {{ service }} = {{ service_label() }}
    {%- endif -%}
{%- endmacro %}
