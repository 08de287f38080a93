{#- Text columns as sources deliver them, made typed: blanks, missing tokens, ids, flags, counts. -#}

{#- Trimmed text; the ways in which copies write "missing" become null. Longer text is none of them,
    and lists stay under five values: DuckDB would join them, and trim columns that nobody asked for. -#}
{% macro clean_text(column) -%}
    case
        when
            length(trim({{ column }})) > 4
            or (lower(trim({{ column }})) not in ('', 'na', 'nan') and lower(trim({{ column }})) not in ('none', 'null'))
            then trim({{ column }})
    end
{%- endmacro %}

{#- An id or code; some exports turn `6042273` into `6042273.0`. -#}
{% macro clean_id(column) -%}
    case
        when trim({{ column }}) like '%.0'
            then substr(trim({{ column }}), 1, length(trim({{ column }})) - 2)
        else {{ clean_text(column) }}
    end
{%- endmacro %}

{#- True, false, or null where the source says neither. -#}
{% macro clean_flag(column) -%}
    case
        when lower(trim({{ column }})) in ('1', '1.0', 'true', 't', 'yes', 'y') then true
        when lower(trim({{ column }})) in ('0', '0.0', 'false', 'f', 'no', 'n') then false
    end
{%- endmacro %}

{#- A whole number printed with or without separators of thousands (comma, blank, hard blank). -#}
{% macro clean_count(column) -%}
    {%- set digits = "replace(replace(replace(" ~ column ~ ", ',', ''), ' ', ''), '\u00a0', '')" -%}
    cast({{ cast_or_null(digits, 'double') }} as bigint)
{%- endmacro %}

{#- The day of a date or timestamp. -#}
{% macro clean_date(column) -%}
    cast({{ cast_or_null('trim(' ~ column ~ ')', 'timestamp') }} as date)
{%- endmacro %}

{#- Day and time of a timestamp; null where the source writes the day alone, which is not midnight. -#}
{% macro clean_time(column) -%}
    case when length(trim({{ column }})) > 10 then {{ cast_or_null('trim(' ~ column ~ ')', 'timestamp') }} end
{%- endmacro %}

{#- The text of a time without what follows the day, where it is written as `2023-05-17T10:00:00`;
    any other text as it is. For counting by day before days are read. -#}
{% macro day_text(column) -%}
    case when {{ column }} like '____-__-__%' then substr({{ column }}, 1, 10) else {{ column }} end
{%- endmacro %}
