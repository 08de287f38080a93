"""What a whole job did, as event log, files and marts tell it, and what a fault must lead to."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import dagster as dg
import duckdb

from expectations.rules import load_suites
from tests.pipeline import hashes, last_run, mart, query, refresh_here
from tests.quality.attacked import NAME
from tests.quality.good_batches import Fault

ACTIONS = {(name, r.name): r.action for name, suite in load_suites().items() for r in suite.rules}
EMPTY_FILE = "has a header but no rows"


@dataclass(frozen=True)
class Job:
    """One refresh of the service `attacked`, whose files all lie below `folder`."""

    folder: Path
    outcome: CompletedProcess[str]

    @property
    def state(self) -> Path:
        return self.folder / "var" / NAME

    @cached_property
    def report(self) -> dict[str, Any]:
        return last_run(self.state)

    @cached_property
    def loads(self) -> dict[str, dict[str, Any]]:
        """The load of each table in this run."""
        loads = [json.loads(f.read_text()) for f in self.state.glob("raw/*/*/*/load.json")]
        of_run = [load for load in loads if load["run_id"] == self.report["run_id"]]
        return {f"{load['source']}__{load['table_name']}": load for load in of_run}

    @cached_property
    def events(self) -> list[dg.DagsterEvent]:
        home = str(self.state / "dagster_home")
        with dg.DagsterInstance.from_config(home) as instance:
            entries = instance.all_logs(self.report["run_id"])
        return [entry.dagster_event for entry in entries if entry.dagster_event]

    @property
    def built(self) -> set[tuple[str, ...]]:
        """Keys of the assets that were materialized."""
        return {
            tuple(event.asset_key.path)
            for event in self.events
            if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION and event.asset_key
        }

    @property
    def started(self) -> set[str]:
        """Steps that began to run."""
        kind = dg.DagsterEventType.STEP_START
        return {str(event.step_key) for event in self.events if event.event_type == kind}

    @cached_property
    def checks(self) -> dict[tuple[str, str], Any]:
        """Evaluation of each check of raw tables, by table and name of the check."""
        kind = dg.DagsterEventType.ASSET_CHECK_EVALUATION
        found = [e.asset_check_evaluation_data for e in self.events if e.event_type == kind]
        return {
            (one.asset_key.path[1], one.check_name): one
            for one in found
            if one.asset_key.path[0] == "raw"
        }

    def warehouse(self, sql: str) -> list[tuple]:
        with duckdb.connect(str(self.state / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(sql).fetchall()


def run_job(folder: Path) -> Job:
    """Refresh: every source is read from the beginning and every mart built."""
    return Job(
        folder,
        refresh_here(
            folder / "var",
            *("--service", NAME, "--source-dir", str(folder / "sources"), "--full"),
            RBDC_SERVICES_DIR=str(folder / "services"),
        ),
    )


def refuses(fault: Fault) -> bool:
    """Whether one of the rules that report a fault refuses the batch."""
    return any(ACTIONS[fault.table, rule] == "refuse" for rule in fault.counts)


@dataclass(frozen=True)
class Marts:
    """The marts that readers see, to be compared with those after another run."""

    run: str
    hashes: dict[str, str]

    @classmethod
    def of(cls, state: Path) -> "Marts":
        return cls((state / "marts").resolve().name, hashes(state))


def assert_nothing_was_built(job: Job, faults: list[Fault], before: Marts) -> None:
    """Every fault refused its batch; the other tables were taken up, and no later asset ran."""
    refused = {fault.table for fault in faults}
    assert job.outcome.returncode == 3, job.outcome.stdout + job.outcome.stderr
    assert (job.report["status"], job.report["marts_changed"]) == ("refused", [])
    good = set(job.loads) - refused
    assert job.built == {("landing", t) for t in job.loads} | {("raw", t) for t in good}
    steps = {f"landing__{t}" for t in job.loads} | {f"gate__{t}" for t in job.loads}
    assert job.started == steps
    assert Marts.of(job.state) == before
    rejected = {t for t, load in job.loads.items() if load["verdict"] == "rejected"}
    assert rejected == refused


def assert_refused(job: Job, fault: Fault) -> None:
    """The blocking check failed, and the rules that refused are named with what they counted."""
    load, gate = job.loads[fault.table], job.checks[fault.table, "gate"]
    assert (gate.passed, gate.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert not job.checks[fault.table, fault.rule].passed
    assert load["rows_rejected"] == load["rows_landed"]
    assert not (_load_folder(job, fault.table) / "rows.parquet").exists()
    results = job.state / "quality" / "results" / f"{load['load_id']}.json"
    if EMPTY_FILE in load["reason"]:  # a file without rows is refused before it is judged
        assert load["rows_landed"] == 0 and not results.exists()
        return
    failed = {
        one["expectation"]: one["unexpected_count"]
        for one in json.loads(results.read_text())
        if not one["success"]
    }
    assert failed.items() >= fault.counts.items()
    assert fault.rule in load["reason"] or ACTIONS[fault.table, fault.rule] != "refuse"
    assert load["reason"] in job.outcome.stderr


def assert_action_was_taken(job: Job, fault: Fault, rule: str) -> None:
    """What a rule that does not refuse found was set aside, or was counted, and is shown."""
    count, action = fault.counts[rule], ACTIONS[fault.table, rule]
    check = job.checks[fault.table, rule]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert check.metadata["unexpected_count"].value == count
    assert check.metadata["action"].value == action
    load = job.loads[fault.table]["load_id"]
    results = mart(job.state, "audit/expectation_results")
    shown = query(
        f"select success, action, unexpected_count from {results} "
        f"where load_id = '{load}' and expectation = '{rule}'"
    )
    assert shown == [(False, action, count)]
    if action == "quarantine":
        _assert_set_aside(job, fault.table, load, rule, count)


def _assert_set_aside(job: Job, table: str, load: str, rule: str, count: int) -> None:
    numbers = (
        "select row_number from quarantine.rows "
        f"where load_id = '{load}' and list_contains(string_split(expectation, ', '), '{rule}')"
    )
    assert len(job.warehouse(numbers)) == count
    held = f"select _row_number from raw.{table} where _load_id = '{load}'"
    assert not job.warehouse(f"{held} and _row_number in ({numbers})")


def assert_marts_hold_what_passed(job: Job, tables: list[str]) -> None:
    """The job ended well: every row is accounted for, and what was set aside is not in raw."""
    assert job.outcome.returncode == 0, job.outcome.stdout + job.outcome.stderr
    assert set(job.loads) == set(tables) and ("marts",) in job.built
    for table, load in job.loads.items():
        assert job.checks[table, "gate"].passed and job.checks[table, "reconciliation"].passed
        aside = job.warehouse(
            f"select count(*) from quarantine.rows where load_id = '{load['load_id']}'"
        )
        assert aside == [(load["rows_quarantined"],)]
    loads = query(f"select count(*) from {mart(job.state, 'audit/loads')}")
    assert loads == [(len(list(job.state.glob("raw/*/*/*/load.json"))),)]


def _load_folder(job: Job, table: str) -> Path:
    load = job.loads[table]
    return job.state / "raw" / load["source"] / load["table_name"] / load["load_id"]
