{#- Where two copies of a table differ. What to do: ask both publishers which is right. -#}
{% test copies_agree(model) %}
select *
from {{ model }}
{% endtest %}
