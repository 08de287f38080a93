"""SQLite: files that are no database, tables without row numbers, writers at the same time."""

import sqlite3
import subprocess
import sys
from dataclasses import replace

import pytest

from rbdc.errors import SourceError
from tests.unit.sources.records_systems import KEY, PEOPLE, RecordsSystem, admitted, rows


@pytest.fixture
def records(tmp_path):
    system = RecordsSystem("sqlite", tmp_path)
    system.execute(PEOPLE.format(time="text"))
    return system


def apart(records, code):
    """Run Python in another process: within one, SQLite's locks do not hold."""
    database = str(records.folder / "records.sqlite")
    program = f"import sqlite3; db = sqlite3.connect({database!r}, timeout=0); {code}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)


def test_row_numbers_are_the_databases_own(records):
    records.execute("delete from people where id = 2; update people set id = 9 where id = 3")
    first = records.pull()
    assert rows(first, "id, _row_number") == [("1", 1), ("9", 9)]
    records.execute("update people set updated_at = '2023-02-01' where id = 1")
    assert rows(records.pull(admitted(first)), "id, _row_number") == [("1", 1), ("9", 9)]


@pytest.mark.parametrize(
    "table",
    [
        "create table other (id text primary key, person, updated_at, gone) without rowid",
        "create table other (id text, person, updated_at, gone, rowid text default 'same')",
    ],
)
def test_table_without_row_numbers_is_numbered_as_it_comes(records, table):
    records.execute(
        f"{table}; insert into other (id, person, updated_at, gone) "
        "select id, person, updated_at, gone from people"
    )
    columns = ["id", "person", "updated_at", "gone"]
    first = records.pull(source_table="other", columns=columns)
    assert sorted(rows(first, "_row_number")) == [1, 2, 3]
    records.execute("update other set updated_at = '2023-02-01' where id = '1'")
    pulled = records.pull(admitted(first), source_table="other", columns=columns)
    assert (rows(pulled), sorted(rows(pulled, "_row_number"))) == (["1", "3"], [1, 2])


def test_values_are_text_whatever_type_was_declared(records):
    records.execute(
        "create table loose (id integer, person integer, updated_at integer, gone);"
        "insert into loose values (1, 5, 20230101, 'x'), ('two', 'P-2', 20230102, 1.5),"
        "(3, ' 5 ', 20230103, null)"
    )
    declared = {"source_table": "loose", "columns": ["id", "person", "updated_at", "gone"]}
    pulled = records.pull(**declared)
    assert rows(pulled, "id, person, gone") == [
        ("1", KEY.of("5"), "x"),
        ("3", KEY.of("5"), None),
        ("two", KEY.of("P-2"), "1.5"),
    ]


def test_cursor_of_no_declared_type(records):
    """Such a column compares numbers with numbers and texts with texts."""
    records.execute(
        "create table loose (id, person, n, at);"
        "insert into loose values (1, 'P', 9, '2023-01-09'), (2, 'P', 10, '2023-01-10')"
    )
    for cursor, new in (("n", "11"), ("at", "'2023-01-11'")):
        declared = {
            "source_table": "loose",
            "columns": ["id", "person", cursor],
            "cursor": cursor,
            "deletions": None,
            "as_of": "2023-01-01",
        }
        first = records.pull(**declared)
        records.execute(f"insert into loose (id, {cursor}) values (3, {new})")
        assert rows(records.pull(admitted(first), **declared)) == ["2", "3"]
        records.execute("delete from loose where id = 3")


def test_times_written_in_two_ways_on_one_day_are_caught_by_a_window(records):
    """A blank sorts before a T: without a window the second is missed until the next full pull."""
    records.execute("update people set updated_at = '2023-01-03T08:00:00' where id = 3")
    first = records.pull()
    assert first.position.newest == "2023-01-03T08:00:00"
    records.execute("update people set updated_at = '2023-01-03 09:00:00' where id = 1")
    assert records.pull(admitted(first)).delivery == "none"
    windowed = admitted(records.pull(reread="1 day"))
    records.execute("update people set updated_at = '2023-01-03 10:00:00' where id = 1")
    assert rows(records.pull(windowed, reread="1 day")) == ["1", "2", "3"]


def test_file_that_is_missing_or_no_database(records):
    with pytest.raises(SourceError, match="none.sqlite was not found in the source folder"):
        records.pull(path="none.sqlite")
    assert records.pull(path="none.sqlite", when_absent="skip").delivery == "absent"
    (records.folder / "other.sqlite").write_text("this is not a database, but a long text " * 99)
    with pytest.raises(SourceError, match="could not be read: it is not an SQLite database"):
        records.pull(path="other.sqlite")


def test_file_that_another_program_has_locked(records):
    """DuckDB waits for five seconds."""
    database = str(records.folder / "records.sqlite")
    program = (
        f"import sqlite3, time; db = sqlite3.connect({database!r}); db.isolation_level = None; "
        "db.execute('begin exclusive'); print('locked', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"locked\n"
        try:
            with pytest.raises(SourceError, match="another program is writing to it"):
                records.pull()
        finally:
            writer.kill()


WRITE = "db.execute(\"update people set gone = 1, updated_at = '2024'\"); db.commit()"


@pytest.mark.parametrize("journal", ["delete", "wal"])
def test_pull_sees_one_state_while_others_write(records, monkeypatch, journal):
    """Writers wait, or where SQLite writes its log ahead are not seen before the next night."""
    from rbdc.sources import relational

    with sqlite3.connect(records.folder / "records.sqlite") as connection:
        connection.execute(f"pragma journal_mode = {journal}")
    connection.close()
    landed, outcomes = relational.land, []

    def land_meanwhile(*arguments):
        outcomes.append(apart(records, WRITE).stderr)
        return landed(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(relational, "land", land_meanwhile)
        first = records.pull()
    assert rows(first, "gone") == ["0", "0", "0"]
    assert ("database is locked" in outcomes[0]) == (journal == "delete")
    assert apart(records, WRITE).returncode == 0
    second = records.pull(replace(admitted(first)))
    assert (second.delivery, rows(second, "gone")) == ("increment", ["1", "1", "1"])
