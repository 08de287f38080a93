"""Mantel-Haenszel: one stratum by hand, confounding removed, every zero pattern, invariances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.contingency_tables import StratifiedTable

from rbdc.statistics.stratified import Stratified, mantel_haenszel_ratio

pytestmark = pytest.mark.filterwarnings("error")


def of_one(*strata: tuple, **options) -> Stratified:
    """Strata (x1, n1, x0, n0) of one comparison."""
    return mantel_haenszel_ratio(*np.transpose(strata), np.zeros(len(strata), int), 1, **options)


def test_one_stratum_is_the_ratio_with_the_limits_of_katz() -> None:
    found = of_one((30, 100, 20, 200))
    error = np.sqrt(1 / 30 - 1 / 100 + 1 / 20 - 1 / 200)
    assert found.estimate == pytest.approx([3])
    assert found.low == pytest.approx([3 * np.exp(-1.959964 * error)], rel=1e-6)
    assert found.high == pytest.approx([3 * np.exp(1.959964 * error)], rel=1e-6)
    assert found.informative.tolist() == [1]


def test_a_stratum_that_decides_everything_is_not_confused_with_race() -> None:
    # Inside each regime the rates are equal; the group is mostly in the one that searches more.
    strata = (400, 800, 100, 200), (20, 200, 80, 800)
    crude = (420 / 1000) / (180 / 1000)
    found = of_one(*strata)
    assert crude > 2
    assert found.estimate == pytest.approx([1])
    assert found.p_value == pytest.approx([1])


def test_the_ratio_is_near_the_odds_ratio_of_statsmodels_for_rare_outcomes() -> None:
    rng = np.random.default_rng(1)
    n1, n0 = rng.integers(10**6, 2 * 10**6, (2, 8))
    x1, x0 = rng.binomial(n1, 2e-4), rng.binomial(n0, 1e-4)
    tables = [[[a, n - a], [b, m - b]] for a, n, b, m in zip(x1, n1, x0, n0, strict=True)]
    odds = StratifiedTable([np.array(table) for table in tables])
    low, high = odds.oddsratio_pooled_confint()
    found = mantel_haenszel_ratio(x1, n1, x0, n0, np.zeros(8, int), 1)
    assert found.estimate[0] == pytest.approx(odds.oddsratio_pooled, rel=1e-3)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), rel=1e-2)


def test_zero_patterns_of_ratios() -> None:
    none_in_group = of_one((0, 20, 5, 30), (0, 10, 2, 30))
    assert none_in_group.estimate == [0]
    for nowhere in (
        of_one((5, 20, 0, 30)),
        of_one((0, 20, 0, 30)),
        of_one((5, 20, 0, 0), (0, 0, 5, 20)),
        of_one((0, 0, 0, 0)),
        mantel_haenszel_ratio([], [], [], [], np.array([], int), 1),
    ):
        assert np.isnan(nowhere.estimate).all()
    for found in (none_in_group, nowhere):
        assert np.isnan([found.low, found.high, found.p_value]).all()


def test_everybody_has_the_outcome() -> None:
    found = of_one((20, 20, 7, 7), (3, 3, 11, 11))
    assert found.estimate == pytest.approx([1])
    assert np.isnan([found.low, found.high, found.p_value]).all()


def test_comparisons_do_not_touch_each_other() -> None:
    rng = np.random.default_rng(2)
    n1, n0 = rng.integers(0, 60, (2, 300))
    x1, x0 = rng.binomial(n1, 0.3), rng.binomial(n0, 0.2)
    comparison, deff = rng.integers(0, 40, 300), rng.uniform(1, 4, 40)
    together = mantel_haenszel_ratio(x1, n1, x0, n0, comparison, 41, deff=np.append(deff, 1))
    for one in range(40):
        mine = comparison == one
        sides = (side[mine] for side in (x1, n1, x0, n0))
        alone = mantel_haenszel_ratio(*sides, np.zeros(mine.sum(), int), 1, deff=deff[one])
        for left, right in zip(together, alone, strict=True):
            assert left[one] == pytest.approx(right[0], rel=1e-12, nan_ok=True)
    assert np.isnan(together.estimate[40])
    assert together.informative[40] == 0


def test_the_design_effect_multiplies_the_variance() -> None:
    strata = (30, 100, 20, 200), (12, 50, 22, 150)
    plain, wide = of_one(*strata), of_one(*strata, deff=4)
    assert wide.estimate == plain.estimate
    assert np.log(wide.high / wide.low) == pytest.approx(2 * np.log(plain.high / plain.low))
    assert wide.p_value > plain.p_value


def test_an_unknown_count_leaves_its_comparison_undefined() -> None:
    found = mantel_haenszel_ratio(
        [3, np.nan, 4], [9, 9, 9], [2, 2, 2], [9, 9, 9], np.array([0, 0, 1]), 2
    )
    assert np.isnan(found.estimate).tolist() == [True, False]


sides = st.tuples(st.integers(0, 10**6), st.floats(0, 1)).map(
    lambda side: (float(round(side[0] * side[1])), float(side[0]))
)
strata_lists = st.lists(st.tuples(sides, sides).map(lambda s: (*s[0], *s[1])), min_size=1)


@given(strata=strata_lists, level=st.floats(0.5, 0.999), seed=st.integers(0, 99))
def test_limits_hold_the_estimate_widen_and_agree_with_p(strata, level, seed) -> None:
    found = of_one(*strata, confidence=level)
    wider = of_one(*strata, confidence=level + 0.0005)
    assert np.isnan(found.low) == np.isnan(found.high) == np.isnan(found.p_value)
    assert not np.isinf(np.array(found[:4])).any()
    if not np.isnan(found.low):
        assert wider.low <= found.low <= found.estimate <= found.high <= wider.high
        if min(abs(found.low - 1), abs(found.high - 1)) > 1e-9:
            assert (found.p_value < 1 - level) == ((found.low > 1) | (found.high < 1))
    order = np.random.default_rng(seed).permutation(len(strata))
    shuffled = of_one(*(strata[row] for row in order), confidence=level)
    for left, right in zip(found, shuffled, strict=True):
        assert left == pytest.approx(right, rel=1e-7, abs=1e-12, nan_ok=True)


@given(strata=strata_lists)
def test_swapping_the_groups_inverts_the_ratio(strata) -> None:
    found = of_one(*strata)
    back = of_one(*((x0, n0, x1, n1) for x1, n1, x0, n0 in strata))
    if not np.isnan(found.low):
        assert back.low == pytest.approx(1 / found.high, rel=1e-9)
        assert back.p_value == pytest.approx(found.p_value, rel=1e-6, abs=1e-12)


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
