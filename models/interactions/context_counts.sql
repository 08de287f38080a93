-- Encounters of people counted by all that is known of their context at once: what a comparison
-- that holds the context equal is made from. A stratum that a source lacks is null.
{%- set fields = ['race_group', 'year', 'quarter'] + var('stratifiers') | list %}
with counted as (
    select
        {{ fields | join(', ') }},
        {%- for interaction in var('interactions_of_people') %}
        cast(sum({{ interaction }}) as bigint) as {{ interaction }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('encounter_codes') }}
    group by {{ fields | join(', ') }}
)

select
    {{ service_label() }} as service,
    {%- for field in fields %}
    {{ field }}_values.value as {{ field }},
    {%- endfor %}
    {%- for interaction in var('interactions_of_people') %}
    counted.{{ interaction }}
    {{- ',' if not loop.last }}
    {%- endfor %}
from counted
{%- for field in fields %}
left join {{ ref('encounter_values') }} as {{ field }}_values
    on counted.{{ field }} = {{ field }}_values.code
    and {{ field }}_values.field = '{{ field }}'
{%- endfor %}
