{#- The one known value of a group of people, else `multiple`. People of unknown value do not make
    a group multiple; where nobody's value is known it is Unknown. -#}
{% macro one_value_or(multiple, column) -%}
    case
        when count(distinct nullif({{ column }}, 'Unknown')) > 1 then '{{ multiple }}'
        else coalesce(max(nullif({{ column }}, 'Unknown')), 'Unknown')
    end
{%- endmacro %}
