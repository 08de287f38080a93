"""Rows in quarantine are judged again by today's suite and corrections; none is lost or doubled."""

import datetime as dt
import json
import sqlite3

import duckdb
import pytest

from expectations import gate, gatekeeper
from expectations.gatekeeper import pass_gate, suite_version
from rbdc.errors import ConfigError
from rbdc.sources.corrections import corrected_sql, load_corrections
from rbdc.store.intake import Place, pull_batch, pull_quarantine
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.quarantine import AGED_DAYS, as_markdown, open_rows
from rbdc.store.raw_state import current_rows_sql
from rbdc.store.warehouse import open_warehouse, prepare
from tests.unit.expectations.batches import rule, write_suite
from tests.unit.sources.tables import csv_table, sqlite_table

CORRECTION = {
    "key": {"id": "2"},
    "field": "label",
    "old": "208",
    "new": "28",
    "reason": "Typing error, confirmed by the records unit.",
    "approved_by": "records management",
    "date": "2026-11-20",
}


class Desk:
    """A source of people, the gate before it, and what an engineer does at it."""

    def __init__(self, folder, table, patch):
        self.folder, self.table = folder, table
        self.state = StateFolder(folder / "var")
        self.service_dir = folder / "service"
        self.service_dir.mkdir()
        self.corrections = ()
        self.night = 0
        patch.setattr(gatekeeper, "SUITES", folder / "suites")
        (folder / "suites").mkdir()
        self.set_greatest_age(120)

    def set_greatest_age(self, age):
        column = "label" if self.table.source == "files" else "person"
        written = write_suite(
            self.folder / "suites",
            rule("age_possible", "between", "quarantine", columns=[column], max=age),
            rule("id_unique", "unique", "quarantine", columns=["id"]),
            rule("two_rows", "row_count", "refuse", min=2),
            table=self.table.id,
        )
        written.rename(written.with_name(f"{self.table.id}.yml"))

    def correct(self, *changes):
        named = {"table": f"{self.table.source}.{self.table.table}"}
        content = {"corrections": [{**named, **CORRECTION, **change} for change in changes]}
        (self.service_dir / "corrections.yml").write_text(json.dumps(content))
        self.corrections = load_corrections(self.service_dir, [self.table])

    def refresh(self):
        return self._pass(
            pull_batch(
                self.state, self.table, Place(self.folder), lambda: None, **self._record("pull")
            )
        )

    def readmit(self):
        return self._pass(pull_quarantine(self.state, self.table, **self._record("readmit")))

    def _record(self, job):
        self.night += 1
        version = suite_version(self.table)
        return {"suite_version": version, "code_version": "c", "run_id": f"{job}-{self.night}"}

    def _pass(self, landed):
        load = pass_gate(self.state, self.table, landed, None, self.corrections).load
        assert load.balances
        return load

    def people(self, corrected=False):
        history = LoadHistory(self.state, self.table)
        query = current_rows_sql(
            self.table, history.rows_files(), history.gone_files(), with_deleted=False
        )
        query = corrected_sql(query, self.corrections) if corrected else query
        value = "label" if self.table.source == "files" else "person"
        return duckdb.sql(f"select id, {value} from ({query}) order by id").fetchall()

    def open(self):
        return [(one.expectation, one.rows) for one in open_rows(self.state)]


@pytest.fixture
def files(tmp_path, monkeypatch):
    return Desk(tmp_path, csv_table(), monkeypatch)


@pytest.fixture
def records(tmp_path, monkeypatch):
    desk = Desk(tmp_path, sqlite_table(), monkeypatch)
    with sqlite3.connect(tmp_path / "records.sqlite") as database:
        database.executescript(
            "create table people (id integer primary key, person text, updated_at, gone);"
            "insert into people values (1, '31', '2023-01-01', 0), (2, '32', '2023-01-02', 0);"
        )
    return desk


def write(desk, *rows):
    lines = [f"{id_},{age},2023-01-01" for id_, age in rows]
    (desk.folder / "people.csv").write_text("\n".join(["id,Label Text,when", *lines]) + "\n")


def change(desk, sql):
    with sqlite3.connect(desk.folder / "records.sqlite") as database:
        database.executescript(sql)


def test_relaxed_suite_lets_rows_in_and_two_of_one_key_stay_apart(files):
    write(files, (1, 31), (2, 208), (1, 44), (3, 33))
    assert files.refresh().rows_quarantined == 2
    files.set_greatest_age(250)
    load = files.readmit()
    assert (load.delivery, load.rows_landed) == ("readmission", 2)
    assert (load.rows_accepted, load.rows_quarantined) == (1, 1)
    assert files.people() == [("1", "31"), ("2", "208"), ("3", "33")]
    assert files.open() == [("key_is_not_in_force", 1)]


def test_changed_suite_still_judges_the_whole_source_after_a_readmission(files):
    write(files, (1, 31), (2, 208))
    files.refresh()
    files.set_greatest_age(250)
    files.readmit()
    load = files.refresh()
    assert (load.delivery, load.verdict, load.rows_landed) == ("full", "accepted", 2)
    assert files.people() == [("1", "31"), ("2", "208")] and files.open() == []
    assert files.refresh().verdict == "unchanged"


def test_correction_is_judged_and_staged_and_raw_stays_as_delivered(files):
    write(files, (1, 31), (2, 208))
    files.refresh()
    assert files.people() == [("1", "31")]
    files.correct({})
    assert files.refresh().verdict == "unchanged"  # no reason to read a large source again
    assert files.readmit().rows_accepted == 1
    assert files.people() == [("1", "31"), ("2", "208")]
    assert files.people(corrected=True) == [("1", "31"), ("2", "28")]
    write(files, (1, 31), (2, 208), (3, 33))  # the source goes on with the wrong value
    load = files.refresh()
    assert (load.rows_quarantined, files.open()) == (0, [])
    assert files.people(corrected=True) == [("1", "31"), ("2", "28"), ("3", "33")]


@pytest.mark.parametrize(
    ("delivered", "status"),
    [
        ([(1, 31), (2, 208)], "applies"),
        ([(1, 31), (2, 28)], "not_needed"),
        ([(1, 31), (4, 40)], "no_record"),
    ],
)
def test_what_became_of_a_correction_is_told(files, delivered, status):
    files.correct({})
    write(files, *delivered)
    files.refresh()
    prepare(files.state, [files.table], {}, {}, files.corrections)
    with open_warehouse(files.state.warehouse) as connection:
        found = connection.execute(
            "select table_id, record_key, status from raw.config__corrections"
        ).fetchall()
    assert found == [("files__people", "2", status)]


def test_version_in_quarantine_comes_back_over_the_one_that_it_put_out_of_force(records):
    records.refresh()
    change(records, "update people set person = '208', updated_at = '2023-02-01' where id = 2")
    change(records, "insert into people values (3, '33', '2023-02-01', 0)")
    assert records.refresh().rows_quarantined == 1
    assert records.people() == [("1", "31"), ("3", "33")]
    records.set_greatest_age(250)
    assert records.readmit().rows_accepted == 1
    assert records.people() == [("1", "31"), ("2", "208"), ("3", "33")]
    assert records.open() == []


def test_row_that_the_source_mended_is_not_readmitted_in_its_old_form(records):
    records.refresh()
    change(records, "update people set person = '208', updated_at = '2023-02-01' where id = 2")
    change(records, "insert into people values (3, '33', '2023-02-01', 0)")
    records.refresh()
    change(records, "update people set person = '29', updated_at = '2023-02-02' where id = 2")
    change(records, "insert into people values (4, '34', '2023-02-02', 0)")
    records.refresh()
    records.set_greatest_age(250)
    assert records.readmit().verdict == "unchanged"
    assert records.people() == [("1", "31"), ("2", "29"), ("3", "33"), ("4", "34")]


def test_nothing_in_quarantine_changes_nothing(files):
    write(files, (1, 31), (2, 32))
    files.refresh()
    before = files.people()
    load = files.readmit()
    assert (load.verdict, load.rows_landed) == ("unchanged", 2) and files.people() == before


def test_readmission_that_cannot_be_judged_leaves_rows_where_they_are(files, monkeypatch):
    def broken(*arguments):
        raise RuntimeError("Ann Doe")

    write(files, (1, 31), (2, 208))
    files.refresh()
    files.set_greatest_age(250)
    with monkeypatch.context() as patch:
        patch.setattr(gate, "unexpected_counts", broken)
        load = files.readmit()
    assert load.verdict == "rejected" and "Ann" not in load.reason
    assert files.open() == [("age_possible", 1)]
    assert files.readmit().rows_accepted == 1 and files.open() == []


def test_rows_age_from_when_they_were_first_set_aside(files):
    write(files, (1, 31), (2, 208))
    files.refresh()
    (first,) = open_rows(files.state)
    write(files, (1, 31), (2, 208), (3, 33))
    files.refresh()  # judged again with a new delivery
    files.readmit()  # and again by hand
    (still,) = open_rows(files.state)
    assert still.oldest == first.oldest and still.rows == 1
    assert (still.owner, still.fix) == ("team:testers", "Mend the test batch.")
    write(files, (1, 31), (2, 32), (3, 33))
    files.refresh()
    write(files, (1, 31), (2, 208), (3, 33))
    files.refresh()  # wrong once more, after it was right
    (again,) = open_rows(files.state)
    assert again.oldest > first.oldest
    later = again.oldest + dt.timedelta(days=AGED_DAYS + 1, hours=3)
    assert again.age_days(later) == AGED_DAYS + 1
    shown = as_markdown([again], later)
    assert "| 1 | 31 | files.people age_possible | testers |" in shown and "208" not in shown


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"table": "files.things"}, "sources.yml has no table files.things"),
        ({"key": {"label": "2"}}, "name the key of files.people: id"),
        ({"field": "name"}, "files.people has no column name"),
        ({"field": "id"}, "id says which record it is"),
        ({"new": "208"}, "old and new are the same"),
        ({"date": "some day"}, "line 1: corrections.0.date"),
    ],
)
def test_correction_that_makes_no_sense_is_refused(files, wrong, said):
    with pytest.raises(ConfigError, match=said):
        files.correct(wrong)


def test_one_value_is_corrected_once(files):
    with pytest.raises(ConfigError, match="is corrected twice"):
        files.correct({}, {"new": "29"})


def test_cut_short_delivery_is_refused_until_somebody_says_that_it_is_right(files):
    suite = files.folder / "suites" / f"{files.table.id}.yml"
    written = write_suite(
        files.folder / "suites",
        rule("not_cut_short", "rows_against_held", "refuse", min_share=0.5),
        table=files.table.id,
    )
    written.rename(suite)
    write(files, (1, 31), (2, 32), (3, 33))
    files.refresh()
    write(files, (1, 31))
    load = files.refresh()
    assert load.verdict == "rejected" and "1 rows; 3 are held" in load.reason
    assert len(files.people()) == 3
    files.table = csv_table(schema_reviewed="2026-11-26")
    assert files.refresh().verdict == "accepted" and files.people() == [("1", "31")]


def test_key_in_force_keeps_its_row_whatever_was_declared_since(files):
    write(files, (1, 31), (1, 44))
    files.refresh()
    files.table = csv_table(schema_reviewed="2026-11-26")
    assert files.readmit().rows_quarantined == 1 and files.people() == [("1", "31")]
