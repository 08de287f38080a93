{#- Names that differ in blanks, hyphens, full stops, case or an `s` at the end only: probably one
    name spelt in two ways. What to do: give both one standard label in labels.csv. -#}
{% test spelt_in_one_way(model, column_name) %}
with spellings as (
    select distinct
        {{ column_name }} as spelling,
        replace(replace(replace(lower({{ column_name }}), ' ', ''), '-', ''), '.', '') as letters
    from {{ model }}
)

select
    min(spelling) as one_spelling,
    max(spelling) as another_spelling
from spellings
group by case when letters like '%s' then substr(letters, 1, length(letters) - 1) else letters end
having count(*) > 1
{% endtest %}
