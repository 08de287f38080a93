"""Ratios and differences of two groups: oracles, every zero pattern, and invariances."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from rbdc.statistics.comparisons import (
    exact_rate_ratio,
    mover_rate_ratio,
    proportion_difference,
    proportion_ratio,
    rate_difference,
    rate_ratio,
    rate_ratio_p_value,
)
from rbdc.statistics.counts import exact_poisson

pytestmark = pytest.mark.filterwarnings("error")

sizes = st.one_of(st.integers(1, 10**9).map(float), st.floats(0.5, 1e9))
shares = st.one_of(st.sampled_from([0.0, 1.0]), st.floats(1e-6, 1 - 1e-6))
levels = st.floats(0.5, 0.999)


def test_newcombe_equals_statsmodels() -> None:
    rng = np.random.default_rng(3)
    n1, n0 = rng.integers(1, 900, 200), rng.integers(1, 900, 200)
    x1, x0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.2)
    expected = confint_proportions_2indep(x1, n1, x0, n0, compare="diff", method="newcomb")
    assert np.array(proportion_difference(x1, n1, x0, n0)) == pytest.approx(np.array(expected))


def test_exact_rate_ratio_equals_the_binomial_odds() -> None:
    rng = np.random.default_rng(4)
    x1, x0 = rng.integers(0, 30, 100), rng.integers(1, 30, 100)
    t1, t0 = rng.uniform(10, 1000, 100), rng.uniform(10, 1000, 100)
    limits = np.transpose(exact_rate_ratio(x1, t1, x0, t0))
    for row, (a, s, b, t) in enumerate(zip(x1, t1, x0, t0, strict=True)):
        share = stats.binomtest(int(a), int(a + b)).proportion_ci(method="exact")
        expected = [edge / (1 - edge) * t / s for edge in share]
        assert limits[row] == pytest.approx(expected, rel=1e-6)


@given(n1=sizes, share1=shares, n0=sizes, share0=shares, level=levels)
def test_proportion_limits_hold_the_estimate_and_widen(n1, share1, n0, share0, level) -> None:
    pair = share1 * n1, n1, share0 * n0, n0
    p1, p0 = pair[0] / n1, pair[2] / n0
    low, high = proportion_difference(*pair, level)
    assert low <= p1 - p0 <= high
    low, high = proportion_ratio(*pair, level)
    wider_low, wider_high = proportion_ratio(*pair, level + 0.0005)
    assert 0 <= wider_low <= low * (1 + 1e-9)
    assert high <= wider_high * (1 + 1e-9)
    if p0 > 0:
        assert low * (1 - 1e-9) <= p1 / p0 <= high * (1 + 1e-9)


@given(
    x1=st.just(0.0) | st.floats(0.1, 1e9), t1=sizes, x0=st.floats(0.1, 1e9), t0=sizes, level=levels
)  # fmt: skip
def test_rate_limits_hold_the_estimate_and_widen(x1, t1, x0, t0, level) -> None:
    low, high = rate_ratio(x1, t1, x0, t0, level)
    wider_low, wider_high = rate_ratio(x1, t1, x0, t0, level + 0.0005)
    ratio = (x1 / t1) / (x0 / t0)
    assert 0 <= wider_low <= low * (1 + 1e-9)
    assert low * (1 - 1e-9) <= ratio <= high * (1 + 1e-9)
    assert high <= wider_high * (1 + 1e-9)
    low, high = rate_difference(x1, t1, x0, t0, level)
    assert low <= x1 / t1 - x0 / t0 <= high


@pytest.mark.parametrize("method", [proportion_ratio, rate_ratio])
@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((0, 20, 5, 100), (0, "finite")),
        ((5, 20, 0, 100), ("positive", np.inf)),
        ((0, 20, 0, 100), (0, np.inf)),
        ((20, 20, 100, 100), ("positive", "finite")),
        ((20, 20, 0, 100), ("positive", np.inf)),
        ((0, 20, 100, 100), (0, "finite")),
        ((0, 0, 5, 100), (np.nan, np.nan)),
        ((5, 20, 0, 0), (np.nan, np.nan)),
        ((0, 0, 0, 0), (np.nan, np.nan)),
    ],
)
def test_zero_patterns_of_ratios(method, pair, expected) -> None:
    for limit, meaning in zip(method(*pair), expected, strict=True):
        if isinstance(meaning, str):
            assert 0 < limit < np.inf
        else:
            np.testing.assert_equal(float(limit), meaning)


@pytest.mark.parametrize("method", [proportion_difference, rate_difference])
def test_zero_patterns_of_differences(method) -> None:
    for (x1, n1), (x0, n0) in itertools.product([(0, 9), (9, 9), (0, 0)], repeat=2):
        low, high = method(x1, n1, x0, n0)
        if n1 and n0:
            assert low <= x1 / n1 - x0 / n0 <= high
            assert low < high
        else:
            assert np.isnan(low)
            assert np.isnan(high)


def test_swapping_the_groups_inverts_the_limits() -> None:
    for method in (proportion_ratio, exact_rate_ratio, mover_rate_ratio):
        low, high = method(40, 400, 12, 300)
        back_low, back_high = method(12, 300, 40, 400)
        assert float(back_low) == pytest.approx(float(1 / high))
        assert float(back_high) == pytest.approx(float(1 / low))


def test_one_small_count_makes_the_rate_ratio_exact() -> None:
    for pair in ((9, 100, 50, 900), (50, 900, 9.9, 100)):
        assert np.ravel(rate_ratio(*pair)) == pytest.approx(np.ravel(exact_rate_ratio(*pair)))
    large = 10, 100, 50, 900
    assert np.ravel(rate_ratio(*large)) == pytest.approx(np.ravel(mover_rate_ratio(*large)))
    assert np.ravel(rate_ratio(*large)) != pytest.approx(np.ravel(exact_rate_ratio(*large)))


def test_huge_counts_keep_their_digits() -> None:
    # Beside a billion, the small count alone is uncertain: its own exact limits, turned over.
    small_low, small_high = exact_poisson(5)
    low, high = exact_rate_ratio(1e9, 1e9, 5, 5)
    assert (float(low), float(high)) == pytest.approx((5 / small_high, 5 / small_low), rel=1e-5)
    low, high = proportion_ratio(5e8, 1e9, 5e8, 1e9)
    assert high - low == pytest.approx(2 * 1.959964 * np.sqrt(2e-9), rel=1e-3)


counts = st.integers(0, 30).map(float) | st.floats(0.1, 1e7)


@given(x1=counts, t1=sizes, x0=counts, t0=sizes, level=levels)
def test_rate_p_value_inverts_the_ratio_and_not_only_in_one_order(x1, t1, x0, t0, level) -> None:
    p = rate_ratio_p_value(x1, t1, x0, t0)
    assert 0 <= p <= 1
    assert rate_ratio_p_value(x0, t0, x1, t1) == pytest.approx(float(p), rel=1e-6, abs=1e-300)
    low, high = rate_ratio(x1, t1, x0, t0, level)
    # Where a limit touches 1 to the last digits, rounding decides.
    assume(min(abs(low - 1), abs(high - 1)) > 1e-9)
    assert (p < 1 - level) == bool((low > 1) | (high < 1))


def test_exact_rate_p_value_equals_the_binomial_tails() -> None:
    rng = np.random.default_rng(5)
    x1, x0 = rng.integers(0, 10, 100), rng.integers(1, 40, 100)
    t1, t0 = rng.uniform(10, 1000, 100), rng.uniform(10, 1000, 100)
    share = t1 / (t1 + t0)
    tails = np.minimum(stats.binom.cdf(x1, x1 + x0, share), stats.binom.sf(x1 - 1, x1 + x0, share))
    assert rate_ratio_p_value(x1, t1, x0, t0) == pytest.approx(np.minimum(1, 2 * tails))


def test_rate_p_values_at_the_extremes() -> None:
    assert rate_ratio_p_value([0, 20, 5, 20], [9, 100, 50, 10], [0, 40, 10, 20], [3, 200, 100, 10])[
        [0, 1, 3]
    ] == pytest.approx([1, 1, 1])
    assert rate_ratio_p_value(1e8, 1e9, 2e8, 1e9) == 0
    undefined = rate_ratio_p_value(
        [3, 20, np.nan, 3], [0, 100, 9, 9], [4, 40, 4, np.nan], [9, 0, 9, 9]
    )
    assert np.isnan(undefined).all()
