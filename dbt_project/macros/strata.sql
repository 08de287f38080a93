{#- All columns by which counts are broken down, null those that are not among `found`, the ones that
    a source has. -#}
{% macro strata(found) -%}
    {%- for stratifier in var('stratifiers') -%}
        {{ stratifier if stratifier in found else 'cast(null as string) as ' ~ stratifier }}
        {{- ', ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
