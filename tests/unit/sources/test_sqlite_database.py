"""SQLite: cursor increments, late rows, identifiers that never cross the border."""

import sqlite3
from dataclasses import replace

import duckdb
import pytest

from rbdc.errors import ConfigError, SourceError
from rbdc.sources.attached_database import pull_sqlite
from rbdc.sources.batch import Request
from rbdc.sources.pseudonyms import parse_key
from tests.unit.sources.tables import sqlite_table

KEY = parse_key("test-1:" + "0f" * 32)
ROWS = [
    (1, "P-1", "2023-01-01T00:00:00", 0, "Ann Example"),
    (2, "P-2", "2023-01-02T00:00:00", 0, "Bob Example"),
    (3, "P-1", "2023-01-03T00:00:00", 0, "Ann Example"),
]


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    connection.execute("create table people (id, person, updated_at, gone, name)")
    connection.executemany("insert into people values (?, ?, ?, ?, ?)", ROWS)
    connection.commit()
    yield connection
    connection.close()


def land(folder, since=None, key=KEY, **changes):
    changes = {"direct_identifiers": ["person"]} | changes
    return pull_sqlite(Request(sqlite_table(**changes), folder, folder, since=since, key=key))


def admitted(pulled):
    """The position after the gate let every row pass."""
    return replace(pulled.position, cursor=pulled.position.newest)


def rows(pulled):
    return duckdb.sql(f"select * from read_parquet('{pulled.parquet}') order by 1").fetchall()


def test_first_pull_is_everything_with_pseudonyms(tmp_path, database):
    pulled = land(tmp_path)
    assert [row[0] for row in rows(pulled)] == ["1", "2", "3"]
    assert [row[1] for row in rows(pulled)] == [KEY.of("P-1"), KEY.of("P-2"), KEY.of("P-1")]
    assert (pulled.delivery, pulled.rows, pulled.as_of) == ("full", 3, "2023-01-03")
    content = pulled.parquet.read_bytes()
    assert b"Example" not in content and b"P-1" not in content


def test_nothing_new_is_not_landed(tmp_path, database):
    first = land(tmp_path)
    assert land(tmp_path, since=admitted(first)).delivery == "none"


def test_increment_reads_from_the_cursor_on_and_includes_ties(tmp_path, database):
    first = land(tmp_path)
    database.execute("insert into people values (4, 'P-4', '2023-01-03T00:00:00', 0, 'x')")
    database.execute("update people set updated_at = '2023-02-01T00:00:00' where id = 1")
    database.commit()
    pulled = land(tmp_path, since=admitted(first))
    assert pulled.delivery == "increment"
    assert [row[0] for row in rows(pulled)] == ["1", "3", "4"]


def test_rows_removed_without_a_mark_make_a_full_pull(tmp_path, database):
    first = land(tmp_path)
    database.execute("delete from people where id = 2")
    database.commit()
    pulled = land(tmp_path, since=admitted(first))
    assert (pulled.delivery, [row[0] for row in rows(pulled)]) == ("full", ["1", "3"])


def test_direct_identifiers_without_a_key_are_refused(tmp_path, database):
    with pytest.raises(ConfigError, match="no pseudonym key"):
        land(tmp_path, key=None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"path": "none.sqlite"}, "is missing"),
        ({"source_table": "nothing"}, "has no table nothing"),
        ({"columns": ["id", "persons", "updated_at", "gone"], "direct_identifiers": []}, "persons"),
    ],
)
def test_each_fault_is_one_sentence(tmp_path, database, changes, message):
    with pytest.raises(SourceError, match=message):
        land(tmp_path, **changes)


def test_empty_table_and_file_that_is_no_database(tmp_path, database):
    database.execute("delete from people")
    database.commit()
    with pytest.raises(SourceError, match="is empty"):
        land(tmp_path)
    (tmp_path / "other.sqlite").write_text("this is not a database, but a longer text file" * 9)
    with pytest.raises(SourceError, match="not a readable SQLite database"):
        land(tmp_path, path="other.sqlite")
