{#- Names of the periods that a date lies in: `2020`, `2020-Q4`, `2020-10`. -#}

{% macro year_of(date) -%}
    cast(extract(year from {{ date }}) as string)
{%- endmacro %}

{% macro quarter_of(date) -%}
    {{ year_of(date) }} || '-Q' || cast(extract(quarter from {{ date }}) as string)
{%- endmacro %}

{% macro month_of(date) -%}
    {{ year_of(date) }} || '-' || lpad(cast(extract(month from {{ date }}) as string), 2, '0')
{%- endmacro %}
