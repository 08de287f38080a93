"""One proportion: oracles, zero patterns, and the agreement of p-values with intervals."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint, proportions_ztest

from rbdc.statistics.comparisons import proportion_difference, proportion_ratio
from rbdc.statistics.proportions import (
    clopper_pearson,
    clopper_pearson_p_value,
    equal_proportions_p_value,
    share_interval,
    share_method,
    share_p_value,
    wilson,
    wilson_p_value,
)

pytestmark = pytest.mark.filterwarnings("error")

trials = st.one_of(
    st.integers(1, 10**9).map(float), st.floats(0.1, 1e9), st.sampled_from([1.0, 2.0, 0.5])
)
shares = st.one_of(st.sampled_from([0.0, 1.0, 1e-9, 0.5]), st.floats(1e-6, 1 - 1e-6))
levels = st.floats(0.5, 0.999)


@pytest.mark.parametrize(("ours", "theirs"), [(wilson, "wilson"), (clopper_pearson, "beta")])
def test_limits_equal_statsmodels_on_random_counts(ours, theirs) -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 5000, 500)
    x = rng.binomial(n, rng.random(500))
    for level in (0.8, 0.95, 0.998):
        expected = proportion_confint(x, n, 1 - level, method=theirs)
        assert np.array(ours(x, n, level)) == pytest.approx(np.array(expected), abs=1e-10)


def test_p_values_equal_their_oracles() -> None:
    rng = np.random.default_rng(2)
    n = rng.integers(1, 400, 200)
    x = rng.binomial(n, 0.3)
    p0 = rng.uniform(0.05, 0.95, 200)
    score = [
        proportions_ztest(a, b, value=c, prop_var=c)[1] for a, b, c in zip(x, n, p0, strict=True)
    ]
    assert wilson_p_value(x, n, p0) == pytest.approx(np.array(score))
    tails = np.minimum(stats.binom.cdf(x, n, p0), stats.binom.sf(x - 1, n, p0))
    assert clopper_pearson_p_value(x, n, p0) == pytest.approx(np.minimum(1, 2 * tails))


@pytest.mark.parametrize("method", [wilson, share_interval])
@given(n=trials, share=shares, level=levels)
def test_limits_hold_the_estimate_and_widen_with_confidence(method, n, share, level) -> None:
    x = share * n
    low, high = method(x, n, level)
    assert 0 <= low <= x / n <= high <= 1
    wider_low, wider_high = method(x, n, level + 0.0005)
    assert wider_low <= low + 1e-12
    assert wider_high >= high - 1e-12


@given(n=st.floats(0.1, 1e6), share=shares, level=levels)
def test_exact_limits_hold_the_estimate_and_widen(n, share, level) -> None:
    x = share * n
    low, high = clopper_pearson(x, n, level)
    assert 0 <= low <= x / n <= high <= 1
    wider_low, wider_high = clopper_pearson(x, n, level + 0.0005)
    assert wider_low <= low
    assert wider_high >= high


@pytest.mark.parametrize("method", [wilson, clopper_pearson, share_interval])
def test_zero_patterns(method) -> None:
    low, high = method([0, 7, 0, np.nan, 8], [7, 7, 0, 7, 7])
    assert low[0] == 0
    assert 0 < high[0] < 1
    assert 0 < low[1] < 1
    assert high[1] == 1
    assert np.isnan(low[2:]).all()
    assert np.isnan(high[2:]).all()


def test_share_interval_is_exact_under_ten_effective_outcomes() -> None:
    x, n = np.array([9.0, 9.99, 10.0, 300.0]), np.array([40.0, 40.0, 40.0, 900.0])
    low, _ = share_interval(x, n)
    assert low[:2] == pytest.approx(clopper_pearson(x, n)[0][:2])
    assert low[2:] == pytest.approx(wilson(x, n)[0][2:])
    assert list(share_method(x)) == ["clopper_pearson", "clopper_pearson", "wilson", "wilson"]


@given(n=trials, share=shares, p0=st.floats(0.001, 0.999), level=levels)
def test_share_p_value_inverts_the_interval(n, share, p0, level) -> None:
    x = share * n
    low, high = share_interval(x, n, level)
    # Where a limit touches p0 to the last digits, rounding decides.
    assume(min(abs(low - p0), abs(high - p0)) > 1e-9)
    assert (share_p_value(x, n, p0) < 1 - level) == bool((low > p0) | (high < p0))


@given(n1=trials, share1=shares, n0=trials, share0=shares, level=levels)
def test_equality_p_value_inverts_ratio_and_difference(n1, share1, n0, share0, level) -> None:
    pair = share1 * n1, n1, share0 * n0, n0
    p = equal_proportions_p_value(*pair)
    ratio_low, ratio_high = proportion_ratio(*pair, level)
    low, high = proportion_difference(*pair, level)
    # Where a limit touches equality to the last digits, rounding decides.
    assume(min(abs(ratio_low - 1), abs(ratio_high - 1), abs(low), abs(high)) > 1e-9)
    assert (p < 1 - level) == bool((ratio_low > 1) | (ratio_high < 1))
    assert (p < 1 - level) == bool((low > 0) | (high < 0))


def test_p_values_at_the_extremes() -> None:
    assert equal_proportions_p_value(5, 10, 50, 100) == 1
    assert equal_proportions_p_value(9e8, 1e9, 1e8, 1e9) == 0
    assert np.isnan(equal_proportions_p_value(0, 0, 5, 10))
    assert share_p_value([3, 0, 20, 19, np.nan], [20, 20, 20, 20, 9], [np.nan, 0, 1, 1, 0.5])[
        1:4
    ] == pytest.approx([1, 1, 0])
    assert np.isnan(share_p_value([3, np.nan, 0], [20, 9, 0], [np.nan, 0.5, 0.5])).all()
