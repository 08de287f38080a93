"""The interrupted time series: which periods are points, where they stand, and what comes out."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from rbdc.analysis.policy_change import policy_changes
from rbdc.statistics import estimation_rules
from tests.unit.analysis.cells import cell, sides, together, with_estimates

POLICY, INDICATOR = "strip_search_procedure", "strip_search_of_arrests"
SIDES = ({"Black": (80, 200), "White": (60, 300)}, {"Black": (20, 200), "White": (30, 300)})
QUARTERS = pd.period_range("2018Q1", "2023Q4", freq="Q")  # 11 before October 2020, 13 from then on


def name(quarter):
    return f"{quarter.year}-Q{quarter.quarter}"


def outcomes(place):
    return 40 + 7 * (place % 3) - (20 if QUARTERS[place] >= pd.Period("2020Q4") else 0)


def series(framework, quarters, **policy):
    """Rows of the change, with counts of the given quarters."""
    change = framework.policy_changes[0].model_copy(update=policy)
    framework = framework.model_copy(update={"policy_changes": (change,)})
    counts = together(
        [
            sides(framework, POLICY, INDICATOR, *SIDES),
            *(
                cell(
                    framework,
                    INDICATOR,
                    {"Black": (outcomes(place), 200 + place), "White": (30, 400)},
                    period_type="quarter",
                    period=name(QUARTERS[place]),
                )
                for place in quarters
            ),
        ]
    )
    found = policy_changes(
        with_estimates(counts, framework), framework, estimation_rules(framework)
    )
    return found.set_index("race_group")


def fitted(places, x, n):
    """Level and slope by statsmodels, with time counted in quarters of the calendar."""
    time, first = np.array(places, float), 11
    after = time >= first
    design = np.column_stack([np.ones(len(time)), time, after, after * (time - first)])
    model = sm.GLM(x, design, family=sm.families.Poisson(), offset=np.log(n))
    return np.exp(model.fit().params[2:])


def test_level_and_slope_are_those_of_statsmodels(framework):
    places = range(len(QUARTERS))
    black = series(framework, places).loc["Black"]
    x, n = np.array([outcomes(p) for p in places]), np.array([200 + p for p in places])
    assert black["series_status"] == "converged"
    assert (black["series_points_before"], black["series_points_after"]) == (11, 13)
    expected = fitted(places, x, n)
    assert [black["level_ratio"], black["slope_ratio"]] == pytest.approx(list(expected), rel=1e-6)
    assert black["level_ratio_low"] < black["level_ratio"] < black["level_ratio_high"]


def test_all_race_groups_are_their_sum(framework):
    places = range(len(QUARTERS))
    everybody = series(framework, places).loc["All race groups"]
    x = np.array([outcomes(p) + 30 for p in places])
    expected = fitted(places, x, np.array([600 + p for p in places]))
    assert [everybody["level_ratio"], everybody["slope_ratio"]] == pytest.approx(
        list(expected), rel=1e-6
    )


def test_a_missing_period_leaves_a_gap_in_time(framework):
    places = [p for p in range(len(QUARTERS)) if p not in (3, 4, 15)]
    black = series(framework, places).loc["Black"]
    x, n = np.array([outcomes(p) for p in places]), np.array([200 + p for p in places])
    assert (black["series_points_before"], black["series_points_after"]) == (9, 12)
    expected = fitted(places, x, n)
    assert [black["level_ratio"], black["slope_ratio"]] == pytest.approx(list(expected), rel=1e-6)


def test_the_period_of_the_change_belongs_to_neither_side(framework):
    black = series(framework, range(len(QUARTERS)), date=pd.Timestamp("2020-11-15").date())
    assert black.loc["Black", "series_points_before"] == 11
    assert black.loc["Black", "series_points_after"] == 12


def test_only_whole_periods_of_the_time_compared_are_points(framework):
    limits = {
        "compare_from": pd.Timestamp("2018-05-01").date(),
        "compare_until": pd.Timestamp("2023-06-30").date(),
    }
    black = series(framework, range(len(QUARTERS)), **limits).loc["Black"]
    assert (black["series_points_before"], black["series_points_after"]) == (9, 11)


def test_too_few_points_say_so(framework):
    black = series(framework, range(4, len(QUARTERS))).loc["Black"]
    assert black["series_status"].startswith("7 points before the change and 13 after it")
    assert np.isnan(black["level_ratio"]) and np.isnan(black["slope_p_value"])


def test_no_points_at_all_say_so(framework):
    rows = series(framework, [])
    assert (rows["series_points_before"] == 0).all() and (rows["series_points_after"] == 0).all()
