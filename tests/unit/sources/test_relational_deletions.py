"""Rows that a records system deletes, each style on every kind of database; days pulled again."""

import datetime as dt

import pytest

from rbdc.errors import SourceError
from rbdc.sources.batch import Period
from tests.unit.sources.records_systems import KEY, admitted, keys, rows

DELETED = """
    create table deleted_records (table_name varchar(20), record_id {kind}, deleted_at varchar(20),
        deleted_by varchar(20));
    insert into deleted_records values ('arrests', '1', '2023-01-02', 'Sgt Example')
"""
TOMBSTONES = {
    "tombstones": {
        "source_table": "deleted_records",
        "key": {"id": "record_id"},
        "cursor": "deleted_at",
        "where": "table_name = 'people'",
    }
}
BURY = "insert into deleted_records values ('people', '{}', '{}', 'Sgt Example')"
DECEMBER = Period(dt.date(2022, 12, 30), dt.date(2022, 12, 31))


@pytest.fixture(params=["varchar(20)", "integer"])
def buried(request, records):
    """A table of deletions that serves several tables; its keys may be of another type."""
    records.execute(DELETED.format(kind=request.param))
    return records


def test_flagged_rows_come_as_any_changed_row(records):
    first = records.pull()
    records.execute("update people set gone = 1, updated_at = '2023-01-04 08:00:00' where id = 2")
    pulled = records.pull(admitted(first))
    assert rows(pulled, "id, gone") == [("2", "1"), ("3", "0")]
    assert pulled.keys_there is pulled.keys_gone is None


def test_tombstones_name_the_keys_that_are_gone(buried):
    """Only those of this table, although another one's key is the same."""
    first = buried.pull(deletions=TOMBSTONES)
    buried.execute("delete from people where id = 2")
    buried.execute(BURY.format(2, "2023-01-04"))
    pulled = buried.pull(admitted(first), deletions=TOMBSTONES)
    assert (pulled.delivery, rows(pulled), keys(pulled.keys_gone)) == ("increment", ["3"], ["2"])
    assert b"Example" not in pulled.keys_gone.read_bytes()
    assert buried.pull(admitted(pulled), deletions=TOMBSTONES).delivery == "none"


def test_key_that_came_back_is_not_gone(buried):
    first = buried.pull(deletions=TOMBSTONES)
    buried.execute("delete from people where id in (1, 2)")
    buried.execute(BURY.format(1, "2023-01-04") + "; " + BURY.format(2, "2023-01-04"))
    buried.execute(
        "insert into people values (2, 'P-2', '2023-01-05', '2023-01-05 08:00:00', 0, 'x')"
    )
    pulled = buried.pull(admitted(first), deletions=TOMBSTONES)
    assert (rows(pulled), keys(pulled.keys_gone)) == (["2", "3"], ["1"])
    # Nor is it on a later night, on which its row does not come again.
    buried.execute(BURY.format(77, "2023-01-06"))
    later = buried.pull(admitted(pulled), deletions=TOMBSTONES)
    assert (rows(later), keys(later.keys_gone)) == (["2"], ["1", "77"])


def test_tombstone_that_is_committed_late_counts(buried):
    first = buried.pull(deletions=TOMBSTONES)
    buried.execute("delete from people where id = 1")
    buried.execute(BURY.format(1, "2023-01-05"))
    second = buried.pull(admitted(first), deletions=TOMBSTONES)
    buried.execute("delete from people where id = 2")
    buried.execute(BURY.format(2, "2023-01-04"))
    assert keys(buried.pull(admitted(second), deletions=TOMBSTONES).keys_gone) == ["1", "2"]


def test_row_that_vanished_without_a_tombstone_makes_a_full_pull(buried):
    first = buried.pull(deletions=TOMBSTONES)
    buried.execute("delete from people where id in (1, 2)")
    buried.execute(BURY.format(2, "2023-01-04"))
    pulled = buried.pull(admitted(first), deletions=TOMBSTONES)
    assert (pulled.delivery, rows(pulled), pulled.keys_gone) == ("full", ["3"], None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source_table": "graves"}, "has no table graves"),
        ({"cursor": "buried_at"}, "has no column buried_at in deleted_records"),
        ({"key": {"id": "number"}}, "has no column number in deleted_records"),
        ({"where": "no such condition"}, "could not be read"),
    ],
)
def test_table_of_deletions_that_is_not_as_declared(buried, changes, message):
    declared = {"tombstones": TOMBSTONES["tombstones"] | changes}
    with pytest.raises(SourceError, match=message):
        buried.pull(deletions=declared)


def test_full_key_comparison_lands_every_key_that_is_there(records):
    declared = {"deletions": "full_key_comparison"}
    first = records.pull(**declared)
    assert first.keys_there is None  # all rows are there to see
    records.execute("delete from people where id = 2")
    pulled = records.pull(admitted(first), **declared)
    assert (pulled.delivery, rows(pulled)) == ("increment", ["3"])
    assert keys(pulled.keys_there) == ["1", "3"]
    assert records.pull(admitted(pulled), **declared).delivery == "none"


def test_full_key_comparison_sees_one_key_put_in_the_place_of_another(records):
    """As many rows as before, and none at the end of the table has changed."""
    declared = {"deletions": "full_key_comparison"}
    first = records.pull(**declared)
    records.execute("update people set id = 7 where id = 2")
    assert keys(records.pull(admitted(first), **declared).keys_there) == ["1", "3", "7"]


def test_keys_of_several_columns(records):
    declared = {"key": ["id", "person"], "deletions": "full_key_comparison"}
    first = records.pull(**declared)
    records.execute("delete from people where id = 1")
    assert keys(records.pull(admitted(first), **declared).keys_there) == ["2", "3"]


def test_days_are_pulled_again_without_moving_the_cursor(records):
    first = records.pull(dated_by="seen_on")
    records.execute("delete from people where id = 1")
    records.execute(
        "insert into people values (4, 'P-4', '2022-12-31', '2023-01-01 09:00:00', 0, 'x');"
        "insert into people values (5, 'P-5', '2023-01-01', '2023-02-01 09:00:00', 0, 'x');"
    )
    pulled = records.pull(admitted(first), DECEMBER, dated_by="seen_on")
    assert (pulled.delivery, rows(pulled)) == ("period", ["2", "4"])
    assert keys(pulled.keys_there) == ["2", "3", "4", "5"]
    assert (pulled.position.newest, pulled.position.cursor) == (
        first.position.newest,
        first.position.newest,
    )
    again = records.pull(pulled.position, DECEMBER, dated_by="seen_on")
    assert again.position.checksum == pulled.position.checksum
    # What changed outside the days comes with the next increment.
    assert rows(records.pull(pulled.position, dated_by="seen_on")) == ["3", "5"]


def test_days_of_a_time_of_the_databases_own_type(records):
    first = records.pull(dated_by="updated_at")
    days = Period(dt.date(2023, 1, 1), dt.date(2023, 1, 2))
    assert rows(records.pull(admitted(first), days, dated_by="updated_at")) == ["1", "2"]


def test_days_without_a_row_are_an_empty_delivery(records):
    first = records.pull(dated_by="seen_on")
    days = Period(dt.date(1999, 1, 1), dt.date(1999, 1, 2))
    assert records.pull(admitted(first), days, dated_by="seen_on").rows == 0


def test_table_that_cannot_be_asked_for_days_is_read_whole(records):
    """So is one that was never read, or was not read to an end."""
    first = records.pull()
    assert records.pull(admitted(first), DECEMBER).delivery == "full"
    assert records.pull(None, DECEMBER, dated_by="seen_on").delivery == "full"


def test_deleted_identifiers_are_pseudonyms(records):
    """A tombstone names a person where the person is the key."""
    records.execute(DELETED.format(kind="varchar(20)"))
    declared = {
        "key": ["person"],
        "deletions": {"tombstones": TOMBSTONES["tombstones"] | {"key": {"person": "record_id"}}},
    }
    first = records.pull(**declared)
    records.execute(BURY.format("P-2", "2023-01-04") + "; delete from people where id = 2")
    assert keys(records.pull(admitted(first), **declared).keys_gone) == [KEY.of("P-2")]
