"""Before and after a policy: change of a rate, change of a disparity, interrupted time series."""

import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from rbdc.statistics.arrays import BoolArray, FloatArray, Interval, by_rows, divide, floats
from rbdc.statistics.comparisons import (
    mover_ratio,
    proportion_ratio,
    rate_ratio,
    rate_ratio_p_value,
)
from rbdc.statistics.inversion import touching_z, two_sided
from rbdc.statistics.proportions import equal_proportions_p_value

POINTS_NEEDED = 8  # METHODS A: on each side of the policy
# 1 − confidence keeps no digits beyond 8 standard errors; p is under 2e-15 there and given as 0.
_FARTHEST = 8.0


class Change(NamedTuple):
    """Ratio of after to before with its limits and the p-value of no change; NaN if undefined."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray


class Compared(NamedTuple):
    """Counts of a group (1) and the reference (0) in one period, with their design effects.

    Attributes:
        x1: Outcomes of the group.
        n1: Its benchmark count.
        x0: Outcomes of the reference.
        n0: Its benchmark count.
        deff1: Design effect of the group's rate.
        deff0: Design effect of the reference's rate.
    """

    x1: ArrayLike
    n1: ArrayLike
    x0: ArrayLike
    n0: ArrayLike
    deff1: ArrayLike = 1.0
    deff0: ArrayLike = 1.0


def rate_change(
    x_after: ArrayLike,
    n_after: ArrayLike,
    x_before: ArrayLike,
    n_before: ArrayLike,
    confidence: float = 0.95,
    deff_after: ArrayLike = 1.0,
    deff_before: ArrayLike = 1.0,
    subset: ArrayLike = True,
) -> Change:
    """Ratio of a rate after to the same rate before.

    The methods are those of the disparity between two groups (`rates.rate_estimates`), so that one
    pair of counts gives one interval wherever it stands. Outcome inside the benchmark: MOVER-Wilson
    at every count; an exact fallback would treat proportions as rates, which widens it the more the
    larger they are. Benchmark from outside: MOVER-Byar, conditional exact under ten. Persons who
    occur in both periods link them; leaving that out makes the interval wider, not narrower.

    Returns:
        Shape of the inputs together. Nothing before (x_before = 0) gives no ratio and no limits;
        nothing after gives the ratio 0 with its limits.
    """
    x1, n1, x0, n0, deff1, deff0 = floats(
        x_after, n_after, x_before, n_before, deff_after, deff_before
    )
    inside = np.broadcast_to(np.asarray(subset, bool), x1.shape)
    ratio = divide(divide(x1, n1), divide(x0, n0))
    pair = x1 / deff1, n1 / deff1, x0 / deff0, n0 / deff0
    low, high = _ratio_limits(inside, confidence, *pair)
    p_value = np.where(inside, equal_proportions_p_value(*pair), rate_ratio_p_value(*pair))
    undefined = np.isnan(ratio)
    return Change(ratio, *(np.where(undefined, np.nan, part) for part in (low, high, p_value)))


def ratio_of_ratios(
    before: Compared, after: Compared, confidence: float = 0.95, subset: ArrayLike = True
) -> Change:
    """Change of a disparity: (rate1/rate0 after) / (rate1/rate0 before).

    MOVER (Donner & Zou 2012) on the two disparities and their published limits: MOVER-Wilson where
    the outcome is inside the benchmark, MOVER-Byar or conditional exact where it is from outside.
    The p-value is of no change, at the level at which the limit touches 1. Groups and periods are
    taken as independent.

    Returns:
        Shape of the inputs together. No ratio and no limits where any of x1 before, x0 before and
        x0 after is 0; x1 after = 0 gives the ratio 0 with its limits.
    """
    sides = floats(*before, *after)
    shape = sides[0].shape
    inside = np.ravel(np.broadcast_to(np.asarray(subset, bool), shape))
    earlier, later = _effective(sides[:6]), _effective(sides[6:])
    ratio0, ratio1 = _disparity(earlier), _disparity(later)
    limits0 = _ratio_limits(inside, confidence, *earlier)
    limits1 = _ratio_limits(inside, confidence, *later)
    ratio = divide(ratio1, ratio0)
    low, high = mover_ratio(ratio1, *limits1, ratio0, *limits0)

    # Swap so that the larger disparity comes first: then only two limits matter.
    above = ratio1 > ratio0
    larger = [np.where(above, one, two) for one, two in zip(later, earlier, strict=True)]
    smaller = [np.where(above, two, one) for one, two in zip(later, earlier, strict=True)]
    gap = np.where(np.isnan(ratio), np.nan, np.abs(ratio1 - ratio0))
    z = touching_z(gap, _reach, inside, *larger, *smaller, farthest=_FARTHEST)
    undefined = np.isnan(ratio)
    found = (ratio, *(np.where(undefined, np.nan, part) for part in (low, high, two_sided(z))))
    return Change(*(part.reshape(shape) for part in found))


def _effective(sides: list[FloatArray]) -> list[FloatArray]:
    """Counts x1, n1, x0, n0 over their design effects, flat."""
    x1, n1, x0, n0, deff1, deff0 = (np.ravel(side) for side in sides)
    return [x1 / deff1, n1 / deff1, x0 / deff0, n0 / deff0]


def _disparity(counts: list[FloatArray]) -> FloatArray:
    x1, n1, x0, n0 = counts
    return divide(divide(x1, n1), divide(x0, n0))


def _ratio_limits(inside: BoolArray, confidence: ArrayLike, *pair: FloatArray) -> Interval:
    level = np.broadcast_to(np.asarray(confidence, float), inside.shape)
    return by_rows(inside, proportion_ratio, rate_ratio, *pair, level)


def _reach(z: FloatArray, inside: BoolArray, *counts: FloatArray) -> FloatArray:
    """How far, at half-width z, MOVER reaches from the larger disparity down to the smaller."""
    larger, smaller, confidence = [*counts[:4]], [*counts[4:]], special.erf(z / np.sqrt(2))
    down = _disparity(larger) - _ratio_limits(inside, confidence, *larger)[0]
    up = _ratio_limits(inside, confidence, *smaller)[1] - _disparity(smaller)
    return np.asarray(np.hypot(down, up), float)


class TimeSeries(NamedTuple):
    """Interrupted time series; the numbers are NaN unless `status` is `converged`.

    Attributes:
        status: `converged`, or in words why it cannot be done.
        points_before: Periods before the change with a count and an exposure.
        points_after: The same from the change on.
        level: Ratio of the rate just after the change to what the trend before led to expect.
        level_low: Its lower limit.
        level_high: Its upper limit.
        level_p_value: p-value of level = 1.
        slope: Ratio, per period, of the trend after to the trend before.
        slope_low: Its lower limit.
        slope_high: Its upper limit.
        slope_p_value: p-value of slope = 1.
        dispersion: Variance over that of Poisson counts, as used: 1 or more.
    """

    status: str
    points_before: int
    points_after: int
    level: float = np.nan
    level_low: float = np.nan
    level_high: float = np.nan
    level_p_value: float = np.nan
    slope: float = np.nan
    slope_low: float = np.nan
    slope_high: float = np.nan
    slope_p_value: float = np.nan
    dispersion: float = np.nan


def interrupted_time_series(
    y: ArrayLike, offset: ArrayLike, after: ArrayLike, confidence: float = 0.95
) -> TimeSeries:
    """Change of level and of slope of a series of counts at a policy's start.

    Quasi-Poisson regression log E(y) = offset + b0 + b1·t + b2·after + b3·after·(t − t0), t the
    period and t0 the first one after the change (Bernal, Cummins & Gasparrini 2017); level
    exp(b2), slope exp(b3). Dispersion is Pearson's X²/df, but not under 1: counts of people do not
    vary less than by chance, and a dozen points can look as if they did. Limits and p-values are
    of Student's t. Eight points are needed on each side, because a trend of fewer is mostly noise
    and its standard error too small. Autocorrelation is not modelled.

    Args:
        y: Count of each period in order, equally spaced, shape (periods,); NaN leaves it out.
        offset: Natural logarithm of each period's exposure (benchmark count, residents); a period
            without exposure (−inf, NaN) is left out.
        after: Whether the period lies after the change: all False, then all True.
        confidence: Two-sided level.

    Raises:
        ValueError: `after` goes back to False.
    """
    later = np.asarray(after, bool)
    if (np.diff(later.astype(int)) < 0).any():
        raise ValueError("after must be False up to the change and True from then on")
    counts, exposure = floats(y, offset)
    time = np.arange(len(counts), dtype=float)
    known = np.isfinite(counts) & np.isfinite(exposure)
    before, since = int((known & ~later).sum()), int((known & later).sum())

    if min(before, since) < POINTS_NEEDED:
        reason = (
            f"{before} points before the change and {since} after it; "
            f"{POINTS_NEEDED} are needed on each side"
        )
        return TimeSeries(reason, before, since)
    for side, name in ((~later, "before"), (later, "after")):
        if counts[known & side].sum() == 0:
            return TimeSeries(f"no outcomes {name} the change", before, since)

    import statsmodels.api as sm  # slow to import

    start = np.argmax(later)
    design = np.column_stack([np.ones_like(time), time, later, later * (time - start)])
    family = sm.families.Poisson()
    model = sm.GLM(counts[known], design[known], family=family, offset=exposure[known])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it warns of is asked below
        # not scale="X2" at once: a series that does not vary would divide by its scale of 0
        fit = model.fit(scale=1.0, use_t=True)
        if fit.pearson_chi2 > fit.df_resid:
            fit = model.fit(scale="X2", use_t=True, start_params=fit.params)
        limits = np.exp(fit.conf_int(1 - confidence))
    if not (fit.converged and np.isfinite(limits[2:]).all()):
        return TimeSeries("the model did not converge", before, since)
    level, slope = np.exp(fit.params[2:])
    level_p, slope_p = fit.pvalues[2:]
    figures = (level, *limits[2], level_p, slope, *limits[3], slope_p, fit.scale)
    return TimeSeries("converged", before, since, *(float(figure) for figure in figures))
