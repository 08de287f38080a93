"""A small state folder made by hand, whose figures can be explained: warehouse, marts, loads."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb

from rbdc.store.layout import StateFolder, write_json

BUILD = "build-1"
# Never to be printed: the key of a person and the number of a record.
SECRETS = ("record-of-a-person", "987654321")
_COUNTS = "period_type text, period text, dimension text, dimension_value text, race_group text"
_FIGURES = (
    "figure_id text, service text, indicator text, outcome text, benchmark text, "
    "benchmark_vintage text, benchmark_unit text, unit text, composition_rule text, "
    f"{_COUNTS}, outcome_count bigint, outcome_total bigint, benchmark_count bigint, "
    "benchmark_total bigint, persons bigint, outcome_share double, benchmark_share double, "
    "disproportionality_index double, index_low double, index_high double, rate double, "
    "interval_method text, classification text, small_count boolean, "
    "framework_version text, data_as_of date, run_id text"
)
_SCHEMA = f"""
create schema raw; create schema staging; create schema interactions; create schema benchmarks;
create schema indicators; create schema audit;
create table raw.config__run as select 'Lakeshore' as service, '{BUILD}' as run_id;
create table raw.config__benchmarks (
    benchmark text, kind text, vintage text, unit text, source_table text, source_label text,
    stratum text, caveat text);
create table raw.config__population_parts (
    benchmark text, vintage text, race_group text, topic text, characteristic text, sign int);
create table raw.config__corrections (table_id text, status text);
create table staging.stg_population__residents (
    service text, source_label text, vintage text, race_group text, dimension text,
    dimension_value text, residents bigint);
create table staging.stg_census__profile (line_key text, residents bigint);
create table staging.stg_tps__use_of_force_summary (
    source text, table_name text, interaction text, dimension text, dimension_value text,
    race_group text, year text, month text, incidents bigint, is_counted boolean);
create table interactions.encounters (
    service text, record_id text, person_number bigint, year text, quarter text, month text,
    race_group text, gender text, age_group text, arrest int, strip_search int);
create table interactions.interaction_units (
    service text, interaction text, unit text, composition_rule text, source_table text,
    year text, quarter text, month text, race_group text, gender text, age_group text,
    units bigint);
create table interactions.summary_counts (
    service text, interaction text, unit text, composition_rule text, {_COUNTS}, count bigint);
create table interactions.interaction_counts (
    service text, interaction text, unit text, composition_rule text, {_COUNTS}, count bigint,
    persons bigint);
create table benchmarks.benchmark_counts (
    service text, benchmark text, unit text, vintage text, {_COUNTS}, count bigint);
create table benchmarks.benchmark_totals (
    service text, benchmark text, unit text, vintage text, period_type text, period text,
    dimension text, dimension_value text, total bigint);
create table indicators.disproportionality ({_FIGURES});
create table indicators.findings (
    figure_id text, sentence text, indicator text, source_figures text);
create table audit.loads (
    load_id text, source text, table_name text, batch_checksum text, suite_version text,
    rows_landed bigint, rows_accepted bigint, rows_quarantined bigint, verdict text,
    data_as_of date, code_version text, delivery text);
"""
# 3 arrests of 2 Black people, 5 of 5 White people; 2 and 1 of them with a strip search.
_ARRESTS = [
    ("Black", 987654321, 1),
    ("Black", 987654321, 1),
    ("Black", 2, 0),
    *(("White", 10 + n, 1 if n == 0 else 0) for n in range(5)),
]
SEARCH, UNKNOWN, YOUTH, CENSUS, PRINTED, FINDING, LOST, ALONE = (
    hashlib.sha256(name.encode()).hexdigest()[:16]
    for name in ("search", "unknown", "youth", "census", "printed", "finding", "lost", "alone")
)


@dataclass(frozen=True)
class State:
    """The state folder, and ways to spoil it."""

    folder: StateFolder

    def in_warehouse(self, *statements: str) -> None:
        with duckdb.connect(str(self.folder.warehouse)) as connection:
            for statement in statements:
                connection.execute(statement)

    def publish(self) -> None:
        """Write the tables of the warehouse out as marts."""
        run = self.folder.marts_runs / "run-2"
        with duckdb.connect(str(self.folder.warehouse)) as connection:
            for name in (
                "indicators.disproportionality",
                "indicators.findings",
                "interactions.interaction_counts",
                "benchmarks.benchmark_counts",
                "audit.loads",
            ):
                file = (run / Path(*name.split("."))).with_suffix(".parquet")
                file.parent.mkdir(parents=True, exist_ok=True)
                connection.execute(f"copy {name} to '{file}' (format parquet)")
            file = run / "indicators" / "data_quality.parquet"  # a mart without figures
            connection.execute(f"copy (select 1 as value) to '{file}' (format parquet)")
        inputs = {"raw": "hash-of-raw", "configuration": "hash-of-config", "code": "code-1"}
        write_json(run / "_run.json", {"run_id": "run-2", "built_by": BUILD, "inputs": inputs})
        if not self.folder.marts.exists():
            self.folder.marts.symlink_to(run, target_is_directory=True)


def make_state(root: Path) -> State:
    """A state after a good refresh; five figures, two findings made from them."""
    root.mkdir(parents=True)
    state = State(StateFolder(root))
    state.in_warehouse(
        _SCHEMA, *_arrests(), *_residents(), *_printed(), *_figures(), *_findings(), *_loads()
    )
    state.publish()
    return state


def _arrests() -> list[str]:
    statements = []
    for group, person, searched in _ARRESTS:
        statements.append(
            f"insert into interactions.encounters values ('Lakeshore', '{SECRETS[0]}', {person}, "
            f"'2023', '2023-Q1', '2023-01', '{group}', 'Man', '25 to 34', 1, {searched})"
        )
        for interaction in ("arrest", *["strip_search"] * searched):
            statements.append(
                f"insert into interactions.interaction_units values ('Lakeshore', '{interaction}', "
                f"'person', null, 'rms.arrests', '2023', '2023-Q1', '2023-01', '{group}', 'Man', "
                "'25 to 34', 1)"
            )
    cell = "'age_group*gender', '25 to 34|Man'"
    for interaction, group, count, persons in (
        ("arrest", "Black", 3, 2),
        ("arrest", "White", 5, 5),
        ("strip_search", "Black", 2, 1),
        ("strip_search", "White", 1, 1),
    ):
        statements.append(
            f"insert into interactions.interaction_counts values ('Lakeshore', '{interaction}', "
            f"'person', null, 'year', '2023', {cell}, '{group}', {count}, {persons})"
        )
    statements += [
        "insert into interactions.interaction_counts select * replace ('all' as dimension, 'all' "
        "as dimension_value) from interactions.interaction_counts",
        "insert into benchmarks.benchmark_counts select service, interaction, unit, null, "
        "period_type, period, dimension, dimension_value, race_group, count "
        "from interactions.interaction_counts",
        "insert into raw.config__benchmarks values ('arrest', 'interaction', null, 'person', null, "
        "null, null, 'Arrests are decisions.')",
        "insert into raw.config__corrections values ('rms__arrests', 'applies'), "
        "('rms__arrests', 'no_record')",
    ]
    return statements


def _residents() -> list[str]:
    residents = "staging.stg_population__residents"
    cell = "'all', 'all', 'all', 'all'"
    held = "'Lakeshore', 'residents', 'resident', '2016'"
    return [
        "insert into raw.config__benchmarks values ('youth', 'population', '2021', 'resident', "
        "'population.residents', 'census', 'age_group=17 and younger', 'Young people.')",
        "insert into raw.config__benchmarks values ('residents', 'population', '2016', 'resident', "
        "'census.neighbourhood_profile', null, null, 'Counted at night.')",
        # One row names its service, one does not need to, one is of another.
        f"insert into {residents} values (null, 'census', '2021', 'Black', 'age_group', "
        "'17 and younger', 40)",
        f"insert into {residents} values ('Lakeshore', 'census', '2021', 'Total', 'age_group', "
        "'17 and younger', 100)",
        f"insert into {residents} values ('Elsewhere', 'census', '2021', 'Black', 'age_group', "
        "'17 and younger', 7)",
        f"insert into benchmarks.benchmark_counts values ('Lakeshore', 'youth', 'resident', '2021',"
        f" {cell}, 'Black', 40)",
        "insert into benchmarks.benchmark_totals values ('Lakeshore', 'youth', 'resident', '2021', "
        f"{cell}, 100)",
        f"insert into benchmarks.benchmark_counts values ({held}, {cell}, 'Black', 50)",
        f"insert into benchmarks.benchmark_totals values ({held}, {cell}, 200)",
        "insert into staging.stg_census__profile values ('minority|black', 60), "
        "('minority|both', 10), ('minority|total', 200)",
        "insert into raw.config__population_parts values "
        "('residents', '2016', 'Black', 'Minority', ' Black', 1), "
        "('residents', '2016', 'Black', 'Minority', 'Both', -1), "
        "('residents', '2016', 'Total', 'Minority', 'Total', 1)",
    ]


def _printed() -> list[str]:
    rule = "'incident', 'multiple_race_group'"
    cell = "'year', '2020', 'time_of_day', 'Night'"
    statements = []
    for interaction, count in (("use_of_force", 4), ("enforcement_action", 8)):
        row = f"('Lakeshore', '{interaction}', {rule}, {cell}, 'Black', {count}"
        statements += [
            "insert into staging.stg_tps__use_of_force_summary values ('tps', 'by_time', "
            f"'{interaction}', 'time_of_day', 'Night', 'Black', '2020', null, {count}, true)",
            "insert into staging.stg_tps__use_of_force_summary values ('city', 'by_time', "
            f"'{interaction}', 'time_of_day', 'Night', 'Black', '2020', null, {count}, false)",
            f"insert into interactions.summary_counts values {row})",
            f"insert into interactions.interaction_counts values {row}, null)",
        ]
    statements.append(
        "insert into benchmarks.benchmark_counts values ('Lakeshore', 'enforcement_action', "
        f"'incident', null, {cell}, 'Black', 8)"
    )
    return statements


def _figures() -> list[str]:
    year = "'year', '2023'"
    crossed = f"{year}, 'age_group*gender', '25 to 34|Man'"
    rest = f"'mover_wilson', 'over_represented', true, '1.0.0', date '2023-12-31', '{BUILD}'"
    search = (
        f"'{SEARCH}', 'Lakeshore', 'strip_search_of_arrests', 'strip_search', 'arrest', null, "
        f"'person', 'person', null, {crossed}, 'Black', 2, 3, 3, 8, 1, {2 / 3!r}, 0.375, "
        f"{2 / 3 / 0.375!r}, 0.9, 2.5, {2 / 3!r}"
    )
    youth = (
        f"'{YOUTH}', 'Lakeshore', 'arrest_of_youth', 'arrest', 'youth', '2021', 'resident', "
        f"'person', null, {year}, 'all', 'all', 'Black', 3, 8, 40, 100, 2, 0.375, 0.4, "
        "0.9375, null, null, 0.075"
    )
    census = youth.replace(YOUTH, CENSUS).replace("'youth', '2021'", "'residents', '2016'")
    census = census.replace("40, 100, 2, 0.375, 0.4, 0.9375", "50, 200, 2, 0.375, 0.25, 1.5")
    census = census.replace("0.075", "0.06")
    printed = (
        f"'{PRINTED}', 'Lakeshore', 'force', 'use_of_force', 'enforcement_action', null, "
        "'incident', 'incident', 'multiple_race_group', 'year', '2020', 'time_of_day', 'Night', "
        "'Black', 4, 4, 8, 8, null, 1, 1, 1, null, null, 0.5"
    )
    unknown = search.replace(SEARCH, UNKNOWN).replace("'Black', 2, 3, 3", "'Unknown', 0, 3, 0")
    unknown = unknown.replace(f"8, 1, {2 / 3!r}, 0.375, {2 / 3 / 0.375!r}, 0.9, 2.5, {2 / 3!r}", "")
    unknown += "8, 0, 0, 0, null, null, null, null"
    return [
        f"insert into indicators.disproportionality values ({row}, {rest})"
        for row in (search, youth, census, printed, unknown)
    ]


def _findings() -> list[str]:
    return [
        f"insert into indicators.findings values ('{FINDING}', 'Searched more.', "
        f"'strip_search_of_arrests', '{SEARCH} {YOUTH}')",
        f"insert into indicators.findings values ('{LOST}', 'Lost.', null, '{SEARCH} 00000000')",
        f"insert into indicators.findings values ('{ALONE}', 'Alone.', null, null)",
    ]


def _loads() -> list[str]:
    def load(table: str, number: int, delivery: str, verdict: str = "accepted") -> str:
        source, name = table.split(".")
        return (
            f"insert into audit.loads values ('{source}__{name}-{number:06d}', '{source}', "
            f"'{name}', 'checksum-{name}-{number}', 'suite-1', 9, 8, 1, '{verdict}', "
            "date '2023-12-31', 'code-0', "
            f"'{delivery}')"
        )

    arrests = [load("rms.arrests", n, "full" if n == 3 else "increment") for n in range(1, 16)]
    others = ("rms.strip_searches", "config.labels", "population.residents", "tps.by_time")
    return [
        *arrests,
        load("rms.arrests", 16, "increment", "rejected"),
        *(load(table, 1, "full") for table in others),
        load("census.neighbourhood_profile", 1, "full"),
    ]
