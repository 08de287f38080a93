"""Whole jobs over sources with many faulty rows: marts as if they were not there, then mended."""

import random

import duckdb
import pytest

from rbdc.store.marts import FIGURES, mart_hash
from tests.pipeline import hashes, last_run, mart, refresh_here
from tests.quality.simulated_city import (
    FAULTY,
    ROW_FAULTS,
    City,
    loses_its_key,
    make_city,
    set_aside,
)

MIXED = 40


@pytest.fixture(scope="module")
def city(tmp_path_factory) -> City:
    return make_city(tmp_path_factory.mktemp("city"), residents=10_000)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 5))
def test_marts_are_those_of_sources_without_the_faulty_rows_and_of_mended_ones(
    city, seed, tmp_path
):
    sources = tmp_path / "sources"
    chance = random.Random(seed)
    planted = city.plant(
        [(chance.choice(ROW_FAULTS), chance.randrange(10**6)) for _ in range(MIXED)]
    )
    seen_before = seed % 2 == 0
    if seen_before:  # a record without its key cannot be told from a new one
        planted = [one for one in planted if not loses_its_key(one)]

    def refresh(root: str) -> dict[str, str]:
        outcome = refresh_here(
            tmp_path / root, "--source-dir", str(sources), RBDC_SERVICES_DIR=str(city.services)
        )
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
        for one in last_run(tmp_path / root / "demo")["sources"]:
            parts = ("accepted", "quarantined", "unchanged", "rejected")
            assert one["rows_landed"] == sum(one[f"rows_{part}"] for part in parts)
        of_state = hashes(tmp_path / root / "demo")
        return {name: of_state[name] for name in FIGURES}

    def figures(root: str) -> str:
        """Hash of all figures, but for the day to which their records reach.

        Nights once read that far, also where the newest record is set aside since then.
        """
        table = mart(tmp_path / root / "demo", "indicators/disproportionality")
        with duckdb.connect() as connection:
            return mart_hash(connection, f"(select * exclude (data_as_of) from {table})")

    if seen_before:
        city.write(sources, [], "mended")
        good = refresh("nightly")
    city.write(sources, planted, "spoilt")
    spoilt, spoilt_figures = refresh("nightly"), figures("nightly")
    service = city.service(tmp_path / "nightly", sources)
    assert set_aside(service, FAULTY) == city.aside_with(planted, FAULTY)
    city.write(sources, planted, "removed")
    without = refresh("without")
    assert figures("without") == spoilt_figures
    counts = set(FIGURES) - {"indicators.disproportionality"}
    assert all(without[name] == spoilt[name] for name in counts)
    assert seen_before or without == spoilt
    city.write(sources, planted, "mended")
    mended = refresh("nightly")
    assert mended == refresh("afresh") != spoilt
    if seen_before:
        assert good != spoilt
