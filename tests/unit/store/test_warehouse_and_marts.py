"""Views are rebuilt from files, and readers see whole marts only."""

import duckdb
import pytest

from rbdc.errors import BusyError
from rbdc.store import marts
from rbdc.store.inputs import reason_to_build
from rbdc.store.layout import StateFolder, new_folder
from rbdc.store.warehouse import open_warehouse, prepare
from tests.unit.sources.tables import csv_table


@pytest.fixture
def state(tmp_path):
    state = StateFolder(tmp_path / "var")
    state.root.mkdir()
    prepare(state, [csv_table()], {"other__table": ["a", "b"]}, {})
    return state


@pytest.fixture
def public(monkeypatch):
    monkeypatch.setattr(marts, "MARTS", ("indicators.numbers",))


def fill(state, values):
    with open_warehouse(state.warehouse) as connection:
        connection.execute(
            "create or replace table indicators.numbers as select unnest(?) as n, 'r' as run_id",
            [values],
        )


def publish(state, run_id, rebuilt=True):
    with open_warehouse(state.warehouse) as connection:
        return marts.publish(state, connection, run_id, {"raw": "1"}, rebuilt=rebuilt)


def read(state):
    file = state.marts / "indicators" / "numbers.parquet"
    return [row[0] for row in duckdb.sql(f"select n from read_parquet('{file}')").fetchall()]


def test_absent_raw_tables_are_empty_views_with_the_declared_columns(state):
    with open_warehouse(state.warehouse, read_only=True) as connection:
        frame = connection.execute("select * from raw.other__table").df()
        assert list(frame.columns) == ["a", "b", "_load_id", "_row_number"] and frame.empty
        assert connection.execute("select count(*) from raw.files__people").fetchone() == (0,)
        assert connection.execute("select count(*) from audit.loads").fetchone() == (0,)


def test_held_warehouse_is_waited_for_then_named(state, tmp_path):
    import subprocess
    import sys

    code = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); "
        "sys.stdin.read()"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(state.warehouse)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert holder.stdout and holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(BusyError, match="held by another process"),
            open_warehouse(state.warehouse, wait_seconds=0.2),
        ):
            pass
    finally:
        holder.communicate()
    with open_warehouse(state.warehouse, wait_seconds=0.2) as connection:
        assert connection.execute("select 1").fetchone() == (1,)


def test_held_warehouse_is_opened_once_its_holder_lets_go(state):
    """A child of a killed refresh may hold it for a moment longer."""
    import subprocess
    import sys
    import time

    code = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print('held', flush=True); "
        "time.sleep(2)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(state.warehouse)], stdout=subprocess.PIPE
    )
    assert holder.stdout and holder.stdout.readline() == b"held\n"
    began = time.monotonic()
    with open_warehouse(state.warehouse, wait_seconds=60) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert time.monotonic() - began > 1
    holder.communicate()


def test_swap_shows_new_marts_and_names_what_changed(state, public):
    fill(state, [1, 2])
    first = publish(state, "one")
    assert read(state) == [1, 2] and first.changed == ["indicators.numbers"]
    fill(state, [2, 1])  # the same rows in another order
    assert publish(state, "two").changed == []
    fill(state, [1, 2, 3])
    assert publish(state, "three").changed == ["indicators.numbers"]
    assert read(state) == [1, 2, 3]


def test_marts_not_rebuilt_are_taken_over(state, public):
    fill(state, [1, 2])
    first = publish(state, "one")
    fill(state, [9])
    second = publish(state, "two", rebuilt=False)
    assert read(state) == [1, 2] and second.hashes == first.hashes
    run = marts.last_run(state)
    assert run and (run["run_id"], run["built_by"]) == ("two", "one")


def test_failed_export_leaves_readers_where_they_were(state, public, monkeypatch):
    fill(state, [1])
    publish(state, "one")
    monkeypatch.setattr(marts, "MARTS", ("indicators.numbers", "indicators.absent"))
    fill(state, [2])
    with pytest.raises(duckdb.Error):
        publish(state, "two")
    assert read(state) == [1] and not (state.marts_runs / "two").exists()


def test_old_runs_are_removed(state, public):
    fill(state, [1])
    for n in range(9):
        publish(state, f"run-{n}")
    assert len(list(state.marts_runs.iterdir())) == 5 and read(state) == [1]


def test_reasons_to_build(state, public):
    inputs = {"raw": "1", "code": "1"}
    assert reason_to_build(state, inputs) == "there are no marts yet"
    fill(state, [1])
    with open_warehouse(state.warehouse) as connection:
        marts.publish(state, connection, "one", inputs, rebuilt=True)
    assert reason_to_build(state, inputs) is None
    assert reason_to_build(state, inputs | {"code": "2"}) == "changed: code"
    state.building.write_text("two")
    assert reason_to_build(state, inputs) == "the last rebuild was interrupted"
    state.warehouse.unlink()
    assert reason_to_build(state, inputs) == "the warehouse is missing"


def test_lock_is_for_one_process(state):
    with (
        state.lock("first"),
        pytest.raises(BusyError, match="first, process"),
        StateFolder(state.root).lock("second"),
    ):
        pass
    with state.lock("third"):
        pass


def test_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(RuntimeError), new_folder(tmp_path / "a") as folder:
        (folder / "part").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with new_folder(tmp_path / "a") as folder:
        (folder / "part").write_text("x")
    assert (tmp_path / "a" / "part").read_text() == "x"
