"""E-values and the decomposition of an index along a pathway."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.statistics.chain import log_steps
from rbdc.statistics.sensitivity import e_values

pytestmark = pytest.mark.filterwarnings("error")


def test_e_values_of_ratios_on_both_sides_of_1() -> None:
    found = e_values([2, 0.5, 1, 3, 0.8], [1.5, 0.2, 0.8, 0.9, 0.5], [3, 0.7, 1.2, np.inf, 1.3])
    assert found.estimate[:3] == pytest.approx([2 + np.sqrt(2), 2 + np.sqrt(2), 1])
    turned = 1 / 0.7
    expected = [1.5 + np.sqrt(0.75), turned + np.sqrt(turned * (turned - 1)), 1, 1, 1]
    assert found.limit == pytest.approx(np.array(expected))


def test_e_values_where_something_is_undefined() -> None:
    found = e_values([np.nan, 0, 2, 0.1], [0.5, 0, np.nan, 0], [2, 0.5, 3, np.nan])
    assert np.isnan(found.estimate).tolist() == [True, True, False, False]
    assert np.isnan(found.limit).tolist() == [True, False, True, True]
    assert np.isnan(e_values(np.inf, 2, np.inf).estimate)


@given(ratio=st.floats(1, 1e6), low=st.floats(0.001, 1), factor=st.floats(1, 100))
def test_e_values_rise_with_the_ratio_and_turn_over_with_it(ratio, low, factor) -> None:
    low, high = ratio * low, ratio * factor
    found = e_values(ratio, low, high)
    assert 1 <= found.limit <= found.estimate
    assert found.estimate >= ratio
    assert e_values(ratio * 1.01, low, high).estimate > found.estimate
    back = e_values(1 / ratio, 1 / high, 1 / low)
    assert back.estimate == pytest.approx(float(found.estimate), rel=1e-6)
    assert back.limit == pytest.approx(float(found.limit), rel=1e-4)


def test_a_chain_by_hand() -> None:
    found = log_steps([[2, 0.5], [3, 1], [1, 4]], [6, 2])
    assert np.exp(found.log_steps[:, 0]) == pytest.approx([2, 3, 1])
    assert np.exp(found.total) == pytest.approx([6, 2])
    assert found.residual == pytest.approx([0, 0], abs=1e-12)
    assert found.status.tolist() == ["complete", "complete"]
    assert log_steps([[2.0]], [3]).residual == pytest.approx([np.log(1.5)])


def test_a_zero_or_undefined_stage_gives_no_chain_with_its_reason() -> None:
    steps = [[2, 0, 2, 2, np.nan, 1], [3, 3, np.nan, 0, 0, np.inf]]
    found = log_steps(steps, [6, 0, np.nan, 0, np.nan, 1], ("stops", "arrests"))
    assert found.status.tolist() == [
        "complete",
        "stops is zero",
        "arrests is undefined",
        "arrests is zero",
        "stops is undefined",
        "arrests is undefined",
    ]
    assert np.isnan(found.total).tolist() == [False, True, True, True, True, True]
    assert np.isnan(found.residual).tolist() == [False, True, True, True, True, True]
    # What is known of the other steps is kept.
    assert found.log_steps[0, 3] == pytest.approx(np.log(2))
    missing = log_steps([[2.0, 2]], [0, np.nan])
    assert missing.status.tolist() == [
        "the overall index is zero",
        "the overall index is undefined",
    ]
    assert missing.total == pytest.approx([np.log(2)] * 2)
    assert np.isnan(missing.residual).all()


@given(
    counts=st.lists(
        st.lists(st.integers(1, 10**6), min_size=2, max_size=5), min_size=2, max_size=5
    ).filter(lambda rows: len({len(row) for row in rows}) == 1)
)
def test_steps_of_counts_add_up_to_the_whole(counts) -> None:
    shares = np.array(counts, float)
    shares /= shares.sum(axis=1, keepdims=True)
    found = log_steps(shares[1:] / shares[:-1], shares[-1] / shares[0])
    assert found.residual == pytest.approx(0, abs=1e-9)
    assert set(found.status) == {"complete"}
