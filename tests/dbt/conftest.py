"""Warehouses that the tests of the dbt project share: each is built once in a session."""

from pathlib import Path

import pandas as pd
import pytest

from rbdc.analysis.schema import COLUMNS, sql_type
from rbdc.framework.model import load_framework
from rbdc.framework.tables import framework_tables
from rbdc.sql import identifier
from tests.dbt.warehouses import PROJECT, DbtRun, Warehouse, labels, text_frame

ARRESTS = (
    "arrest_id person_id arrested_at perceived_race sex age division booked is_deleted call_type"
)
ACTIONS = (
    "action_id arrest_id person_id action_at action_type perceived_race sex age division "
    "is_deleted call_type force_incident_number"
)
DIVERSIONS = (
    "diversion_id action_id person_id diverted_at perceived_race sex age division is_deleted"
)
APPREHENSIONS = (
    "apprehension_id action_id person_id apprehended_at perceived_race sex age division is_deleted"
)
BOOKINGS = "booking_id arrest_id booked_at custody_ended_at is_deleted"
CALLS = "call_id received_at call_type division attended perceived_race is_deleted"
SEARCHES = "search_id arrest_id search_level items_found is_deleted"
REPORTS = "BatchFileName PoliceService IncidentNumber Date Inclusion_SOLGEN_ARA_Analysis"
PEOPLE = "BatchFileName Indiv_Index Race AgeCategory Gender"


def _estimates_sql() -> str:
    """Stands in for the statistics: shares and index only, everything else null."""
    return """
        create or replace table statistics.estimates as
        select
            figure_id, outcome_count / nullif(outcome_total, 0) as outcome_share,
            benchmark_count / nullif(benchmark_total, 0) as benchmark_share,
            (outcome_count / nullif(outcome_total, 0))
            / nullif(benchmark_count / nullif(benchmark_total, 0), 0) as disproportionality_index,
            null::double as index_low, null::double as index_high, null::double as rate,
            null::double as rate_low, null::double as rate_high,
            null::double as disparity_index, null::double as disparity_low,
            null::double as disparity_high, null::double as rate_difference,
            null::double as rate_difference_low, null::double as rate_difference_high,
            null::double as expected_count, null::double as excess_count,
            null::varchar as interval_method, null::varchar as variance_method,
            null::double as p_value, null::double as q_value, null::varchar as test_family,
            null::double as outcome_missing_share, null::double as benchmark_missing_share,
            null::double as bound_low, null::double as bound_high, false as small_count,
            'not_enough_data' as classification
        from indicators.index_counts
    """


def _no_answers_sql() -> list[str]:
    """Stands in for the answers that are made of estimates: tables without a row."""
    return [
        f"create or replace table statistics.{table} "
        f"({', '.join(f'{identifier(column)} {sql_type(column)}' for column in columns)})"
        for table, columns in COLUMNS.items()
    ]


def build_all(warehouse: Warehouse, *arguments: str) -> list[DbtRun]:
    """Build the layers as a refresh does: counts, then statistics, then results."""
    counts = warehouse.dbt("build", "--exclude", "tag:results", *arguments)
    for statement in (_estimates_sql(), *_no_answers_sql()):
        warehouse.execute(statement)
    return [counts, warehouse.dbt("build", "--select", "tag:results", *arguments)]


@pytest.fixture(scope="session")
def lakeshore(tmp_path_factory) -> tuple[Warehouse, list[DbtRun]]:
    """A few invented records of a service with its own records system, all tests run."""
    warehouse = Warehouse(tmp_path_factory.mktemp("lakeshore"), "Lakeshore")
    arrests = [
        ("A1", "P1", "2022-01-15T10:00:00", "Black", "M", "17", "D1", "0", "0"),
        ("A2", "P1", "2022-02-15T10:00:00", "White", "M", "18", "D1", "1", "0"),
        ("A3", "P1", "2022-02-16T10:00:00", "Black", "M", "18", "D2", "1", "0"),
        ("A4", "P2", "2022-05-01T10:00:00", "black ", "F", "40", "", "0", "0"),
        ("A5", None, "2022-05-02T10:00:00", None, "X", "40", "D2", "0", "0"),
        ("A6", None, "2022-05-03T10:00:00", "Martian", "M", "70", "D2", "0", "0"),
        ("A7", "P3", "2022-05-03T10:00:00", "White", "M", "70", "D2", "1", "1"),
    ]
    # Beside the arrests as another table sees them: defects of its own, one without an arrest.
    actions = [
        ("E1", "A1", "P1", "2023-01-15T10:00:00", "Arrest", "White", "F", "17", "XX", "0"),
        ("E2", "A9", "P4", "2022-02-15T10:00:00", "Arrest", "White", "M", "18", "D1", "0"),
        ("E3", None, "P1", "2022-02-15T10:00:00", "Caution", "Black", "M", "18", "D1", "0"),
        ("E4", None, "P4", "2022-02-20T10:00:00", "Summons", "White", "M", "18", "D1", "0"),
        ("E5", None, None, "2022-02-21T10:00:00", "Caution", None, "F", "40", "XX", "0"),
        ("E6", None, "P1", "2022-02-15T10:00:00", "Caution", "Black", "M", "18", "D1", "1"),
        ("E7", None, "P5", "2023-01-01T10:00:00", "Diversion", "White", "M", "16", "XX", "0"),
        ("E8", None, "P6", "2022-03-02T10:00:00", "Diversion", "White", "M", "16", "D2", "0"),
    ]
    call_types = {"A1": "Weapons", "A2": " weapons", "A3": "Parade"}
    call_types |= {"E3": "Weapons", "E4": "Assault"}
    # Force was used in E3 and E4, and in E2, on whose incident nobody reported.
    force = {"E2": "L-9", "E3": "L-1", "E4": "L-1", "E6": "L-1"}
    # E7 is diversion Y1, whose record tells otherwise; E4 is an apprehension; Y2 names no action.
    diversions = [
        ("Y1", "E7", "P5", "2022-03-01T10:00:00", "Black", "F", "16", "D1", "0"),
        ("Y2", None, None, "2022-03-01T10:00:00", "White", "F", "17", "D1", "0"),
        ("Y3", "E8", "P6", "2022-03-02T10:00:00", "White", "M", "16", "D2", "1"),
    ]
    apprehensions = [
        ("M1", "E4", "P4", "2022-02-20T10:00:00", "White", "M", "18", "D1", "0"),
    ]
    bookings = [
        ("B1", "A2", "2022-02-15T11:00:00", "2022-02-15T15:00:00", "0"),
        ("B2", "A3", "2022-02-16T11:00:00", None, "0"),
        ("B3", "A9", "2022-02-16T11:00:00", "2022-02-18T11:00:00", "0"),
        ("B4", "A1", "2022-01-15T11:00:00", "2022-01-18T11:00:00", "1"),
    ]
    calls = [
        ("C1", "2022-01-15T09:00:00", "Weapons", "D1", "1", "Black", "0"),
        ("C2", "2022-01-31T09:00:00", "weapons", "D1", "1", "Black", "0"),
        ("C3", "2022-02-15T09:00:00", "Parade", "", "1", None, "0"),
        ("C4", "2022-02-15T09:00:00", "Weapons", "D1", "0", None, "0"),
        ("C5", "2022-02-15T09:00:00", "Weapons", "D1", "1", "Black", "1"),
    ]
    searches = [
        ("S1", "A1", "3", "1", "0"),
        ("S2", "A1", "3", "0", "0"),
        ("S3", "A2", "2", "1", "0"),
        ("S4", "A3", "3", "0", "0"),
        ("S5", "A4", "3", "0", "1"),
    ]
    reports = [
        ("R1", "Lakeshore", "L-1", "2022-03-02", "Yes"),
        ("R2", "Lakeshore", "L-1", "2022-03-01", "Yes"),
        ("R3", "Lakeshore", "L-1", "2022-02-01", "No"),
        ("R4", "Peel Regional", "L-1", "2022-06-01", "Yes"),
    ]
    people = [
        ("R1", "1", "Black", "18 - 24", "Male"),
        ("R2", "1", "White", "18 - 24", "Female"),
        ("R3", "1", "Latino", "18 - 24", "Male"),
        ("R4", "1", "Latino", "18 – 24", "Male"),
    ]
    population = [
        (group, stratum, count)
        for stratum, counts in {
            "all": (200, 700, 100, 1005),
            "gender=Female": (100, 360, 50, 510),
            "gender=Male": (100, 340, 50, 495),
            "age_group=17 and younger": (40, 140, 20, 200),
        }.items()
        for group, count in zip(("Black", "White", "No police label", "Total"), counts, strict=True)
    ]
    warehouse.create(
        {
            "rms__arrests": text_frame(
                ARRESTS, [(*row, call_types.get(row[0])) for row in arrests]
            ),
            "rms__enforcement_actions": text_frame(
                ACTIONS, [(*row, call_types.get(row[0]), force.get(row[0])) for row in actions]
            ),
            "rms__strip_searches": text_frame(SEARCHES, searches),
            "rms__youth_diversions": text_frame(DIVERSIONS, diversions),
            "rms__mental_health_apprehensions": text_frame(APPREHENSIONS, apprehensions),
            "rms__bookings": text_frame(BOOKINGS, bookings),
            "rms__calls_for_service": text_frame(CALLS, calls),
            "provincial_use_of_force__main_records": text_frame(REPORTS, reports),
            "provincial_use_of_force__individual_records": text_frame(PEOPLE, people),
            "population__residents": text_frame(
                "source vintage group stratum count",
                [("Census", "2021", *row) for row in population],
            ),
            "config__labels": labels("demo"),
        },
        lakeshore_config(),
        [
            (
                *("rms", "arrests", "new_label", "perceived_race", "Martian", 1),
                *("Add the line.", "warn", "team:test"),
            )
        ],
        [
            ("rms", "arrests", "age_from_0_to_120", "accuracy", "quarantine", "row", 10, 1),
            ("rms", "arrests", "arrest_id_unique", "uniqueness", "quarantine", "row", 10, 0),
        ],
    )
    return warehouse, build_all(warehouse)


def lakeshore_config() -> dict[str, pd.DataFrame]:
    """A small framework as tables."""
    police = "person,incident,officer_report"
    groups = [
        ("Black", 1, f"{police},resident", False),
        ("White", 2, f"{police},resident", False),
        ("Latino", 3, f"{police},resident", False),
        ("Multiple race group", 4, "incident,officer_report", False),
        ("Unknown", 5, police, True),
        ("No police label", 6, "resident", False),
    ]
    indicators = {
        "strip_search_of_arrests": ("strip_search", "person", None, "arrest", None, "subset"),
        "arrest_of_enforcement_actions": (
            *("arrest", "person", None),
            *("enforcement_action", None, "subset"),
        ),
        "youth_diversion_of_enforcement_actions": (
            *("youth_diversion", "person", None),
            *("enforcement_action", None, "subset"),
        ),
        "youth_diversion_of_youth_residents": (
            *("youth_diversion", "person", None),
            *("youth_population", "2021", "outside"),
        ),
        "enforcement_action_of_calls_attended": (
            *("enforcement_action", "person", None),
            *("call_attended", None, "outside"),
        ),
        # Not in any shipped framework: a new question needs configuration, not SQL.
        "booking_of_arrests": ("booking", "person", None, "arrest", None, "subset"),
        "arrest_of_residents": (
            *("arrest", "person", None),
            *("resident_population", "2021", "outside"),
        ),
        "use_of_force_of_residents": (
            *("use_of_force", "incident", "multiple_race_group"),
            *("resident_population", "2021", "outside"),
        ),
    }
    benchmarks = [
        ("arrest", "interaction", None, "person", None, None, None),
        ("enforcement_action", "interaction", None, "person", None, None, None),
        ("call_attended", "interaction", None, "incident", None, None, None),
        (
            *("resident_population", "population", "2021", "resident"),
            *("population.residents", "Census", None),
        ),
        (
            *("youth_population", "population", "2021", "resident"),
            *("population.residents", "Census", "age_group=17 and younger"),
        ),
    ]
    units = {row[0]: row[3] for row in benchmarks}
    cells = [
        (name, period_type, dimension)
        for name in indicators
        for period_type, dimension in (("year", "all"), ("month", "all"), ("year", "gender"))
    ]
    return {
        "config__run": pd.DataFrame(
            [("Lakeshore", "White", "0.1.0", "run-1")],
            columns=["service", "reference_group", "framework_version", "run_id"],
        ),
        "config__race_groups": pd.DataFrame(
            groups, columns=["race_group", "sort_order", "held_by", "is_unknown"]
        ),
        "config__benchmarks": text_frame(
            "benchmark kind vintage unit source_table source_label stratum", benchmarks
        ),
        "config__population_parts": text_frame(
            "benchmark vintage race_group topic characteristic", []
        ).assign(sign=pd.Series(dtype="int32")),
        "config__indicators": text_frame(
            "indicator outcome unit composition_rule benchmark benchmark_vintage form "
            "benchmark_unit",
            [(name, *rest, units[rest[3]]) for name, rest in indicators.items()],
        ),
        "config__indicator_cells": text_frame("indicator period_type dimension", cells),
    }


@pytest.fixture(scope="session")
def toronto(tmp_path_factory, shared: Path) -> Warehouse:
    """The real public data of Toronto, read as text, under the shipped configuration."""
    warehouse = Warehouse(tmp_path_factory.mktemp("toronto"), "Toronto")
    data = shared / "data"
    force = data / "ontario_uof_2023"
    profile = _read(data / "census" / "toronto_neighbourhood_profiles_2016.csv").rename(
        columns={
            "_id": "profile_row",
            "City of Toronto": "place_count",
            **{name: name.lower() for name in ("Category", "Topic", "Characteristic")},
        }
    )
    warehouse.create(
        {
            "tps__arrests": _read(data / "tps" / "RBDC_ARR_TBL_001.csv"),
            "provincial_use_of_force__main_records": _read(force / "uof_main_records_2023.csv"),
            "provincial_use_of_force__individual_records": _read(
                force / "uof_individual_records_2023.csv"
            ),
            "census__neighbourhood_profile": profile,
            "config__labels": labels("toronto"),
        },
        framework_tables(load_framework(PROJECT / "services" / "toronto"), "Toronto", "run-1"),
    )
    runs = build_all(warehouse, "--exclude-resource-type", "unit_test")
    assert all(run.success for run in runs)
    return warehouse


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
