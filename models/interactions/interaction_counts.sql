-- Counts of every interaction by period, dimension and race group.
-- Public contract. A dimension that the source does not have gives no rows.
{%- set unit = 'service, interaction, unit, composition_rule' %}
{%- set dimensions = ['all'] %}
{%- do dimensions.extend(var('stratifiers')) %}
{%- for dimension in dimensions %}
{%- set value = "'all'" if dimension == 'all' else dimension %}
{%- set cell = unit ~ ', race_group' ~ ('' if dimension == 'all' else ', ' ~ dimension) %}
{{ 'union all' if not loop.first }}
select
    service,
    interaction,
    unit,
    composition_rule,
    case
        when grouping(year) = 0 then 'year'
        when grouping(quarter) = 0 then 'quarter'
        when grouping(month) = 0 then 'month'
        else 'all'
    end as period_type,
    coalesce(year, quarter, month, 'all') as period,
    '{{ dimension }}' as dimension,
    {{ value }} as dimension_value,
    race_group,
    count(*) as count,
    -- Null, not zero, where the source has no person key.
    nullif(count(distinct person_number), 0) as persons
from {{ ref('interaction_units') }}
where {{ value }} is not null
group by
    grouping sets (
        ({{ cell }}, year),
        ({{ cell }}, quarter),
        ({{ cell }}, month),
        ({{ cell }})
    )
-- A period that the source does not have gives no rows.
having
    coalesce(year, quarter, month) is not null
    or grouping(year) + grouping(quarter) + grouping(month) = 3
{%- endfor %}
