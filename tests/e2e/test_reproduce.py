"""A release of the simulated service, built again from raw: at once, and after another day."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from rbdc.release.package.checksums import NAME as SUMS
from rbdc.release.package.checksums import sha256sums
from tests.pipeline import environment, refresh_apart, smaller_services

pytestmark = pytest.mark.slow  # each release is built twice, from raw


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """State folder, and the environment of its commands, with a candidate until 2022."""
    root = tmp_path_factory.mktemp("reproduce")
    services = smaller_services(root, residents=30_000)
    policy = services / "demo" / "disclosure.yml"
    shipped = policy.read_text()
    quick = re.sub(r"time_limit_seconds: \d+", "time_limit_seconds: 5", shipped)
    assert "build: on_request" in quick and quick != shipped
    policy.write_text(quick)
    more = {"RBDC_SERVICES_DIR": str(services), "RBDC_PSEUDONYM_KEY": ""}
    outcome = refresh_apart(root / "var", **more)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    asked = {**os.environ, **environment(root / "var", **more)}
    done(asked, "release", "--until", "2022-Q4")
    return root / "var" / "demo", asked


def run(asked, *arguments):
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments]
    return subprocess.run(command, env=asked, capture_output=True, text=True, check=False)


def done(asked, *arguments):
    outcome = run(asked, *arguments)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return outcome.stdout


def listing(folder):
    """Everything below a folder with its size and time of change."""
    return {
        path.relative_to(folder): (stat.st_size, stat.st_mtime_ns, stat.st_mode)
        for path in folder.rglob("*")
        for stat in [path.lstat()]
    }


def test_one_changed_value_is_named_and_nothing_else_differs(world, tmp_path):
    state, asked = world
    changed = tmp_path / "1.0.0"
    shutil.copytree(state / "releases" / "candidates" / "1.0.0", changed)
    table = changed / "data" / "interactions_by_race.csv"
    lines = table.read_text().split("\n")
    at = next(n for n, line in enumerate(lines) if n and ",Black," in line)
    lines[at] = lines[at].replace(",Black,", ",White,")
    table.write_text("\n".join(lines))
    outcome = run(asked, "reproduce", str(changed))
    assert outcome.returncode == 3
    assert "changed: data/interactions_by_race.csv" in outcome.stderr
    # Somebody who writes the checksums anew as well is found by the rebuild alone.
    (changed / SUMS).write_text(sha256sums(changed))
    before = listing(state)
    outcome = run(asked, "reproduce", str(changed))
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    said = outcome.stdout[outcome.stdout.index("NOT reproduced: ") :].splitlines()
    assert said[0].startswith("NOT reproduced: 2 of ")
    assert "pattern of an earlier build taken over" in said[0]
    assert said[1].startswith(f"  {SUMS}: line ")
    assert said[2].startswith(f"  data/interactions_by_race.csv: row {at}, column ")
    assert "column race_group is 'White', built again 'Black'" in said[2]
    assert listing(state) == before


def test_an_old_release_is_reproduced_after_another_day(world, tmp_path):
    state, asked = world
    candidate = state / "releases" / "candidates" / "1.0.0"
    old = tmp_path / "kept"
    shutil.copytree(candidate, old)
    shutil.rmtree(candidate.parent)
    shutil.rmtree(state / "releases" / "patterns")
    done(asked, "simulate", "--days", "1")
    done(asked, "refresh")
    before = listing(state)
    said = done(asked, "reproduce", str(old))
    assert "reproduced: " in said and "all bytes equal" in said
    assert "pattern of the release itself taken over" in said
    assert listing(state) == before
