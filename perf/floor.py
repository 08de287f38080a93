"""The floor: one DuckDB script straight from the source systems to the marts, made to be fast.

What it spares itself, beside landing files, gate and orchestration: it reads only the columns that
the marts need, casts and maps labels while it reads, keeps an event as a handful of small codes,
and counts repeat people from pairs of events of one person instead of grouping all events by
person once for every period and dimension. It knows this one service: labels without dates of
validity, and the rules that set rows aside, one predicate each, written by hand from
`expectations/suites`.
"""

from pathlib import Path

import duckdb

from perf.floor_figures import write_marts
from perf.floor_records import keep_what_stands, read_bookings, read_calls, stands_sql
from perf.task import SERVICE, Task
from rbdc.duck import load_extension
from rbdc.sql import literal

# An event's time is the month since year 0; longer periods are whole divisions of it.
PERIODS = {"year": "month // 12", "quarter": "month // 3", "month": "month", "all": "0"}
DIMENSIONS = ("all", "division", "gender", "age_group", "occurrence_category", "call_type")
CELLS = [(period, dimension) for period in PERIODS for dimension in DIMENSIONS]
# The furthest step that an event came to, one bit each: all of them are enforcement actions.
OTHER, ARREST, BOOKING, STRIP_SEARCH, ITEM_FOUND, *PHASE_2 = (1 << bit for bit in range(8))
# Tables of diversions and apprehensions: key, time and step.
DIVERSIONS_AND_APPREHENSIONS = {
    "youth_diversions": ("diversion_id", "diverted_at", PHASE_2[0]),
    "mental_health_apprehensions": ("apprehension_id", "apprehended_at", PHASE_2[1]),
    "child_protection_apprehensions": ("apprehension_id", "apprehended_at", PHASE_2[2]),
}

# What enforcement actions tell of incidents of force.
TOLD_BY_ACTIONS = ("division", "occurrence_category", "call_type")

_FORCE_LABELS = {"race_group": "Race", "gender": "Gender", "age_group": "AgeCategory"}
_SEVERAL = {"race_group": "Multiple race group", "gender": "Multiple", "age_group": "Multiple"}


def main() -> None:
    """Write the three marts."""
    task = Task.from_environment()
    with duckdb.connect() as connection:
        _attach(connection, task.source_systems / "records.sqlite")
        _label_codes(connection, task.service_dir / "labels.csv")
        _read_records(connection)
        read_bookings(connection)
        read_calls(connection)
        _events(connection, task)
        _count_people(connection)
        _count_force(connection, task.source_systems / "provincial")
        write_marts(connection, task)


def _attach(connection: duckdb.DuckDBPyConnection, database: Path) -> None:
    load_extension(connection, "sqlite_scanner")
    connection.execute(f"attach {literal(str(database))} as source (type sqlite, read_only)")


def _label_codes(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Standard labels as enums, and small tables from a label as recorded to its code."""
    connection.execute(f"""
        create macro clean(v) as
            case when lower(trim(v)) not in ('', 'none', 'na', 'null', 'nan') then trim(v) end;
        create table labels as
        select distinct source, field, lower(trim(raw_label)) as label,
            trim(standard_label) as standard
        from read_csv({literal(str(file))}, all_varchar = true, header = true);
        create type age_group as enum ('17 and younger', '18 to 24', '25 to 34', '35 to 44',
            '45 to 54', '55 to 64', '65 and older', 'Unknown');
    """)
    for field in ("race_group", "gender", "occurrence_category", "call_type"):
        connection.execute(f"""
            create type {field} as enum (
                select standard from labels where source = 'rms' and field = '{field}'
                union select unnest(['Unknown', 'Unmapped']));
            create table {field}_of as
            select label, standard::{field} as {field}
            from labels where source = 'rms' and field = '{field}'
            union
            select unnest(['', 'none', 'na', 'null', 'nan']), 'Unknown'::{field};
        """)


def _read_records(connection: duckdb.DuckDBPyConnection) -> None:
    """Read what stands of arrests, enforcement actions and searches, and how far each reaches."""
    connection.execute(
        _people_sql(
            "arrests",
            key="arrest_id",
            at="arrested_at",
            step=f"case when booked = 1 then {BOOKING} else {ARREST} end",
            rule="coalesce(booked in (0, 1), true)",
        )
    )
    connection.execute(
        _people_sql(
            "enforcement_actions",
            key="action_id",
            at="action_at",
            step=f"case when trim(action_type) = 'Arrest' then {ARREST} else {OTHER} end",
            rule="""coalesce(trim(action_type) in ('Arrest', 'Provincial offence ticket',
                'Summons', 'Caution', 'Diversion', 'Mental health apprehension',
                'Child protection apprehension', 'Subject or suspect'), false)""",
        )
    )
    for table, (key, at, step) in DIVERSIONS_AND_APPREHENSIONS.items():
        connection.execute(_people_sql(table, key=key, at=at, step=str(step), rule="true"))
    rule = """clean(arrest_id) is not null and coalesce(search_level in (1, 2, 3), false)
        and coalesce(items_found in (0, 1), true)"""
    connection.execute(f"""
        create table strip_searches as
        select rowid as n, clean(search_id) as id, clean(arrest_id) as arrest_id, search_level,
            try_cast(updated_at as timestamp) as updated, coalesce(is_deleted, 0) = 1 as deleted,
            items_found,
            {stands_sql("search_id", "searched_at", rule)} as stands
        from source.strip_searches;
    """)
    for table in ("arrests", "enforcement_actions", "strip_searches"):
        keep_what_stands(connection, table)
    for table in DIVERSIONS_AND_APPREHENSIONS:
        keep_what_stands(connection, table)


def _people_sql(table: str, *, key: str, at: str, step: str, rule: str) -> str:
    """Reading of a table of events of people, with codes in place of labels."""
    action_id = "clean(action_id)" if table in DIVERSIONS_AND_APPREHENSIONS else "null"
    force = "clean(force_incident_number)" if table == "enforcement_actions" else "null"
    labelled = {
        "race_group": "perceived_race", "gender": "sex", "occurrence_category": "category",
        "call_type": "kind",
    }  # fmt: skip
    codes = ", ".join(
        f"coalesce({field}_of.{field}, case when {raw} is null then 'Unknown' else 'Unmapped' end"
        f"::{field}) as {field}"
        for field, raw in labelled.items()
    )
    joins = " ".join(
        f"left join {field}_of on {field}_of.label = lower(trim({raw}))"
        for field, raw in labelled.items()
    )
    return f"""
        create table {table} as
        select n, clean({key}) as id, nullif(trim(person_id), '') as person_id, {codes},
            {action_id} as action_id, {force} as force_incident_id,
            case
                when age between 0 and 17 then '17 and younger'
                when age between 18 and 24 then '18 to 24'
                when age between 25 and 34 then '25 to 34'
                when age between 35 and 44 then '35 to 44'
                when age between 45 and 54 then '45 to 54'
                when age between 55 and 64 then '55 to 64'
                when age >= 65 then '65 and older'
                else 'Unknown'
            end::age_group as age_group,
            coalesce(clean(division), 'Unknown') as division,
            (year(happened) * 12 + month(happened) - 1)::smallint as month,
            ({step})::utinyint as step, updated, coalesce(is_deleted, 0) = 1 as deleted,
            {stands_sql(key, at, f"{rule} and coalesce(age between 0 and 120, true)")} as stands
        from (
            select rowid as n, try_cast({at} as timestamp) as happened,
                try_cast(updated_at as timestamp) as updated, occurrence_category as category,
                call_type as kind, * exclude (occurrence_category, call_type)
            from source.{table}) as read
        {joins};
    """


def _events(connection: duckdb.DuckDBPyConnection, task: Task) -> None:
    """Put all people's events into one table, and the pseudonym of each person beside it."""
    recorded = " union all ".join(f"from {table}" for table in DIVERSIONS_AND_APPREHENSIONS)
    connection.execute(f"""
        create view recorded as {recorded};
        create table searched as
        select arrest_id, if(bool_or(items_found = 1), {ITEM_FOUND}, {STRIP_SEARCH}) as step
        from strip_searches where search_level = 3 and arrest_id is not null group by arrest_id;

        create view found as
        from arrests union all from recorded union all
        from enforcement_actions where step = {OTHER}
            and id not in (select action_id from recorded where action_id is not null);

        create table people as
        select row_number() over () as person, person_id, events,
            {task.key().sql("person_id")} as pseudonym
        from (select person_id, count(*) as events from found
            where person_id is not null group by person_id);

        create type division as enum (select distinct division from found);
        create table events as
        select row_number() over () as n, repeating.person, month, race_group,
            division::division as division, gender, age_group, occurrence_category, call_type,
            case when found.step in ({ARREST}, {BOOKING}) then coalesce(searched.step, found.step)
                else found.step end::utinyint as step,
            coalesce(custody_time, 'Unknown') as custody_time
        from found
        left join custody on found.id = custody.arrest_id
        left join searched on found.id = searched.arrest_id
        left join (select person, person_id from people where events > 1) as repeating
            on found.person_id = repeating.person_id;
    """)


def _count_people(connection: duckdb.DuckDBPyConnection) -> None:
    """Count events, distinct people, and pairs of events of one person, cell by cell.

    `event_counts`: events by month, cell, race group and step. `repeats`: events that are not
    the person's first of their cell and race group, by the steps of the earlier ones, so that
    people = events - repeats at any steps. `pair_counts`: pairs of events of one person in a cell,
    by race group and step of both, which give every sum of products over people. `custody_counts`:
    people booked by time in custody.
    """
    same_period = {p: f"a.{e} = b.{e}" for p, e in PERIODS.items() if p != "all"}
    same_value = {d: f"a.{d} = b.{d}" for d in DIMENSIONS if d != "all"}
    same = {**same_period, **same_value}
    earlier = ", ".join(
        f"bit_or(other_step) filter (where {_same(period, dimension)}) as {period}_{dimension}"
        for period, dimension in CELLS
    )
    connection.execute(f"""
        create table pairs as
        select b.n, b.month, b.race_group, {", ".join(f"b.{d}" for d in same_value)}, b.step,
            a.race_group as other_race_group, a.step as other_step,
            {", ".join(f"{equal} as same_{name}" for name, equal in same.items())}
        from events as a
        inner join events as b on a.person = b.person and a.n < b.n;

        create table repeat_events as
        select n, any_value(month) as month, any_value(race_group) as race_group,
            {", ".join(f"any_value({d}) as {d}" for d in same_value)}, any_value(step) as step,
            {earlier}
        from pairs where race_group = other_race_group group by n;

        create table custody_counts (period_type varchar, period integer, custody_time varchar,
            race_group varchar, count bigint, persons bigint);
        create table event_counts (dimension varchar, dimension_value varchar, month smallint,
            race_group varchar, step utinyint, events bigint);
        create table repeats (period_type varchar, period integer, dimension varchar,
            dimension_value varchar, race_group varchar, step utinyint, earlier_steps utinyint,
            events bigint);
        create table pair_counts (period_type varchar, period integer, dimension varchar,
            dimension_value varchar, race_group varchar, step utinyint, other_race_group varchar,
            other_step utinyint, pairs bigint);
    """)
    for dimension in DIMENSIONS:
        connection.execute(f"""
            insert into event_counts
            select '{dimension}', {_value(dimension)}, month, race_group, step, count(*)
            from events group by all""")
    for period, expression in PERIODS.items():
        # Only people of several events are numbered.
        connection.execute(f"""
            insert into custody_counts
            select '{period}', {expression}, custody_time, race_group, count(*),
                count(*) filter (person is null) + count(distinct person)
            from events where step in ({BOOKING}, {STRIP_SEARCH}, {ITEM_FOUND}) group by all""")
    for period, dimension in CELLS:
        connection.execute(f"""
            insert into repeats
            select '{period}', {PERIODS[period]}, '{dimension}', {_value(dimension)}, race_group,
                step, {period}_{dimension}, count(*)
            from repeat_events where {period}_{dimension} is not null group by all;
            insert into pair_counts
            select '{period}', {PERIODS[period]}, '{dimension}', {_value(dimension)}, race_group,
                step, other_race_group, other_step, count(*)
            from pairs where {_same(period, dimension)} group by all""")


def _same(period: str, dimension: str) -> str:
    names = [name for name in (period, dimension) if name != "all"]
    return " and ".join(f"same_{name}" for name in names) or "true"


def _value(dimension: str) -> str:
    return "'all'" if dimension == "all" else dimension


def _count_force(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Incidents, people and reports of the provincial files, one row each in `force_units`."""
    label = {
        field: f"""coalesce((select standard from labels as l
            where l.source = 'provincial_use_of_force' and l.field = '{field}'
                and l.label = lower(clean({raw}))),
            case when clean({raw}) is null then 'Unknown' else 'Unmapped' end) as {field}"""
        for field, raw in _FORCE_LABELS.items()
    }
    composed = ", ".join(
        f"""case when count(distinct nullif(p.{field}, 'Unknown')) > 1 then '{multiple}'
            else coalesce(max(nullif(p.{field}, 'Unknown')), 'Unknown') end as {field}"""
        for field, multiple in _SEVERAL.items()
    )
    told = ", ".join(
        f"""case when count(distinct {field}) filter ({field}::varchar <> 'Unknown') > 1
            then 'Multiple' else coalesce(max({field}::varchar) filter ({field}::varchar
            <> 'Unknown'), 'Unknown') end as {field}"""
        for field in TOLD_BY_ACTIONS
    )
    told_of_incidents = ", ".join(
        f"""case when service in (select service from force_actions)
            then coalesce(any_value(a.{field}), 'Unknown') end as {field}"""
        for field in TOLD_BY_ACTIONS
    )
    read = "all_varchar = true, header = true, delim = ',', quote = '\"', strict_mode = false"
    connection.execute(f"""
        create table reports as
        select clean(BatchFileName) as report_id, clean(PoliceService) as service,
            coalesce(clean(IncidentNumber), 'report ' || clean(BatchFileName)) as incident_id,
            try_cast(Date as timestamp)::date as day,
            lower(clean(Inclusion_SOLGEN_ARA_Analysis)) as included
        from (select *, row_number() over () as n
            from read_csv({literal(str(folder / "uof_main_records_*.csv"))}, {read}))
        qualify row_number() over (partition by report_id order by n) = 1
            and report_id is not null and service is not null
            and coalesce(try_cast(Date as timestamp) < current_date + 2, false)
            and coalesce(included in ('yes', 'no'), false);
        create table reports_as_of as select max(day) as data_as_of from reports;

        create table force_people as
        select report_id, service, incident_id, day, {", ".join(label.values())}
        from (select *, row_number() over () as n
            from read_csv({literal(str(folder / "uof_individual_records_*.csv"))}, {read}))
        inner join reports on reports.report_id = clean(BatchFileName)
        where included = 'yes'
        qualify row_number() over (
            partition by clean(BatchFileName), clean(Indiv_Index) order by n) = 1
            and clean(Indiv_Index) is not null;

        -- Where the incidents of this service were and what they were about.
        create table force_actions as
        select '{SERVICE}' as service, force_incident_id as incident_id, {told}
        from enforcement_actions where force_incident_id is not null group by all;

        create table force_units as
        select service, 'incident' as unit, 'multiple_race_group' as composition_rule,
            min(r.day) as day, {composed}, {told_of_incidents}
        from reports as r left join force_people as p using (service, incident_id)
        left join force_actions as a using (service, incident_id)
        where included = 'yes' group by service, incident_id
        union all
        select service, 'person', null, day, race_group, gender, age_group, null, null, null
        from force_people
        union all
        select r.service, 'officer_report', null, any_value(r.day), {composed}, null, null, null
        from reports as r left join force_people as p on r.report_id = p.report_id
        where included = 'yes' group by r.service, r.report_id;
    """)


if __name__ == "__main__":
    main()
