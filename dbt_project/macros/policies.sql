{#- Changes of procedure that the framework names (var `policies`: date, and the first and the last
    day that are compared, or none): which side of a change a date lies on. -#}

{#- `before`, `after`, or null outside the days that are compared. -#}
{% macro side_of_policy(policy, date) -%}
    {%- set change = var('policies')[policy] -%}
    case
        when {{ date }} < cast('{{ change['date'] }}' as date)
            {%- if change['from'] %} and {{ date }} >= cast('{{ change['from'] }}' as date){% endif %}
            then 'before'
        when {{ date }} >= cast('{{ change['date'] }}' as date)
            {%- if change['until'] %} and {{ date }} <= cast('{{ change['until'] }}' as date){% endif %}
            then 'after'
    end
{%- endmacro %}
