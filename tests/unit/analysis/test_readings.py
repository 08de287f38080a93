"""A reading never says more than its result, and only an interval that is narrow enough is good."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.analysis.findings.readings import (
    SILENT,
    adjusted_reading,
    gap_reading,
    is_good,
    reading_of,
)

MEASURES = st.sampled_from(["index", "ratio", "rate_ratio", "hit_rate_ratio"])
RATIOS = st.floats(0.01, 100)


@pytest.mark.parametrize(
    ("measure", "value", "expected"),
    [
        ("index", 1.2, "over_represented"),
        ("ratio", 0.8, "under_represented"),
        ("rate_ratio", 0.1, "reduced"),
        ("rate_ratio", 2.0, "increased"),
        ("hit_rate_ratio", 0.9, "found_less_often"),
        ("hit_rate_ratio", 1.1, "found_more_often"),
    ],
)
def test_detected_ratios_are_read_by_their_side(measure, value, expected):
    assert reading_of(measure, value, detected=True, enough=True) == expected


@given(MEASURES, RATIOS, st.booleans())
def test_nothing_is_read_from_too_little(measure, value, detected):
    assert reading_of(measure, value, detected=detected, enough=False) == "cannot_be_told"
    assert reading_of(measure, math.nan, detected=detected, enough=True) == "cannot_be_told"


@given(MEASURES, RATIOS)
def test_what_is_not_detected_has_no_direction(measure, value):
    reading = reading_of(measure, value, detected=False, enough=True)
    assert reading.startswith("no_") and reading.endswith("_detected")


@given(RATIOS.filter(lambda value: value != 1))
def test_a_direction_that_could_turn_is_not_told(value):
    assert reading_of("index", value, detected=True, enough=True, turns=True) in SILENT


@given(RATIOS, RATIOS)
def test_a_gap_has_narrowed_when_the_ratio_comes_nearer_to_one(before, ratio):
    reading = gap_reading(before, ratio, detected=True, enough=True)
    nearer = abs(math.log(before * ratio)) < abs(math.log(before))
    assert reading == ("gap_narrowed" if nearer else "gap_widened")
    assert gap_reading(before, ratio, detected=False, enough=True) == "no_gap_change_detected"
    assert gap_reading(before, ratio, detected=True, enough=False) == "cannot_be_told"


def test_a_gap_without_outcomes_before_cannot_be_told():
    assert gap_reading(0.0, 1.0, detected=True, enough=True) == "cannot_be_told"
    assert gap_reading(math.nan, 1.0, detected=True, enough=True) == "cannot_be_told"


def test_adjusted_readings():
    cases = [
        (1.5, True, 1.02, False, "explained", "explained_by_context"),
        (1.5, True, 1.4, True, "contradicts", "remains_over"),
        (0.6, True, 0.7, True, "contradicts", "remains_under"),
        (1.5, True, 0.7, True, "undecided", "appears_under"),
        (1.1, False, 1.4, True, "undecided", "appears_over"),
        (1.5, True, 1.3, False, "undecided", "no_adjusted_difference_detected"),
        (1.5, True, 1.3, True, "not_enough_data", "cannot_be_told"),
    ]
    for crude, crude_detected, adjusted, detected, result, expected in cases:
        found = adjusted_reading(
            crude, adjusted, crude_detected=crude_detected, detected=detected, result=result
        )
        assert found == expected


def test_the_framework_says_from_which_index_on_a_group_is_over_represented():
    said = [
        reading_of("index", value, detected=True, enough=True, beyond=(0.8, 1.2))
        for value in (0.7, 0.9, 1.1, 1.3)
    ]
    neither = "no_disparity_detected"
    assert said == ["under_represented", neither, neither, "over_represented"]


@pytest.mark.parametrize("burden", [True, False])
def test_more_of_a_burden_is_bad_and_more_of_a_benefit_is_good(burden):
    limits = {"low": 1.1, "high": 1.4, "within": (0.8, 1.25)}
    assert is_good("over_represented", burden=burden, **limits) is not burden
    assert is_good("under_represented", burden=burden, **limits) is burden
    assert is_good("reduced", burden=burden, **limits) is burden


@given(st.floats(0.01, 1), st.floats(1, 100))
def test_no_difference_is_good_only_within_what_would_not_matter(low, high):
    good = is_good("no_disparity_detected", burden=True, low=low, high=high, within=(0.8, 1.25))
    assert good is (True if low >= 0.8 and high <= 1.25 else None)


@given(st.sampled_from(SILENT), st.booleans())
def test_what_is_not_told_is_neither_good_nor_bad(reading, burden):
    assert is_good(reading, burden=burden, low=0.9, high=1.1, within=(0.8, 1.25)) is None
