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

{#- Number of the month, 1 to 12, that a label names (`June`, `jun`, `06`, `6.0`); null if none. -#}
{% macro month_of_label(label) -%}
    {%- set letters = "instr('janfebmaraprmayjunjulaugsepoctnovdec', substr(lower(trim(" ~ label ~ ")), 1, 3))" -%}
    case
        when {{ clean_count(label) }} between 1 and 12 then {{ clean_count(label) }}
        when length(trim({{ label }})) >= 3 and {{ letters }} % 3 = 1
            then cast(({{ letters }} + 2) / 3 as bigint)
    end
{%- endmacro %}
