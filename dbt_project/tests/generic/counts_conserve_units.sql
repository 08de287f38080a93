{#- Counts by period and dimension add up to the units that they count: every unit once in every
    dimension that it has and every period type that its source has. -#}
{% test counts_conserve_units(model) %}
{%- set dimensions = ['all'] %}
{%- do dimensions.extend(var('stratifiers')) %}
{%- set period_types = ['year', 'quarter', 'month', 'all'] %}
with expected as (
    {% for period_type in period_types %}
    {%- set last_period = loop.last %}
    {%- for dimension in dimensions %}
    select
        service,
        interaction,
        unit,
        '{{ period_type }}' as period_type,
        '{{ dimension }}' as dimension,
        count(*) as units
    from {{ ref('interaction_units') }}
    where
        {{ "'all'" if dimension == 'all' else dimension }} is not null
        {%- if period_type == 'month' %}
        and month is not null
        {%- endif %}
    group by service, interaction, unit
    {{ 'union all' if not (last_period and loop.last) }}
    {%- endfor %}
    {%- endfor %}
),

counted as (
    select
        service,
        interaction,
        unit,
        period_type,
        dimension,
        sum(count) as units
    from {{ model }}
    group by service, interaction, unit, period_type, dimension
)

select
    coalesce(expected.service, counted.service) as service,
    coalesce(expected.interaction, counted.interaction) as interaction,
    coalesce(expected.unit, counted.unit) as unit,
    coalesce(expected.period_type, counted.period_type) as period_type,
    coalesce(expected.dimension, counted.dimension) as dimension,
    expected.units as units_expected,
    counted.units as units_counted
from expected
full join counted
    on expected.service = counted.service
    and expected.interaction = counted.interaction
    and expected.unit = counted.unit
    and expected.period_type = counted.period_type
    and expected.dimension = counted.dimension
where coalesce(expected.units, 0) != coalesce(counted.units, 0)
{% endtest %}
