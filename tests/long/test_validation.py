"""Published intervals hold the known truth as often as they say, over seeds and many cities."""

import numpy as np
import pandas as pd
import pytest

from rbdc.statistics.clustering import DesignEffects
from validation.bounds import broken_bounds, coverage, verdict
from validation.coverage import METHODS
from validation.grid import RATIOS, REFERENCE, Point
from validation.known_truth import DIMENSIONS, PERIODS, KnownTruth, true_values
from validation.measure import Bench, Measured, count_years, measure
from validation.prepare import prepare
from validation.run import validate
from validation.simulated import Records

pytestmark = pytest.mark.long

SEEDS = 54  # six a point of the grid; `make validate` takes a thousand


@pytest.fixture(scope="module")
def bench() -> Bench:
    return prepare()


@pytest.fixture(scope="module")
def measured(bench: Bench) -> Measured:
    return validate(bench, SEEDS, workers=2, say=lambda line: None)


def test_coverage_and_false_findings_lie_in_their_bounds(bench: Bench, measured: Measured) -> None:
    assert broken_bounds(measured, bench.rules.false_discovery_rate) == []


def test_every_method_was_seen_often_enough_to_be_judged(measured: Measured) -> None:
    pooled = coverage(measured.tallies, ["method"])
    assert set(pooled.index) == set(METHODS)
    assert pooled["intervals"].min() > 1000
    # A method out of its bounds by two percentage points would be told.
    assert pooled["error"].max() < 0.005


def test_people_come_again(measured: Measured) -> None:
    assert measured.sizes.groupby("point")["design_effect"].mean().min() > 1.5
    assert measured.sizes["seed"].is_unique
    assert len(measured.sizes) == SEEDS


@pytest.fixture(scope="module")
def years(bench: Bench) -> tuple[Point, Records, pd.DataFrame]:
    """Two years of the first city: its arrests, and what the models count of them."""
    point = bench.grid[0]
    return point, *count_years(bench, [point.of_year(2001, 1), point.of_year(2002, 2)])


def test_the_models_count_the_arrests_and_bookings_that_were_simulated(
    years: tuple[Point, Records, pd.DataFrame],
) -> None:
    _, records, counts = years
    for indicator, rows in (
        ("strip_search_of_arrests", records.arrests),
        ("strip_search_of_bookings", records.arrests[records.arrests["booked"]]),
    ):
        for period_type in PERIODS:
            for dimension in DIMENSIONS[indicator]:
                asked = counts[
                    (counts["indicator"] == indicator)
                    & (counts["period_type"] == period_type)
                    & (counts["dimension"] == dimension)
                    & (counts["benchmark_count"] > 0)
                ]
                keys = ["period", "dimension_value", "race_group"]
                value = "all" if dimension == "all" else rows[dimension]
                simulated = (
                    rows.assign(period=rows[period_type], dimension_value=value)
                    .groupby(keys)
                    .size()
                )
                counted = asked.set_index(keys)["benchmark_count"].sort_index()
                pd.testing.assert_series_equal(
                    counted, simulated, check_names=False, check_dtype=False
                )


def test_the_grid_has_the_rates_and_ratios_that_it_states(
    years: tuple[Point, Records, pd.DataFrame],
) -> None:
    point, records, counts = years
    truth = KnownTruth(point.config, point.alone)
    first = records.arrests[records.arrests["year"] == "2001"]
    own = counts[counts["period"].str.startswith("2001")].reset_index(drop=True)
    values = own.join(true_values(own, truth.expected_outcomes(2001, first)))
    whole = values[(values["dimension"] == "all") & (values["period_type"] == "year")]
    searches, arrests = (
        whole[whole["indicator"] == name].set_index("race_group")
        for name in ("strip_search_of_arrests", "arrest_of_residents")
    )
    assert searches["rate"][REFERENCE] == pytest.approx(point.strip_search_rate, rel=0.05)
    for race, ratio in RATIOS[point.disparity].items():
        # Groups live in other divisions, and the arrests of a year differ in their offences.
        assert searches["disparity"][race] == pytest.approx(ratio, rel=0.15)
        assert arrests["disparity"][race] == pytest.approx(ratio, rel=0.2)


def test_the_truth_of_a_year_adds_up(years: tuple[Point, Records, pd.DataFrame]) -> None:
    point, records, _ = years
    first = records.arrests[records.arrests["year"] == "2001"]
    expected = KnownTruth(point.config, point.alone).expected_outcomes(2001, first)
    sums = expected.groupby(["indicator", "period_type", "dimension"])["expected"].sum()
    assert len(sums) == sum(len(PERIODS) * len(d) for d in DIMENSIONS.values())
    for indicator in DIMENSIONS:
        # Gender against residents has a third value, which is compared with nobody.
        assert sums[indicator].to_numpy() == pytest.approx(sums[indicator]["year", "all"])
    arrests = sums["arrest_of_residents"]["year", "all"]
    assert arrests == pytest.approx(len(first), rel=0.1)
    assert sums["strip_search_of_arrests"]["year", "all"] == pytest.approx(
        first["chance_strip_searched"].sum()
    )


def test_a_wrong_design_effect_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every arrest were of another person: intervals of rates are far too narrow."""

    def of_strangers(cells: pd.DataFrame, pooled_below: int) -> DesignEffects:
        one = np.ones(len(cells))
        return DesignEffects(one, one, np.full(len(cells), "independent_records", dtype=object))

    for module in ("estimates", "clustering"):
        monkeypatch.setattr(f"rbdc.statistics.{module}.design_effects", of_strangers)
    monkeypatch.setattr("validation.coverage.design_effects", of_strangers)
    busiest = max(range(len(bench.grid)), key=lambda n: bench.grid[n].contacts)
    measured = measure(bench, busiest, range(1, 9))
    pooled = coverage(measured.tallies, ["quantity", "form", "method"])
    told = verdict(pooled)
    for figure in (("index", "outside", "wilson"), ("rate", "outside", "byar")):
        assert told[figure] == "too low"
