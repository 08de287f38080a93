"""A finished run tells each of its problems once, from one sensor; a good run tells nothing."""

import datetime as dt
import json

import dagster as dg
import pytest

from orchestration import rule_results
from orchestration.alerts import alert_without_run, alerts_of
from orchestration.definitions import build_defs
from orchestration.defs.automation.sensors import build_sensors
from orchestration.exit_status import refusal
from orchestration.instance import fail_killed_runs
from orchestration.night_report import REPORTED_TAG
from orchestration.outcome import read_outcome
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.errors import BusyError, ConfigError
from rbdc.store.loads import Load, LoadHistory, write_load
from rbdc.store.quarantine import OpenRows

GOOD, FAILED = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE


class Inbox:
    """A notifier that keeps what it is sent, run by run."""

    name = "inbox"

    def __init__(self):
        self.runs = []

    def send(self, alerts):
        self.runs.append([(a.severity, a.about, a.rule, a.count, a.owner) for a in alerts])


class Night:
    """Runs of a service whose loads and results are written by the test."""

    def __init__(self, folder):
        self.service = Service(Settings(state_root=folder, service="demo"))
        self.inbox = Inbox()
        self.sensors = build_sensors(self.service, running=False, notifiers=[self.inbox])
        self.instance = dg.DagsterInstance.ephemeral()

    def run(self, step=lambda context: None, tags=None):
        """Run a job of one step, and let every sensor of its outcome look, as the daemon would."""

        @dg.op
        def work(context):
            step(context)

        @dg.job
        def nightly():
            work()

        result = nightly.execute_in_process(instance=self.instance, raise_on_error=False, tags=tags)
        event = result.all_events[-1]
        run = self.instance.get_run_by_id(result.run_id)
        assert run and event.is_job_event
        for sensor in self.sensors:
            if sensor._run_status is run.status:
                context = dg.build_run_status_sensor_context(sensor.name, event, self.instance, run)
                sensor(context)
        return result.run_id

    def load(self, run_id, table, verdict="rejected", on_refusal="stop", by="source", number=1):
        """Record a load of a run."""
        declared = next(one for one in self.service.tables if one.id == table)
        load_id = f"{table}-{number:06d}"
        load = Load(
            load_id=load_id,
            source=declared.source,
            table_name=declared.table,
            batch_checksum="c",
            suite_version="s",
            rows_landed=7,
            rows_accepted=0 if verdict == "rejected" else 7,
            rows_quarantined=0,
            rows_unchanged=0,
            rows_rejected=7 if verdict == "rejected" else 0,
            verdict=verdict,
            reason="No file was there." if verdict == "rejected" else None,
            data_as_of=None,
            code_version="c",
            started_at="2024-01-01",
            finished_at="2024-01-01",
            run_id=run_id,
            delivery="full",
            declaration="d",
            newest=None,
            source_rows=None,
            cursor=None,
            judged_in=load_id,
            on_refusal=on_refusal,
            owner=declared.owner,
            refused_by=by if verdict == "rejected" else None,
        )
        folder = LoadHistory(self.service.state, declared).folder / load_id
        folder.mkdir(parents=True)
        write_load(folder, load)

    def results(self, of, *results):
        """Write what rules found."""
        file = self.service.state.results(of)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(results))

    def report(self):
        return json.loads((self.service.state.root / "last_run.json").read_text())

    def page(self):
        return (self.service.state.root / "last_run.html").read_text()


def result(rule, table="staging.stg_rms__arrests", action="refuse", success=False):
    return {
        "run_id": "r",
        "load_id": None,
        "table_name": table,
        "expectation": rule,
        "dimension": "validity",
        "action": action,
        "success": success,
        "observed": "3 rows",
        "limit": "no rows",
        "unexpected_count": 3,
        "owner": "team:data-engineering",
        "reason": "Rows must be right.",
        "fix": "Mend the model.",
        "evaluated_at": "2024-01-01",
    }


def raising(error):
    def step(context):
        raise error

    return step


@pytest.fixture
def night(tmp_path):
    return Night(tmp_path)


def test_there_is_one_alerting_sensor_for_each_way_in_which_a_run_ends(night):
    alerting = {s.name: s._run_status for s in night.sensors if s.name.endswith("_alert")}
    assert alerting == {"gate_refusal_alert": GOOD, "run_failed_alert": FAILED}
    assert {s.default_status for s in night.sensors} == {dg.DefaultSensorStatus.STOPPED}


def test_a_good_run_tells_nothing(night):
    night.run(lambda context: night.load(context.run_id, "rms__arrests", verdict="accepted"))
    assert night.inbox.runs == [] and night.report()["alerts"] == []
    assert "Nothing has to be done now." in night.page()


def test_a_table_that_is_held_is_told_of_a_good_run(night):
    run_id = night.run(
        lambda context: night.load(context.run_id, "population__residents", on_refusal="hold")
    )
    owner = "team:research-and-analytics"
    assert night.inbox.runs == [[("held", "population.residents", "source", 7, owner)]]
    report = night.report()
    assert (report["status"], report["exit_status"]) == ("held", 0)
    assert [(a["rule"], a["run_id"]) for a in report["alerts"]] == [("source", run_id)]


def test_refusals_of_a_failed_run_are_told_once_and_the_worst_first(night):
    def gate(context):
        night.load(context.run_id, "population__residents", on_refusal="hold")
        night.load(context.run_id, "config__labels", by="rule")
        failing = result("label_key_unique", "config__labels")
        night.results(
            "config__labels-000001",
            failing,
            result("passes", success=True),
            result("w", action="warn"),
        )
        raise refusal("config__labels was refused by rule label_key_unique.")

    night.run(gate)
    assert night.inbox.runs == [
        [
            ("refused", "config.labels", "label_key_unique", 3, "team:data-engineering"),
            ("held", "population.residents", "source", 7, "team:research-and-analytics"),
        ]
    ]
    page = night.page()
    assert page.index("config.labels") < page.index("population.residents")
    assert "/docs/runbook.md#label_key_unique" in page and "Mend the model." in page
    assert "make refresh SERVICE=demo" in page


def test_rules_of_the_warehouse_that_refuse_are_told(night):
    def audit(context):
        night.results(
            f"{context.run_id}-staging", result("counts_agree"), result("w", action="warn")
        )
        raise refusal("staging was refused by rule counts_agree.")

    night.run(audit)
    owner = "team:data-engineering"
    assert night.inbox.runs == [[("refused", "staging.stg_rms__arrests", "counts_agree", 3, owner)]]


@pytest.mark.parametrize(
    ("error", "severity", "kind"),
    [
        (ValueError("Ann Example"), "failed", "crash"),
        (refusal("Rows do not add up.", "reconciliation"), "refused", "reconciliation"),
        (refusal("Something refused."), "refused", "refused"),
        (ConfigError("framework.yml line 3: wrong."), "failed", "configuration"),
        (BusyError("It is held."), "failed", "busy"),
    ],
)
def test_a_failure_that_is_no_refusal_of_a_delivery_is_told(night, error, severity, kind):
    run_id = night.run(raising(error))
    assert night.inbox.runs == [[(severity, "demo", kind, None, "team:data-engineering")]]
    [alert] = alerts_of(night.service, read_outcome(night.service, night.instance, run_id))
    assert "Ann Example" not in repr(alert) and alert.runbook == f"docs/runbook.md#{kind}"


def test_a_fault_beside_a_refusal_is_told_too(night):
    def step(context):
        night.load(context.run_id, "config__labels")
        raise ValueError("a fault of its own")

    night.run(step)
    [alerts] = night.inbox.runs
    assert [alert[:3] for alert in alerts] == [
        ("failed", "demo", "crash"),
        ("refused", "config.labels", "source"),
    ]


def test_runs_of_rbdc_refresh_are_left_to_it(night):
    night.run(raising(ValueError("x")), tags={REPORTED_TAG: "true"})
    assert night.inbox.runs == []
    assert not (night.service.state.root / "last_run.json").exists()


def test_a_killed_run_is_told_as_a_crash(night):
    @dg.job
    def nightly():
        pass

    run = night.instance.create_run_for_job(nightly, status=dg.DagsterRunStatus.STARTED)
    assert [one.run_id for one in fail_killed_runs(night.service, night.instance)] == [run.run_id]
    outcome = read_outcome(night.service, night.instance, run.run_id)
    [alert] = alerts_of(night.service, outcome)
    assert (alert.severity, alert.rule, outcome.exit_status) == ("failed", "crash", 1)
    assert "stopped or killed" in alert.reason
    assert fail_killed_runs(night.service, night.instance) == []


def test_the_report_shows_new_warnings_first_and_what_is_not_settled(night, monkeypatch):
    since = dt.datetime.now(dt.UTC) - dt.timedelta(days=40)
    owner = "team:records-management"
    aside = [
        OpenRows("rms", "arrests", rule, owner, "Mend it.", rows, since)
        for rule, rows in (("age_from_0_to_120", 1), ("arrest_id_unique", 1200))
    ]
    monkeypatch.setattr(rule_results, "open_rows", lambda _: aside)
    night.load("before", "config__labels", verdict="accepted")
    night.results("config__labels-000001", result("old", "config__labels", "warn"))
    night.results("before-staging", result("known", action="warn"))

    def step(context):
        night.load(context.run_id, "config__labels", verdict="accepted", number=2)
        night.results(
            "config__labels-000002",
            result("old", "config__labels", "warn"),
            result("fresh", "config__labels", "quarantine"),
            result("only_told", "config__labels", "info"),
            result("holds", "config__labels", "warn", success=True),
        )
        night.results(
            f"{context.run_id}-staging",
            result("known", action="warn"),
            result("fresh", action="warn"),
        )

    night.run(step)
    warnings = night.report()["warnings"]
    assert [(w["table"], w["rule"], w["new"]) for w in warnings] == [
        ("config.labels", "fresh", True),
        ("staging.stg_rms__arrests", "fresh", True),
        ("config.labels", "old", False),
        ("staging.stg_rms__arrests", "known", False),
    ]
    assert [tuple(row.values()) for row in night.report()["quarantine"]] == [
        ("rms.arrests", "arrest_id_unique", 1200, 40, owner),
        ("rms.arrests", "age_from_0_to_120", 1, 40, owner),
    ]
    assert (
        "1,200" in night.page()
        and "<strong>new</strong>" in night.page()
        and "sets rows aside" in night.page()
    )


def test_an_alert_of_a_refresh_that_could_not_start(night):
    alert = alert_without_run(night.service, "busy", "Another process is at work.")
    assert (alert.severity, alert.rule, alert.run_id, alert.table) == ("failed", "busy", None, None)
    assert "Wait for the other process" in alert.fix and "simulated data" in alert.line


def test_build_defs_takes_other_notifiers(tmp_path):
    inbox = Inbox()
    definitions = build_defs(Settings(state_root=tmp_path), notifiers=[inbox])
    sensor = next(s for s in definitions.sensors if s.name == "run_failed_alert")
    with dg.DagsterInstance.ephemeral() as instance:

        @dg.op
        def work():
            raise ValueError("x")

        @dg.job
        def nightly():
            work()

        ended = nightly.execute_in_process(instance=instance, raise_on_error=False)
        run = instance.get_run_by_id(ended.run_id)
        event = ended.all_events[-1]
        sensor(dg.build_run_status_sensor_context(sensor.name, event, instance, run))
    assert [alert[2] for alert in inbox.runs[0]] == ["crash"]
