{#- Every census line that the framework names is found exactly once and holds a number. -#}
{% test census_lines_are_found_once(model) %}
select
    parts.benchmark,
    parts.vintage,
    parts.race_group,
    parts.topic,
    parts.characteristic,
    count(profile.residents) as lines_found
from {{ source('raw', 'config__population_parts') }} as parts
-- The population that the lines belong to, so that the test runs once it is built.
inner join (select distinct benchmark, vintage from {{ model }}) as built
    on parts.benchmark = built.benchmark and parts.vintage = built.vintage
left join {{ ref('stg_census__profile') }} as profile
    on lower(trim(parts.topic)) || '|' || lower(trim(parts.characteristic)) = profile.line_key
group by
    parts.benchmark, parts.vintage, parts.race_group, parts.topic, parts.characteristic
having count(profile.residents) != 1
{% endtest %}
