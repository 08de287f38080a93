"""What every relational connector does: increments, late rows, columns that never cross."""

import pytest

from rbdc.errors import ConfigError, SourceError
from tests.unit.sources.records_systems import KEY, admitted, rows

NEW = "insert into people values ({}, 'P-9', '2023-01-05', '{}', 0, 'Eve Example')"


def test_first_pull_is_everything_with_pseudonyms(records):
    pulled = records.pull()
    assert (pulled.delivery, pulled.rows, pulled.as_of) == ("full", 3, "2023-01-03")
    assert rows(pulled, "id, person, seen_on, updated_at, gone") == [
        ("1", KEY.of("P-1"), "2022-12-30", "2023-01-01 08:00:00", "0"),
        ("2", KEY.of("P-2"), "2022-12-31", "2023-01-02 08:00:00", "0"),
        ("3", KEY.of("P-1"), "2023-01-03", "2023-01-03 08:00:00", "0"),
    ]
    assert len(set(rows(pulled, "id, _row_number"))) == 3
    assert list(pulled.columns) == ["id", "person", "seen_on", "updated_at", "gone", "name"]


def test_unlisted_columns_and_identifiers_cross_no_border(records):
    """Not in the rows, not in the keys, not in the position: by whatever way they are read."""
    styles = ["full_key_comparison", {"flag": "gone"}]
    first = records.pull()
    records.execute(NEW.format(4, "2023-01-04 08:00:00"))
    for style in styles:
        for since in (None, admitted(first)):
            pulled = records.pull(since, deletions=style)
            landed = [file.read_bytes() for file in pulled.parquet.parent.iterdir()]
            for secret in (b"Example", b"P-1", b"P-2", b"P-9"):
                assert all(secret not in content for content in landed)
                assert secret.decode() not in repr(pulled.position)
    with pytest.raises(ConfigError, match="no pseudonym key"):
        records.pull(pseudonyms=None)


def test_identifier_that_is_the_key_is_a_pseudonym_in_every_file(records):
    declared = {"key": ["person"], "deletions": "full_key_comparison"}
    first = records.pull(**declared)
    records.execute("delete from people where id = 2")
    pulled = records.pull(admitted(first), **declared)
    assert b"P-1" not in pulled.keys_there.read_bytes()
    assert KEY.of("P-1").encode() in pulled.keys_there.read_bytes()


def test_nothing_new_is_not_landed(records):
    first = records.pull()
    again = records.pull(admitted(first))
    assert (again.delivery, again.position, again.rows) == ("none", admitted(first), 0)


def test_increment_reads_from_the_cursor_on_and_includes_ties(records):
    first = records.pull()
    records.execute(NEW.format(4, "2023-01-03 08:00:00"))
    records.execute("update people set updated_at = '2023-02-01 00:00:00' where id = 1")
    pulled = records.pull(admitted(first))
    assert (pulled.delivery, rows(pulled)) == ("increment", ["1", "3", "4"])
    assert pulled.position.newest == "2023-02-01 00:00:00"


def test_row_that_changes_again_within_the_tick_that_was_read(records):
    """Neither the largest cursor value nor the number of rows moves."""
    first = records.pull()
    records.execute("update people set seen_on = '2023-01-02' where id = 3")
    pulled = records.pull(admitted(first))
    assert (pulled.delivery, rows(pulled, "id, seen_on")) == ("increment", [("3", "2023-01-02")])


def test_late_row_before_the_cursor_is_caught_by_the_window_alone(records):
    """A long transaction commits with the time at which it began."""
    first, with_window = records.pull(), records.pull(reread="2 days")
    records.execute("update people set updated_at = '2023-01-02 09:00:00' where id = 1")
    assert records.pull(admitted(first)).delivery == "none"
    pulled = records.pull(admitted(with_window), reread="2 days")
    assert (pulled.delivery, rows(pulled)) == ("increment", ["1", "2", "3"])
    records.execute(NEW.format(4, "2023-01-04 08:00:00"))
    assert rows(records.pull(admitted(first))) == ["3", "4"]
    assert rows(records.pull(admitted(first), reread="1 day")) == ["1", "2", "3", "4"]


def test_window_before_a_cursor_that_is_no_time(records):
    """A wrong value at the end is the gate's business; one that it let pass cannot be served."""
    numbered = {"cursor": "id", "reread": "2 days"}
    first = records.pull(**numbered)
    records.execute(NEW.format(4, "2023-01-04 08:00:00"))
    with pytest.raises(SourceError, match="'3' is not a date or time"):
        records.pull(admitted(first), **numbered)


def test_rows_without_a_cursor_come_with_every_increment(records):
    first = records.pull()
    records.execute("update people set updated_at = null where id = 1")
    pulled = records.pull(admitted(first))
    assert (pulled.delivery, rows(pulled)) == ("increment", ["1", "3"])
    assert records.pull(admitted(pulled)).delivery == "none"
    records.execute("update people set updated_at = null")
    every_one = records.pull(admitted(pulled))
    assert every_one.position.newest is None and rows(every_one) == ["1", "2", "3"]
    assert records.pull(admitted(every_one)).delivery == "none"
    records.execute("update people set gone = 1 where id = 1")
    assert records.pull(admitted(every_one)).delivery == "full"  # there is nowhere to go on from


def test_cursor_of_numbers_is_compared_as_numbers(records):
    first = records.pull(cursor="id")
    records.execute(NEW.format(10, "2023-01-01 08:00:00"))
    pulled = records.pull(admitted(first), cursor="id")
    assert (pulled.position.newest, sorted(rows(pulled))) == ("10", ["10", "3"])
    records.execute(NEW.format(200, "2023-01-01 08:00:00"))
    assert sorted(rows(records.pull(admitted(pulled), cursor="id"))) == ["10", "200"]


def test_rows_set_aside_ahead_of_the_cursor_do_not_hide_what_follows(records):
    """The gate let rows pass up to the second; the source holds a later one."""
    first = records.pull()
    position = admitted(first)
    behind = type(position)(**{**position.__dict__, "cursor": "2023-01-02 08:00:00"})
    assert rows(records.pull(behind)) == ["2", "3"]


def test_rows_removed_without_a_mark_make_a_full_pull(records):
    first = records.pull()
    records.execute("delete from people where id = 2")
    pulled = records.pull(admitted(first))
    assert (pulled.delivery, rows(pulled)) == ("full", ["1", "3"])


def test_same_rows_in_another_kind_of_delivery_are_other_content(records):
    """What was an increment once must not be taken for the same when it is all that is left."""
    first = records.pull()
    records.execute("update people set gone = 1, updated_at = '2023-01-04 08:00:00' where id = 3")
    increment = records.pull(admitted(first))
    records.execute("delete from people where id < 3")
    whole = records.pull(admitted(increment))
    assert (increment.delivery, whole.delivery) == ("increment", "full")
    assert rows(increment) == rows(whole) == ["3"]
    assert increment.position.checksum != whole.position.checksum


def test_view_is_read_like_a_table(records):
    records.execute("create view seen as select id, person, seen_on, updated_at, gone from people")
    first = records.pull(source_table="seen")
    assert rows(first) == ["1", "2", "3"] and sorted(rows(first, "_row_number")) == [1, 2, 3]
    records.execute(NEW.format(4, "2023-01-04 08:00:00"))
    assert rows(records.pull(admitted(first), source_table="seen")) == ["3", "4"]


def test_names_that_need_quotes(records):
    records.execute(
        'create table "Case: Files" (id integer, "Person ""No""" varchar(9), updated_at varchar(9))'
        "; insert into \"Case: Files\" values (1, 'P-1', '2023')"
    )
    pulled = records.pull(
        source_table="Case: Files",
        columns=["id", {"name": "person", "source_name": 'Person "No"'}, "updated_at"],
        deletions=None,
    )
    assert rows(pulled, "id, person") == [("1", KEY.of("P-1"))]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source_table": "nothing"}, "has no table nothing"),
        (
            {"columns": ["id", "persons", "updated_at", "gone"], "direct_identifiers": []},
            "lacks the declared column.s. persons",
        ),
    ],
)
def test_each_fault_is_one_sentence(records, changes, message):
    with pytest.raises(SourceError, match=message):
        records.pull(**changes)


def test_empty_table_is_refused_unless_it_may_be_empty(records):
    records.execute("delete from people")
    with pytest.raises(SourceError, match="is empty"):
        records.pull()
    assert records.pull(when_absent="skip").delivery == "absent"


def test_fewer_rows_than_the_database_counts_are_refused(records, monkeypatch):
    from rbdc.sources import relational

    monkeypatch.setattr(relational._Source, "extent", lambda self: (4, "2023-01-03 08:00:00"))
    with pytest.raises(SourceError, match="counts 4 rows but delivered 3"):
        records.pull()
