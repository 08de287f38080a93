{#- Rows of a raw table as they were delivered, with what corrections.yml corrects of them. Raw itself is
    never edited; a correction holds while the record is delivered with the old value.

    table: the raw table. Without a correction of it this is the table itself. -#}
{% macro delivered(table) -%}
{#- Written so that sqlfluff, for which a variable is a text, can read it too. -#}
{%- set corrected = var('corrected', {})[table] | default(none) -%}
{%- if not corrected -%}
{{ source('raw', table) }}
{%- else -%}
(
    select
        {%- for column in corrected.columns %}
        {% if column in corrected.fields -%}
        case
            when fix_{{ loop.index }}.record_key is null then delivered.{{ quoted(column) }}
            else fix_{{ loop.index }}.new_value
        end as {{ quoted(column) }}
        {%- else -%}
        delivered.{{ quoted(column) }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ source('raw', table) }} as delivered
    {%- for column in corrected.columns %}
    {%- if column in corrected.fields %}
    left join {{ source('raw', 'config__corrections') }} as fix_{{ loop.index }}
        on fix_{{ loop.index }}.table_id = '{{ table }}'
        and fix_{{ loop.index }}.field = '{{ column }}'
        and fix_{{ loop.index }}.record_key = {% for key in corrected.key -%}
            trim(delivered.{{ quoted(key) }}){{ " || '|' || " if not loop.last }}
        {%- endfor %}
        and (
            trim(delivered.{{ quoted(column) }}) = fix_{{ loop.index }}.old_value
            or (delivered.{{ quoted(column) }} is null and fix_{{ loop.index }}.old_value is null)
        )
    {%- endif %}
    {%- endfor %}
) as delivered
{%- endif -%}
{%- endmacro %}
