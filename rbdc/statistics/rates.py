"""Rates of a group, and their ratio to and difference from those of the reference group."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import BoolArray, FloatArray, Interval, StringArray, by_rows, divide
from rbdc.statistics.comparisons import (
    proportion_difference,
    proportion_ratio,
    rate_difference,
    rate_ratio,
    rate_ratio_p_value,
)
from rbdc.statistics.counts import rate_interval
from rbdc.statistics.inputs import CELL
from rbdc.statistics.proportions import EXACT_BELOW, equal_proportions_p_value, share_interval


class RateEstimates(NamedTuple):
    """Rate, disparity index and rate difference of each row with their limits; NaN if undefined.

    The p-value is of disparity = 1 and inverts the interval of the disparity index.
    """

    rate: FloatArray
    rate_low: FloatArray
    rate_high: FloatArray
    disparity_index: FloatArray
    disparity_low: FloatArray
    disparity_high: FloatArray
    disparity_p_value: FloatArray
    disparity_method: StringArray
    rate_difference: FloatArray
    rate_difference_low: FloatArray
    rate_difference_high: FloatArray


def rate_estimates(cells: pd.DataFrame, deff: FloatArray, confidence: float) -> RateEstimates:
    """Estimate x_g/n_g and compare it with the reference group's rate in the same cell.

    Outcome inside the benchmark: rates are proportions (Wilson, Clopper-Pearson under ten; ratio
    MOVER-Wilson; difference Newcombe). Benchmark from outside: rates are counts over a population
    (Byar, exact Poisson under ten; ratio MOVER, conditional exact under ten; difference MOVER).
    Each of two compared groups uses its own design effect. A person who was perceived as of both
    groups links them a little; that covariance is not in the moments and is left out.

    The p-value of disparity = 1 is below 1 − confidence exactly where the interval excludes 1.

    The reference group's own disparity is 1 and its difference 0, without intervals: nothing is
    compared. Where the reference has no outcomes the ratio is undefined and has no limits either;
    the difference then carries the comparison, and no infinite number is published.

    Args:
        cells: Rows as `inputs.read_counts` gives them.
        deff: Design effect of each row's rate, 1 or more.
        confidence: Two-sided level.
    """
    subset = cells["subset"].to_numpy()
    x, n = cells["outcome_count"].to_numpy(), cells["benchmark_count"].to_numpy()
    row = np.arange(len(cells))
    reference = _reference_rows(cells)
    own, known = row == reference, reference >= 0
    # Rows without a reference borrow their own numbers, which are blanked below.
    other = np.where(known, reference, row)

    rate = divide(x, n)
    reference_rate = np.where(known, rate[other], np.nan)
    ratio, difference = divide(rate, reference_rate), rate - reference_rate

    level = np.full(len(cells), confidence)
    group = x / deff, n / deff
    both = (*group, *(count[other] for count in group))
    rate_limits = by_rows(subset, share_interval, rate_interval, *group, level)
    ratio_limits = by_rows(subset, proportion_ratio, rate_ratio, *both, level)
    p_value = np.full(len(cells), np.nan)
    for form, test in ((subset, equal_proportions_p_value), (~subset, rate_ratio_p_value)):
        tested = form & ~own & ~np.isnan(ratio)
        p_value[tested] = test(*(count[tested] for count in both))
    exact = np.minimum(both[0], both[2]) < EXACT_BELOW
    method = np.where(exact, "conditional_exact", "mover_byar").astype(object)
    method[subset] = "mover_wilson"
    method[own | np.isnan(ratio)] = None
    difference_limits = by_rows(subset, proportion_difference, rate_difference, *both, level)
    return RateEstimates(
        *(rate, *rate_limits),
        *(ratio, *_blank(ratio_limits, own | np.isnan(ratio)), p_value),
        method,
        *(difference, *_blank(difference_limits, own | np.isnan(difference))),
    )


def _reference_rows(cells: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Position of the reference group's row in each row's cell, -1 where the cell has none."""
    cell = cells.groupby(CELL, dropna=False, sort=False).ngroup().to_numpy(np.intp)
    is_reference = (cells["race_group"] == cells["reference_group"]).fillna(False).to_numpy(bool)
    candidates = np.flatnonzero(is_reference & cells["comparable"].to_numpy())
    row_of_cell = np.full(len(cells), -1, dtype=np.intp)
    row_of_cell[cell[candidates]] = candidates
    return row_of_cell[cell]


def _blank(limits: Interval, undefined: BoolArray) -> Interval:
    low, high = limits
    return np.where(undefined, np.nan, low), np.where(undefined, np.nan, high)
