"""The disproportionality index: share of the outcome over share of the benchmark."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import FloatArray, StringArray, divide
from rbdc.statistics.comparisons import proportion_ratio
from rbdc.statistics.inputs import COUNTS
from rbdc.statistics.proportions import (
    EXACT_BELOW,
    equal_proportions_p_value,
    share_interval,
    share_method,
    share_p_value,
)


class IndexEstimates(NamedTuple):
    """Index of each row with its interval, p-value for index = 1, and the interval's method."""

    value: FloatArray
    low: FloatArray
    high: FloatArray
    p_value: FloatArray
    method: StringArray


def index_estimates(cells: pd.DataFrame, deff: FloatArray, confidence: float) -> IndexEstimates:
    """Estimate (x_g/X) / (n_g/N) with its interval.

    Outcome inside the benchmark: MOVER-Wilson interval of the ratio RR of the group's rate to that
    of everybody else, each limit through index = RR / (w·RR + 1 − w), w = n_g/N; when everybody
    else has no outcome, RR has no upper limit and the index reaches its largest value, 1/w.
    Benchmark from outside: interval of the multinomial share x_g/X over the fixed share n_g/N. The
    same inside the benchmark under ten (effective) outcomes: there the share is hypergeometric,
    never wider than binomial, so that the exact interval stays exact, while the score test finds
    far too much (2 of 2 against 4 of 139: p = 3e-9, exact 0.006).

    The index is NaN when X, N or n_g is 0. Interval and p are NaN with it, and when the group is
    the whole benchmark of a subset, because then nobody is left to compare with.

    Args:
        cells: Rows as `inputs.read_counts` gives them.
        deff: Design effect of each row's index, 1 or more.
        confidence: Two-sided level.
    """
    subset = cells["subset"].to_numpy()
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    weight = divide(n, all_n)
    index = divide(divide(x, all_x), weight)
    x, all_x, n, all_n = x / deff, all_x / deff, n / deff, all_n / deff

    low, high = (divide(limit, weight) for limit in share_interval(x, all_x, confidence))
    method = share_method(x)
    p_value = share_p_value(x, all_x, weight)

    many = subset & ~(x < EXACT_BELOW)
    compared = x[many], n[many], (all_x - x)[many], (all_n - n)[many]
    ratio_low, ratio_high = proportion_ratio(*compared, confidence)
    low[many] = _from_ratio(ratio_low, weight[many])
    high[many] = _from_ratio(ratio_high, weight[many])
    p_value[many] = equal_proportions_p_value(*compared)
    method[many] = "mover_wilson"

    undefined = np.isnan(index) | np.isnan(low) | (subset & (n >= all_n))
    for limit in (low, high, p_value):
        limit[undefined] = np.nan
    method[undefined] = None
    return IndexEstimates(index, low, high, p_value, method)


def _from_ratio(ratio: FloatArray, weight: FloatArray) -> FloatArray:
    endless = np.isinf(ratio)
    finite = np.where(endless, 0.0, ratio)
    return np.where(endless, divide(1, weight), divide(finite, weight * finite + 1 - weight))
