"""All tables together: types, keys, sources, the order of rows, several services, and nothing."""

import duckdb
import pandas as pd
import pytest

from rbdc.analysis.schema import COLUMNS, sql_type, typed
from rbdc.analysis.warehouse import write_answers
from rbdc.framework import load_framework
from tests.unit.analysis.cells import answers, cell, context, sides, together
from tests.unit.analysis.conftest import SERVICES

DTYPES = {"bigint": "Int64", "boolean": "boolean", "date": "datetime64[s]", "double": "float64",
          "string": "string"}  # fmt: skip
POLICY = "strip_search_procedure"
ARRESTED = {"Black": (120, 500), "White": (200, 1200), "Indigenous": (5, 40), "Unknown": (20, 100)}
RESIDENTS = {"Black": 9000, "White": 50000, "Indigenous": 900, "Unknown": 0}


def a_services_counts(framework, service="Lakeshore"):
    """Counts for every table, in two years."""
    arrests = {group: n for group, (_, n) in ARRESTED.items()}
    booked = {group: (x, (x + n) // 2) for group, (x, n) in ARRESTED.items()}
    parts = []
    for year in ("2019", "2020"):
        named = {"service": service, "period": year}
        for name, groups in (
            ("strip_search_of_arrests", ARRESTED),
            ("strip_search_of_bookings", booked),
            ("booking_of_arrests", {g: (booked[g][1], n) for g, n in arrests.items()}),
            ("arrest_of_residents", {g: (n, RESIDENTS[g]) for g, n in arrests.items()}),
            ("arrest_of_residents_2021", {g: (n, RESIDENTS[g] + 40) for g, n in arrests.items()}),
            ("strip_search_of_residents", {g: (ARRESTED[g][0], RESIDENTS[g]) for g in arrests}),
            ("item_found_of_strip_searches", {g: (x // 3, x) for g, (x, _) in ARRESTED.items()}),
        ):
            parts.append(cell(framework, name, groups, **named))
        parts.append(cell(framework, "strip_search_of_arrests", ARRESTED, dimension="division",
                          dimension_value="D11", **named))  # fmt: skip
    after = {group: (x // 3, n) for group, (x, n) in ARRESTED.items()}
    parts.append(
        sides(framework, POLICY, "strip_search_of_arrests", ARRESTED, after, service=service)
    )
    return together(parts)


def a_services_context(service="Lakeshore"):
    return context(
        {"service": service, "race_group": group, "year": year, "division": "D11",
         "strip_search": x, "arrest": n}
        for year in ("2019", "2020")
        for group, (x, n) in ARRESTED.items()
    )  # fmt: skip


@pytest.fixture(scope="module")
def counts(framework):
    return a_services_counts(framework)


@pytest.fixture(scope="module")
def tables(framework, counts):
    return answers(counts, framework, a_services_context())


@pytest.fixture(scope="module")
def empty(framework, counts):
    return answers(counts.iloc[:0], framework, a_services_context().iloc[:0])


def test_every_table_is_there_and_holds_something(tables):
    assert set(tables) == set(COLUMNS)
    assert {name for name, rows in tables.items() if rows.empty} == {"published_comparison"}


@pytest.mark.parametrize("table", COLUMNS)
def test_columns_have_their_declared_types_also_when_empty(tables, empty, table):
    expected = {column: DTYPES[sql_type(column)] for column in COLUMNS[table]}
    for rows in (tables[table], empty[table], typed(pd.DataFrame(), table)):
        assert {name: str(kind) for name, kind in rows.dtypes.items()} == expected
    assert empty[table].empty


def test_every_row_has_a_key_of_its_own_in_all_tables(tables):
    ids = pd.concat([rows["figure_id"] for rows in tables.values()])
    assert ids.is_unique
    assert ids.str.fullmatch("[0-9a-f]{16}").all()


def test_sources_are_figures_that_exist(tables, counts):
    known = set(counts["figure_id"])
    for name, rows in tables.items():
        named = rows["source_figures"].dropna().str.split().explode()
        assert set(named) <= known, name
        assert not rows["source_figures"].str.contains("  ").any(), name


def test_sources_of_a_row_are_of_its_service_and_group(tables, counts):
    group = counts.set_index("figure_id")["race_group"]
    for name in ("pathway", "adjusted", "small_areas", "benchmark_range"):
        for row in tables[name].itertuples():
            assert {group[one] for one in row.source_figures.split()} == {row.race_group}


def test_the_order_of_the_input_changes_nothing(framework, counts, tables):
    shuffled = answers(
        counts.sample(frac=1, random_state=3),
        framework,
        a_services_context().sample(frac=1, random_state=4),
    )
    for name, rows in tables.items():
        pd.testing.assert_frame_equal(
            shuffled[name].sort_values("figure_id", ignore_index=True),
            rows.sort_values("figure_id", ignore_index=True),
            rtol=1e-12,
            obj=name,
        )


def test_a_service_gets_the_same_answers_beside_others(framework, counts, tables):
    other = a_services_counts(framework, "Peel Regional")
    other = other[other["period"] != "2020"]
    both = answers(
        together([other, counts]),
        framework,
        pd.concat([a_services_context("Peel Regional"), a_services_context()]),
    )
    for name, rows in tables.items():
        mine = both[name][both[name]["service"] == "Lakeshore"].reset_index(drop=True)
        pd.testing.assert_frame_equal(mine, rows, rtol=1e-12, obj=name)
    assert set(both["findings"]["service"]) == {"Lakeshore", "Peel Regional"}


def test_many_services_without_hypotheses_or_policies():
    ontario = load_framework(SERVICES / "ontario")
    groups = {"Black": (20, 900), "White": (50, 9000), "Multiple race group": (3, 0),
              "No police label": (0, 30), "Unknown": (2, 0)}  # fmt: skip
    counts = together(
        cell(ontario, "use_of_force_of_residents", groups, service=f"Service {number}")
        for number in range(44)
    )
    tables = answers(counts, ontario)
    found = tables["findings"]
    assert found["service"].nunique() == 44
    assert set(found["race_group"]) == {"Black", "White"}
    for name in ("pathway", "policy_change", "adjusted", "hypothesis_results", "outcome_test"):
        assert tables[name].empty


def test_tables_are_written_in_portable_types(tables, empty):
    connection = duckdb.connect()
    connection.execute("create schema statistics")
    for written in (empty, tables):
        write_answers(connection, written)
        for name, columns in COLUMNS.items():
            held = connection.execute(f"describe statistics.{name}").fetchall()
            assert [row[0] for row in held] == columns
            kinds = {"string": "VARCHAR"}
            assert [row[1] for row in held] == [
                kinds.get(sql_type(one), sql_type(one).upper()) for one in columns
            ]
            count = connection.execute(f"select count(*) from statistics.{name}").fetchone()
            assert count == (len(written[name]),)
