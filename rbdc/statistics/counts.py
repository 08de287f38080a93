"""Intervals of one Poisson count; divide the limits by the exposure for those of a rate.

Counts need not be whole numbers: an effective count is a count divided by its design effect.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from rbdc.statistics.arrays import Interval, by_rows, divide, floats, z_score
from rbdc.statistics.proportions import EXACT_BELOW


def exact_poisson(x: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Exact interval of a Poisson mean from chi-square quantiles (Garwood 1936).

    Args:
        x: Counts of 0 or more, any shape.
        confidence: Two-sided level; coverage is never below it.

    Returns:
        Lower and upper limits of the expected count; the lower is 0 at x = 0; NaN for NaN.
    """
    x, confidence = floats(x, confidence)
    tail = (1 - confidence) / 2
    low = np.where(x == 0, 0.0, special.gammaincinv(x, tail))
    return low, np.asarray(special.gammaincinv(x + 1, 1 - tail), float)


def byar(x: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Byar's approximation to the exact Poisson interval (Breslow & Day 1987, page 69).

    Args:
        x: Counts of 0 or more, any shape.
        confidence: Two-sided level.

    Returns:
        Lower and upper limits of the expected count; the lower is never under 0.
    """
    return byar_at(x, z_score(confidence))


def byar_at(x: ArrayLike, z: ArrayLike) -> Interval:
    """Byar's limits at a half-width of z standard errors; see `byar`."""
    x, z = floats(x, z)
    safe = np.where(x > 0, x, np.nan)
    low = safe * np.maximum(1 - 1 / (9 * safe) - z / (3 * np.sqrt(safe)), 0) ** 3
    high = (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * np.sqrt(x + 1))) ** 3
    return np.where(x == 0, 0.0, low), high


def count_interval(x: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Interval of a count: Byar, but exact Poisson under ten (UK public-health rule, METHODS A)."""
    x, confidence = floats(x, confidence)
    return by_rows(x < EXACT_BELOW, exact_poisson, byar, x, confidence)


def rate_interval(x: ArrayLike, t: ArrayLike, confidence: ArrayLike = 0.95) -> Interval:
    """Interval of a rate x/t, t the exposure: `count_interval` over t; NaN where t is 0."""
    low, high = count_interval(x, confidence)
    return divide(low, t), divide(high, t)
