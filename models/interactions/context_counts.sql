-- Encounters of people counted by all that is known of their context at once: what a comparison
-- that holds the context equal is made from. A stratum that a source lacks is null.
{%- set fields = ['race_group', 'year', 'quarter'] + var('stratifiers') | list %}
with counted as (
    select
        {%- for interaction in var('interactions_of_people') %}
        cast(sum({{ interaction }}) as bigint) as {{ interaction }},
        {%- endfor %}
        {{ fields | join(', ') }}
    from {{ ref('encounter_codes') }}
    group by {{ fields | join(', ') }}
)

select
    {%- for interaction in var('interactions_of_people') %}
    counted.{{ interaction }},
    {%- endfor %}
    {%- for field in fields %}
    {{ field }}_values.value as {{ field }},
    {%- endfor %}
    {{ service_label() }} as service
from counted
left join {{ ref('encounter_values') }} as race_group_values
    on counted.race_group = race_group_values.code
    and race_group_values.field = 'race_group'
{%- for field in fields[1:] %}
left join {{ ref('encounter_values') }} as {{ field }}_values
    on counted.{{ field }} = {{ field }}_values.code
    and {{ field }}_values.field = '{{ field }}'
{%- endfor %}
