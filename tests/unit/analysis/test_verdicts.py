"""What a tested row says of a hypothesis, and the one verdict over its rows."""

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.analysis.verdicts import distance, row_results, verdict
from rbdc.framework.questions import Hypothesis
from rbdc.statistics import EstimationRules


def asked(method, support, **more):
    return Hypothesis(
        hypothesis="H1",
        question="Is it so?",
        question_fr="En est-il ainsi ?",
        raised_by="panel",
        fixed_on=dt.date(2026, 1, 1),
        outcome="item_found" if method == "outcome_test" else "strip_search",
        benchmarks=("arrest",),
        method=method,
        groups=("Black",),
        support=support,
        policy="strip_search_procedure" if method == "policy_change" else None,
        equivalence=(0.8, 1.25) if support.startswith("no_") else None,
        **more,
    )


def result(one, estimate, q, low=None, high=None, turning=False, rules=None, **more):
    row = {
        "estimate": estimate,
        "low": estimate / 1.1 if low is None else low,
        "high": estimate * 1.1 if high is None else high,
        "q_value": q,
        "crude_estimate": math.nan,
        "crude_p_value": math.nan,
        "small_count": False,
    } | more
    rules = rules or EstimationRules()
    return row_results(pd.DataFrame([row]), one, rules, np.array([turning])).iloc[0]


OVER = asked("disproportionality", "over_represented")
UNDER = asked("disparity", "under_represented")
REDUCED = asked("policy_change", "reduced")
LOWER = asked("outcome_test", "lower")
ALIKE = asked("disparity", "no_disparity")


@pytest.mark.parametrize(
    ("one", "estimate", "q", "expected"),
    [
        (OVER, 1.5, 0.01, "supports"),
        (OVER, 1.5, 0.05, "supports"),
        (OVER, 1.5, 0.06, "undecided"),
        (OVER, 0.5, 0.01, "contradicts"),
        (OVER, 1.0, 0.01, "undecided"),
        (UNDER, 0.5, 0.01, "supports"),
        (UNDER, 1.5, 0.01, "contradicts"),
        (REDUCED, 0.5, 0.01, "supports"),
        (REDUCED, 2.0, 0.01, "contradicts"),
        (REDUCED, 0.5, 0.50, "undecided"),
        (REDUCED, 0.0, 0.01, "supports"),
        (asked("policy_change", "increased"), 2.0, 0.01, "supports"),
        (LOWER, 0.5, 0.01, "supports"),
        (LOWER, 1.5, 0.01, "contradicts"),
        (asked("outcome_test", "higher"), 1.5, 0.01, "supports"),
    ],
)
def test_a_ratio_supports_on_its_side_once_it_is_detected(one, estimate, q, expected):
    assert result(one, estimate, q) == expected


@pytest.mark.parametrize("one", [OVER, UNDER, REDUCED, LOWER, ALIKE])
@pytest.mark.parametrize(
    "missing",
    [{"estimate": math.nan, "low": math.nan, "high": math.nan}, {"small_count": True},
     {"small_count": None}],
)  # fmt: skip
def test_too_little_data_says_nothing(one, missing):
    assert result(one, **({"estimate": 2.0, "q": 0.001} | missing)) == "not_enough_data"


def test_without_a_test_nothing_is_said():
    assert result(OVER, 2.0, math.nan) == "not_enough_data"


def test_the_threshold_of_the_framework_is_kept():
    rules = EstimationRules(index_over=1.2)
    assert result(OVER, 1.1, 0.001, rules=rules) == "undecided"
    assert result(OVER, 1.3, 0.001, rules=rules) == "supports"


@pytest.mark.parametrize("estimate", [0.5, 2.0])
def test_what_unknown_race_could_turn_is_left_to_it(estimate):
    assert result(OVER, estimate, 0.001, turning=True) == "depends_on_unknown_race"
    assert result(OVER, estimate, 0.5, turning=True) == "undecided"


@pytest.mark.parametrize(
    ("estimate", "low", "high", "q", "expected"),
    [
        (1.0, 0.9, 1.1, 0.9, "supports"),
        (1.1, 1.05, 1.2, 0.001, "supports"),  # detected, and too small to matter
        (1.0, 0.5, 2.0, 0.9, "undecided"),  # not finding one is no support
        (1.2, 1.05, 1.4, 0.001, "undecided"),
        (1.5, 1.3, 1.7, 0.001, "contradicts"),
        (1.3, 1.1, 1.5, 0.001, "contradicts"),
        (0.6, 0.5, 0.7, 0.001, "contradicts"),
        (1.5, 1.3, 1.7, math.nan, "contradicts"),  # the interval alone tells
    ],
)
def test_no_difference_needs_the_whole_interval_within_what_does_not_matter(
    estimate, low, high, q, expected
):
    assert result(ALIKE, estimate, q, low, high) == expected


@pytest.mark.parametrize(
    ("before", "ratio", "q", "narrowed", "widened"),
    [
        (2.0, 0.7, 0.01, "supports", "contradicts"),
        (2.0, 1.5, 0.01, "contradicts", "supports"),
        (0.5, 1.5, 0.01, "supports", "contradicts"),
        (2.0, 0.3, 0.01, "supports", "contradicts"),  # to 0.6
        (2.0, 0.2, 0.01, "contradicts", "supports"),  # to 0.4, further than it was
        (2.0, 0.7, 0.50, "undecided", "undecided"),
    ],
)
def test_gaps(before, ratio, q, narrowed, widened):
    for support, expected in (("gap_narrowed", narrowed), ("gap_widened", widened)):
        one = asked("policy_change", support)
        assert result(one, ratio, q, crude_estimate=before) == expected


@pytest.mark.parametrize(
    ("crude", "crude_p", "estimate", "q", "explained", "remains"),
    [
        (2.0, 0.001, 1.05, 0.60, "supports", "contradicts"),
        (2.0, 0.001, 1.80, 0.01, "contradicts", "supports"),
        (2.0, 0.001, 1.80, 0.20, "undecided", "undecided"),  # gone from sight, but hardly smaller
        (2.0, 0.001, 0.60, 0.01, "undecided", "undecided"),  # on the other side
        (1.2, 0.400, 1.05, 0.60, "undecided", "undecided"),  # there was nothing to explain
        (0.5, 0.001, 0.60, 0.01, "contradicts", "supports"),
    ],
)
def test_adjusted(crude, crude_p, estimate, q, explained, remains):
    more = {"crude_estimate": crude, "crude_p_value": crude_p}
    for support, expected in (
        ("explained_by_context", explained),
        ("remains_after_adjustment", remains),
    ):
        assert result(asked("adjusted", support), estimate, q, **more) == expected


def rows(*cells):
    columns = ["indicator", "race_group", "period", "dimension_value", "result"]
    return pd.DataFrame([(i, g, "2020", "all", r) for i, g, r in cells], columns=columns)


YES, NO, OPEN, NONE, UNKNOWN = (
    "supports", "contradicts", "undecided", "not_enough_data", "depends_on_unknown_race",
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ([("a", "B", YES), ("a", "I", YES)], "supported"),
        ([("a", "B", YES), ("a", "I", NONE)], "partly_supported"),
        ([("a", "B", YES), ("a", "I", OPEN)], "partly_supported"),
        ([("a", "B", YES), ("a", "I", NO)], "partly_supported"),
        ([("a", "B", YES), ("b", "B", OPEN)], "partly_supported"),
        ([("a", "B", NO), ("a", "I", NO)], "contradicted"),
        ([("a", "B", NO), ("a", "I", NONE)], "not_shown"),
        ([("a", "B", NO), ("a", "I", OPEN)], "not_shown"),
        ([("a", "B", OPEN)], "not_shown"),
        ([("a", "B", OPEN), ("a", "I", NONE)], "not_shown"),
        ([("a", "B", NONE), ("a", "I", NONE)], "cannot_be_told"),
        ([("a", "B", YES), ("b", "B", NO)], "depends_on_benchmark"),
        ([("a", "B", YES), ("b", "B", NO), ("a", "I", UNKNOWN)], "depends_on_benchmark"),
        # groups differ, not the benchmarks of either
        ([("a", "B", YES), ("b", "B", YES), ("a", "I", NO), ("b", "I", OPEN)], "partly_supported"),
        ([("a", "B", UNKNOWN), ("a", "I", YES)], "depends_on_unknown_race"),
        ([("a", "B", UNKNOWN), ("a", "I", OPEN)], "depends_on_unknown_race"),
    ],
)
def test_verdicts(said, expected):
    for named in (True, False):
        assert verdict(rows(*said), periods_named=named) == expected
        assert verdict(rows(*reversed(said)), periods_named=named) == expected


def test_periods_that_differ_are_no_benchmarks_that_differ():
    both = rows(("a", "B", YES), ("a", "B", NO)).assign(period=["2019", "2020"])
    assert verdict(both, periods_named=True) == "partly_supported"
    latest = rows(("a", "B", YES), ("b", "B", NO)).assign(period=["2019", "2020"])
    assert verdict(latest, periods_named=False) == "depends_on_benchmark"


@given(st.floats(0.001, 1000))
def test_two_and_a_half_are_equally_far_from_one(ratio):
    there, back = distance(np.array([ratio, 1 / ratio]))
    assert there == pytest.approx(back, abs=1e-9) == pytest.approx(abs(math.log(ratio)), abs=1e-9)
    assert distance(np.array([0.0]))[0] == math.inf
