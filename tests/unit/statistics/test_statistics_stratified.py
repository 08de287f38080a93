"""Mantel-Haenszel: one stratum by hand, confounding removed, every zero pattern, invariances."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from rbdc.statistics.stratified import (
    Stratified,
    mantel_haenszel_difference,
    mantel_haenszel_rate_ratio,
    mantel_haenszel_ratio,
)

pytestmark = pytest.mark.filterwarnings("error")
RATIOS = [mantel_haenszel_ratio, mantel_haenszel_rate_ratio]
ALL = [*RATIOS, mantel_haenszel_difference]


def of_one(method: Callable[..., Stratified], *strata: tuple, **options) -> Stratified:
    """Strata (x1, n1, x0, n0) of one comparison."""
    return method(*np.transpose(strata), np.zeros(len(strata), int), 1, **options)


def test_one_stratum_is_the_ratio_with_the_limits_of_katz() -> None:
    found = of_one(mantel_haenszel_ratio, (30, 100, 20, 200))
    error = np.sqrt(1 / 30 - 1 / 100 + 1 / 20 - 1 / 200)
    assert found.estimate == pytest.approx([3])
    assert found.low == pytest.approx([3 * np.exp(-1.959964 * error)], rel=1e-6)
    assert found.high == pytest.approx([3 * np.exp(1.959964 * error)], rel=1e-6)
    assert found.informative.tolist() == [1]


def test_one_stratum_of_rates_and_of_a_difference() -> None:
    found = of_one(mantel_haenszel_rate_ratio, (30, 1000, 20, 4000))
    width = np.exp(1.959964 * np.sqrt(1 / 30 + 1 / 20))
    assert (found.low[0], found.high[0]) == pytest.approx((6 / width, 6 * width), rel=1e-6)
    found = of_one(mantel_haenszel_difference, (30, 100, 20, 200))
    width = 1.959964 * np.sqrt(0.3 * 0.7 / 99 + 0.1 * 0.9 / 199)
    assert (found.low[0], found.high[0]) == pytest.approx((0.2 - width, 0.2 + width), rel=1e-6)


def test_a_stratum_that_decides_everything_is_not_confused_with_race() -> None:
    # Inside each regime the rates are equal; the group is mostly in the one that searches more.
    strata = (400, 800, 100, 200), (20, 200, 80, 800)
    crude = (420 / 1000) / (180 / 1000)
    found = of_one(mantel_haenszel_ratio, *strata)
    assert crude > 2
    assert found.estimate == pytest.approx([1])
    assert found.p_value == pytest.approx([1])
    assert of_one(mantel_haenszel_difference, *strata).estimate == pytest.approx([0])


def test_the_ratio_is_near_the_odds_ratio_of_statsmodels_for_rare_outcomes() -> None:
    rng = np.random.default_rng(1)
    n1, n0 = rng.integers(10**6, 2 * 10**6, (2, 8))
    x1, x0 = rng.binomial(n1, 2e-4), rng.binomial(n0, 1e-4)
    tables = [[[a, n - a], [b, m - b]] for a, n, b, m in zip(x1, n1, x0, n0, strict=True)]
    odds = StratifiedTable([np.array(table) for table in tables])
    low, high = odds.oddsratio_pooled_confint()
    for method in RATIOS:
        found = method(x1, n1, x0, n0, np.zeros(8, int), 1)
        assert found.estimate[0] == pytest.approx(odds.oddsratio_pooled, rel=1e-3)
        assert (found.low[0], found.high[0]) == pytest.approx((low, high), rel=1e-2)


@pytest.mark.parametrize("method", RATIOS)
def test_zero_patterns_of_ratios(method) -> None:
    none_in_group = of_one(method, (0, 20, 5, 30), (0, 10, 2, 30))
    assert none_in_group.estimate == [0]
    for nowhere in (
        of_one(method, (5, 20, 0, 30)),
        of_one(method, (0, 20, 0, 30)),
        of_one(method, (5, 20, 0, 0), (0, 0, 5, 20)),
        of_one(method, (0, 0, 0, 0)),
        method([], [], [], [], np.array([], int), 1),
    ):
        assert np.isnan(nowhere.estimate).all()
    for found in (none_in_group, nowhere):
        assert np.isnan([found.low, found.high, found.p_value]).all()


def test_everybody_has_the_outcome() -> None:
    found = of_one(mantel_haenszel_ratio, (20, 20, 7, 7), (3, 3, 11, 11))
    assert found.estimate == pytest.approx([1])
    assert np.isnan([found.low, found.high, found.p_value]).all()
    found = of_one(mantel_haenszel_difference, (20, 20, 7, 7))
    assert found.estimate == [0]
    assert np.isnan([found.low, found.high, found.p_value]).all()


def test_differences_where_there_is_little() -> None:
    found = of_one(mantel_haenszel_difference, (0, 20, 5, 30), (0, 0, 9, 10))
    assert found.estimate == pytest.approx([-5 / 30])
    assert found.low < found.estimate < found.high
    assert found.informative == [1]
    assert np.isnan(of_one(mantel_haenszel_difference, (0, 0, 9, 10)).estimate).all()
    single = of_one(mantel_haenszel_difference, (1, 1, 5, 30))
    assert single.estimate == pytest.approx([25 / 30])
    assert np.isfinite(single.low).all()


@pytest.mark.parametrize("method", ALL)
def test_comparisons_do_not_touch_each_other(method) -> None:
    rng = np.random.default_rng(2)
    n1, n0 = rng.integers(0, 60, (2, 300))
    x1, x0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.2)
    comparison, deff = rng.integers(0, 40, 300), rng.uniform(1, 4, 40)
    together = method(x1, n1, x0, n0, comparison, 41, deff=np.append(deff, 1))
    for one in range(40):
        mine = comparison == one
        sides = (side[mine] for side in (x1, n1, x0, n0))
        alone = method(*sides, np.zeros(mine.sum(), int), 1, deff=deff[one])
        for left, right in zip(together, alone, strict=True):
            assert left[one] == pytest.approx(right[0], rel=1e-12, nan_ok=True)
    assert np.isnan(together.estimate[40])
    assert together.informative[40] == 0


@pytest.mark.parametrize("method", ALL)
def test_the_design_effect_multiplies_the_variance(method) -> None:
    strata = (30, 100, 20, 200), (12, 50, 22, 150)
    plain, wide = of_one(method, *strata), of_one(method, *strata, deff=4)
    scale = (lambda v: v) if method is mantel_haenszel_difference else np.log
    assert wide.estimate == plain.estimate
    assert scale(wide.high) - scale(wide.low) == pytest.approx(
        2 * (scale(plain.high) - scale(plain.low))
    )
    assert wide.p_value > plain.p_value


@pytest.mark.parametrize("method", ALL)
def test_an_unknown_count_leaves_its_comparison_undefined(method) -> None:
    found = method([3, np.nan, 4], [9, 9, 9], [2, 2, 2], [9, 9, 9], np.array([0, 0, 1]), 2)
    assert np.isnan(found.estimate).tolist() == [True, False]


sides = st.tuples(st.integers(0, 10**6), st.floats(0, 1)).map(
    lambda side: (float(round(side[0] * side[1])), float(side[0]))
)
strata_lists = st.lists(st.tuples(sides, sides).map(lambda s: (*s[0], *s[1])), min_size=1)


@pytest.mark.parametrize("method", ALL)
@given(strata=strata_lists, level=st.floats(0.5, 0.999), seed=st.integers(0, 99))
def test_limits_hold_the_estimate_widen_and_agree_with_p(method, strata, level, seed) -> None:
    found = of_one(method, *strata, confidence=level)
    wider = of_one(method, *strata, confidence=level + 0.0005)
    null = 0 if method is mantel_haenszel_difference else 1
    assert np.isnan(found.low) == np.isnan(found.high) == np.isnan(found.p_value)
    assert not np.isinf(np.array(found[:4])).any()
    if not np.isnan(found.low):
        assert wider.low <= found.low <= found.estimate <= found.high <= wider.high
        if min(abs(found.low - null), abs(found.high - null)) > 1e-9:
            assert (found.p_value < 1 - level) == ((found.low > null) | (found.high < null))
    order = np.random.default_rng(seed).permutation(len(strata))
    shuffled = of_one(method, *(strata[row] for row in order), confidence=level)
    for left, right in zip(found, shuffled, strict=True):
        assert left == pytest.approx(right, rel=1e-7, abs=1e-12, nan_ok=True)


@given(strata=strata_lists)
def test_swapping_the_groups_inverts_the_ratio_and_negates_the_difference(strata) -> None:
    swapped = [(x0, n0, x1, n1) for x1, n1, x0, n0 in strata]
    for method in RATIOS:
        found, back = of_one(method, *strata), of_one(method, *swapped)
        if not np.isnan(found.low):
            assert back.low == pytest.approx(1 / found.high, rel=1e-9)
            assert back.p_value == pytest.approx(found.p_value, rel=1e-6, abs=1e-12)
    found, back = (of_one(mantel_haenszel_difference, *one) for one in (strata, swapped))
    assert back.estimate == pytest.approx(-found.estimate, nan_ok=True)
    assert back.low == pytest.approx(-found.high, nan_ok=True)


def test_sparse_strata_cover() -> None:
    # 60 strata of about 20 with a true ratio of 1.5: the case crude pooling and logs cannot do.
    rng = np.random.default_rng(3)
    runs, strata = 4000, 60
    base = rng.uniform(0.02, 0.3, strata)
    n1, n0 = rng.integers(2, 20, strata), rng.integers(2, 40, strata)
    x1 = rng.binomial(n1, 1.5 * base, (runs, strata)).ravel()
    x0 = rng.binomial(n0, base, (runs, strata)).ravel()
    comparison = np.repeat(np.arange(runs), strata)
    found = mantel_haenszel_ratio(x1, np.tile(n1, runs), x0, np.tile(n0, runs), comparison, runs)
    covered = np.mean((found.low <= 1.5) & (found.high >= 1.5))
    assert 0.935 <= covered <= 0.965
