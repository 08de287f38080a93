"""Comparisons of two groups pooled over strata (Mantel & Haenszel), many comparisons at once.

One row is a stratum of a comparison, in any order: four counts and the position of the comparison
that the stratum belongs to. What is compared is never pooled across strata before it is weighted,
so that a group that is concentrated in some divisions, regimes or age groups is compared inside
them.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbdc.statistics.arrays import FloatArray, divide, floats, z_score
from rbdc.statistics.inversion import two_sided


class Stratified(NamedTuple):
    """Pooled estimates, each of shape (comparisons,).

    Attributes:
        estimate: Ratio of the group's rate to the reference's; NaN if undefined.
        low: Lower limit; NaN where the interval is undefined.
        high: Upper limit; NaN where the interval is undefined.
        p_value: Two-sided p-value of ratio 1 that inverts the interval.
        informative: Number of strata that say anything: both sides are there, and at least one
            of them has an outcome.
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
    # 0 in a stratum without one side, so that it adds nothing to any sum
    share = np.where(both, divide(1.0, n1 + n0), 0.0)
    spread = (x1 * n1 * (n0 - x0) + x0 * n0 * (n1 - x1)) * share**2
    place = np.asarray(comparison, np.intp)

    def summed(values: FloatArray) -> FloatArray:
        return np.bincount(place, values, comparisons).astype(float)

    top, bottom = summed(x1 * n0 * share), summed(x0 * n1 * share)
    estimate = divide(top, bottom)
    variance = divide(divide(summed(spread), top), bottom) * np.asarray(deff, float)
    variance = np.where((variance > 0) & (estimate > 0), variance, np.nan)
    log = np.log(np.where(np.isnan(variance), np.nan, estimate))
    error = np.sqrt(variance)
    width = z_score(confidence) * error
    return Stratified(
        estimate,
        np.exp(log - width),
        np.exp(log + width),
        two_sided(log / error),
        np.bincount(place[both & (x1 + x0 > 0)], minlength=comparisons),
    )
