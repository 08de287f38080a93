{#- The standard age group of an age in whole years. -#}
{% macro age_group(years) -%}
    case
        when {{ years }} between 0 and 17 then '17 and younger'
        when {{ years }} between 18 and 24 then '18 to 24'
        when {{ years }} between 25 and 34 then '25 to 34'
        when {{ years }} between 35 and 44 then '35 to 44'
        when {{ years }} between 45 and 54 then '45 to 54'
        when {{ years }} between 55 and 64 then '55 to 64'
        when {{ years }} >= 65 then '65 and older'
        else 'Unknown'
    end
{%- endmacro %}
