-- Counts of every interaction by period, dimension and race group.
-- Public contract. A period or dimension that the source does not have gives no rows.
-- One grouping after the other, for counting people in several at once (`grouping sets`) takes
-- three times the memory.
{%- set dimensions = ['all'] %}
{%- do dimensions.extend(var('stratifiers')) %}
{%- for period_type in ['year', 'quarter', 'month', 'all'] %}
{%- set first_period = loop.first %}
{%- for dimension in dimensions %}
{{ 'union all' if not (first_period and loop.first) }}
select
    service,
    interaction,
    unit,
    composition_rule,
    '{{ period_type }}' as period_type,
    {{ "'all'" if period_type == 'all' else period_type }} as period,
    '{{ dimension }}' as dimension,
    {{ "'all'" if dimension == 'all' else dimension }} as dimension_value,
    race_group,
    count(*) as count,
    -- Null, not zero, where the source has no person key.
    nullif(count(distinct person_number), 0) as persons
from {{ ref('interaction_units') }}
where
    {{ 'true' if period_type == 'all' else period_type ~ ' is not null' }}
    and {{ 'true' if dimension == 'all' else dimension ~ ' is not null' }}
group by
    service, interaction, unit, composition_rule, race_group
    {{- '' if period_type == 'all' else ', ' ~ period_type }}
    {{- '' if dimension == 'all' else ', ' ~ dimension }}
{%- endfor %}
{%- endfor %}
