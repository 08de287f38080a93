"""One Poisson count or rate: oracles, properties and the rule that picks the method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.rates import confint_poisson

from rbdc.statistics.counts import byar, count_interval, exact_poisson, rate_interval

pytestmark = pytest.mark.filterwarnings("error")

counts = st.one_of(
    st.integers(0, 10**9).map(float), st.floats(0.01, 1e9), st.sampled_from([0.0, 0.3])
)


def test_exact_limits_equal_statsmodels() -> None:
    x = np.concatenate([np.arange(1, 60), [1000, 10**6, 10**9]])
    for level in (0.8, 0.95, 0.998):
        expected = np.transpose(
            [confint_poisson(one, 1, method="exact-c", alpha=1 - level) for one in x]
        )
        assert np.array(exact_poisson(x, level)) == pytest.approx(expected, rel=1e-9)


def test_byar_is_close_to_exact_from_ten() -> None:
    x = np.arange(10, 3000)
    assert np.array(byar(x)) == pytest.approx(np.array(exact_poisson(x)), rel=2e-3)


@pytest.mark.parametrize("method", [exact_poisson, byar, count_interval])
@given(x=counts, level=st.floats(0.5, 0.999))
def test_limits_hold_the_count_and_widen_with_confidence(method, x, level) -> None:
    low, high = method(x, level)
    assert 0 <= low <= x < high
    wider_low, wider_high = method(x, level + 0.0005)
    assert wider_low <= low
    assert wider_high > high


def test_exact_under_ten_byar_from_ten() -> None:
    x = np.array([0.0, 9.0, 9.99, 10.0, 11.0])
    low, high = count_interval(x)
    assert high[:3] == pytest.approx(exact_poisson(x)[1][:3])
    assert low[3:] == pytest.approx(byar(x)[0][3:])
    assert low[0] == 0


def test_a_rate_over_nobody_is_undefined() -> None:
    low, high = rate_interval([0, 5, 5, np.nan], [0, 0, 100, 100])
    assert np.isnan(low[[0, 1, 3]]).all()
    assert np.isnan(high[[0, 1, 3]]).all()
    assert low[2] < 0.05 < high[2]
