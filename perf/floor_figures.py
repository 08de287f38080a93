"""The floor's second half: from counts of cells to the three marts, small tables throughout."""

import duckdb
import pandas as pd

from perf.task import INDIVIDUALS_AS_OF, SERVICE, Task, config_tables, estimates
from rbdc.sql import literal

# The steps, a bit each as in `floor.py`, that count as each interaction.
_STEPS = {
    "enforcement_action": 0b11111111,
    "arrest": 0b11110,
    "booking": 0b11100,
    "strip_search": 0b11000,
    "item_found": 0b10000,
    "youth_diversion": 0b100000,
    "mental_health_apprehension": 0b1000000,
    "child_protection_apprehension": 0b10000000,
}
_MOMENTS = {
    "m_xg_xg": "sum(pairs * x * other_x) filter (same_group)",
    "m_xg_x": "sum(pairs * x * other_x)",
    "m_ng_ng": "sum(pairs * n * other_n) filter (same_group)",
    "m_xg_ng": "sum(pairs * x * other_n) filter (same_group)",
    "m_xg_n": "sum(pairs * x * other_n)",
    "m_ng_x": "sum(pairs * n * other_x)",
    "m_ng_n": "sum(pairs * n * other_n)",
}
_CELL = "indicator, period_type, period, dimension, dimension_value"


def write_marts(connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    """Write the marts from the counts of events, pairs, custody and calls, and `force_units`."""
    framework = task.framework()
    for name, frame in config_tables(framework, SERVICE).items():
        connection.register(name, frame)
    _interaction_counts(connection)
    _benchmark_counts(connection, task)
    _moments(connection)
    _index_counts(connection)
    counts = connection.execute("select * from index_counts order by figure_id").df()
    _disproportionality(connection, estimates(counts, framework))
    for mart in (
        "interactions.interaction_counts",
        "benchmarks.benchmark_counts",
        "indicators.disproportionality",
    ):
        connection.execute(
            f"copy (select * from {mart.split('.')[1]} order by all) "
            f"to {literal(str(task.mart(mart)))} (format parquet, compression zstd)"
        )


def _interaction_counts(connection: duckdb.DuckDBPyConnection) -> None:
    steps = ", ".join(f"('{name}', {mask})" for name, mask in _STEPS.items())
    connection.execute(f"""
        create macro period_name(kind, number) as case kind
            when 'year' then number::varchar
            when 'quarter' then (number // 4) || '-Q' || (number % 4 + 1)
            when 'month' then (number // 12) || '-' || lpad((number % 12 + 1)::varchar, 2, '0')
            else 'all' end;
        create table steps (interaction varchar, mask utinyint);
        insert into steps values {steps};
        create table period_types as
        from (values ('year', 12), ('quarter', 3), ('month', 1), ('all', null)) as t (kind, months);

        -- Events of each cell, by the step that they came to.
        create table cell_events as
        select kind as period_type, coalesce(month // months, 0) as period, dimension,
            dimension_value, race_group, step, sum(events)::bigint as events
        from event_counts cross join period_types group by all;

        create table interaction_counts as
        with person_rows as (
            select period_type, period, dimension, dimension_value, race_group, step,
                null as earlier_steps, events from cell_events
            union all
            select * from repeats
        )
        select '{SERVICE}' as service, interaction, 'person' as unit,
            null::varchar as composition_rule, period_type,
            period_name(period_type, period) as period, dimension, dimension_value, race_group,
            sum(events) filter (earlier_steps is null)::bigint as count,
            (count - coalesce(sum(events) filter (earlier_steps & mask <> 0), 0))::bigint
                as persons
        from person_rows inner join steps on step & mask <> 0
        group by all;

        insert into interaction_counts
        select '{SERVICE}', 'booking', 'person', null, period_type,
            period_name(period_type, period), 'custody_time', custody_time, race_group, count,
            persons
        from custody_counts;

        insert into interaction_counts
        with calls as (
            select *, unnest(['all', 'division', 'call_type']) as dimension from call_counts
        )
        select '{SERVICE}', 'call_attended', 'incident', 'first_person_recorded',
            kind as period_type, period_name(kind, month // months) as period, dimension,
            case dimension when 'division' then division when 'call_type' then call_type
                else 'all' end as dimension_value,
            race_group, sum(calls)::bigint, null
        from calls cross join period_types group by all;

        insert into interaction_counts
        with units as (
            select *, unnest(['all', 'gender', 'age_group', 'division', 'occurrence_category',
                    'call_type']) as dimension,
                unnest(['all', gender, age_group, division, occurrence_category, call_type])
                    as dimension_value,
                year(day) * 12 + month(day) - 1 as month
            from force_units
        )
        select service, 'use_of_force', unit, composition_rule, kind as period_type,
            period_name(kind, month // months) as period, dimension, dimension_value,
            race_group, count(*), null
        from units cross join period_types where dimension_value is not null group by all;
    """)


def _benchmark_counts(connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    population = literal(str(task.source_systems / "population.csv"))
    connection.execute(f"""
        create table residents as
        with parts as (
            select b.benchmark, b.unit, b.vintage,
                case when p.stratum = 'all' or b.stratum is not null then 'all'
                    else split_part(p.stratum, '=', 1) end as dimension,
                case when p.stratum = 'all' or b.stratum is not null then 'all'
                    else split_part(p.stratum, '=', 2) end as dimension_value,
                case when lower("group") = 'total' then 'Total' else l.standard end as race_group,
                count::bigint as count
            from read_csv({population}, all_varchar = true, header = true) as p
            inner join benchmarks as b
                on b.vintage = p.vintage and b.source_label = p.source
                and coalesce(b.stratum, p.stratum) = p.stratum
            left join labels as l on l.source = 'population' and l.label = lower("group")
        )
        select *, max(count) filter (race_group = 'Total') over (
            partition by benchmark, vintage, dimension, dimension_value) as total
        from parts qualify race_group <> 'Total';

        create table benchmark_counts as
        select c.service, b.benchmark, b.unit, b.vintage, period_type, period, dimension,
            dimension_value, race_group, c.count, c.persons
        from interaction_counts as c
        inner join benchmarks as b
            on b.kind = 'interaction' and b.benchmark = c.interaction and b.unit = c.unit
        union all
        select '{SERVICE}', benchmark, unit, vintage, 'all', 'all', dimension, dimension_value,
            race_group, count, null from residents;

        create table benchmark_totals as
        select benchmark, vintage, period_type, period, dimension, dimension_value,
            sum(count)::bigint as total
        from benchmark_counts where vintage is null and service = '{SERVICE}' group by all
        union all
        select distinct benchmark, vintage, 'all', 'all', dimension, dimension_value, total
        from residents;
    """)


def _moments(connection: duckdb.DuckDBPyConnection) -> None:
    """Sums over people of products of their event counts, as sums over pairs of their events."""
    moments = ", ".join(f"coalesce({sql}, 0)::double as {name}" for name, sql in _MOMENTS.items())
    connection.execute(f"""
        create table moments as
        with ordered_pairs as (
            select * from pair_counts
            union all
            select period_type, period, dimension, dimension_value, other_race_group, other_step,
                race_group, step, pairs from pair_counts
            union all -- an event with itself
            select period_type, period, dimension, dimension_value, race_group, step, race_group,
                step, events from cell_events
        ),
        asked as (
            select i.indicator, o.mask as mask_x,
                case when form = 'subset' then b.mask end as mask_n, c.period_type, c.dimension
            from indicators as i
            inner join indicator_cells as c on i.indicator = c.indicator
            inner join steps as o on i.outcome = o.interaction and i.unit = 'person'
            left join steps as b on i.benchmark = b.interaction
        ),
        products as (
            select indicator, period_type, period_name(period_type, period) as period, dimension,
                dimension_value, race_group, race_group = other_race_group as same_group, pairs,
                (step & mask_x <> 0)::int as x, (other_step & mask_x <> 0)::int as other_x,
                coalesce(step & mask_n <> 0, false)::int as n,
                coalesce(other_step & mask_n <> 0, false)::int as other_n
            from ordered_pairs inner join asked using (period_type, dimension)
        )
        select {_CELL}, race_group, {moments} from products
        where x + n > 0 group by all;
    """)


def _index_counts(connection: duckdb.DuckDBPyConnection) -> None:
    key = ", ".join(
        f"coalesce({column}, '')"
        for column in (
            f"'{SERVICE}'", "indicator", "outcome", "benchmark", "benchmark_vintage",
            "benchmark_unit", "unit", "composition_rule", "period_type", "period", "dimension",
            "dimension_value", "race_group",
        )
    )  # fmt: skip
    over_cell = f"over (partition by {_CELL})"
    people = "case when has_people then"
    both = "case when has_people and form = 'subset' then"
    connection.execute(f"""
        create table reached as
        with units as (
            select distinct interaction, unit from interaction_counts
            where service = '{SERVICE}'
        ),
        tables as (
            select *, unnest(case
                when interaction = 'enforcement_action' then [a.data_as_of, e.data_as_of,
                    y.data_as_of, m.data_as_of, p.data_as_of]
                when interaction = 'youth_diversion' then [y.data_as_of]
                when interaction = 'mental_health_apprehension' then [m.data_as_of]
                when interaction = 'child_protection_apprehension' then [p.data_as_of]
                when interaction = 'call_attended' then [c.data_as_of]
                when interaction = 'arrest' then [a.data_as_of]
                when interaction = 'booking' then [a.data_as_of, s.data_as_of, b.data_as_of]
                when interaction = 'use_of_force' then [f.data_as_of, date '{INDIVIDUALS_AS_OF}']
                else [a.data_as_of, s.data_as_of] end) as reaches
            from units, arrests_as_of as a, enforcement_actions_as_of as e,
                strip_searches_as_of as s, reports_as_of as f, bookings_as_of as b,
                calls_for_service_as_of as c, youth_diversions_as_of as y,
                mental_health_apprehensions_as_of as m, child_protection_apprehensions_as_of as p
        )
        select interaction, unit, min(reaches) as data_as_of from tables group by all;

        create table asked as
        select i.*, b.kind, c.period_type, c.dimension
        from indicators as i
        inner join indicator_cells as c on i.indicator = c.indicator
        inner join benchmarks as b on i.benchmark = b.benchmark
            and i.benchmark_vintage is not distinct from b.vintage
            and i.benchmark_unit = b.unit;

        create table outcomes as
        select indicator, period_type, c.period, dimension, c.dimension_value, c.race_group,
            c.count, c.persons
        from asked as a inner join interaction_counts as c using (period_type, dimension, unit)
        where a.outcome = c.interaction and c.service = '{SERVICE}'
            and a.composition_rule is not distinct from c.composition_rule;

        create table held_against as
        select a.indicator, a.period_type, p.period, a.dimension, c.dimension_value, c.race_group,
            c.count, t.total
        from asked as a
        inner join (select distinct indicator, period_type, period from outcomes
            union select distinct i.indicator, b.period_type, b.period
            from indicators as i inner join benchmark_counts as b
                on i.benchmark = b.benchmark and b.vintage is null) as p
            using (indicator, period_type)
        inner join benchmark_counts as c on a.benchmark = c.benchmark and a.dimension = c.dimension
            and a.benchmark_vintage is not distinct from c.vintage and c.service = '{SERVICE}'
            and (a.kind = 'population' or (c.period_type = a.period_type and c.period = p.period))
        inner join benchmark_totals as t on c.benchmark = t.benchmark
            and c.vintage is not distinct from t.vintage and c.period_type = t.period_type
            and c.period = t.period and c.dimension = t.dimension
            and c.dimension_value = t.dimension_value;

        create table groups_shown as
        select distinct indicator, g.race_group, is_unknown,
            ',' || held_by || ',' like '%,' || unit || ',%' as outcome_can_hold,
            ',' || held_by || ',' like '%,' || benchmark_unit || ',%' as benchmark_can_hold
        from asked cross join race_groups as g;
        delete from groups_shown where not (outcome_can_hold or benchmark_can_hold)
            and (indicator, race_group) not in (select (indicator, race_group) from outcomes
                union select (indicator, race_group) from held_against);
        insert into groups_shown
        select indicator, race_group, false, false, false
        from (select indicator, race_group from outcomes
            union select indicator, race_group from held_against) as found
        anti join groups_shown using (indicator, race_group);

        create table figures as
        with cells as (
            select {_CELL}, max(total) as total from held_against group by all
            union all
            select distinct {_CELL}, null from outcomes
            semi join (from asked where kind = 'interaction') using (indicator)
            anti join held_against using ({_CELL})
        )
        select a.*, period, dimension_value, race_group, coalesce(c.total, 0) as benchmark_total,
            outcome_can_hold and benchmark_can_hold as comparable, is_unknown,
            coalesce(o.count, 0) as outcome_count, coalesce(h.count, 0) as benchmark_count,
            coalesce(o.persons, 0) as persons,
            a.indicator in (select indicator from moments) as has_people,
            least(x.data_as_of, y.data_as_of) as data_as_of,
            {", ".join(f"coalesce({name}, 0) as {name}" for name in _MOMENTS)}
        from cells as c
        inner join asked as a using (indicator, period_type, dimension)
        inner join groups_shown using (indicator)
        left join outcomes as o using ({_CELL}, race_group)
        left join held_against as h using ({_CELL}, race_group)
        left join moments using ({_CELL}, race_group)
        left join reached as x on x.interaction = a.outcome and x.unit = a.unit
        left join reached as y on y.interaction = a.benchmark and y.unit = a.benchmark_unit;

        create table index_counts as
        select left(sha256(concat_ws('|', {key})), 16) as figure_id, '{SERVICE}' as service,
            indicator, outcome, benchmark, benchmark_vintage, benchmark_unit, unit,
            composition_rule, form, period_type, period, dimension, dimension_value, race_group,
            (select reference_group from run) as reference_group, comparable, outcome_count,
            sum(outcome_count) {over_cell}::bigint as outcome_total, benchmark_count,
            benchmark_total,
            coalesce(sum(outcome_count) filter (is_unknown) {over_cell}, 0)::bigint
                as outcome_unknown,
            coalesce(sum(benchmark_count) filter (is_unknown) {over_cell}, 0)::bigint
                as benchmark_unknown,
            {people} persons end as persons, data_as_of,
            {people} m_xg_xg end as m_xg_xg, {people} m_xg_x end as m_xg_x,
            {people} sum(m_xg_x) {over_cell} end as m_x_x,
            {", ".join(f"{both} {m} end as {m}" for m in list(_MOMENTS)[2:])},
            {both} sum(m_ng_n) {over_cell} end as m_n_n,
            {both} sum(m_xg_n) {over_cell} end as m_x_n
        from figures;
    """)


def _disproportionality(connection: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> None:
    connection.register("estimates", frame)
    connection.execute("""
        create table disproportionality as
        select figure_id, service, indicator, outcome, benchmark, benchmark_vintage,
            benchmark_unit, unit, composition_rule, period_type, period, dimension,
            dimension_value, race_group, outcome_count, outcome_total, benchmark_count,
            benchmark_total, persons, outcome_share, benchmark_share, disproportionality_index,
            index_low, index_high, rate, rate_low, rate_high, reference_group, disparity_index,
            disparity_low, disparity_high, rate_difference, rate_difference_low,
            rate_difference_high, expected_count, excess_count, interval_method, variance_method,
            p_value, q_value, test_family, outcome_missing_share, benchmark_missing_share,
            bound_low, bound_high, small_count, classification,
            (select framework_version from run) as framework_version, data_as_of, 'perf' as run_id
        from index_counts left join estimates using (figure_id);
    """)
