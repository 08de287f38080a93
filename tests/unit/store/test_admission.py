"""Every row landed is accepted, set aside, known already or rejected: once, and findable."""

import sqlite3
from dataclasses import replace

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rbdc.store.admission import Batch, record_absent, record_unchanged, reject
from rbdc.store.admission import admit as admit_judged
from rbdc.store.intake import Place, newest_batch, pull_batch
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.quarantine import open_rows
from rbdc.store.raw_state import current_rows_sql
from rbdc.store.warehouse import open_warehouse, prepare
from tests.unit.sources.tables import csv_table, sqlite_table

BAD_LABEL = ("label_known", "\"label\" = 'bad'", "The label is not known.")
BAD_ID = ("id_small", "try_cast(id as integer) > 90", "The id is too large.")


def admit(state: StateFolder, batch: Batch, rules):
    """Admit a batch; rows that meet the SQL condition of a rule (name, condition, reason) go."""
    failing = " union all ".join(
        f"select _row_number, {n} as n, '{name}' as name, '{reason}' as reason "
        f"from read_parquet('{batch.pull.parquet}') where {condition}"
        for n, (name, condition, reason) in enumerate([*rules, ("none", "false", "none")])
    )
    aside = duckdb.sql(
        "select _row_number, string_agg(name, ', ' order by n) as expectation, "
        f"string_agg(reason, '; ' order by n) as reason from ({failing}) group by _row_number"
    )
    return admit_judged(state, batch, aside.to_arrow_table())


@pytest.fixture
def state(tmp_path):
    return StateFolder(tmp_path / "var")


def write(folder, rows):
    lines = ["id,Label Text,when"] + [f"{id_},{label},2023-01-01" for id_, label in rows]
    (folder / "people.csv").write_text("\n".join(lines) + "\n")


def landed(state, table, folder, run="run", version="v1"):
    batch = pull_batch(
        state,
        table,
        Place(folder),
        lambda: None,
        suite_version=version,
        code_version="c",
        run_id=run,
    )
    return batch.batch


def labels(state, table):
    files = LoadHistory(state, table).rows_files()
    gone = LoadHistory(state, table).gone_files()
    query = current_rows_sql(table, files, gone, with_deleted=False)
    return dict(duckdb.sql(f"select id, label from ({query})").fetchall())


def still_open(state):
    assert {(one.source, one.table_name) for one in open_rows(state)} == {("files", "people")}
    return {one.expectation: one.rows for one in open_rows(state)}


def test_rows_are_split_with_every_reason(state, tmp_path):
    write(tmp_path, [(1, "good"), (2, "bad"), (95, "bad"), (96, "good")])
    load = admit(state, landed(state, csv_table(), tmp_path), [BAD_LABEL, BAD_ID])
    assert (load.rows_landed, load.rows_accepted, load.rows_quarantined) == (4, 1, 3)
    assert load.balances and labels(state, csv_table()) == {"1": "good"}
    prepare(state, [csv_table()], {}, {})
    with open_warehouse(state.warehouse) as connection:
        rows = connection.execute(
            "select row_number, expectation, reason, row from quarantine.rows order by 1"
        ).fetchall()
    assert [row[:2] for row in rows] == [
        (2, "label_known"),
        (3, "label_known, id_small"),
        (4, "id_small"),
    ]
    assert rows[1][2] == "The label is not known.; The id is too large."
    assert '"id":"95"' in rows[1][3]
    assert still_open(state) == {"id_small": 2, "label_known": 2}
    write(tmp_path, [(1, "good"), (2, "bad"), (95, "good")])  # the whole table is judged again
    admit(state, landed(state, csv_table(), tmp_path), [BAD_LABEL])
    assert still_open(state) == {"label_known": 1}


def test_changed_file_replaces_the_state_and_counts_what_was_known(state, tmp_path):
    write(tmp_path, [(1, "a"), (2, "b"), (3, "c")])
    admit(state, landed(state, csv_table(), tmp_path), [])
    write(tmp_path, [(1, "a"), (2, "changed"), (4, "d")])
    load = admit(state, landed(state, csv_table(), tmp_path), [])
    assert (load.rows_accepted, load.rows_unchanged) == (2, 1)
    assert labels(state, csv_table()) == {"1": "a", "2": "changed", "4": "d"}


def test_same_file_is_unchanged_and_raw_stays_as_it_is(state, tmp_path):
    write(tmp_path, [(1, "a"), (2, "b")])
    first = admit(state, landed(state, csv_table(), tmp_path), [])
    load = record_unchanged(state, landed(state, csv_table(), tmp_path), first)
    assert (load.verdict, load.rows_landed, load.rows_unchanged) == ("unchanged", 2, 2)
    assert load.data_as_of == first.data_as_of == "2023-01-01"
    history = LoadHistory(state, csv_table())
    assert [one.load_id for one in history.current()] == [first.load_id]
    assert load.load_id > first.load_id and load.balances


def test_refused_batch_changes_nothing_and_is_known_again(state, tmp_path):
    write(tmp_path, [(1, "a")])
    admit(state, landed(state, csv_table(), tmp_path), [])
    write(tmp_path, [(1, "x"), (2, "y")])
    batch = landed(state, csv_table(), tmp_path)
    refused = reject(state, batch, "Label x is wrong.", "rule")
    assert (refused.verdict, refused.rows_rejected) == ("rejected", 2)
    assert labels(state, csv_table()) == {"1": "a"}
    again = landed(state, csv_table(), tmp_path)
    history = LoadHistory(state, csv_table())
    known = history.standing_judgement(again.pull.position.checksum, "v1")
    assert known and known.load_id == refused.load_id
    assert history.standing_judgement(again.pull.position.checksum, "v2") is None
    load = record_unchanged(state, again, known)
    assert load.verdict == "rejected" and load.balances
    assert (refused.refused_by, load.refused_by) == ("rule", "rule")
    assert load.reason == f"Label x is wrong. (as in load {refused.load_id})"


def test_source_that_does_not_deliver_is_a_batch_with_its_reason(state, tmp_path):
    batch = pull_batch(
        state,
        csv_table(),
        Place(tmp_path),
        lambda: None,
        suite_version="v",
        code_version="c",
        run_id="r",
    )
    assert batch.failure and "is missing" in batch.failure
    assert newest_batch(state, csv_table(), "v") == batch
    assert reject(state, batch.batch, batch.failure, "source").balances


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("people.csv", "not supplied: there is no people.csv in the source folder"),
        (None, "not supplied: the portal does not have it"),
    ],
)
def test_table_that_need_not_be_supplied_is_recorded_without_rows(state, tmp_path, path, reason):
    batch = landed(state, csv_table(when_absent="skip"), tmp_path)
    load = record_absent(state, replace(batch, table=batch.table.model_copy(update={"path": path})))
    assert (load.verdict, load.reason, load.rows_landed) == ("unchanged", reason, 0)


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    connection.execute("create table people (id, person, updated_at, gone)")
    connection.executemany(
        "insert into people values (?, ?, ?, ?)",
        [(n, f"p{n}", f"2023-01-0{n}T00:00:00", 0) for n in range(1, 6)],
    )
    connection.commit()
    yield connection
    connection.close()


def people(state, table):
    files = LoadHistory(state, table).rows_files()
    gone = LoadHistory(state, table).gone_files()
    query = current_rows_sql(table, files, gone, with_deleted=False)
    return sorted(duckdb.sql(f"select id, person from ({query})").fetchall())


def test_increments_correct_and_delete(state, tmp_path, database):
    table = sqlite_table()
    admit(state, landed(state, table, tmp_path), [])
    database.execute("update people set person='new', updated_at='2023-03-01' where id = 2")
    database.execute("update people set gone=1, updated_at='2023-03-02' where id = 3")
    database.execute("insert into people values (6, 'p6', '2023-03-03', 0)")
    database.commit()
    load = admit(state, landed(state, table, tmp_path), [])
    # The row of 5 January is read again, because it stands at the cursor, and is known.
    assert (load.delivery, load.rows_landed, load.rows_accepted) == ("increment", 4, 3)
    assert load.rows_unchanged == 1
    expected = [("1", "p1"), ("2", "new"), ("4", "p4"), ("5", "p5"), ("6", "p6")]
    assert people(state, table) == expected


def test_row_set_aside_is_resolved_when_its_key_is_accepted(state, tmp_path, database):
    table = sqlite_table()
    bad = ("person_known", "person = 'p2'", "Person p2 is not known.")
    admit(state, landed(state, table, tmp_path), [bad])
    database.execute("update people set person='fixed', updated_at='2023-04-01' where id = 2")
    database.commit()
    admit(state, landed(state, table, tmp_path), [])
    prepare(state, [table], {}, {})
    with open_warehouse(state.warehouse) as connection:
        rows = connection.execute("select row_number, resolved_at from quarantine.rows").fetchall()
    assert len(rows) == 1 and rows[0][1] is not None


@given(
    deliveries=st.lists(
        st.lists(st.tuples(st.integers(1, 99), st.sampled_from(["a", "b", "bad"])), min_size=1),
        min_size=1,
        max_size=4,
    )
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counts_always_add_up_and_the_last_delivery_is_the_state(tmp_path_factory, deliveries):
    folder = tmp_path_factory.mktemp("property")
    state, table = StateFolder(folder / "var"), csv_table()
    for rows in deliveries:
        rows = list(dict(rows).items())
        write(folder, rows)
        batch = landed(state, table, folder)
        if batch.pull.delivery == "none":
            continue
        load = admit(state, batch, [BAD_LABEL])
        assert load.balances and load.rows_landed == len(rows)
        expected = {str(id_): label for id_, label in rows if label != "bad"}
        assert (labels(state, table) if expected else {}) == expected


def test_a_date_in_the_future_does_not_hide_later_changes(state, tmp_path, database):
    table = sqlite_table()
    future = ("not_in_future", "updated_at > '2090'", "Nobody changed it then.")
    database.execute("insert into people values (9, 'p9', '2099-01-01T00:00:00', 0)")
    database.commit()
    load = admit(state, landed(state, table, tmp_path), [future])
    assert (load.cursor, load.data_as_of) == ("2023-01-05T00:00:00", "2023-01-05")
    database.execute("update people set person='new', updated_at='2023-02-01' where id = 2")
    database.commit()
    second = admit(state, landed(state, table, tmp_path), [future])
    assert ("2", "new") in people(state, table)
    assert (second.rows_accepted, second.rows_unchanged, second.rows_quarantined) == (1, 1, 1)
    # Night after night the same rows stand at and after the cursor: known by their checksum.
    third = admit(state, landed(state, table, tmp_path), [future])
    fourth = landed(state, table, tmp_path)
    known = LoadHistory(state, table).standing_judgement(fourth.pull.position.checksum, "v1")
    assert known == LoadHistory(state, table).last_accepted == third


def test_leftovers_of_a_killed_run_are_cleared(state, tmp_path, monkeypatch):
    """Killed after quarantine was written and before the load was recorded."""
    from rbdc.store import admission

    write(tmp_path, [(1, "good"), (2, "bad")])
    first = landed(state, csv_table(), tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(admission, "_write_resolved", lambda *_: (_ for _ in ()).throw(OSError))
        with pytest.raises(OSError):
            admit(state, first, [BAD_LABEL])
    assert list(state.quarantine.glob("*/*/*.rows.parquet"))
    write(tmp_path, [(1, "good"), (2, "better")])
    again = landed(state, csv_table(), tmp_path)
    assert again.load_id == first.load_id
    assert admit(state, again, [BAD_LABEL]).rows_quarantined == 0
    assert not list(state.quarantine.glob("*/*/*.rows.parquet"))
    assert labels(state, csv_table()) == {"1": "good", "2": "better"}


def test_a_source_that_was_found_unchanged_is_asked_from_where_it_was_found(state, tmp_path):
    write(tmp_path, [(1, "a")])
    first = landed(state, csv_table(), tmp_path)
    admit(state, first, [])
    position = LoadHistory(state, csv_table()).position
    assert position and position.mark is None
    again = landed(state, csv_table(), tmp_path)
    pull = replace(again.pull, position=replace(again.pull.position, mark="edited on Monday"))
    load = LoadHistory(state, csv_table()).last_accepted
    record_unchanged(state, replace(again, pull=pull), load)
    assert LoadHistory(state, csv_table()).position == pull.position
