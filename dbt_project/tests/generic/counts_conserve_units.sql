{#- Counts by period and dimension add up to the units that they count: every unit once in every
    dimension that it has and every period type that its source has. Custody times are those of the
    bookings of the records system, of all of them or, without booking records, of none. -#}
{% test counts_conserve_units(model) %}
{%- set is_in = {'all': 'true'} %}
{%- for policy in var('policies') %}
{%- do is_in.update({
    policy: 'person_number is not null and ' ~ side_of_policy(policy, 'record_date') ~ ' is not null'
}) %}
{%- endfor %}
{%- for crossing in var('crossings') %}
{%- do is_in.update({crossing: crossing.split('*') | join(' is not null and ') ~ ' is not null'}) %}
{%- endfor %}
{%- for stratifier in var('stratifiers') %}
{%- do is_in.update({stratifier: stratifier ~ ' is not null'}) %}
{%- endfor %}
{%- do is_in.update({
    'custody_time': "interaction = 'booking' and source_table = 'rms.arrests' and "
    ~ "exists (select 1 from " ~ ref('stg_rms__bookings') ~ ")"
}) %}
with units as (
    -- Units of each dimension in one pass; years are never missing, quarters and months can be.
    select
        service,
        interaction,
        unit,
        {%- for dimension, condition in is_in.items() %}
        {%- set name = 'in_' ~ dimension | replace('*', '_by_') %}
        sum(case when {{ condition }} then units end) as {{ name }},
        sum(case when {{ condition }} and quarter is not null then units end)
            as {{ name }}_by_quarter,
        sum(case when {{ condition }} and month is not null then units end)
            as {{ name }}_by_month
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('interaction_units') }}
    group by service, interaction, unit
),

expected as (
    {%- for period_type in ['year', 'quarter', 'month', 'all'] %}
    {%- set last_period = loop.last %}
    {%- for dimension in is_in if period_type == 'all' or dimension not in var('policies') %}
    {%- set name = 'in_' ~ dimension | replace('*', '_by_') %}
    select
        service,
        interaction,
        unit,
        '{{ period_type }}' as period_type,
        '{{ dimension }}' as dimension,
        {{ name ~ ('_by_' ~ period_type if period_type in ['quarter', 'month'] else '') }} as units
    from units
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
    from ({{ counts_of_records(model) }}) as counts
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
