{#- The one known value of a group of people, else `multiple`. People of unknown value do not make
    a group multiple; where nobody's value is known it is Unknown. -#}
{% macro one_value_or(multiple, column) -%}
    {%- set known = "nullif(" ~ column ~ ", 'Unknown')" -%}
    case
        when min({{ known }}) != max({{ known }}) then '{{ multiple }}'
        else coalesce(max({{ known }}), 'Unknown')
    end
{%- endmacro %}
