"""Helpers of tests that run `rbdc refresh` the way a user does, in this process or another."""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from orchestration.cli import main
from rbdc.sources.simulator import generate

PROJECT = Path(__file__).resolve().parents[1]
KEY = "test-1:" + "5a" * 32


def simulated_sources(folder: Path) -> Path:
    """Source systems of the demo, as the shipped configuration makes them."""
    generate(PROJECT / "services" / "demo" / "simulation.yml", folder)
    return folder


def environment(state_root: Path, **more: str) -> dict[str, str]:
    """The environment of a refresh that leaves the project's own `var/` alone."""
    return {"RBDC_STATE_ROOT": str(state_root), "RBDC_PSEUDONYM_KEY": KEY, **more}


def refresh_here(monkeypatch, capsys, state_root, *arguments, **more) -> tuple[int, str]:
    """Run `rbdc refresh` in this process; returns the exit status and standard error."""
    for name, value in environment(state_root, **more).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["refresh", *arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err + captured.out
    return int(ended.value.code or 0), captured.err


def refresh_apart(state_root, *arguments, **more) -> subprocess.CompletedProcess[str]:
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


def hashes(state: Path) -> dict[str, str]:
    return json.loads((state / "marts" / "_run.json").read_text())["hashes"]
