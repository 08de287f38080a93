-- The outcome side of every indicator, in the cells that the framework asks for.
{{ config(tags=['counts']) }}
select
    counts.service,
    asked.indicator,
    asked.period_type,
    counts.period,
    asked.dimension,
    counts.dimension_value,
    counts.race_group,
    counts.count,
    counts.persons
from {{ ref('indicator_cells') }} as asked
inner join {{ ref('interaction_counts') }} as counts
    on asked.outcome = counts.interaction
    and asked.unit = counts.unit
    and coalesce(asked.composition_rule, '') = coalesce(counts.composition_rule, '')
    and asked.period_type = counts.period_type
    and asked.dimension = counts.dimension
where {{ is_reported('counts.service') }}
