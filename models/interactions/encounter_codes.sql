-- `encounters` as they are grouped: codes of `encounter_values` in place of text, and the person
-- only where the same person stands in several encounters. Somebody in a single one, as most are,
-- is told by the encounter itself.
{%- set fields = ['race_group', 'year', 'quarter', 'month'] + var('stratifiers') | list %}
with people_of_several as (
    select
        person_number,
        min(race_group) != max(race_group) as has_several_race_groups
    from {{ ref('encounters') }}
    group by person_number
    having count(*) > 1
)

select
    {%- for field in fields %}
    {{ field }}_values.code as {{ field }},
    {%- endfor %}
    {%- for policy in var('policies') %}
    cast(case {{ side_of_policy(policy, 'encounters.record_date') }}
        when 'before' then 1 when 'after' then 2
    end as smallint) as {{ policy }},
    {%- endfor %}
    {%- for interaction in var('interactions_of_people') %}
    encounters.{{ interaction }},
    {%- endfor %}
    people_of_several.person_number,
    people_of_several.has_several_race_groups
from {{ ref('encounters') }} as encounters
left join people_of_several on encounters.person_number = people_of_several.person_number
{%- for field in fields %}
left join {{ ref('encounter_values') }} as {{ field }}_values
    on encounters.{{ field }} = {{ field }}_values.value
    and {{ field }}_values.field = '{{ field }}'
{%- endfor %}
-- A person's encounters stand together: grouping by person finds them in the processor's cache.
order by people_of_several.person_number
