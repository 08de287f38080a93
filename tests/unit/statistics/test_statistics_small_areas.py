"""Smoothing and funnels of small areas: by hand, esda's formula, zero patterns, invariances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rbdc.statistics.small_areas import funnel, smoothed_rates

pytestmark = pytest.mark.filterwarnings("error")


def test_marshall_by_hand() -> None:
    found = smoothed_rates([10, 60], [100, 300], np.zeros(2, int))
    m = 70 / 400
    between = (100 * (0.1 - m) ** 2 + 300 * (0.2 - m) ** 2) / 400 - m / 200
    weights = [between / (between + m / 100), between / (between + m / 300)]
    assert found.overall == pytest.approx([m, m])
    assert found.weight == pytest.approx(weights)
    assert found.rate == pytest.approx([m + weights[0] * (0.1 - m), m + weights[1] * (0.2 - m)])


def test_marshall_equals_esda_where_esda_is_defined() -> None:
    # esda/smoothing.py, class Empirical_Bayes (pysal), written out.
    rng = np.random.default_rng(1)
    n = rng.integers(50, 5000, 80).astype(float)
    x = rng.binomial(n.astype(int), rng.uniform(0.01, 0.2, 80)).astype(float)
    mean = x.sum() / n.sum()
    variance = (n * (x / n - mean) ** 2).sum() / n.sum() - mean / n.mean()
    weight = variance / (variance + mean / n)
    expected = weight * x / n + (1 - weight) * mean
    assert smoothed_rates(x, n, np.zeros(80, int)).rate == pytest.approx(expected)


def test_areas_that_differ_less_than_chance_get_the_common_rate() -> None:
    found = smoothed_rates([10, 20, 30], [100, 200, 300], np.zeros(3, int))
    assert found.rate == pytest.approx([0.1] * 3)
    assert found.weight.tolist() == [0, 0, 0]


def test_smoothing_of_nothing() -> None:
    sets = np.array([0, 0, 0, 1, 1, 2, 3])
    found = smoothed_rates([0, 5, 0, 0, 0, 0, np.nan], [0, 50, 70, 10, 90, 0, 9], sets)
    assert np.isnan(found.rate).tolist() == [True, False, False, False, False, True, True]
    without = smoothed_rates([5, 0], [50, 70], np.zeros(2, int))
    assert found.rate[1:3] == pytest.approx(without.rate)
    assert found.rate[3:5].tolist() == [0, 0]
    assert np.isnan(found.overall[5:]).all()


area_lists = st.lists(
    st.tuples(st.integers(0, 10**6), st.floats(0, 1)).map(
        lambda area: (float(round(area[0] * area[1])), float(area[0]))
    ),
    min_size=1,
    max_size=30,
)


@given(areas=area_lists, seed=st.integers(0, 99))
def test_smoothed_rates_lie_between_the_area_and_its_set(areas, seed) -> None:
    x, n = np.transpose(areas)
    found = smoothed_rates(x, n, np.zeros(len(x), int))
    there = n > 0
    assert np.isnan(found.rate).tolist() == (~there).tolist()
    own = x[there] / n[there]
    between = np.sort([own, found.overall[there]], axis=0)
    assert (found.rate[there] >= between[0] - 1e-12).all()
    assert (found.rate[there] <= between[1] + 1e-12).all()
    # The larger an area, the more its own rate counts.
    assert (np.diff(found.weight[there][np.argsort(n[there])]) >= -1e-12).all()
    order = np.random.default_rng(seed).permutation(len(x))
    again = smoothed_rates(x[order], n[order], np.zeros(len(x), int))
    assert again.rate == pytest.approx(found.rate[order], rel=1e-6, abs=1e-9, nan_ok=True)


def test_sets_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(2)
    sets = rng.integers(0, 9, 200)
    n = rng.integers(0, 400, 200)
    x = rng.binomial(n, 0.1)
    together, placed = smoothed_rates(x, n, sets), funnel(x, n, sets)
    for one in range(9):
        mine, zeros = sets == one, np.zeros((sets == one).sum(), int)
        alone = smoothed_rates(x[mine], n[mine], zeros)
        assert together.rate[mine] == pytest.approx(alone.rate, nan_ok=True)
        alone = funnel(x[mine], n[mine], zeros)
        assert placed.high_95[mine] == pytest.approx(alone.high_95, nan_ok=True)
        assert placed.position[mine].tolist() == alone.position.tolist()


def test_funnel_limits_by_hand() -> None:
    found = funnel([2, 98], [10, 390], np.zeros(2, int))
    p = 0.25
    # Binomial(10, 1/4): F(4) = 0.9219, F(5) = 0.9803, so r = 5 at 0.975.
    at_most, exactly = stats.binom.cdf(5, 10, p), stats.binom.pmf(5, 10, p)
    assert found.high_95[0] == pytest.approx((5 - (at_most - 0.975) / exactly) / 10)
    # F(0) = 0.0563 is over 0.025 already: the limit would be negative and stops at 0.
    assert found.low_95[0] == 0
    assert found.position.tolist() == ["inside", "inside"]


def test_funnel_limits_near_the_normal_ones_in_large_areas() -> None:
    found = funnel([20_000, 180_000], [100_000, 900_000], np.zeros(2, int))
    error = np.sqrt(0.2 * 0.8 / 100_000)
    assert found.high_95[0] == pytest.approx(0.2 + 1.959964 * error, abs=1e-5)
    assert found.low_998[0] == pytest.approx(0.2 - 3.090232 * error, abs=1e-5)
    wide = funnel([20_000, 180_000], [100_000, 900_000], np.zeros(2, int), deff=4)
    assert wide.high_95[0] - 0.2 == pytest.approx(2 * (found.high_95[0] - 0.2))


def test_positions_in_the_funnel() -> None:
    n = np.array([1e6, 1000, 1000, 1000, 1000, 1000])
    x = np.array([100_000, 100, 120, 140, 80, 60])
    names = ["inside", "inside", "above_95", "above_998", "below_95", "below_998"]
    assert funnel(x, n, np.zeros(6, int)).position.tolist() == names
    assert set(funnel(x, n, np.zeros(6, int), deff=9).position[1:]) == {"inside"}


def test_funnels_of_nothing() -> None:
    sets = np.array([0, 0, 1, 1, 2, 2, 3])
    found = funnel([0, 5, 0, 0, 7, 9, np.nan], [0, 50, 10, 90, 7, 9, 9], sets)
    assert found.position.tolist() == [None, *["inside"] * 5, None]
    assert found.low_95[2:6].tolist() == found.high_998[2:6].tolist() == [0, 0, 1, 1]
    assert np.isnan(found.high_95[[0, 6]]).all()
    impossible = funnel([9, 3], [5, 30], np.zeros(2, int))
    assert impossible.position.tolist() == [None, "inside"]


@given(areas=area_lists)
def test_funnel_limits_are_ordered_and_hold_the_overall_rate(areas) -> None:
    x, n = np.transpose(areas)
    found = funnel(x, n, np.zeros(len(x), int))
    there = n > 0
    limits = (found.low_998, found.low_95, found.overall, found.high_95, found.high_998)
    limits = np.array(limits)[:, there]
    # Between whole counts an interpolated limit can miss the rate by less than one count.
    assert (np.diff(limits, axis=0) >= -1 / n[there]).all()
    assert ((limits >= 0) & (limits <= 1)).all()
    assert (limits[1] >= limits[0]).all()
    assert (limits[4] >= limits[3]).all()
    outside = (x[there] / n[there] > limits[3]) | (x[there] / n[there] < limits[1])
    assert ((found.position[there] != "inside") == outside).all()


def test_about_one_area_in_20_lies_outside_by_chance() -> None:
    rng = np.random.default_rng(3)
    n = rng.integers(5, 800, 20_000)
    found = funnel(rng.binomial(n, 0.12), n, np.zeros(20_000, int))
    assert np.mean(found.position != "inside") == pytest.approx(0.05, abs=0.01)
