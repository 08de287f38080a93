{#- A police service as figures name it: its line in labels.csv (field `service`), else its own
    spelling without a trailing `Police Service`. Never Unmapped: a service that labels.csv does not
    have is a service all the same. -#}
{% macro standard_service(alias, raw_label) -%}
    case
        when {{ raw_label }} is null then 'Unknown'
        when {{ alias }}.standard_label is not null then {{ alias }}.standard_label
        when lower({{ raw_label }}) like '% police service'
            then trim(substr({{ raw_label }}, 1, length({{ raw_label }}) - length(' police service')))
        else {{ raw_label }}
    end
{%- endmacro %}
