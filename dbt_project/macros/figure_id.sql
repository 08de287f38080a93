{#- First 16 hex digits of the SHA-256 of the key columns joined by `|`, a null as nothing. -#}
{% macro figure_id(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(" ~ column ~ ", '')") -%}
    {%- endfor -%}
    substr({{ sha256_hex(parts | join(" || '|' || ")) }}, 1, 16)
{%- endmacro %}
