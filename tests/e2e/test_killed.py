"""A refresh killed at any step leaves yesterday's marts readable, and the next one succeeds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from tests.pipeline import (
    environment,
    hashes,
    last_run,
    mart,
    query,
    refresh_here,
    smaller_services,
)

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

# Each driver runs `rbdc refresh --full` and kills its own process inside the named step.
DRIVER = """
import os, signal
import {module} as module
def killed(*arguments, **keywords):
    os.kill(os.getpid(), signal.SIGKILL)
module.{function} = killed
from orchestration.cli import main
main(["refresh", "--service", "demo", "--full"])
"""
STEPS = {
    "extract": ("rbdc.sources.csv_file", "land"),
    "gate": ("expectations.gatekeeper", "admit"),
    "dbt": ("dbt.task.run", "track_model_run"),  # one model is built, others are under way
    "swap": ("rbdc.store.marts", "_swap"),
}


@pytest.fixture(scope="module")
def state_root(tmp_path_factory):
    root = tmp_path_factory.mktemp("killed")
    services = smaller_services(root, residents=10_000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RBDC_SERVICES_DIR", str(services))
        outcome = refresh_here(root, "--service", "demo")
        assert outcome.returncode == 0, outcome.stderr
        yield root


@pytest.mark.parametrize(
    "step",
    # Kills anywhere else are drawn at random in the long tests.
    ["swap", *(pytest.param(one, marks=pytest.mark.long) for one in ("extract", "gate", "dbt"))],
)
def test_marts_survive_a_kill(state_root, step):
    module, function = STEPS[step]
    state = state_root / "demo"
    before, run_before = hashes(state), last_run(state)["run_id"]
    if step == "gate":  # a delivery that is new, so that the gate admits it; no figure changes
        labels = Path(os.environ["RBDC_SERVICES_DIR"]) / "demo" / "labels.csv"
        labels.write_text(labels.read_text().rstrip("\n") + " noted\n")
    code = DRIVER.format(module=module, function=function)
    outcome = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment(state_root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == -9, outcome.stdout + outcome.stderr
    duckdb.connect(str(state / "warehouse.duckdb")).close()  # nothing is left that holds it
    assert hashes(state) == before
    assert query(f"select count(*) > 0 from {mart(state, 'indicators/disproportionality')}")[0][0]
    assert last_run(state)["run_id"] == run_before


def test_next_refresh_succeeds_and_marks_the_killed_runs_failed(state_root):
    state = state_root / "demo"
    before = hashes(state)
    outcome = refresh_here(state_root, "--service", "demo")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "to be rebuilt" in outcome.stdout and hashes(state) == before
    # Of each killed run the next one tells, and this one of the last.
    assert outcome.stdout.count("ALERT    failed demo: crash") == 1
    assert last_run(state)["alerts"] == []
    loads = [json.loads(p.read_text()) for p in state.glob("raw/*/*/*/load.json")]
    assert all(
        one["rows_landed"]
        == one["rows_accepted"]
        + one["rows_quarantined"]
        + one["rows_unchanged"]
        + one["rows_rejected"]
        for one in loads
    )
    import dagster as dg

    with dg.DagsterInstance.from_config(str(state / "dagster_home")) as instance:
        statuses = [run.status for run in instance.get_runs()]
    assert statuses.count(dg.DagsterRunStatus.SUCCESS) == 2
    assert statuses.count(dg.DagsterRunStatus.FAILURE) >= 1
