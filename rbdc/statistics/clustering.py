"""Design effects: how much wider an interval must be because the same people come again.

A design effect is V / V_iid and never under 1: V is the variance summed over persons, written out
in the person-level moments that SQL delivers; V_iid is the same sum with each record its own
person. Interval methods then take x/deff and n/deff (METHODS A, "Repeat people").
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import BoolArray, FloatArray, StringArray, divide
from rbdc.statistics.inputs import COUNTS, MOMENTS, SERIES

# Below this share of 1/x_g, V_iid is rounding error of a sum that is zero in truth.
_NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class DesignEffects:
    """Design effects of one row each.

    Attributes:
        index: Design effect of the disproportionality index.
        rate: Design effect of the group's rate.
        variance_method: How the index's effect was found: `person_clustered`,
            `person_clustered_pooled` (the pooled effect was the larger, or the only one), or
            `independent_records` (no person key, so each record counts as a person).
    """

    index: FloatArray
    rate: FloatArray
    variance_method: StringArray


def design_effects(cells: pd.DataFrame, pooled_below: int) -> DesignEffects:
    """Find the design effect of each row's index and rate.

    Args:
        cells: Rows as `inputs.read_counts` gives them.
        pooled_below: Under this outcome count, and where a row's own variance is undefined, a row
            takes at least the pooled effect of its indicator and period.
    """
    index_variance, index_iid = _index_variances(cells)
    rate_variance, rate_iid = _rate_variances(cells)
    index, pooled = _applied(cells, index_variance, index_iid, pooled_below)
    rate, _ = _applied(cells, rate_variance, rate_iid, pooled_below)
    method = np.where(pooled, "person_clustered_pooled", "person_clustered")
    method = np.where(np.isnan(index), "independent_records", method)
    return DesignEffects(
        np.nan_to_num(index, nan=1.0), np.nan_to_num(rate, nan=1.0), method.astype(object)
    )


def _index_variances(cells: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """V and V_iid of the log index.

    Outside: Σ_i (x_gi/x_g − x_i/X)². Subset: Σ_i (x_gi/x_g − x_i/X − n_gi/n_g + n_i/N)².
    """
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    m = {column: cells[column].to_numpy() for column in MOMENTS}
    per_x, per_all_x, per_n, per_all_n = (divide(1, count) for count in (x, all_x, n, all_n))
    outside = (
        m["m_xg_xg"] * per_x**2 - 2 * m["m_xg_x"] * per_x * per_all_x + m["m_x_x"] * per_all_x**2
    )
    benchmark = (
        m["m_ng_ng"] * per_n**2 - 2 * m["m_ng_n"] * per_n * per_all_n + m["m_n_n"] * per_all_n**2
    )
    crossed = (
        m["m_xg_ng"] * per_x * per_n
        - m["m_xg_n"] * per_x * per_all_n
        - m["m_ng_x"] * per_all_x * per_n
        + m["m_x_n"] * per_all_x * per_all_n
    )
    outside_iid = per_x - per_all_x
    subset_iid = per_x - per_all_x - per_n - per_all_n + 2 * x * per_all_x * per_n
    subset = cells["subset"].to_numpy()
    return (
        np.where(subset, outside + benchmark - 2 * crossed, outside),
        np.where(subset, subset_iid, outside_iid),
    )


def _rate_variances(cells: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """V and V_iid of the log rate: outside Σ_i (x_gi/x_g)², subset Σ_i (x_gi/x_g − n_gi/n_g)²."""
    x, n = cells["outcome_count"].to_numpy(), cells["benchmark_count"].to_numpy()
    per_x, per_n = divide(1, x), divide(1, n)
    outside = cells["m_xg_xg"].to_numpy() * per_x**2
    benchmark = (
        cells["m_ng_ng"].to_numpy() * per_n**2 - 2 * cells["m_xg_ng"].to_numpy() * per_x * per_n
    )
    subset = cells["subset"].to_numpy()
    return np.where(subset, outside + benchmark, outside), np.where(subset, per_x - per_n, per_x)


def _applied(
    cells: pd.DataFrame, variance: FloatArray, iid: FloatArray, pooled_below: int
) -> tuple[FloatArray, BoolArray]:
    """Design effect of each row (NaN: none can be found) and whether it is the pooled one."""
    x = cells["outcome_count"].to_numpy()
    defined = (iid * x > _NEGLIGIBLE) & ~np.isnan(variance)
    variance = np.where(defined, variance, np.nan)
    iid = np.where(defined, iid, np.nan)
    own = np.maximum(divide(variance, iid), 1.0)
    pooled = np.maximum(_pooled(cells, variance * x**2, iid * x**2), 1.0)
    # fmax ignores NaN: an undefined own effect gives way to the pooled one and the reverse.
    effect = np.where((x < pooled_below) | np.isnan(own), np.fmax(own, pooled), own)
    return effect, np.isnan(own) | (effect > own)


def _pooled(cells: pd.DataFrame, variance: FloatArray, iid: FloatArray) -> FloatArray:
    """Σ_g x_g²·V ÷ Σ_g x_g²·V_iid over the groups of the undivided cell (dimension `all`).

    Multiplying by x_g² puts the variances of log indices on the scale of counts, where small
    groups weigh little.
    """
    series = cells.groupby(SERIES, dropna=False, sort=False).ngroup()
    undivided = (cells["dimension"] == "all").to_numpy(bool)
    sums = (
        pd.DataFrame({"variance": variance, "iid": iid})[undivided]
        .groupby(series[undivided])
        .sum(min_count=1)
        .reindex(series)
    )
    return divide(sums["variance"].to_numpy(), sums["iid"].to_numpy())
