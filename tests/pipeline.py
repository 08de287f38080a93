"""Helpers of tests that run `rbdc refresh` the way a user does, in this process or another."""

import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from subprocess import CompletedProcess

import duckdb
import pandas as pd
import pytest

from orchestration.cli import main
from orchestration.service import Service
from rbdc.framework.published import load_published
from rbdc.sources.declaration import SourceTable
from rbdc.statistics.published import published_comparison
from rbdc.store.intake import pull_batch
from rbdc.store.loads import Load

PROJECT = Path(__file__).resolve().parents[1]
KEY = "test-1:" + "5a" * 32


def smaller_services(folder: Path, *, residents: int) -> Path:
    """A copy of the shipped services whose simulated city is smaller, quick to refresh."""
    services = Path(shutil.copytree(PROJECT / "services", folder / "services"))
    smaller_city(services, residents=residents)
    without_nightly_release(services)
    return services


def without_nightly_release(services: Path) -> None:
    """Leave releases to tests of releases: their building takes longer than a refresh."""
    file = services / "demo" / "disclosure.yml"
    file.write_text(file.read_text().replace("build: nightly ", "build: on_request "))


def smaller_city(services: Path, *, residents: int) -> None:
    """Make the simulated city of some services smaller."""
    file = services / "demo" / "simulation.yml"
    shipped = file.read_text()
    smaller = shipped.replace("  total: 600000\n", f"  total: {residents}\n")
    assert smaller != shipped
    file.write_text(smaller)


def environment(state_root: Path, **more: str) -> dict[str, str]:
    """The environment of a refresh that leaves the project's own `var/` alone."""
    return {"RBDC_STATE_ROOT": str(state_root), "RBDC_PSEUDONYM_KEY": KEY, **more}


def refresh_here(state_root: Path, *arguments: str, **more: str) -> CompletedProcess[str]:
    """Run `rbdc refresh` in this process."""
    return run_here(state_root, "refresh", *arguments, **more)


def run_here(state_root: Path, *arguments: str, **more: str) -> CompletedProcess[str]:
    """Run `rbdc` in this process, which is seconds quicker than in one of its own."""
    printed, errors = StringIO(), StringIO()
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(printed),
        redirect_stderr(errors),
        pytest.raises(SystemExit) as ended,
    ):
        for name, value in environment(state_root, **more).items():
            patch.setenv(name, value)
        main(list(arguments))
    outcome = CompletedProcess(
        arguments, int(ended.value.code or 0), printed.getvalue(), errors.getvalue()
    )
    assert "Traceback" not in outcome.stdout + outcome.stderr
    return outcome


def land_and_judge(service: Service, night: str) -> None:
    """What a night does before the marts: every table pulled and passed through the gate."""
    for table in service.tables:
        load = land_and_judge_table(service, table, night)
        assert load.balances and load.verdict != "rejected", load.reason


def land_and_judge_table(service: Service, table: SourceTable, night: str) -> Load:
    """One table pulled and passed through the gate."""
    from expectations.gatekeeper import pass_gate, suite_version

    landed = pull_batch(
        service.state,
        table,
        service.place_of(table),
        service.pseudonym_key,
        suite_version=suite_version(table),
        code_version=service.code_version,
        run_id=night,
    )
    return pass_gate(service.state, table, landed, service.labels_file).load


def refresh_apart(state_root, *arguments, **more) -> CompletedProcess[str]:
    """Run `rbdc refresh` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from orchestration.cli import main; main()", "refresh", *arguments],
        env={**os.environ, **environment(state_root, **more)},
        capture_output=True,
        text=True,
        check=False,
    )


def last_run(state: Path) -> dict:
    return json.loads((state / "last_run.json").read_text())


def mart(state: Path, name: str) -> str:
    """A mart as a relation for SQL."""
    return f"read_parquet('{state / 'marts' / name}.parquet')"


def query(sql: str) -> list[tuple]:
    return duckdb.sql(sql).fetchall()


def beside_the_published(state: Path, label: str) -> pd.DataFrame:
    """What publishers printed beside the marts of a refresh; `label` is the service's own."""
    names = (
        "interactions/interaction_counts",
        "benchmarks/benchmark_counts",
        "indicators/disproportionality",
    )
    marts = [duckdb.sql(f"from {mart(state, name)}").df() for name in names]
    return published_comparison(load_published(PROJECT / "services" / state.name), *marts, label)


def hashes(state: Path) -> dict[str, str]:
    return json.loads((state / "marts" / "_run.json").read_text())["hashes"]
