"""Rounding and perturbation against the handbook's examples and their own rules."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.perturbation import (
    Change,
    cell_key,
    perturbed,
    randomly_rounded,
    rounding_probabilities,
)
from rbdc.disclosure.problem import relations_of
from rbdc.disclosure.rounding import CannotRoundError, controlled_rounding, rounded_interval
from tests.unit.disclosure.suppressor.tables import cells_of, with_margins


@pytest.fixture(scope="module")
def small_cases(shared):
    cases = json.loads((shared / "reference/suppression/small_cases.json").read_text())
    return {case["name"]: case for case in cases}


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from([(2, 3), (3, 4), (2, 2, 3), (2, 2, 2, 2)]),
    st.sampled_from([3, 5]),
    st.integers(0, 10**6),
)
def test_sums_hold_and_counts_go_to_a_neighbour(shape, base, seed):
    value = with_margins(np.random.default_rng(seed).integers(0, 12, shape))
    _, relations = cells_of(shape)
    rounded = controlled_rounding(value, relations, base)
    assert not (relations @ rounded.value).any()
    assert not (rounded.value % base).any()
    assert (rounded.value >= 0).all()
    assert np.abs(rounded.value - value).max() < (rounded.steps + 1) * base
    assert rounded.deviation == np.abs(rounded.value - value).sum()
    low, high = rounded_interval(rounded.value, base, rounded.steps)
    assert ((low <= value) & (value <= high)).all()
    if rounded.steps == 0:
        multiples = value % base == 0
        assert (rounded.value[multiples] == value[multiples]).all()


def test_the_least_change_is_found():
    # 1 + 1 + 1 = 3: the total stays, so one of the parts goes up.
    value, rows = [1, 1, 1, 3], [[(0, 1), (1, 1), (2, 1), (3, -1)]]
    rounded = controlled_rounding(value, relations_of(rows, 4), 3)
    assert rounded.value[3] == 3
    assert (rounded.deviation, rounded.steps) == (4, 0)


def test_a_second_step_where_one_is_not_enough():
    # Parts of 1 cannot stay at 0 or 3 beside a total of 8 parts unless one goes farther.
    value = [1, 1, 2]
    rows = [[(0, 1), (1, 1), (2, -1)], [(0, 1), (1, -1)]]
    rounded = controlled_rounding(value, relations_of(rows, 3), 5)
    assert rounded.value.tolist() == [0, 0, 0]
    forced = [[(0, 3), (1, -1)]]
    assert controlled_rounding([2, 6], relations_of(forced, 2), 3).steps == 1


def test_impossible_rounding_is_refused():
    with pytest.raises(CannotRoundError):
        controlled_rounding([1, 1000], relations_of([[(0, 1000), (1, -1)]], 2), 64)


@pytest.mark.parametrize(
    ("value", "base"), [([1.5, 1.5], 3), ([-1, -1], 3), ([1, 2], 3), ([1, 1], 1)]
)
def test_wrong_input_is_refused(value, base):
    with pytest.raises(ValueError, match="round"):
        controlled_rounding(value, relations_of([[(0, 1), (1, -1)]], 2), base)


def test_intervals_of_the_handbook(small_cases):
    case = small_cases["zero_restricted_rounding_interval"]
    base = case["inputs"]["base"]
    for one, stated in zip(case["inputs"]["cases"], case["expected"]["intervals"], strict=True):
        low, high = rounded_interval(one["a"], base, one["K"])
        assert [float(low), float(high)] == stated


def test_probabilities_of_the_handbook(small_cases):
    case = small_cases["unbiased_random_rounding_base3"]
    for count, stated in case["expected"]["prob"].items():
        found = rounding_probabilities(int(count), case["inputs"]["base"])
        assert found == pytest.approx({int(to): share for to, share in stated.items()})


def test_random_rounding_is_unbiased():
    keys = (np.arange(3000) + 0.5) / 3000
    for count in range(7):
        assert randomly_rounded(np.full(3000, count), 3, keys).mean() == pytest.approx(count)


def test_the_cell_key_of_the_handbook(small_cases):
    case = small_cases["cell_key_example"]
    rows = [
        Change(original, to, lower, upper)
        for original, to, _, lower, upper in case["inputs"]["ptable"]
    ]
    key = cell_key(case["inputs"]["record_keys"])
    assert key == case["expected"]["cell_key"]
    assert perturbed(case["expected"]["original"], key, rows) == case["expected"]["perturbed"]
    assert perturbed(0, 0.5, rows) == 0
    assert perturbed(7, 0.1, rows) == 6
    with pytest.raises(ValueError, match="no row"):
        perturbed(3, 1.0, rows)
