"""Comparisons of two groups pooled over strata (Mantel & Haenszel), many comparisons at once.

Every function takes one row a stratum of a comparison, in any order: four counts and the position
of the comparison that the stratum belongs to. What is compared is never pooled across strata
before it is weighted, so that a group that is concentrated in some divisions, regimes or age groups
is compared inside them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbdc.statistics.arrays import BoolArray, FloatArray, divide, floats, z_score
from rbdc.statistics.inversion import two_sided


class Stratified(NamedTuple):
    """Pooled estimates, each of shape (comparisons,).

    Attributes:
        estimate: Ratio or difference of the group against the reference; NaN if undefined.
        low: Lower limit; NaN where the interval is undefined.
        high: Upper limit; NaN where the interval is undefined.
        p_value: Two-sided p-value of no effect (ratio 1, difference 0) that inverts the interval.
        informative: Number of strata that say anything: both sides are there, and for a ratio at
            least one of them has an outcome.
    """

    estimate: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    informative: NDArray[np.int_]


def mantel_haenszel_ratio(
    x1: ArrayLike,
    n1: ArrayLike,
    x0: ArrayLike,
    n0: ArrayLike,
    comparison: NDArray[np.int_],
    comparisons: int,
    confidence: float = 0.95,
    deff: ArrayLike = 1.0,
) -> Stratified:
    """Ratio of proportions R/S, R = Σ x1·n0/N, S = Σ x0·n1/N, N = n1 + n0.

    Variance of its logarithm (Greenland & Robins 1985): Σ ((x1 + x0)·n1·n0 − x1·x0·N)/N² / (R·S),
    its numerator written as x1·n1·(n0 − x0) + x0·n0·(n1 − x1), which is 0 without rounding where
    everybody has the outcome. Consistent for few large strata and for many sparse ones.

    Zero patterns: no outcome in the group (R = 0) gives the estimate 0, none in the reference
    (S = 0) no estimate; neither has an interval or a p-value. Nor has a comparison in which
    everybody has the outcome (ratio 1, variance 0). A stratum without one side says nothing.

    Args:
        x1: Outcomes of the group, per stratum, shape (strata,).
        n1: The group's benchmark events, at least x1.
        x0: Outcomes of the reference.
        n0: The reference's benchmark events, at least x0.
        comparison: Position of the stratum's comparison, 0 to comparisons − 1.
        comparisons: Number of comparisons; one without strata has no estimate.
        confidence: Two-sided level.
        deff: Design effect of each comparison, 1 or more, by which the variance is multiplied.
    """
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    both = (n1 != 0) & (n0 != 0)
    share = _share(both, n1 + n0)
    spread = (x1 * n1 * (n0 - x0) + x0 * n0 * (n1 - x1)) * share**2
    sums = _Sums(comparison, comparisons)
    return _ratio(
        sums(x1 * n0 * share),
        sums(x0 * n1 * share),
        sums(spread),
        sums.count(both & (x1 + x0 > 0)),
        confidence,
        deff,
    )


def mantel_haenszel_rate_ratio(
    x1: ArrayLike,
    t1: ArrayLike,
    x0: ArrayLike,
    t0: ArrayLike,
    comparison: NDArray[np.int_],
    comparisons: int,
    confidence: float = 0.95,
    deff: ArrayLike = 1.0,
) -> Stratified:
    """Ratio of rates R/S, R = Σ x1·t0/T, S = Σ x0·t1/T, T = t1 + t0, x Poisson, t exposures.

    Variance of its logarithm (Greenland & Robins 1985; Rothman, Greenland & Lash 2008, chapter 15):
    Σ (x1 + x0)·t1·t0/T² / (R·S), which for one stratum is 1/x1 + 1/x0. Zero patterns and arguments
    as in `mantel_haenszel_ratio`, with residents or person-years for benchmark events.
    """
    x1, t1, x0, t0 = floats(x1, t1, x0, t0)
    both = (t1 != 0) & (t0 != 0)
    share = _share(both, t1 + t0)
    sums = _Sums(comparison, comparisons)
    return _ratio(
        sums(x1 * t0 * share),
        sums(x0 * t1 * share),
        sums((x1 + x0) * t1 * t0 * share**2),
        sums.count(both & (x1 + x0 > 0)),
        confidence,
        deff,
    )


def mantel_haenszel_difference(
    x1: ArrayLike,
    n1: ArrayLike,
    x0: ArrayLike,
    n0: ArrayLike,
    comparison: NDArray[np.int_],
    comparisons: int,
    confidence: float = 0.95,
    deff: ArrayLike = 1.0,
) -> Stratified:
    """Difference of proportions weighted by w = n1·n0/N: Σ w·(x1/n1 − x0/n0) / Σ w.

    Variance (Rothman, Greenland & Lash 2008, chapter 15; R's fmsb::RDMH): Σ w²·(v1 + v0) / (Σ w)²,
    v = x·(n − x)/(n²·(n − 1)) of either side, 0 for one event alone. Limits are normal and can pass
    −1 or 1. Where no stratum has both sides there is no estimate; where the variance is 0 (all or
    none on both sides) there is no interval and no p-value.

    Arguments as in `mantel_haenszel_ratio`; a stratum without outcomes is informative here.
    """
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    both = (n1 != 0) & (n0 != 0)
    weight = n1 * n0 * _share(both, n1 + n0)
    gap = np.where(both, divide(x1, n1) - divide(x0, n0), 0.0)
    spread = np.where(both, _variance(x1, n1) + _variance(x0, n0), 0.0)
    sums = _Sums(comparison, comparisons)
    total = sums(weight)
    estimate = divide(sums(weight * gap), total)
    variance = divide(sums(weight**2 * spread), total**2) * np.asarray(deff, float)
    error = np.sqrt(np.where(variance > 0, variance, np.nan))
    width = z_score(confidence) * error
    p_value = two_sided(estimate / error)
    return Stratified(estimate, estimate - width, estimate + width, p_value, sums.count(both))


class _Sums:
    """Sums over the strata of each comparison."""

    def __init__(self, comparison: NDArray[np.int_], comparisons: int) -> None:
        self.comparison, self.comparisons = np.asarray(comparison, np.intp), comparisons

    def __call__(self, values: FloatArray) -> FloatArray:
        return np.bincount(self.comparison, values, self.comparisons).astype(float)

    def count(self, chosen: BoolArray) -> NDArray[np.int_]:
        return np.bincount(self.comparison[chosen], minlength=self.comparisons)


def _share(both: BoolArray, total: FloatArray) -> FloatArray:
    """1/N of a stratum with both sides, else 0, so that it adds nothing to any sum."""
    return np.where(both, divide(1.0, total), 0.0)


def _variance(x: FloatArray, n: FloatArray) -> FloatArray:
    varies = x * (n - x) != 0
    return np.where(varies, divide(x * (n - x), n**2 * np.where(n > 1, n - 1, n)), 0.0)


def _ratio(
    top: FloatArray,
    bottom: FloatArray,
    spread: FloatArray,
    informative: NDArray[np.int_],
    confidence: float,
    deff: ArrayLike,
) -> Stratified:
    """Ratio top/bottom, and normal limits of its logarithm of variance spread/(top·bottom)."""
    estimate = divide(top, bottom)
    variance = divide(divide(spread, top), bottom) * np.asarray(deff, float)
    variance = np.where((variance > 0) & (estimate > 0), variance, np.nan)
    log = np.log(np.where(np.isnan(variance), np.nan, estimate))
    error = np.sqrt(variance)
    width = z_score(confidence) * error
    return Stratified(
        estimate, np.exp(log - width), np.exp(log + width), two_sided(log / error), informative
    )
