"""Whole refreshes killed at random moments, in their own processes, and the next one after each."""

import os
import random
import subprocess
import sys
import time

import pytest

from orchestration.service import Service
from orchestration.settings import Settings
from tests.pipeline import KEY, environment, hashes, refresh_here, smaller_services
from tests.quality.whole_state import assert_nothing_is_mixed

REFRESH = "from orchestration.cli import main; main(['refresh', '--service', 'demo'])"
KILLS = 10


@pytest.mark.long
def test_ten_refreshes_killed_at_random_moments(tmp_path):
    """Days pass before each refresh; what is killed and then run again ends in the same marts."""
    root, chance = tmp_path / "var", random.Random(1)
    services = smaller_services(
        tmp_path, residents=20_000
    )  # in a smaller one a month may have no report
    configured = {"RBDC_SERVICES_DIR": str(services)}
    settings = Settings(services_dir=services, state_root=root, pseudonym_key=KEY)
    service = Service(settings)
    began = time.monotonic()
    popen(root, configured).wait()
    duration = time.monotonic() - began
    killed, moved = 0, 0
    while killed < KILLS:
        before = hashes(service.state.root)
        service.let_days_pass(chance.randint(1, 20))
        process = popen(root, configured)
        time.sleep(chance.uniform(0, duration))
        process.kill()
        if process.wait() == -9:
            killed += 1
        else:  # it had ended: the first refresh, which made the city, took longer
            duration *= 0.7
        assert_nothing_is_mixed(service.state, service.tables)
        after = hashes(service.state.root)
        outcome = refresh_here(root, "--service", "demo", **configured)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        assert_nothing_is_mixed(service.state, service.tables)
        mended = hashes(service.state.root)
        assert after in (before, mended)
        moved += mended != before
    assert moved >= KILLS / 2
    sources = service.state.source_systems
    outcome = refresh_here(tmp_path / "afresh", "--source-dir", str(sources), **configured)
    assert outcome.returncode == 0 and hashes(tmp_path / "afresh" / "demo") == mended


def popen(root, configured) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", REFRESH],
        env={**os.environ, **environment(root, **configured)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
