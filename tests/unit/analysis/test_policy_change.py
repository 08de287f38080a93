"""Rates and gaps before and after a change, checked by hand and against statsmodels and scipy."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from rbdc.analysis.policy_change import policy_changes
from rbdc.statistics import estimation_rules
from tests.unit.analysis.cells import sides, together, with_estimates

POLICY, INDICATOR = "strip_search_procedure", "strip_search_of_arrests"
BEFORE = {"Black": (80, 200), "White": (60, 300), "Latino": (2, 30), "Unknown": (10, 70)}
AFTER = {"Black": (20, 200), "White": (30, 300), "Latino": (0, 20), "Unknown": (5, 80)}


def changes(framework, counts):
    return policy_changes(with_estimates(counts, framework), framework, estimation_rules(framework))


def compared(framework, before, after, **keys):
    return changes(framework, sides(framework, POLICY, INDICATOR, before, after, **keys))


@pytest.fixture(scope="module")
def rows(framework):
    return compared(framework, BEFORE, AFTER).set_index("race_group")


def mover_wilson(x1, n1, x0, n0):
    """Ratio of two proportions with MOVER limits (Donner & Zou 2012) from Wilson's."""
    (l1, u1), (l0, u0) = (
        proportion_confint(x, n, method="wilson") for x, n in ((x1, n1), (x0, n0))
    )
    p1, p0 = x1 / n1, x0 / n0
    low = (p1 * p0 - math.sqrt((p1 * p0) ** 2 - l1 * (2 * p1 - l1) * u0 * (2 * p0 - u0))) / (
        u0 * (2 * p0 - u0)
    )
    high = (p1 * p0 + math.sqrt((p1 * p0) ** 2 - u1 * (2 * p1 - u1) * l0 * (2 * p0 - l0))) / (
        l0 * (2 * p0 - l0)
    )
    return p1 / p0, low, high


def test_change_of_a_rate(rows):
    black = rows.loc["Black"]
    ratio, low, high = mover_wilson(20, 200, 80, 200)
    assert (black["rate_before"], black["rate_after"]) == pytest.approx((0.4, 0.1))
    assert black["rate_ratio"] == pytest.approx(ratio) == pytest.approx(0.25)
    assert black["rate_ratio_low"] == pytest.approx(low)
    assert black["rate_ratio_high"] == pytest.approx(high)
    assert black["rate_change"] == "reduced"


def test_all_race_groups_together_are_the_totals(rows):
    everybody = rows.loc["All race groups"]
    assert everybody["outcome_before"] == 152 and everybody["benchmark_before"] == 600
    assert everybody["outcome_after"] == 55 and everybody["benchmark_after"] == 600
    assert everybody["rate_ratio"] == pytest.approx(55 / 152)
    assert everybody["outcome_missing_before"] == pytest.approx(10 / 152)
    assert math.isnan(everybody["gap_ratio"])
    assert len(everybody["source_figures"].split()) == 8


def test_change_of_a_gap(rows):
    black = rows.loc["Black"]
    assert (black["disparity_before"], black["disparity_after"]) == pytest.approx((2.0, 1.0))
    assert black["gap_ratio"] == pytest.approx(0.5)
    # MOVER (Donner & Zou 2012) once more, on the two disparities and their limits
    (p0, _, u0), (p1, l1, _) = mover_wilson(80, 200, 60, 300), mover_wilson(20, 200, 30, 300)
    low = (p1 * p0 - math.sqrt((p1 * p0) ** 2 - l1 * (2 * p1 - l1) * u0 * (2 * p0 - u0))) / (
        u0 * (2 * p0 - u0)
    )
    assert black["gap_ratio_low"] == pytest.approx(low)
    assert (black["gap_q_value"] <= 0.05) == (black["gap_change"] != "no_change_detected")


@pytest.mark.parametrize("group", ["White", "All race groups"])
def test_the_reference_and_the_whole_have_no_gap(rows, group):
    assert math.isnan(rows.loc[group, "gap_p_value"])
    assert rows["gap_change"].isna()[group]


@pytest.mark.parametrize(
    ("black_after", "expected"),
    [
        (200, "no_change_detected"),  # 2.0 → 2.0
        (130, "narrowed"),  # 2.0 → 1.3
        (60, "narrowed"),  # 2.0 → 0.6, beyond 1 but nearer to it
        (40, "widened"),  # 2.0 → 0.4, further from 1 than before
        (400, "widened"),  # 2.0 → 4.0
    ],
)
def test_a_gap_narrows_when_the_disparity_comes_nearer_to_one(framework, black_after, expected):
    rows = compared(
        framework,
        {"Black": (200, 1000), "White": (1000, 10000)},
        {"Black": (black_after, 1000), "White": (1000, 10000)},
    )
    assert rows.set_index("race_group").loc["Black", "gap_change"] == expected


def test_small_counts_and_zeros_are_not_read(rows):
    latino = rows.loc["Latino"]
    assert latino["rate_ratio"] == 0
    assert latino["small_count"] and latino["rate_change"] == "not_enough_data"
    assert latino["gap_change"] == "not_enough_data"


def test_a_gap_needs_both_sides_but_a_rate_only_one(framework):
    rows = compared(
        framework,
        {"Black": (100, 200), "White": (60, 300)},
        {"Black": (0, 200), "White": (30, 300)},
    ).set_index("race_group")
    assert rows.loc["Black", "rate_change"] == "reduced"
    assert rows.loc["Black", "gap_change"] == "not_enough_data"


def test_q_values_are_benjamini_hochberg_within_policy_and_indicator(rows):
    for kind in ("rate", "gap"):
        tested = rows[rows[f"{kind}_p_value"].notna()]
        expected = stats.false_discovery_control(tested[f"{kind}_p_value"])
        assert tested[f"{kind}_q_value"].tolist() == pytest.approx(list(expected))
        assert rows[f"{kind}_test_family"].nunique() == 1


@pytest.mark.parametrize(("before", "after"), [(None, AFTER), (BEFORE, None)])
def test_one_side_alone_is_no_comparison(framework, before, after):
    assert compared(framework, before, after).empty


def test_services_are_compared_apart(framework):
    other = {group: (x, n + 50) for group, (x, n) in BEFORE.items()}
    counts = together(
        [
            sides(framework, POLICY, INDICATOR, BEFORE, AFTER, service="A", as_of="2021-12-31"),
            sides(framework, POLICY, INDICATOR, other, AFTER, service="B", as_of="2022-06-30"),
        ]
    )
    rows = changes(framework, counts)
    reached = rows.groupby("service")["data_as_of"].agg(lambda days: {f"{day:%F}" for day in days})
    assert reached.to_dict() == {"A": {"2021-12-31"}, "B": {"2022-06-30"}}
    alone = compared(framework, other, AFTER, service="B", as_of="2022-06-30")
    mine = rows[rows["service"] == "B"].reset_index(drop=True)
    for column in ("rate_ratio", "rate_q_value", "gap_ratio", "gap_q_value"):
        assert np.allclose(mine[column], alone[column], equal_nan=True)
    assert mine["figure_id"].tolist() == alone["figure_id"].tolist()


def test_a_group_that_arrests_cannot_hold_is_in_the_totals_only(framework):
    strange = {"Multiple race group": (3, 5)}
    rows = compared(framework, BEFORE | strange, AFTER | strange).set_index("race_group")
    assert "Multiple race group" not in rows.index
    assert rows.loc["All race groups", "outcome_before"] == 155
