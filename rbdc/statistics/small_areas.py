"""Rates of small areas: smoothed towards their set's rate, and placed in the set's funnel."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from rbdc.statistics.arrays import BoolArray, FloatArray, StringArray, divide, floats

FUNNEL_LEVELS = (0.95, 0.998)  # Spiegelhalter 2005: about two and three standard deviations


class Smoothed(NamedTuple):
    """Smoothing of each area.

    Attributes:
        rate: Smoothed rate, between the area's own and its set's; NaN where nobody is.
        weight: Weight of the area's own rate, 0 to 1.
        overall: Rate of the area's whole set, Σ x / Σ n.
    """

    rate: FloatArray
    weight: FloatArray
    overall: FloatArray


class Funnel(NamedTuple):
    """Funnel of each area: limits at 95% and 99.8% for its size, and where its rate lies.

    `position` is one of `inside`, `above_95`, `above_998`, `below_95`, `below_998`; None where the
    area or its set has nobody.
    """

    overall: FloatArray
    low_95: FloatArray
    high_95: FloatArray
    low_998: FloatArray
    high_998: FloatArray
    position: StringArray


def smoothed_rates(x: ArrayLike, n: ArrayLike, area_set: NDArray[np.int_]) -> Smoothed:
    """Global empirical Bayes smoothing (Marshall 1991), of many sets of areas at once.

    With m the set's rate and n̄ the mean size of its areas, the variance between areas is
    A = Σ n·(x/n − m)² / Σ n − m/n̄, and 0 where that is negative (the areas differ less than chance
    alone would have it: all are given m). An area's own rate has weight A / (A + m/n).

    Args:
        x: Outcomes of each area, any order, shape (areas,).
        n: Its population, or events of the benchmark.
        area_set: Position of the set that the area belongs to, 0 or more. Areas are smoothed
            towards their own set only.

    Returns:
        Shape (areas,). An area without population, or without a count, has no rate and no
        part in its set.
    """
    x, n = floats(x, n)
    there = _there(x, n)
    own, overall = divide(x, n), _overall(x, n, area_set)
    areas = np.bincount(area_set, there).astype(float)
    people = np.bincount(area_set, np.where(there, n, 0.0))
    gaps = np.where(there, n * (own - overall) ** 2, 0.0)
    spread = divide(np.bincount(area_set, gaps), people)[area_set]
    between = np.maximum(spread - overall * divide(areas, people)[area_set], 0.0)
    chance = divide(overall, n)
    # Neither spread nor chance: nobody in the set has the outcome, and every weight gives 0.
    weight = np.where(between == 0, 0.0, divide(between, between + chance))
    weight = np.where(np.isnan(own), np.nan, weight)
    return Smoothed(overall + weight * (own - overall), weight, overall)


def funnel(x: ArrayLike, n: ArrayLike, area_set: NDArray[np.int_], deff: ArrayLike = 1.0) -> Funnel:
    """Place each area's proportion among what its set's proportion would give at the area's size.

    Limits are quantiles of the binomial with the set's proportion p, interpolated between whole
    counts (Spiegelhalter 2005, appendix A.1.1): with r the smallest count whose probability of at
    most r is q or more, the limit is (r − (F(r) − q) / f(r)) / n, not under 0. A design effect
    widens them around p by its square root, as he does for overdispersion.

    Args:
        x: Outcomes of each area, whole numbers, at most n, shape (areas,).
        n: Benchmark events of the area, whole numbers.
        area_set: Position of the area's set, 0 or more.
        deff: Design effect of each area's proportion, 1 or more.

    Returns:
        Shape (areas,). All of an area without events, or with x above n, is NaN or None.
    """
    x, n, deff = floats(x, n, deff)
    x = np.where((n > 0) & (x <= n), x, np.nan)
    own, overall = divide(x, n), _overall(x, n, area_set)
    overall = np.where(np.isnan(own), np.nan, overall)
    limits = []
    for level in FUNNEL_LEVELS:
        for quantile in ((1 - level) / 2, (1 + level) / 2):
            limit = overall + (_quantile(quantile, n, overall) - overall) * np.sqrt(deff)
            limits.append(np.clip(limit, 0.0, 1.0))
    low_95, high_95, low_998, high_998 = limits
    position = np.select(
        [np.isnan(own), own > high_998, own < low_998, own > high_95, own < low_95],
        ["", "above_998", "below_998", "above_95", "below_95"],
        default="inside",
    ).astype(object)
    position[np.isnan(own)] = None
    return Funnel(overall, low_95, high_95, low_998, high_998, position)


def _quantile(quantile: float, n: FloatArray, p: FloatArray) -> FloatArray:
    """Interpolated quantile of a binomial proportion; p itself where nothing can vary."""
    varies = (n > 0) & (p > 0) & (p < 1)
    found = np.where(varies, np.nan, p)
    size, share = n[varies], p[varies]
    count = stats.binom.ppf(quantile, size, share)
    at_most, exactly = stats.binom.cdf(count, size, share), stats.binom.pmf(count, size, share)
    found[varies] = np.maximum(count - divide(at_most - quantile, exactly), 0.0) / size
    return found


def _overall(x: FloatArray, n: FloatArray, area_set: NDArray[np.int_]) -> FloatArray:
    """Rate of the whole set of each area."""
    there = _there(x, n)
    outcomes = np.bincount(area_set, np.where(there, x, 0.0))
    people = np.bincount(area_set, np.where(there, n, 0.0))
    return divide(outcomes, people)[area_set]


def _there(x: FloatArray, n: FloatArray) -> BoolArray:
    return (n > 0) & ~np.isnan(x)
