"""A source that changes its shape or its labels is found out, and stays found until looked at."""

import json
import sqlite3

import pytest

from expectations import gatekeeper
from expectations.gatekeeper import pass_gate
from expectations.rules import load_suite
from orchestration.defs.keys import raw_key
from orchestration.defs.quality.checks import DRIFT, gate_check_results, gate_check_specs
from rbdc.store.inputs import build_inputs
from rbdc.store.intake import Place, pull_batch
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.warehouse import open_warehouse, prepare
from tests.unit.expectations.batches import rule, write_suite
from tests.unit.sources.tables import csv_table, sqlite_table

HEADER = "id,Label Text,when"
ROWS = ["1,Black,2023-01-01", "2,White,2023-01-02"]
LABELS = """source,field,raw_label,standard_label,valid_from,valid_to,note
files,race_group,Black,Black,,2019-12-31,
files,race_group, white ,White,,,
rms,race_group,Purple,White,,,another source
files,gender,Purple,Male,,,another field
"""
POLICIES = ("ignore", "warn", "refuse")


class Gate:
    """A table of a small service, pulled and judged as a night would."""

    def __init__(self, folder, table):
        self.folder, self.table = folder, table
        self.state = StateFolder(folder / "var")
        self.labels = folder / "labels.csv"
        self.labels.write_text(LABELS)

    def deliver(self, header=HEADER, rows=ROWS, file="people.csv"):
        (self.folder / file).write_text("\n".join([header, *rows]) + "\n")

    def declare(self, **changes):
        """Declare the table anew, as somebody who edits sources.yml."""
        self.table = self.table.model_validate(self.table.model_dump() | changes)

    def night(self, *, afresh=False):
        landed = pull_batch(
            self.state,
            self.table,
            Place(self.folder),
            lambda: None,
            suite_version=gatekeeper.suite_version(self.table),
            code_version="c",
            run_id="r",
            afresh=afresh,
        )
        return pass_gate(self.state, self.table, landed, self.labels)

    def inputs(self, project):
        return build_inputs(self.state, [self.table], project, self.folder / "no_service")

    def check(self, decision):
        specs = gate_check_specs(self.table)
        results = gate_check_results(self.table, decision, specs)
        assert {r.check_name for r in results} == {spec.name for spec in specs}
        return next(r for r in results if r.check_name == DRIFT)

    def audit(self, sql):
        prepare(self.state, [self.table], {}, {})
        with open_warehouse(self.state.warehouse, read_only=True) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture(autouse=True)
def suite(tmp_path, monkeypatch):
    written = write_suite(
        tmp_path,
        rule("id_unique", "unique", "quarantine", columns=["id"]),
        rule("not_too_many", "row_count", "refuse", max=300),
    )
    monkeypatch.setattr(gatekeeper, "load_suite", lambda _: load_suite(written))


def gate(folder, policies=None, **changes):
    declared = {"labels": {"race_group": "label"}, "drift": policies or {}} | changes
    made = Gate(folder, csv_table(**declared))
    made.deliver()
    first = made.night()
    assert (first.load.verdict, first.drift) == ("accepted", [])
    return made


def new_column(made):
    made.deliver(f"{HEADER},badge", [f"{row},x" for row in ROWS])


def lost_column(made):
    made.deliver("id,when", ["1,2023-01-01", "2,2023-01-02"])


def changed_type(made):
    made.deliver(rows=["one,Black,2023-01-01", "two,White,2023-01-02"])


def new_label(made):
    made.deliver(rows=[*ROWS, "3,Purple,2023-01-03", "4,purple ,2023-01-04", "5,NA,2023-01-05"])


CHANGES = {
    "new_column": (new_column, "badge", None),
    "lost_column": (lost_column, "label", None),
    "changed_type": (changed_type, "id", None),
    "new_label": (new_label, "label", "Purple"),
}


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("kind", CHANGES)
def test_each_change_is_treated_as_declared(kind, policy, tmp_path, project):
    change, column, label = CHANGES[kind]
    made = gate(tmp_path, {kind: policy})
    before = made.inputs(project)
    change(made)
    decision = made.night()
    check = made.check(decision)
    found = [(one.kind, one.column_name, one.label, one.policy) for one in decision.drift]
    seen = made.audit("select kind, column_name, label, policy from audit.current_drift")
    assert found == seen
    if policy == "ignore":
        assert (decision.load.verdict, found) == ("accepted", [])
        assert check.passed and made.inputs(project)["drift"] == before["drift"]
        return
    assert found == [(kind, column, label, policy)]
    assert made.inputs(project)["drift"] != before["drift"]
    assert not check.passed and column in check.metadata["findings"].value
    refused = policy == "refuse"
    assert check.severity.value == ("ERROR" if refused else "WARN")
    assert decision.load.verdict == ("rejected" if refused else "accepted")
    if refused:
        reason = decision.load.reason
        assert "files" in reason and "people" in reason
        assert (label or made.table.columns[1].source_names[0]) in reason or column in reason
        assert "sources.yml" in reason and decision.load.balances
        assert len(LoadHistory(made.state, made.table).current()) == 1


@pytest.mark.parametrize("kind", CHANGES)
def test_a_finding_stays_until_somebody_has_looked(kind, tmp_path):
    made = gate(tmp_path, {"lost_column": "warn"})
    CHANGES[kind][0](made)
    first = made.night()
    again, afresh = made.night(), made.night(afresh=True)
    assert (again.load.verdict, afresh.load.verdict) == ("unchanged", "unchanged")
    assert len(first.drift) == 1 and first.drift == again.drift == afresh.drift
    assert made.audit("select count(*) from audit.drift") == [(3,)]
    made.declare(schema_reviewed="2026-01-01")
    if kind == "new_label":
        made.labels.write_text(LABELS + "files,race_group,PURPLE,Unknown,,,\n")
    if kind == "lost_column":
        made.declare(columns=["id", "when"], labels={})
    assert made.night().drift == []
    assert made.audit("select count(*) from audit.current_drift") == [(0,)]


def test_a_lost_column_is_never_accepted_as_it_is(tmp_path):
    """Its values would be missing without a word: it is taken out of the declaration, or shown."""
    made = gate(tmp_path, {"lost_column": "warn"})
    lost_column(made)
    made.declare(schema_reviewed="2026-01-01")
    assert [one.kind for one in made.night().drift] == ["lost_column"]


@pytest.mark.parametrize("kind", ["new_column", "changed_type"])
def test_a_refused_shape_passes_once_reviewed(kind, tmp_path):
    made = gate(tmp_path, {kind: "refuse"})
    CHANGES[kind][0](made)
    refused = [made.night(), made.night()]
    assert {one.load.verdict for one in refused} == {"rejected"}
    assert {tuple(one.drift) for one in refused} == {tuple(refused[0].drift)}
    made.declare(schema_reviewed="2026-01-01")
    accepted = made.night()
    assert (accepted.load.verdict, accepted.drift) == ("accepted", [])


def test_a_refused_label_passes_once_mapped_and_is_never_null(tmp_path):
    made = gate(tmp_path, {"new_label": "refuse"})
    new_label(made)
    refused = made.night()
    assert refused.load.verdict == "rejected" and "files,race_group,Purple" in refused.load.reason
    assert refused.load.refused_by == "drift"
    made.labels.write_text(LABELS + "files,race_group,Purple,Unknown,,,\n")
    accepted = made.night()
    assert (accepted.load.verdict, accepted.drift) == ("accepted", [])
    # The line is taken out again: what raw holds is shown, and nothing is refused after the fact.
    made.labels.write_text(LABELS)
    shown = made.night()
    assert shown.load.verdict == "unchanged"
    assert [(one.label, one.records, one.policy) for one in shown.drift] == [("Purple", 2, "warn")]


def test_a_needed_column_is_refused_whatever_the_policy(tmp_path):
    made = gate(tmp_path, {"lost_column": "ignore"})
    made.deliver("id,Label Text", ["1,Black"])
    decision = made.night()
    assert decision.load.verdict == "rejected" and "lacks the declared column(s) when" in (
        decision.load.reason
    )
    assert [(one.kind, one.column_name, one.policy) for one in decision.drift] == [
        ("lost_column", "when", "refuse")
    ]


def test_a_column_that_one_file_of_several_lacks_is_lost(tmp_path):
    made = gate(tmp_path, {"lost_column": "warn"}, path="people*.csv")
    made.deliver("id,when", ["7,2024-01-01"], file="people_2024.csv")
    decision = made.night()
    assert decision.load.rows_landed == 3
    assert [(one.kind, one.column_name) for one in decision.drift] == [("lost_column", "label")]


def test_another_declared_spelling_is_no_drift(tmp_path):
    spelt = {"name": "label", "source_names": ["Label Text", "LabelText"]}
    made = gate(tmp_path, columns=["id", spelt, "when"])
    made.deliver("id,LabelText,when")
    assert made.night().drift == []


def test_a_batch_refused_for_another_reason_says_nothing_new_of_what_raw_holds(tmp_path, project):
    made = gate(tmp_path, on_refusal="hold")
    before = made.inputs(project)
    made.deliver(f"{HEADER},badge", [f"{n},Purple,2023-01-01,x" for n in range(999)])
    decision = made.night()
    assert decision.load.verdict == "rejected" and decision.drift == []
    (made.folder / "people.csv").write_text("")
    assert made.night().drift == [] and made.inputs(project) == before


def test_a_refusal_that_holds_shows_beside_the_last_good_rows(tmp_path, project):
    made = gate(tmp_path, {"new_column": "refuse"}, on_refusal="hold")
    before = made.inputs(project)
    new_column(made)
    decision = made.night()
    assert made.check(decision).severity.value == "WARN"
    assert made.inputs(project)["raw"] == before["raw"]
    assert made.inputs(project)["drift"] != before["drift"]


def test_free_text_taken_for_labels_is_cut(tmp_path):
    made = gate(tmp_path)
    text = "said that his name was Ann Example and that he lived in a house on the hill"
    made.deliver(rows=[f"{n},{n:02d} {text},2023-01-01" for n in range(30)])
    decision = made.night()
    assert len(decision.drift) == 21
    assert max(len(one.label) for one in decision.drift) == 60
    assert (decision.drift[-1].label, decision.drift[-1].records) == ("(10 more labels)", 10)
    written = (made.state.quality / "drift" / f"{decision.load.load_id}.json").read_text()
    assert "on the hill" not in written and json.loads(written)[0]["label"].endswith("…")


def test_kinds_of_values_stand_for_types_of_a_file(tmp_path):
    """A single wrong value is the gate's matter; many are another kind of column."""
    rows = [f"{n},Black,2023-01-01" for n in range(200)]
    made = Gate(tmp_path, csv_table())
    made.deliver(rows=rows)
    made.night()
    columns = LoadHistory(made.state, made.table).last_accepted.columns
    assert columns == {"id": "whole number", "Label Text": "text", "when": "date"}
    made.deliver(rows=[*rows, "x,,"])
    assert made.night().drift == []
    made.deliver(rows=[*rows, *(f"x{n},7," for n in range(5))])
    assert [one.column_name for one in made.night().drift] == ["id"]
    made.deliver(rows=[f"{n}.5,,2023-01-01" for n in range(3)])  # a column without values is none
    assert [one.detail[:50] for one in made.night().drift] == [
        "The column id was whole number and is number now. "
    ]


# --- databases


@pytest.fixture
def database(tmp_path):
    connection = sqlite3.connect(tmp_path / "records.sqlite")
    connection.execute("create table people (id integer, person text, updated_at text, gone text)")
    connection.executemany(
        "insert into people values (?, ?, ?, 0)",
        [(n, "Purple", f"2023-01-0{n}") for n in range(1, 4)],
    )
    connection.commit()
    yield connection
    connection.close()


def write(database, *statements):
    for statement in statements:
        database.execute(statement)
    database.commit()


def records(folder, **policies):
    return Gate(folder, sqlite_table(labels={"race_group": "person"}, drift=policies))


def test_a_database_is_compared_by_its_own_types(tmp_path, database):
    made = records(tmp_path)
    assert made.night().drift == []
    write(
        database,
        "alter table people rename to old",
        "create table people (id text, person text, updated_at text, gone text, badge text)",
        "insert into people select *, 'x' from old",
    )
    decision = made.night()  # no row has changed, so that nothing is read
    assert (decision.load.verdict, decision.load.delivery) == ("unchanged", "none")
    assert [(one.kind, one.column_name) for one in decision.drift] == [
        ("new_column", "badge"),
        ("changed_type", "id"),
    ]
    assert "was INTEGER and is TEXT now" in decision.drift[1].detail


def test_a_changed_shape_without_a_changed_row_is_refused_as_declared(tmp_path, database):
    made = records(tmp_path, new_column="refuse")
    made.night()
    write(database, "alter table people add column badge text")
    decision = made.night()
    assert (decision.load.verdict, decision.load.rows_landed) == ("rejected", 0)
    made.declare(schema_reviewed="2026-01-01")
    assert made.night().load.verdict == "accepted"


def test_a_label_of_an_increment_is_shown_while_a_row_in_force_has_it(tmp_path, database):
    made = records(tmp_path)
    made.night()
    write(database, "insert into people values (4, 'Green', '2023-02-01', 0)")
    assert [one.label for one in made.night().drift] == ["Green"]
    write(database, "insert into people values (5, 'Purple', '2023-02-02', 0)")
    shown = made.night()
    assert shown.load.delivery == "increment" and [one.label for one in shown.drift] == ["Green"]
    write(database, "update people set person = 'Purple', updated_at = '2023-02-03' where id = 4")
    assert made.night().drift == []
    write(database, "insert into people values (6, 'Green', '2023-02-04', 0)")
    assert [one.label for one in made.night().drift] == ["Green"]
    write(database, "update people set gone = 1, updated_at = '2023-02-05' where id = 6")
    assert made.night().drift == []


def test_a_label_of_an_increment_is_refused_as_declared(tmp_path, database):
    made = records(tmp_path, new_label="refuse")
    assert made.night().load.verdict == "accepted"
    write(database, "insert into people values (4, 'Green', '2023-02-01', 0)")
    assert made.night().load.verdict == "rejected"
    made.labels.write_text(LABELS + "rms,race_group,Green,Unknown,,,\n")
    accepted = made.night()
    assert (accepted.load.verdict, accepted.load.rows_accepted) == ("accepted", 1)


def test_a_table_with_mapped_columns_needs_the_labels(tmp_path):
    made = Gate(tmp_path, csv_table(labels={"race_group": "label"}))
    made.labels = None
    made.deliver()
    with pytest.raises(ValueError, match=r"name the service's labels\.csv"):
        made.night()


def test_every_raw_asset_has_the_check(tmp_path):
    specs = gate_check_specs(csv_table())
    (spec,) = [one for one in specs if one.name == DRIFT]
    assert spec.asset_key == raw_key(csv_table()) and not spec.blocking
    assert "lost column: refuse" in spec.description
