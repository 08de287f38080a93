-- Counts of every interaction by period, dimension and race group.
-- Public contract. A period or dimension that the source does not have gives no rows.
{%- set periods = ['year', 'quarter', 'month', 'all'] %}
with units_of_nobody as (
    -- Units in which nobody can be told apart from others are counted as they are.
    select
        service,
        interaction,
        unit,
        composition_rule,
        year,
        quarter,
        month,
        race_group,
        {%- for stratifier in var('stratifiers') %}
        {{ stratifier }},
        {%- endfor %}
        sum(units) as units
    from {{ ref('interaction_units') }}
    where person_number is null
    group by
        {%- for stratifier in var('stratifiers') %}
        {{ stratifier }},
        {%- endfor %}
        service, interaction, unit, composition_rule, year, quarter, month, race_group
)

{% for interaction in var('interactions_of_people') %}
select
    {{ service_label() }} as service,
    '{{ interaction }}' as interaction,
    'person' as unit,
    cast(null as string) as composition_rule,
    period_type,
    period,
    dimension,
    dimension_value,
    race_group,
    cast(sum(people * {{ interaction }}_g) as bigint) as count,
    cast(sum(people) as bigint) as persons
from {{ ref('person_profiles') }}
where {{ interaction }}_g > 0
group by period_type, period, dimension, dimension_value, race_group
union all
{%- endfor %}
{%- for period_type in periods %}
select
    service,
    'booking' as interaction,
    'person' as unit,
    cast(null as string) as composition_rule,
    '{{ period_type }}' as period_type,
    {{ "'all'" if period_type == 'all' else period_type }} as period,
    'custody_time' as dimension,
    custody_time as dimension_value,
    race_group,
    count(*) as count,
    count(distinct person_number) as persons
from {{ ref('custody_times') }}
group by service, custody_time, race_group{{ ', ' ~ period_type if period_type != 'all' }}
union all
{%- endfor %}
{%- for period_type in periods %}
{%- set first_period = loop.first %}
{%- for dimension in ['all'] + var('stratifiers') | list + var('crossings') | list %}
{%- set crossed = dimension.split('*') %}
{%- set cell = ([period_type] + crossed) | reject('equalto', 'all') | list %}
{{ 'union all' if not (first_period and loop.first) }}
select
    service,
    interaction,
    unit,
    composition_rule,
    '{{ period_type }}' as period_type,
    {{ "'all'" if period_type == 'all' else period_type }} as period,
    '{{ dimension }}' as dimension,
    {{ "'all'" if dimension == 'all' else crossed | join(" || '|' || ") }} as dimension_value,
    race_group,
    cast(sum(units) as bigint) as count,
    -- Null, not zero, where the source has no person key.
    cast(null as bigint) as persons
from units_of_nobody
{{ 'where ' ~ cell | join(' is not null and ') ~ ' is not null' if cell }}
group by
    service, interaction, unit, composition_rule, race_group
    {{- ', ' if cell }}{{ cell | join(', ') }}
{%- endfor %}
{%- endfor %}
union all
select
    service,
    interaction,
    unit,
    composition_rule,
    period_type,
    period,
    dimension,
    dimension_value,
    race_group,
    count,
    persons
from {{ ref('summary_counts') }}
