{#- Mapping of raw labels to standard labels through `services/<name>/labels.csv`. -#}

{#- Joins the line of labels.csv that was valid on the record's date. A record without a date is
    matched by any line; its missing date is an error of its own. Each comparison has a table on either
    side: engines join by such, and try every pair of rows where both tables stand on one. -#}
{% macro join_label(alias, source_name, field, raw_label, record_date) -%}
    {{ join_label_of(alias, source_name, "'" ~ field ~ "'", raw_label, record_date) }}
{%- endmacro %}

{#- The same where rows hold labels of several fields: `field` is an expression. -#}
{% macro join_label_of(alias, source_name, field, raw_label, record_date) -%}
    left join {{ ref('stg_labels') }} as {{ alias }}
        on {{ alias }}.source = '{{ source_name }}'
        and {{ alias }}.field = {{ field }}
        and {{ alias }}.label_key = lower({{ raw_label }})
        and coalesce({{ record_date }}, date '9999-12-31') >= {{ alias }}.valid_from
        and coalesce({{ record_date }}, date '0001-01-01') <= {{ alias }}.valid_to
{%- endmacro %}

{#- A missing label is Unknown; a label that labels.csv does not have is Unmapped. -#}
{% macro standard_label(alias, raw_label) -%}
    case
        when {{ raw_label }} is null then 'Unknown'
        else coalesce({{ alias }}.standard_label, 'Unmapped')
    end
{%- endmacro %}
