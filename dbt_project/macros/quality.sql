{#- What the models of data quality have in common. The limits stand in dbt_project.yml. -#}

{#- Counts by `year`, once for each year and once for all of them, undated records included. -#}
{% macro of_years_and_all(relation) -%}
    select
        {{ relation }}.*,
        'year' as period_type,
        year as period
    from {{ relation }}
    where year is not null
    union all
    select
        {{ relation }}.*,
        'all' as period_type,
        'all' as period
    from {{ relation }}
{%- endmacro %}

{#- `warn` where a measure is beyond its limit. -#}
{% macro quality_status(measure, value) -%}
    {%- set limit = var('quality_limits')[measure] -%}
    case
        {%- if 'at_least' in limit %}
        when {{ value }} < {{ limit['at_least'] }} then 'warn'
        {%- else %}
        when {{ value }} > {{ limit['at_most'] }} then 'warn'
        {%- endif %}
        else 'ok'
    end
{%- endmacro %}

{#- A share with its numerator and denominator, as text. -#}
{% macro so_many_of(part, whole, of) -%}
    cast({{ part }} as string) || ' of ' || cast({{ whole }} as string) || ' {{ of }}'
{%- endmacro %}

{#- Records of tables of the records management system, with the record of another table that each
    names in column `key`, and the day of each as text. -#}
{% macro records_that_name(links, key) -%}
    {%- for link in links %}
    {{ 'union all' if not loop.first }}
    select
        '{{ link.table }}' as table_name,
        '{{ link.subject }}' as subject,
        {{ clean_id(key) }} as named_id,
        {{ day_text(link.date) }} as record_day
    from {{ delivered('rms__' ~ link.table) }}
    where
        not coalesce({{ clean_flag('is_deleted') }}, false)
        {{ 'and ' ~ link.only if link.only }}
    {%- endfor %}
{%- endmacro %}
