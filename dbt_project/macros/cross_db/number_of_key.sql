{#- A whole number (bigint, not negative) in place of a long text key: equal for equal keys, and
    spread so evenly over 63 bits that two of ten million keys share one with odds of 1 in 200,000. -#}
{% macro number_of_key(key) -%}
    cast(hash({{ key }}) >> 1 as bigint)
{%- endmacro %}
