"""What must be so of a state folder at any time, also after its process was killed."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from rbdc.sources.declaration import SourceTable
from rbdc.store.layout import StateFolder
from rbdc.store.marts import MARTS, last_run, mart_hash
from rbdc.store.warehouse import create_audit_views, open_warehouse


def assert_nothing_is_mixed(state: StateFolder, tables: Sequence[SourceTable]) -> None:
    """Loads and batches are whole, views tell of no others, and so are the marts."""
    loads = {}
    for folder in state.raw.glob("*/*/[!.]*"):
        load = json.loads((folder / "load.json").read_text())
        loads[folder.name] = load
        parts = ("accepted", "quarantined", "unchanged", "rejected")
        assert load["rows_landed"] == sum(load[f"rows_{part}"] for part in parts)
        held = load["rows_accepted"] + (load["rows_unchanged"] * (load["delivery"] == "full"))
        assert rows_of(folder / "rows.parquet") == held * (load["verdict"] == "accepted")
    for folder in state.landing.glob("*/*/[!.]*"):
        batch = json.loads((folder / "batch.json").read_text())
        assert not batch["parquet"] or rows_of(folder / batch["parquet"]) == batch["rows"]
    aside = {id_: load["rows_quarantined"] for id_, load in loads.items()}
    with audit_views(state, tables) as connection:
        assert_views_agree_with_loads(connection, aside)
    if state.warehouse.exists():
        with open_warehouse(state.warehouse) as connection:  # as the killed process left it
            views = connection.execute("select view_name from duckdb_views() where not internal")
            if {("loads",), ("rows",), ("expectation_results",)} <= set(views.fetchall()):
                assert_views_agree_with_loads(connection, aside)
    assert_marts_are_whole(state, set(loads))


def rows_of(file: Path) -> int:
    if not file.exists():
        return 0
    return duckdb.sql(f"select count(*) from read_parquet('{file}')").fetchall()[0][0]


@contextmanager
def audit_views(
    state: StateFolder, tables: Sequence[SourceTable]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The views over the files as the next night makes them, beside the warehouse."""
    with duckdb.connect() as connection:
        connection.execute("create schema audit; create schema quarantine; create schema raw")
        for table in tables:  # only counted by views that are not looked at here
            connection.execute(f"create table raw.{table.id} (_row_number bigint)")
        create_audit_views(connection, state, tables)
        yield connection


def assert_views_agree_with_loads(
    connection: duckdb.DuckDBPyConnection, aside: dict[str, int]
) -> None:
    loads = connection.execute("select load_id, rows_quarantined from audit.loads").fetchall()
    assert dict(loads).items() <= aside.items() and len(loads) == len(aside)
    found = connection.execute("select load_id, count(*) from quarantine.rows group by all")
    assert dict(found.fetchall()) == {id_: rows for id_, rows in aside.items() if rows}
    unknown = connection.execute(
        "select load_id from audit.expectation_results anti join audit.loads using (load_id)"
    )
    assert unknown.fetchall() == []


def assert_marts_are_whole(state: StateFolder, loads: set[str]) -> None:
    run = last_run(state)
    if run is None:
        assert not state.marts.exists()
        return
    assert run["run_id"] == state.marts.resolve().name
    with duckdb.connect() as connection:
        for name in MARTS:
            found = mart_hash(connection, f"read_parquet('{state.mart(name)}')")
            assert found == run["hashes"][name]
        known = connection.execute(f"select load_id from '{state.mart('audit.loads')}'").fetchall()
    assert {load_id for (load_id,) in known} <= loads
