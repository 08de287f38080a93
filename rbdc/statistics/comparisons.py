"""Intervals of the ratio and the difference of two groups' proportions or rates.

MOVER recovers the variances from each group's own limits (Donner & Zou 2012; Fagerland & Newcombe
2013), so it takes any sound pair of limits: Wilson's give MOVER-Wilson for a ratio of proportions
and Newcombe's method 10 for their difference.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from rbdc.statistics.arrays import FloatArray, Interval, by_rows, divide, floats
from rbdc.statistics.counts import byar_at, rate_interval
from rbdc.statistics.inversion import touching_z, two_sided
from rbdc.statistics.proportions import EXACT_BELOW, clopper_pearson_p_value, wilson


def mover_ratio(
    r1: ArrayLike,
    low1: ArrayLike,
    high1: ArrayLike,
    r0: ArrayLike,
    low0: ArrayLike,
    high0: ArrayLike,
) -> Interval:
    """Interval of r1 / r0 from the estimate and limits of each (Donner & Zou 2012, equation 9).

    Returns:
        Lower and upper limits. At r1 = 0 the lower is 0, at r0 = 0 the upper is inf, and at 0/0
        the interval is (0, inf): the data exclude nothing. NaN where an input is NaN.
    """
    r1, low1, high1, r0, low0, high0 = floats(r1, low1, high1, r0, low0, high0)
    product = r1 * r0
    # Both limits are roots of a·t² − 2·product·t + c = 0. The lower is taken as c over the larger
    # root's numerator, which stays exact where a vanishes.
    low_a, low_c = high0 * (2 * r0 - high0), low1 * (2 * r1 - low1)
    low = divide(low_c, product + np.sqrt(np.maximum(product**2 - low_a * low_c, 0)))
    high_a, high_c = low0 * (2 * r0 - low0), high1 * (2 * r1 - high1)
    high = divide(product + np.sqrt(np.maximum(product**2 - high_a * high_c, 0)), high_a)
    low = np.where(r1 == 0, 0.0, low)
    high = np.where(r0 == 0, np.inf, high)
    undefined = np.isnan(low1 + high1 + low0 + high0)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def mover_difference(
    r1: ArrayLike,
    low1: ArrayLike,
    high1: ArrayLike,
    r0: ArrayLike,
    low0: ArrayLike,
    high0: ArrayLike,
) -> Interval:
    """Interval of r1 − r0 from the estimate and limits of each (Newcombe 1998; Donner & Zou)."""
    r1, low1, high1, r0, low0, high0 = floats(r1, low1, high1, r0, low0, high0)
    gap = r1 - r0
    return gap - np.hypot(r1 - low1, high0 - r0), gap + np.hypot(high1 - r1, r0 - low0)


def proportion_ratio(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, confidence: ArrayLike = 0.95
) -> Interval:
    """MOVER-Wilson interval of (x1/n1) / (x0/n0); NaN where n1 or n0 is 0."""
    return mover_ratio(
        divide(x1, n1), *wilson(x1, n1, confidence), divide(x0, n0), *wilson(x0, n0, confidence)
    )


def proportion_difference(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, confidence: ArrayLike = 0.95
) -> Interval:
    """Newcombe's interval of x1/n1 − x0/n0 (1998, method 10); NaN where n1 or n0 is 0."""
    return mover_difference(
        divide(x1, n1), *wilson(x1, n1, confidence), divide(x0, n0), *wilson(x0, n0, confidence)
    )


def exact_rate_ratio(
    x1: ArrayLike, t1: ArrayLike, x0: ArrayLike, t0: ArrayLike, confidence: ArrayLike = 0.95
) -> Interval:
    """Conditional exact interval of (x1/t1) / (x0/t0), x Poisson counts, t exposures.

    Given x1 + x0, x1 is binomial; the Clopper-Pearson odds of its share times t0/t1 are the limits
    (Przyborowski & Wilenski 1940; METHODS A). The odds are taken as a quotient of two beta
    quantiles, so that neither share is lost in a subtraction from 1.

    Returns:
        Lower and upper limits: 0 at x1 = 0, inf at x0 = 0; NaN where an exposure is 0.
    """
    x1, t1, x0, t0, confidence = floats(x1, t1, x0, t0, confidence)
    tail = (1 - confidence) / 2
    low = divide(special.betaincinv(x1, x0 + 1, tail), special.betaincinv(x0 + 1, x1, 1 - tail))
    high = divide(special.betaincinv(x1 + 1, x0, 1 - tail), special.betaincinv(x0, x1 + 1, tail))
    scale = divide(t0, t1)
    undefined = np.isnan(scale + x1 + x0) | (t0 == 0)
    low = np.where(x1 == 0, 0.0, low * scale)
    high = np.where(x0 == 0, np.inf, high * scale)
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)


def mover_rate_ratio(
    x1: ArrayLike, t1: ArrayLike, x0: ArrayLike, t0: ArrayLike, confidence: ArrayLike = 0.95
) -> Interval:
    """MOVER interval of (x1/t1) / (x0/t0) from the limits of each rate; NaN if t1 or t0 is 0."""
    return mover_ratio(
        divide(x1, t1),
        *rate_interval(x1, t1, confidence),
        divide(x0, t0),
        *rate_interval(x0, t0, confidence),
    )


def rate_ratio(
    x1: ArrayLike, t1: ArrayLike, x0: ArrayLike, t0: ArrayLike, confidence: ArrayLike = 0.95
) -> Interval:
    """Interval of a ratio of rates: MOVER on Byar limits, conditional exact under ten.

    The exact interval is preferred to mid-P for small counts because its coverage is guaranteed.
    """
    x1, t1, x0, t0, confidence = floats(x1, t1, x0, t0, confidence)
    exact = np.minimum(x1, x0) < EXACT_BELOW
    return by_rows(exact, exact_rate_ratio, mover_rate_ratio, x1, t1, x0, t0, confidence)


def rate_ratio_p_value(x1: ArrayLike, t1: ArrayLike, x0: ArrayLike, t0: ArrayLike) -> FloatArray:
    """Two-sided p-value of equal rates that inverts `rate_ratio`.

    Under ten: twice the smaller tail of the binomial share of x1 in x1 + x0 at t1/(t1 + t0), 1 when
    neither side has an outcome. From ten: the level at which MOVER's limit touches 1, where its
    condition on Byar's limits is that of equal differences (see `equal_proportions_p_value`).

    Returns:
        p-values in the common shape; NaN where an exposure is 0.
    """
    x1, t1, x0, t0 = floats(x1, t1, x0, t0)
    undefined = np.isnan(x1 + x0 + t1 + t0) | (t1 == 0) | (t0 == 0)
    p = np.where(undefined, np.nan, 1.0)
    exact = ~undefined & (np.minimum(x1, x0) < EXACT_BELOW) & (x1 + x0 > 0)
    p[exact] = clopper_pearson_p_value(
        x1[exact], (x1 + x0)[exact], divide(t1[exact], (t1 + t0)[exact])
    )
    mover = ~undefined & (np.minimum(x1, x0) >= EXACT_BELOW)
    r1, r0 = divide(x1, t1), divide(x0, t0)
    above = r1 > r0
    larger = np.where(above, x1, x0)[mover], np.where(above, t1, t0)[mover]
    smaller = np.where(above, x0, x1)[mover], np.where(above, t0, t1)[mover]
    z = touching_z(np.abs(r1 - r0)[mover], _reach_of_rates, *larger, *smaller)
    p[mover] = two_sided(z)
    return p


def _reach_of_rates(
    z: FloatArray, xa: FloatArray, ta: FloatArray, xb: FloatArray, tb: FloatArray
) -> FloatArray:
    """How far, at half-width z, MOVER reaches from the larger rate down to the smaller."""
    down, up = (xa - byar_at(xa, z)[0]) / ta, (byar_at(xb, z)[1] - xb) / tb
    return np.asarray(np.hypot(down, up), float)


def rate_difference(
    x1: ArrayLike, t1: ArrayLike, x0: ArrayLike, t0: ArrayLike, confidence: ArrayLike = 0.95
) -> Interval:
    """MOVER interval of x1/t1 − x0/t0 from Byar limits (exact Poisson for counts under ten)."""
    return mover_difference(
        divide(x1, t1),
        *rate_interval(x1, t1, confidence),
        divide(x0, t0),
        *rate_interval(x0, t0, confidence),
    )
