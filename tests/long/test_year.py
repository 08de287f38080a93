"""A year of simulated days, taken up night by night, ends in the marts of one full rebuild."""

import datetime as dt

import pytest

from orchestration.service import Service
from orchestration.settings import Settings
from tests.pipeline import (
    environment,
    hashes,
    land_and_judge,
    last_run,
    mart,
    query,
    refresh_here,
    smaller_services,
)

DAYS = 365
# Every night lands and judges all tables; a whole refresh, which rebuilds the marts as well, runs
# at the end of each month and in each of the last nights.
LAST_NIGHTS = 7


@pytest.fixture
def small(tmp_path):
    services = smaller_services(tmp_path, residents=20_000)
    return services, tmp_path / "var"


@pytest.mark.long
def test_a_year_of_nights_equals_a_full_rebuild(small, tmp_path) -> None:
    services, root = small
    configured = {"RBDC_SERVICES_DIR": str(services)}

    def refresh(state_root, *arguments: str) -> None:
        outcome = refresh_here(state_root, "--service", "demo", *arguments, **configured)
        assert outcome.returncode == 0, outcome.stderr

    refresh(root)
    first = hashes(root / "demo")
    service = Service(Settings.from_environment(environment(root, **configured)))
    landed_nights = 0
    for night in range(1, DAYS + 1):
        until = service.let_days_pass(1).until
        if until.day == 1 or night > DAYS - LAST_NIGHTS:
            refresh(root)
        else:
            land_and_judge(service, f"night-{night}")
            landed_nights += 1
    state = root / "demo"
    nightly = hashes(state)
    assert landed_nights > 300 and nightly != first

    # Every night was looked at, and took up what changed on it, corrections of months ago among it.
    nights, accepted = query(
        "select count(*), count(*) filter (verdict = 'accepted') from "
        f"{mart(state, 'audit/loads')} where table_name = 'arrests'"
    )[0]
    corrected = f"read_parquet('{state / 'raw/rms/arrests/*/rows.parquet'}')"
    began = until.date() - dt.timedelta(days=DAYS)
    with_changes = query(
        f"select count(distinct try_cast(updated_at as date)) from {corrected} "
        f"where try_cast(updated_at as date) >= date '{began}'"
    )[0][0]
    assert nights == 1 + DAYS and accepted >= 1 + with_changes
    assert with_changes > DAYS / 2  # a small city has days on which no arrest changes
    late = query(
        f"select count(*) from {corrected} where is_deleted = '0' "
        "and try_cast(arrested_at as timestamp) + interval 60 day "
        "< try_cast(updated_at as timestamp)"
    )[0][0]
    deleted = query(f"select count(*) from {corrected} where is_deleted = '1'")[0][0]
    assert late > 0 and deleted > 0

    # A full rebuild: an empty state folder, and sources pulled afresh.
    sources = state / "source_systems"
    refresh(tmp_path / "rebuilt", "--source-dir", str(sources))
    assert hashes(tmp_path / "rebuilt" / "demo") == nightly
    assert last_run(tmp_path / "rebuilt" / "demo")["status"] == "done"
