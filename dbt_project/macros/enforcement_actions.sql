{#- Arrests, diversions and apprehensions alone are not all enforcement actions: they count as such
    only beside the others, in a service that has a table of them. -#}
{% macro are_enforcement_actions() -%}
    exists (
        select 1 from {{ ref('stg_rms__enforcement_actions') }}
        where action_type != 'Arrest'
    )
{%- endmacro %}
