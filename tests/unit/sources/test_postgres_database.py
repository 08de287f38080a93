"""PostgreSQL: types, schemas, rights and snapshots, through the scanner and SQLAlchemy alike."""

from dataclasses import replace

import psycopg
import pytest

from rbdc.errors import ConfigError, SourceError
from tests.unit.sources.records_systems import KEY, PEOPLE, admitted, rows

TYPED = """
    create table typed (id numeric primary key, person numeric, at_local timestamp,
        at_zone timestamptz, flag boolean, price numeric(10, 2), day date, code char(4), part uuid,
        share double precision);
    insert into typed values
        (1, 7, '2023-01-01 08:00:00', '2023-01-01 08:00:00.250-05', true, 12.5, '2023-01-01',
         'abcd', '11111111-2222-3333-4444-555555555555', 0.1),
        (2.5, null, '2023-01-02 08:00:00.123456', '2023-01-02 08:00:00+00', false, 3, '2023-01-02',
         null, null, null);
"""
COLUMNS = ["id", "person", "at_local", "at_zone", "flag", "price", "day", "code", "part", "share"]
AS_TEXT = [
    ("1", KEY.of("7"), "2023-01-01 08:00:00", "2023-01-01 13:00:00.25+00", "true", "12.50",
     "2023-01-01", "abcd", "11111111-2222-3333-4444-555555555555", "0.1"),
    ("2.5", None, "2023-01-02 08:00:00.123456", "2023-01-02 08:00:00+00", "false", "3.00",
     "2023-01-02", None, None, None),
]  # fmt: skip


@pytest.fixture(params=["postgres", "sqlalchemy_postgres"])
def server(request, postgres):
    return replace(postgres, kind=request.param)


@pytest.fixture
def typed(server):
    server.execute(TYPED)

    def pull(since=None, cursor="at_zone", **more):
        declared = {"source_table": "typed", "columns": COLUMNS, "deletions": None}
        return server.pull(
            since, cursor=cursor, **{**declared, "as_of": {"column": cursor}, **more}
        )

    return pull


def test_types_are_the_same_text_by_both_ways(typed):
    pulled = typed()
    assert rows(pulled, ", ".join(COLUMNS)) == AS_TEXT
    assert pulled.as_of == "2023-01-02"


@pytest.mark.parametrize("cursor", ["at_local", "at_zone", "day", "id", "share"])
def test_cursor_of_any_type(typed, server, cursor):
    first = typed(cursor=cursor)
    assert typed(admitted(first), cursor=cursor).delivery == "none"
    server.execute(
        "insert into typed values (3, 8, '2023-01-03', '2023-01-03 00:00-05', false, 3, "
        "'2023-01-03', null, null, 0.7)"
    )
    pulled = typed(admitted(first), cursor=cursor)
    assert pulled.delivery == "increment"
    # The row at the cursor is read again, whatever the precision of its type.
    assert rows(pulled) == (["1", "2.5", "3"] if cursor == "share" else ["2.5", "3"])


def test_window_before_a_time_with_a_zone(typed, server):
    first = typed()
    server.execute("update typed set flag = null, at_zone = '2023-01-01 23:00+00' where id = 1")
    assert rows(typed(admitted(first), reread="1 day")) == ["1", "2.5"]


def test_flag_of_true_and_false(typed, server):
    first = typed(deletions={"flag": "flag"})
    assert rows(first, "flag") == ["true", "false"]


def test_types_are_known_for_drift(typed):
    found = {name: kind.lower() for name, kind in typed().columns.items()}
    assert found["at_zone"].startswith("timestamp") and found["price"].startswith("numeric(10")
    assert found["flag"] == "boolean"


@pytest.mark.parametrize("name", ["records.people", "parts", "kept"])
def test_table_in_a_schema_table_of_parts_and_kept_view(server, name):
    server.execute(
        PEOPLE.format(time="timestamp")
        + "create schema records; alter table people set schema records;"
        "create table parts (like records.people) partition by range (id);"
        "create table low partition of parts for values from (0) to (3);"
        "create table high partition of parts for values from (3) to (99);"
        "insert into parts select * from records.people;"
        "create materialized view kept as select * from records.people;"
    )
    first = server.pull(source_table=name)
    assert rows(first) == ["1", "2", "3"]
    change = "update {} set gone = 1, updated_at = '2023-02-01' where id = 1;"
    server.execute(
        change.format("records.people") + change.format("parts") + "refresh materialized view kept"
    )
    assert rows(server.pull(admitted(first), source_table=name)) == ["1", "3"]
    with pytest.raises(SourceError, match="has no table people"):
        server.pull(source_table="people")


def test_user_who_may_read_the_listed_columns_only(server):
    """Fewer rights than that are told without an address, and with the reason."""
    server.execute(
        PEOPLE.format(time="timestamp") + "drop role if exists reader; create role reader login;"
        # Enough pages for the scanner to read them side by side.
        "insert into people select i, 'P', '2023-01-01', '2023-01-01', 0, 'Eve Example' "
        "from generate_series(10, 150000) i;"
        "grant select (id, person, seen_on, updated_at, gone) on people to reader"
    )
    reader = replace(server, url=server.url.replace("rbdc@", "reader@"))
    first = reader.pull()
    assert first.rows == 149_994
    server.execute("update people set gone = 1, updated_at = '2023-02-01' where id = 1")
    assert rows(reader.pull(admitted(first))) == ["1", "3"]
    with pytest.raises(SourceError, match="its user has no right to read") as refused:
        reader.pull(columns=["id", "person", "updated_at", "gone", "name"])
    server.execute("revoke all on people from reader; drop role reader")
    assert "reader@" not in str(refused.value)


def test_pull_sees_one_state_while_others_write(server, monkeypatch):
    """A row that is changed after the first query is read as it was, and comes the next night."""
    from rbdc.sources import relational

    server.execute(PEOPLE.format(time="timestamp"))
    landed = relational.land

    def land_meanwhile(*arguments):
        server.execute(
            "delete from people where id = 1;"
            "update people set gone = 1, updated_at = '2023-02-01' where id = 2"
        )
        return landed(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(relational, "land", land_meanwhile)
        first = server.pull()
    assert rows(first, "id, gone") == [("1", "0"), ("2", "0"), ("3", "0")]
    assert first.position.newest == "2023-01-03 08:00:00"
    second = server.pull(admitted(first))
    assert (second.delivery, rows(second, "id, gone")) == ("full", [("2", "1"), ("3", "0")])


def test_address_that_is_missing_wrong_or_out_of_reach(server):
    with pytest.raises(ConfigError, match="set RBDC_SOURCE_RMS_URL"):
        replace(server, url=None).pull()
    for address in (
        "postgresql://rbdc:secret@127.0.0.1:1/nowhere",
        server.url.replace("rbdc@", "rbdc:secret@").replace("/postgres", "/nowhere"),
        "postgresql://rbdc:secret@no.such.host.invalid/nowhere",
    ):
        with pytest.raises(SourceError) as refused:
            replace(server, url=address).pull()
        said = str(refused.value)
        assert "could not be read: " in said
        assert "Check RBDC_SOURCE_RMS_URL, the network" in said and said.count("\n") == 0
        assert not any(part in said for part in ("secret", "127.0.0.1", "nowhere", "no.such"))
        assert refused.value.__cause__ is None and refused.value.__suppress_context__


def test_connection_lost_in_the_middle_is_one_sentence(server, monkeypatch):
    from rbdc.sources import relational

    server.execute(PEOPLE.format(time="timestamp"))
    landed = relational.land

    def land_after_the_end(*arguments):
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity "
                "where pid <> pg_backend_pid() and backend_type = 'client backend'"
            )
        return landed(*arguments)

    monkeypatch.setattr(relational, "land", land_after_the_end)
    with pytest.raises(SourceError, match="there is no connection, or it broke"):
        server.pull()
