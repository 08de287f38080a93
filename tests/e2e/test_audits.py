"""What an audit of the warehouse refuses stops the job there; readers see no change."""

import datetime as dt
import sqlite3
from contextlib import closing

import dagster as dg
import pytest

from expectations import audit
from expectations.rules import STAGES, load_stage_suite
from expectations.warehouse_rules import NothingFound
from tests.pipeline import hashes, last_run, mart, query, refresh_here, smaller_services

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

# What may be built before a stage is judged, by the first part of its asset's key.
BUILT_BEFORE = {
    "staging": {"landing", "raw", "audit", "quarantine", "staging"},
    "benchmarks": {"landing", "raw", "audit", "quarantine", "staging", "interactions"}
    | {"benchmarks", "indicators"},
    "marts": {"landing", "raw", "audit", "quarantine", "staging", "interactions"}
    | {"benchmarks", "indicators", "statistics"},
}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A small city after a good refresh: its state root and services."""
    root = tmp_path_factory.mktemp("audits")
    services = {"RBDC_SERVICES_DIR": str(smaller_services(root, residents=10_000))}
    outcome = refresh_here(root, **services)
    assert outcome.returncode == 0, outcome.stderr
    return root, services


def built(state) -> set[str]:
    """First parts of the keys of the assets that the last run materialized, and `marts`."""
    with dg.DagsterInstance.from_config(str(state / "dagster_home")) as instance:
        entries = instance.all_logs(last_run(state)["run_id"])
    events = (entry.dagster_event for entry in entries if entry.dagster_event)
    kind = dg.DagsterEventType.ASSET_MATERIALIZATION
    return {event.asset_key.path[0] for event in events if event.event_type == kind}


def check_of(state, stage: str, name: str):
    key = dg.AssetCheckKey(dg.AssetKey(["audit", stage]), name)
    with dg.DagsterInstance.from_config(str(state / "dagster_home")) as instance:
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
    return record.evaluation


def change_bookings(state, arrest_id: str) -> None:
    """Save every booking again, a second after the newest, with another id of its arrest."""
    with closing(sqlite3.connect(state / "source_systems" / "records.sqlite")) as database:
        (newest,) = database.execute("select max(updated_at) from bookings").fetchone()
        later = (dt.datetime.fromisoformat(newest) + dt.timedelta(seconds=1)).isoformat()
        database.execute(f"update bookings set arrest_id = {arrest_id}, updated_at = ?", (later,))
        database.commit()


def test_key_that_changed_between_two_tables_stops_the_run(city):
    root, services = city
    state = root / "demo"
    before, run = hashes(state), (state / "marts").resolve()
    change_bookings(state, "'NEW-' || arrest_id")
    outcome = refresh_here(root, **services)
    assert outcome.returncode == 3, outcome.stdout
    assert "bookings_mostly_name_an_arrest" in outcome.stderr
    assert built(state) <= BUILT_BEFORE["staging"]
    assert hashes(state) == before and (state / "marts").resolve() == run
    rules = {alert["rule"]: alert for alert in last_run(state)["alerts"]}
    alert = rules["bookings_mostly_name_an_arrest"]
    assert (alert["severity"], alert["owner"]) == ("refused", "team:records-management")
    check = check_of(state, "staging", "bookings_mostly_name_an_arrest")
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert check.metadata["limit"].value == "at most 20.0%"


@pytest.mark.long
@pytest.mark.parametrize("action", ["refuse", "warn", "info"])
@pytest.mark.parametrize("stage", STAGES)
def test_what_each_action_of_each_stage_does_to_a_whole_job(stage, action, city, monkeypatch):
    root, services = city
    state = root / "demo"
    refresh_here(root, **services)
    before = (state / "marts").resolve()
    suite = load_stage_suite(stage)
    rule = NothingFound(
        kind="nothing_found",
        name=suite.rules[0].name,  # one that the UI knows
        about="audit.loads",
        finds="loads",
        sql="select 1 from audit.loads",
        action=action,
        dimension="accuracy",
        owner="team:testers",
        reason="Tests need a reason.",
        fix="Mend the test.",
    )
    spoilt = suite.model_copy(update={"rules": (rule, *suite.rules[1:])})
    monkeypatch.setattr(
        audit, "load_stage_suite", lambda name: spoilt if name == stage else load_stage_suite(name)
    )
    outcome = refresh_here(root, "--full", **services)
    check = check_of(state, stage, rule.name)
    assert not check.passed and check.metadata["observed"].value.startswith("loads: ")
    if action == "refuse":
        assert outcome.returncode == 3 and rule.name in outcome.stderr
        assert built(state) <= BUILT_BEFORE[stage] and (state / "marts").resolve() == before
        return
    assert outcome.returncode == 0 and check.severity == dg.AssetCheckSeverity.WARN
    results = mart(state, "audit/expectation_results")
    shown = query(
        f"select success, action from {results} where expectation = '{rule.name}' "
        f"and run_id = '{last_run(state)['run_id']}'"
    )
    assert shown == [(False, action)]


@pytest.mark.long
def test_key_that_is_mended_at_the_source_gives_the_same_figures(city):
    root, services = city
    state = root / "demo"
    assert refresh_here(root, **services).returncode in (0, 3)
    change_bookings(state, "replace(arrest_id, 'NEW-', '')")
    assert refresh_here(root, "--full", **services).returncode == 0
    before = hashes(state)
    change_bookings(state, "'NEW-' || arrest_id")
    assert refresh_here(root, **services).returncode == 3
    change_bookings(state, "replace(arrest_id, 'NEW-', '')")
    assert refresh_here(root, **services).returncode == 0
    same = set(before) - {"indicators.data_quality"}
    assert {name: hashes(state)[name] for name in same} == {name: before[name] for name in same}
