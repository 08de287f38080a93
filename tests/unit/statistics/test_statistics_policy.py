"""Before and after a policy: known changes, zero patterns, agreement of p-values with intervals."""

import itertools

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.statistics.comparisons import (
    mover_ratio,
    proportion_ratio,
    rate_ratio,
    rate_ratio_p_value,
)
from rbdc.statistics.policy import (
    Compared,
    interrupted_time_series,
    rate_change,
    ratio_of_ratios,
)
from rbdc.statistics.proportions import equal_proportions_p_value

pytestmark = pytest.mark.filterwarnings("error")

sides = st.tuples(st.integers(0, 10**5), st.floats(0, 1)).map(
    lambda side: (float(round(side[0] * side[1])), float(side[0]))
)
pairs = st.tuples(sides, sides).map(lambda pair: (*pair[0], *pair[1]))
levels = st.floats(0.5, 0.999)


def test_the_change_of_a_rate_uses_the_methods_of_the_disparity() -> None:
    counts = 40 / 2, 400 / 2, 90 / 3, 450 / 3
    found = rate_change(40, 400, 90, 450, deff_after=2, deff_before=3)
    assert found.ratio == pytest.approx(0.5)
    assert (found.low, found.high) == pytest.approx(np.ravel(proportion_ratio(*counts)))
    assert found.p_value == pytest.approx(equal_proportions_p_value(*counts))
    found = rate_change([40, 4], [400, 400], [90, 9], [450, 450], subset=False)
    low, high = rate_ratio([40, 4], [400, 400], [90, 9], [450, 450])
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)
    assert found.p_value == pytest.approx(rate_ratio_p_value([40, 4], 400, [90, 9], 450))


@pytest.mark.parametrize("subset", [True, False])
def test_zero_patterns_of_a_change(subset) -> None:
    nothing_after = rate_change(0, 20, 5, 30, subset=subset)
    assert (nothing_after.ratio, nothing_after.low) == (0, 0)
    assert 0 < nothing_after.high < np.inf
    for counts in ((5, 20, 0, 30), (0, 20, 0, 30), (0, 0, 5, 20), (5, 20, 0, 0), (0, 0, 0, 0)):
        assert np.isnan(rate_change(*counts, subset=subset)).all()


def test_a_disparity_that_halves() -> None:
    before, after = Compared(400, 2000, 300, 3000), Compared(200, 2000, 300, 3000)
    found = ratio_of_ratios(before, after)
    assert found.ratio == pytest.approx(0.5)
    limits = proportion_ratio(200, 2000, 300, 3000), proportion_ratio(400, 2000, 300, 3000)
    expected = mover_ratio(1, *limits[0], 2, *limits[1])
    assert (found.low, found.high) == pytest.approx(np.ravel(expected))
    # Near the normal limits of the logarithm, whose variance is a sum of four.
    parts = [1 / x - 1 / n for x, n in ((400, 2000), (300, 3000), (200, 2000), (300, 3000))]
    width = np.exp(1.959964 * np.sqrt(sum(parts)))
    assert (found.low, found.high) == pytest.approx((0.5 / width, 0.5 * width), rel=0.02)
    assert found.p_value < 1e-6


def test_design_effects_widen_the_change_of_a_disparity() -> None:
    plain = ratio_of_ratios(Compared(40, 200, 30, 300), Compared(30, 200, 30, 300))
    wide = ratio_of_ratios(
        Compared(40, 200, 30, 300, 2, 1.5), Compared(30, 200, 30, 300, deff1=2, deff0=1.5)
    )
    assert wide.ratio == pytest.approx(float(plain.ratio))
    assert wide.low < plain.low
    assert wide.high > plain.high
    assert wide.p_value > plain.p_value
    scaled = ratio_of_ratios(Compared(20, 100, 20, 200), Compared(15, 100, 20, 200))
    assert np.array(wide) == pytest.approx(np.array(scaled))


@pytest.mark.parametrize("subset", [True, False])
def test_zero_patterns_of_a_change_of_disparity(subset) -> None:
    options = [(0, 0), (0, 30), (30, 30), (7, 30)]
    for one, two, three, four in itertools.product(options, repeat=4):
        before, after = Compared(*one, *two), Compared(*three, *four)
        found = ratio_of_ratios(before, after, subset=subset)
        defined = one[0] > 0 and two[0] > 0 and three[1] > 0 and four[0] > 0
        assert np.isnan(found).any() == np.isnan(found).all() == (not defined)
        if defined:
            assert 0 <= found.low <= found.ratio * (1 + 1e-9)
            assert found.ratio <= found.high * (1 + 1e-9) < np.inf
            assert (found.ratio == 0) == (three[0] == 0)


@settings(deadline=None)
@given(before=pairs, after=pairs, level=levels, subset=st.booleans())
def test_p_inverts_the_change_of_disparity_and_turns_over_with_time(
    before, after, level, subset
) -> None:
    before, after = Compared(*before), Compared(*after)
    found = ratio_of_ratios(before, after, level, subset)
    if np.isnan(found.ratio):
        return
    assert 0 <= found.p_value <= 1
    if min(abs(found.low - 1), abs(found.high - 1)) > 1e-6:
        assert (found.p_value < 1 - level) == bool((found.low > 1) | (found.high < 1))
    back = ratio_of_ratios(after, before, level, subset)
    if not np.isnan(back.ratio):
        assert back.low == pytest.approx(float(1 / found.high), rel=1e-6, abs=1e-12)
        assert back.p_value == pytest.approx(float(found.p_value), rel=1e-4, abs=1e-9)


def test_many_changes_at_once_are_each_their_own() -> None:
    rng = np.random.default_rng(1)
    n = rng.integers(1, 400, (4, 50))
    x = rng.binomial(n, 0.2)
    subset = rng.random(50) < 0.5
    before, after = Compared(x[0], n[0], x[1], n[1]), Compared(x[2], n[2], x[3], n[3])
    together = ratio_of_ratios(before, after, subset=subset)
    for row in range(50):
        one = [Compared(*(part[row] for part in side[:4])) for side in (before, after)]
        alone = ratio_of_ratios(*one, subset=subset[row])
        for left, right in zip(together, alone, strict=True):
            assert left[row] == pytest.approx(float(right), rel=1e-9, abs=1e-12, nan_ok=True)


@pytest.mark.parametrize(
    ("rates", "sizes"),
    [
        ((0.05, 0.03, 0.06, 0.03), (200, 2000, 250, 1800)),
        ((0.2, 0.1, 0.3, 0.1), (60, 600, 60, 500)),
    ],
)
def test_the_change_of_a_disparity_covers(rates, sizes) -> None:
    rng = np.random.default_rng(2)
    x = [rng.binomial(n, rate, 20_000) for rate, n in zip(rates, sizes, strict=True)]
    after, before = (
        Compared(x[0], sizes[0], x[1], sizes[1]),
        Compared(x[2], sizes[2], x[3], sizes[3]),
    )
    found = ratio_of_ratios(before, after)
    truth = rates[0] / rates[1] / (rates[2] / rates[3])
    assert 0.935 <= np.mean((found.low <= truth) & (truth <= found.high)) <= 0.965


def series(before: int, since: int, level: float = 0.6, slope: float = 1.03, seed: int = 1):
    """Counts (negative binomial, dispersion about 2), log exposure and whether after."""
    rng = np.random.default_rng(seed)
    time = np.arange(before + since)
    after = time >= before
    exposure = rng.integers(30_000, 50_000, before + since)
    rate = 0.01 * 1.01**time * np.where(after, level * slope ** (time - before), 1)
    expected = exposure * rate
    return rng.negative_binomial(expected, 0.5), np.log(exposure), after


def test_a_known_change_is_found() -> None:
    y, offset, after = series(24, 24)
    found = interrupted_time_series(y, offset, after)
    assert found.status == "converged"
    assert (found.points_before, found.points_after) == (24, 24)
    assert found.level_low < 0.6 < found.level_high < 1
    assert 1 < found.slope_low < 1.03 < found.slope_high
    assert found.level_p_value < 0.001
    assert found.dispersion == pytest.approx(2, abs=0.8)


def test_the_fit_is_that_of_statsmodels_and_its_dispersion_never_under_1() -> None:
    y, offset, after = series(12, 10)
    time = np.arange(22.0)
    design = np.column_stack([np.ones(22), time, after, after * (time - 12)])
    family = sm.families.Poisson()
    fit = sm.GLM(y, design, family=family, offset=offset).fit(scale="X2", use_t=True)
    found = interrupted_time_series(y, offset, after, 0.9)
    assert (found.level_low, found.level_high) == pytest.approx(np.exp(fit.conf_int(0.1)[2]))
    assert (found.level_p_value, found.slope_p_value) == pytest.approx(fit.pvalues[2:])
    # Counts that lie on the line vary less than chance would have it.
    smooth = np.round(np.exp(design @ [4.0, 0.02, -0.3, 0.01]))
    calm = interrupted_time_series(smooth, np.zeros(22), after)
    assert calm.dispersion == 1
    assert calm.level == pytest.approx(np.exp(-0.3), rel=0.02)
    fixed = sm.GLM(smooth, design, family=family).fit(scale=1.0, use_t=True)
    assert (calm.slope_low, calm.slope_high) == pytest.approx(np.exp(fixed.conf_int()[3]))


def test_too_few_points_are_told_and_nothing_is_estimated() -> None:
    found = interrupted_time_series(*series(3, 12))
    assert found.status == ("3 points before the change and 12 after it; 8 are needed on each side")
    assert np.isnan(np.array(found[3:], float)).all()
    y, offset, after = series(8, 8)
    assert interrupted_time_series(y, offset, after).status == "converged"
    for gap in (np.nan, -np.inf):
        without = np.where(np.arange(16) == 12, gap, offset)
        assert interrupted_time_series(y, without, after).status.startswith("8 points before the")
        assert interrupted_time_series(y, without, after).points_after == 7
    assert interrupted_time_series([], [], []).status.startswith("0 points before")


def test_series_without_outcomes() -> None:
    y, offset, after = series(9, 9)
    for side, name in ((~after, "before"), (after, "after")):
        found = interrupted_time_series(np.where(side, 0, y), offset, after)
        assert found.status == f"no outcomes {name} the change"
        assert np.isnan(np.array(found[3:], float)).all()
    # One outcome on a side cannot hold a trend of its own without an answer in words or numbers.
    single = np.where(after, 0, y)
    single[9] = 1
    found = interrupted_time_series(single, offset, after)
    assert found.status != "converged" or np.isfinite(np.array(found[3:], float)).all()


def test_a_policy_that_is_taken_back_is_refused() -> None:
    with pytest.raises(ValueError, match="True from then on"):
        interrupted_time_series([1, 2, 3], [0, 0, 0], [False, True, False])


def test_the_level_covers() -> None:
    hits = [
        found.level_low <= 0.6 <= found.level_high
        for found in (interrupted_time_series(*series(16, 16, seed=seed)) for seed in range(300))
    ]
    assert 0.91 <= np.mean(hits) <= 0.985
