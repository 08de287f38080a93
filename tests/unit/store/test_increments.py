"""Increments and periods in the store: what goes out of force, and how far the rows reach."""

import datetime as dt
import sqlite3

import duckdb
import pytest

from rbdc.sources.batch import Period
from rbdc.store.intake import Place, pull_batch
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql
from rbdc.store.warehouse import open_warehouse, prepare
from tests.unit.sources.tables import sqlite_table
from tests.unit.store.test_admission import admit

BAD = ("person_known", "person = 'bad'", "The person is not known.")
JANUARY = Period(dt.date(2023, 1, 1), dt.date(2023, 1, 31))


class Nights:
    """A records system of four people, and the state that nights make of it."""

    def __init__(self, folder, **changes):
        self.folder, self.state = folder, StateFolder(folder / "var")
        self.table = sqlite_table(**changes)
        self.database = sqlite3.connect(folder / "records.sqlite", isolation_level=None)
        self.database.executescript(
            "create table people (id integer primary key, person text, updated_at, gone);"
            "insert into people values (1, 'p1', '2023-01-01', 0), (2, 'p2', '2023-01-02', 0),"
            "(3, 'p3', '2023-02-03', 0), (4, 'p4', '2023-02-04', 0);"
        )

    def night(self, sql="", period=None):
        """What happens in the source, then a pull and the gate; gives the load."""
        self.database.executescript(sql)
        landed = pull_batch(
            self.state,
            self.table,
            Place(self.folder),
            lambda: None,
            suite_version="v",
            code_version="c",
            run_id="r",
            period=period,
        )
        assert landed.failure is None and landed.batch.pull.delivery != "none"
        load = admit(self.state, landed.batch, [BAD])
        assert load.balances
        return load

    @property
    def history(self):
        return LoadHistory(self.state, self.table)

    def people(self):
        history = self.history
        query = current_rows_sql(
            self.table, history.rows_files(), history.gone_files(), with_deleted=False
        )
        return dict(duckdb.sql(f"select id, person from ({query}) order by id").fetchall())

    def aside(self):
        prepare(self.state, [self.table], {}, {})
        with open_warehouse(self.state.warehouse) as connection:
            return connection.execute(
                "select row ->> 'id', resolved_at is null from quarantine.rows order by all"
            ).fetchall()


@pytest.fixture
def nights(tmp_path):
    def of(**changes):
        return Nights(tmp_path, **changes)

    return of


def test_row_that_is_set_aside_takes_its_older_version_out_of_force(nights):
    nights = nights()
    nights.night()
    load = nights.night("update people set person = 'bad', updated_at = '2023-03-01' where id = 2")
    assert (load.rows_quarantined, load.rows_deleted) == (1, 1)
    assert nights.people() == {"1": "p1", "3": "p3", "4": "p4"}
    # Set aside again it stands there once, and nothing more goes out of force.
    load = nights.night("update people set updated_at = '2023-03-02' where id = 2")
    assert (load.rows_quarantined, load.rows_deleted) == (1, 0)
    assert nights.aside() == [("2", False), ("2", True)]
    load = nights.night(
        "update people set person = 'p2', updated_at = '2023-03-03' where id = 2;"
        "update people set person = 'new', updated_at = '2023-03-03' where id = 1"
    )
    assert (load.rows_accepted, load.rows_unchanged, load.rows_deleted) == (2, 1, 0)
    assert nights.people() == {"1": "new", "2": "p2", "3": "p3", "4": "p4"}
    assert nights.aside() == [("2", False), ("2", False)]


def test_same_content_after_a_key_was_out_of_force_is_new(nights):
    """What was taken out of force is not known, though an older load holds it word for word."""
    nights = nights(deletions="full_key_comparison")
    nights.night()
    assert nights.night("delete from people where id = 4").rows_deleted == 1
    load = nights.night("insert into people values (4, 'p4', '2023-02-04', 0)")
    assert (load.rows_accepted, load.rows_deleted) == (1, 0)
    assert nights.people()["4"] == "p4"


def test_days_pulled_again_follow_what_was_deleted_and_move_no_cursor(nights):
    nights = nights(dated_by="updated_at")
    first = nights.night()
    load = nights.night(
        "delete from people where id = 1;"
        "insert into people values (5, 'p5', '2023-01-05', 0), (6, 'p6', '2023-03-06', 0)",
        JANUARY,
    )
    assert (load.delivery, load.rows_landed, load.rows_unchanged) == ("period", 2, 1)
    assert (load.rows_accepted, load.rows_deleted) == (1, 1)
    assert (load.cursor, load.data_as_of) == (first.cursor, first.data_as_of)
    assert nights.people() == {"2": "p2", "3": "p3", "4": "p4", "5": "p5"}
    again = nights.night(period=JANUARY)
    assert again.batch_checksum == load.batch_checksum
    assert (again.rows_accepted, again.rows_deleted) == (0, 0)
    assert nights.night().delivery == "increment" and nights.people()["6"] == "p6"


def test_numbers_reach_as_far_as_their_size(nights):
    nights = nights(cursor="id", as_of="2023-01-01")
    assert nights.night().cursor == "4"
    insert = "insert into people values ({0}, 'p', '2023-03-01', 0)"
    assert nights.night(insert.format(10)).cursor == "10"
    assert nights.night(insert.format(9)).cursor == "10"
    assert nights.night(insert.format(100)).cursor == "100"


@pytest.mark.parametrize("flag", ["1", "1.0", " TRUE ", "t", "yes"])
def test_every_way_to_write_that_a_row_is_deleted(nights, flag):
    nights = nights()
    nights.night(f"update people set gone = '{flag}' where id = 1")
    assert list(nights.people()) == ["2", "3", "4"]


@pytest.mark.parametrize("flag", ["'0'", "'0.0'", "'false'", "''", "null", "'no'"])
def test_every_way_to_write_that_a_row_is_not(nights, flag):
    nights = nights()
    nights.night(f"update people set gone = {flag} where id = 1")
    assert list(nights.people()) == ["1", "2", "3", "4"]
