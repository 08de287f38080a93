-- Both sides of every indicator as counts, one row a figure: each cell has a row for every race
-- group that either side can hold or does hold, with 0 where there is no event. Public contract.
{{ config(tags=['counts']) }}
with definitions as (
    select distinct
        indicator,
        outcome,
        benchmark,
        benchmark_vintage,
        benchmark_unit,
        benchmark_kind,
        unit,
        composition_rule,
        form
    from {{ ref('indicator_cells') }}
),

benchmark_cells as (
    select
        service,
        indicator,
        period_type,
        period,
        dimension,
        dimension_value,
        max(total) as total
    from {{ ref('indicator_benchmarks') }}
    group by service, indicator, period_type, period, dimension, dimension_value
),

benchmark_periods as (
    select distinct
        service,
        indicator,
        period_type,
        period,
        dimension
    from benchmark_cells
),

-- Without residents of a stratum there is nothing to hold its outcomes against, so that cell is
-- left out; where the benchmark is an interaction, a cell without benchmark events is shown with 0,
-- but not a whole period and dimension in which the benchmark was not counted at all.
cells as (
    select
        service,
        indicator,
        period_type,
        period,
        dimension,
        dimension_value
    from benchmark_cells
    union
    select
        outcomes.service,
        outcomes.indicator,
        outcomes.period_type,
        outcomes.period,
        outcomes.dimension,
        outcomes.dimension_value
    from {{ ref('indicator_outcomes') }} as outcomes
    inner join definitions on outcomes.indicator = definitions.indicator
    inner join benchmark_periods
        on outcomes.service = benchmark_periods.service
        and outcomes.indicator = benchmark_periods.indicator
        and outcomes.period_type = benchmark_periods.period_type
        and outcomes.period = benchmark_periods.period
        and outcomes.dimension = benchmark_periods.dimension
    where definitions.benchmark_kind = 'interaction'
),

framework_groups as (
    select
        definitions.indicator,
        framework.race_group,
        framework.is_unknown,
        {{ is_held_by('framework.held_by', 'definitions.unit') }} as outcome_can_hold,
        {{ is_held_by('framework.held_by', 'definitions.benchmark_unit') }} as benchmark_can_hold
    from definitions
    cross join {{ source('raw', 'config__race_groups') }} as framework
),

services_shown as (
    select distinct
        service,
        indicator
    from cells
),

groups_shown as (
    select
        services_shown.service,
        framework_groups.indicator,
        framework_groups.race_group
    from framework_groups
    inner join services_shown on framework_groups.indicator = services_shown.indicator
    where framework_groups.outcome_can_hold or framework_groups.benchmark_can_hold
    union
    select
        service,
        indicator,
        race_group
    from {{ ref('indicator_outcomes') }}
    union
    select
        service,
        indicator,
        race_group
    from {{ ref('indicator_benchmarks') }}
),

people_known as (
    select distinct
        service,
        indicator
    from {{ ref('person_moments') }}
),

as_of as (
    select
        reached.service,
        definitions.indicator,
        min(reached.data_as_of) as data_as_of
    from definitions
    inner join {{ ref('interaction_as_of') }} as reached
        on (definitions.outcome = reached.interaction and definitions.unit = reached.unit)
        or (
            definitions.benchmark = reached.interaction
            and definitions.benchmark_unit = reached.unit
        )
    where {{ is_reported('reached.service') }}
    group by reached.service, definitions.indicator
),

figures as (
    select
        cells.service,
        definitions.indicator,
        definitions.outcome,
        definitions.benchmark,
        definitions.benchmark_vintage,
        definitions.benchmark_unit,
        definitions.unit,
        definitions.composition_rule,
        definitions.form,
        cells.period_type,
        cells.period,
        cells.dimension,
        cells.dimension_value,
        groups_shown.race_group,
        people_known.indicator is not null as has_people,
        definitions.form = 'subset' and people_known.indicator is not null as has_benchmark_people,
        coalesce(
            framework_groups.outcome_can_hold and framework_groups.benchmark_can_hold, false
        ) as comparable,
        coalesce(outcomes.count, 0) as outcome_count,
        coalesce(benchmarks.count, 0) as benchmark_count,
        coalesce(benchmark_cells.total, 0) as benchmark_total,
        case when framework_groups.is_unknown then outcomes.count end as outcome_unknown,
        case when framework_groups.is_unknown then benchmarks.count end as benchmark_unknown,
        coalesce(outcomes.persons, 0) as persons,
        as_of.data_as_of,
        coalesce(moments.m_xg_xg, 0) as m_xg_xg,
        coalesce(moments.m_xg_x, 0) as m_xg_x,
        coalesce(moments.m_ng_ng, 0) as m_ng_ng,
        coalesce(moments.m_xg_ng, 0) as m_xg_ng,
        coalesce(moments.m_xg_n, 0) as m_xg_n,
        coalesce(moments.m_ng_x, 0) as m_ng_x,
        coalesce(moments.m_ng_n, 0) as m_ng_n
    from cells
    inner join definitions on cells.indicator = definitions.indicator
    inner join groups_shown
        on cells.service = groups_shown.service
        and cells.indicator = groups_shown.indicator
    left join framework_groups
        on groups_shown.indicator = framework_groups.indicator
        and groups_shown.race_group = framework_groups.race_group
    left join benchmark_cells
        on {{ same_cell('cells', 'benchmark_cells') }}
    left join {{ ref('indicator_outcomes') }} as outcomes
        on {{ same_cell('cells', 'outcomes') }}
        and groups_shown.race_group = outcomes.race_group
    left join {{ ref('indicator_benchmarks') }} as benchmarks
        on {{ same_cell('cells', 'benchmarks') }}
        and groups_shown.race_group = benchmarks.race_group
    left join {{ ref('person_moments') }} as moments
        on {{ same_cell('cells', 'moments') }}
        and groups_shown.race_group = moments.race_group
    left join people_known
        on cells.service = people_known.service
        and cells.indicator = people_known.indicator
    left join as_of
        on cells.service = as_of.service
        and cells.indicator = as_of.indicator
)

select
    {{ figure_id([
        'figures.service', 'figures.indicator', 'figures.outcome', 'figures.benchmark',
        'figures.benchmark_vintage', 'figures.benchmark_unit', 'figures.unit',
        'figures.composition_rule', 'figures.period_type', 'figures.period',
        'figures.dimension', 'figures.dimension_value', 'figures.race_group',
    ]) }} as figure_id,
    figures.service,
    figures.indicator,
    figures.outcome,
    figures.benchmark,
    figures.benchmark_vintage,
    figures.benchmark_unit,
    figures.unit,
    figures.composition_rule,
    figures.form,
    figures.period_type,
    figures.period,
    figures.dimension,
    figures.dimension_value,
    figures.race_group,
    run.reference_group,
    -- Printed counts can contradict each other, and then compare with nothing; where there are
    -- records, a test refuses the same.
    figures.comparable and (
        figures.form != 'subset'
        or (
            figures.outcome_count <= figures.benchmark_count
            and sum(figures.outcome_count) over cell <= figures.benchmark_total
            and coalesce(sum(figures.outcome_unknown) over cell, 0)
            <= coalesce(sum(figures.benchmark_unknown) over cell, 0)
        )
    ) as comparable,
    figures.outcome_count,
    cast(sum(figures.outcome_count) over cell as bigint) as outcome_total,
    figures.benchmark_count,
    figures.benchmark_total,
    cast(coalesce(sum(figures.outcome_unknown) over cell, 0) as bigint) as outcome_unknown,
    cast(coalesce(sum(figures.benchmark_unknown) over cell, 0) as bigint) as benchmark_unknown,
    case when figures.has_people then figures.persons end as persons,
    figures.data_as_of,
    case when figures.has_people then figures.m_xg_xg end as m_xg_xg,
    case when figures.has_people then figures.m_xg_x end as m_xg_x,
    -- Summed over the groups, one factor of a product becomes the person's events in all groups.
    case when figures.has_people then sum(figures.m_xg_x) over cell end as m_x_x,
    case when figures.has_benchmark_people then figures.m_ng_ng end as m_ng_ng,
    case when figures.has_benchmark_people then figures.m_xg_ng end as m_xg_ng,
    case when figures.has_benchmark_people then figures.m_xg_n end as m_xg_n,
    case when figures.has_benchmark_people then figures.m_ng_x end as m_ng_x,
    case when figures.has_benchmark_people then figures.m_ng_n end as m_ng_n,
    case when figures.has_benchmark_people then sum(figures.m_ng_n) over cell end as m_n_n,
    case when figures.has_benchmark_people then sum(figures.m_xg_n) over cell end as m_x_n
from figures
cross join {{ source('raw', 'config__run') }} as run
window cell as (
    partition by
        figures.service, figures.indicator, figures.period_type, figures.period,
        figures.dimension, figures.dimension_value
)
