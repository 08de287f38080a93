"""What refused a batch is recorded, and told once: with rule, count, owner, and no record."""

import pytest

from expectations import gate as gx_gate
from expectations import gatekeeper
from expectations.gatekeeper import pass_gate
from expectations.rules import SuiteError, load_suite
from orchestration.alerts import Alert, alerts_of
from orchestration.exit_status import StepFailure
from orchestration.outcome import Outcome
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.store.intake import Place, pull_batch
from rbdc.store.loads import LoadHistory
from tests.unit.expectations.batches import rule, write_suite
from tests.unit.sources.tables import csv_table

NAME = "Ann Example"
GOOD, BAD = ["1,Black,2023-01-01", "2,White,2023-01-02"], [f"1,{NAME},x"] * 5
REFUSED = StepFailure(3, "files.people was refused.", "rule", "files.people was refused.")


class Nights:
    """A table of a small service, pulled and judged night after night."""

    def __init__(self, folder, **changes):
        self.folder = folder
        self.service = Service(Settings(state_root=folder / "var"))
        self.labels = folder / "labels.csv"
        self.labels.write_text(
            "source,field,raw_label,standard_label,valid_from,valid_to,note\n"
            "files,race_group,Black,Black,,,\nfiles,race_group,White,White,,,\n"
        )
        self.table = csv_table(**changes)
        self.night = 0

    @property
    def file(self):
        return self.folder / "people.csv"

    def deliver(self, rows):
        self.file.write_text("\n".join(["id,Label Text,when", *rows]) + "\n")

    def judged(self):
        self.night += 1
        landed = pull_batch(
            self.service.state,
            self.table,
            Place(self.folder),
            lambda: None,
            suite_version=gatekeeper.suite_version(self.table),
            code_version="c",
            run_id=f"night {self.night}",
        )
        return pass_gate(self.service.state, self.table, landed, self.labels).load

    def alerts(self, *failures, succeeded=False) -> list[Alert]:
        history = LoadHistory(self.service.state, self.table)
        run_id = f"night {self.night}"
        outcome = Outcome(run_id, succeeded, None, None, failures, (history,))
        return alerts_of(self.service, outcome)


@pytest.fixture(autouse=True)
def suite(tmp_path, monkeypatch):
    written = write_suite(
        tmp_path,
        rule("id_is_small", "between", "refuse", columns=["id"], min=0, max=9),
        rule("not_too_many", "row_count", "refuse", max=4),
        rule("label_not_long", "matches", "warn", columns=["label"], pattern=".{1,6}"),
    )
    monkeypatch.setattr(gatekeeper, "load_suite", lambda _: load_suite(written))


def no_suite(monkeypatch):
    def broken(path):
        raise SuiteError("files__people.yml line 3: wrong.")

    monkeypatch.setattr(gatekeeper, "load_suite", broken)


def no_judgement(monkeypatch):
    def broken(*arguments):
        raise RuntimeError(NAME)

    monkeypatch.setattr(gx_gate, "unexpected_counts", broken)


ENGINEERS, OWNER = "team:data-engineering", "team:test"
WITHDRAWN = {"declared_invalid": "Withdrawn by the publisher.", "on_refusal": "hold"}
MAPPED = {"labels": {"race_group": "label"}, "drift": {"new_label": "refuse"}}
KINDS = {
    # what is declared, rows delivered (None: the file is taken away), what breaks, count, owner
    "source": ({}, None, None, None, OWNER),
    "missing": ({"when_absent": "skip"}, None, None, None, OWNER),
    "drift": (MAPPED, [*GOOD, f"3,{NAME},2023-01-03"], None, 3, OWNER),
    "declared_invalid": (WITHDRAWN, GOOD, None, 2, OWNER),
    "no_suite": ({}, BAD, no_suite, 5, ENGINEERS),
    "not_judged": ({}, BAD, no_judgement, 5, ENGINEERS),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_refusal_is_recorded_and_told(kind, tmp_path, monkeypatch):
    declared, rows, breaks, count, owner = KINDS[kind]
    nights = Nights(tmp_path, **declared)
    nights.deliver(GOOD)
    if kind != "declared_invalid":
        assert nights.judged().verdict == "accepted" and nights.alerts(succeeded=True) == []
    if rows is None:
        nights.file.unlink()
    else:
        nights.deliver(rows)
    if breaks:
        breaks(monkeypatch)
    load = nights.judged()
    assert (load.verdict, load.refused_by) == ("rejected", kind)
    held = kind == "declared_invalid"
    [alert] = nights.alerts(succeeded=True) if held else nights.alerts(REFUSED)
    assert (alert.rule, alert.count, alert.owner) == (kind, count, owner)
    assert (alert.source, alert.table, alert.run_id) == ("files", "people", load.run_id)
    assert alert.severity == ("held" if held else "refused")
    assert alert.runbook == f"docs/runbook.md#{kind}" and alert.synthetic and alert.fix
    assert NAME not in repr(alert)
    if kind == "drift":
        assert "1 × new label (label)" in alert.reason


def test_each_rule_that_refuses_is_an_alert_and_so_again_the_next_night(tmp_path):
    nights = Nights(tmp_path)
    nights.deliver([*BAD, f"10,{NAME},x"])
    assert nights.judged().refused_by == "rule"
    first = nights.alerts(REFUSED)
    assert [(a.rule, a.count, a.owner) for a in first] == [
        ("id_is_small", 1, "team:testers"),
        ("not_too_many", 1, "team:testers"),
    ]
    assert first[0].reason == "1 row, allowed is no rows. Tests need a reason."
    assert NAME not in repr(first)
    again = nights.judged()
    assert (again.verdict, again.refused_by) == ("rejected", "rule")
    assert [(a.rule, a.count, a.run_id) for a in nights.alerts(REFUSED)] == [
        ("id_is_small", 1, "night 2"),
        ("not_too_many", 1, "night 2"),
    ]


def test_a_refusal_whose_results_are_gone_is_still_told(tmp_path):
    nights = Nights(tmp_path)
    nights.deliver(BAD)
    load = nights.judged()
    nights.service.state.results(load.load_id).unlink()
    [alert] = nights.alerts(REFUSED)
    assert (alert.rule, alert.count, alert.severity) == ("refused", 5, "refused")
    assert "not_too_many" in alert.reason


def test_what_is_excluded_as_declared_is_no_alert(tmp_path):
    nights = Nights(tmp_path, **WITHDRAWN | {"on_refusal": "exclude"})
    nights.deliver(GOOD)
    assert nights.judged().verdict == "rejected"
    assert nights.alerts(succeeded=True) == []
