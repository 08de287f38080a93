{#- SHA-256 of a text as 64 lower-case hexadecimal digits. -#}
{% macro sha256_hex(expression) -%}
    sha256({{ expression }})
{%- endmacro %}
