"""Intervals and tests of one proportion, and the test that two proportions are equal.

Counts need not be whole numbers: an effective count is a count divided by its design effect.
Nothing observed (n = 0) has no proportion and no interval: NaN.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from rbdc.statistics.arrays import (
    FloatArray,
    Interval,
    StringArray,
    by_rows,
    divide,
    floats,
    z_score,
)
from rbdc.statistics.inversion import touching_z, two_sided

EXACT_BELOW = 10.0  # METHODS A: exact methods below ten (effective) outcomes


def wilson(x: ArrayLike, n: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Score interval of a proportion (Wilson 1927; Newcombe 1998, method 3).

    Args:
        x: Successes, 0 to n, any shape.
        n: Trials, same shape or broadcastable.
        confidence: Two-sided level.

    Returns:
        Lower and upper limits, 0 to 1; NaN where n is 0 or x lies outside 0 to n.
    """
    return _wilson_at(x, n, z_score(confidence))


def _wilson_at(x: ArrayLike, n: ArrayLike, z: ArrayLike) -> Interval:
    x, n, z = floats(x, n, z)
    x[(x < 0) | (x > n)] = np.nan
    p = divide(x, n)
    z2 = divide(z * z, n)
    centre = p + z2 / 2
    spread = np.sqrt(z2 * (p * (1 - p) + z2 / 4))
    # The product of the two roots is p² / (1 + z²/n): no cancellation when p is tiny.
    low = np.where(p == 0, 0.0, divide(p * p, centre + spread))
    high = np.where(p == 1, 1.0, (centre + spread) / (1 + z2))
    return np.minimum(low, p), np.minimum(np.maximum(high, p), 1.0)


def wilson_p_value(x: ArrayLike, n: ArrayLike, p0: ArrayLike) -> FloatArray:
    """Two-sided p-value that inverts `wilson`: the score test of proportion = p0."""
    x, n, p0 = floats(x, n, p0)
    gap = np.abs(divide(x, n) - p0)
    # At p0 = 0 or 1 any gap at all is infinitely far in standard errors.
    z = np.where(gap == 0, 0.0, np.inf)
    error = np.sqrt(divide(np.maximum(p0 * (1 - p0), 0), n))
    np.divide(gap, error, out=z, where=error > 0)
    return np.where(np.isnan(gap), np.nan, two_sided(z))


def clopper_pearson(x: ArrayLike, n: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Exact interval of a proportion from beta quantiles (Clopper & Pearson 1934).

    scipy 1.17's beta quantile fails at a first parameter of exactly 1000 beside millions of trials;
    `share_interval` uses the exact method under ten outcomes only, far from there.

    Args:
        x: Successes, 0 to n, any shape.
        n: Trials, same shape or broadcastable.
        confidence: Two-sided level; coverage is never below it.

    Returns:
        Lower and upper limits, 0 to 1; NaN where n is 0 or x lies outside 0 to n.
    """
    x, n, confidence = floats(x, n, confidence)
    tail = (1 - confidence) / 2
    low = np.where(x == 0, 0.0, special.betaincinv(x, n - x + 1, tail))
    high = np.where(x == n, 1.0, special.betaincinv(x + 1, n - x, 1 - tail))
    undefined = ~((n > 0) & (x >= 0) & (x <= n))
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def clopper_pearson_p_value(x: ArrayLike, n: ArrayLike, p0: ArrayLike) -> FloatArray:
    """Two-sided p-value that inverts `clopper_pearson`: twice the smaller binomial tail."""
    x, n, p0 = floats(x, n, p0)
    at_least = np.where(x == 0, 1.0, special.betainc(x, n - x + 1, p0))
    at_most = np.where(x == n, 1.0, special.betaincc(x + 1, n - x, p0))
    undefined = ~((n > 0) & (x >= 0) & (x <= n)) | np.isnan(p0)
    return np.where(undefined, np.nan, np.minimum(1.0, 2 * np.minimum(at_least, at_most)))


def share_interval(x: ArrayLike, n: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Interval of a share: Wilson, but Clopper-Pearson under ten outcomes (METHODS A)."""
    x, n, confidence = floats(x, n, confidence)
    return by_rows(x < EXACT_BELOW, clopper_pearson, wilson, x, n, confidence)


def share_method(x: ArrayLike) -> StringArray:
    """Name the method that `share_interval` uses for each count of outcomes."""
    return np.where(np.asarray(x) < EXACT_BELOW, "clopper_pearson", "wilson").astype(object)


def share_p_value(x: ArrayLike, n: ArrayLike, p0: ArrayLike) -> FloatArray:
    """Two-sided p-value of share = p0 that inverts `share_interval`."""
    x, n, p0 = floats(x, n, p0)
    exact = x < EXACT_BELOW
    p = wilson_p_value(x, n, p0)
    p[exact] = clopper_pearson_p_value(x[exact], n[exact], p0[exact])
    return p


def equal_proportions_p_value(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike
) -> FloatArray:
    """Two-sided p-value of p1 = p0 that inverts both MOVER-Wilson ratio and Newcombe difference.

    At ratio 1 and at difference 0 the two methods put the same condition on the Wilson limits:
    (p1 − p0)² = (distance of p1 to its near limit)² + (distance of p0 to its near limit)². The p
    of the z at which it holds is 0 beyond 40 standard errors.

    Returns:
        p-values in the common shape; NaN where either proportion is undefined.
    """
    x1, n1, x0, n0 = floats(x1, n1, x0, n0)
    p1, p0 = divide(x1, n1), divide(x0, n0)
    above = p1 > p0
    # Swap so that the larger proportion comes first: then only two limits matter.
    larger = np.where(above, x1, x0), np.where(above, n1, n0)
    smaller = np.where(above, x0, x1), np.where(above, n0, n1)
    pairs = (np.ravel(side) for side in (*larger, *smaller))
    z = touching_z(np.ravel(np.abs(p1 - p0)), _reach, *pairs)
    return two_sided(z).reshape(p1.shape)


def _reach(
    z: FloatArray, xa: FloatArray, na: FloatArray, xb: FloatArray, nb: FloatArray
) -> FloatArray:
    """How far, at half-width z, MOVER reaches from the larger proportion down to the smaller."""
    down, up = xa / na - _wilson_at(xa, na, z)[0], _wilson_at(xb, nb, z)[1] - xb / nb
    return np.asarray(np.hypot(down, up), float)
