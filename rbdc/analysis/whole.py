"""All race groups of a cell taken together: the overall rate that a group's is read beside."""

import numpy as np
import pandas as pd

from rbdc.analysis.keys import ALL_GROUPS
from rbdc.analysis.schema import CELL
from rbdc.statistics.arrays import divide

_BY = ["service", "indicator", *CELL]
# What all figures of an indicator in a service share.
_SHARED = [
    "outcome", "benchmark", "benchmark_vintage", "benchmark_unit", "unit", "composition_rule",
    "reference_group", "data_as_of",
]  # fmt: skip


def overall(figures: pd.DataFrame) -> pd.DataFrame:
    """One row a cell with the counts of all race groups and the design effect of their rate.

    Variance of the log rate with repeat people, Σ_i (x_i/X − n_i/N)², over the same with each
    record its own person, 1/X − 1/N (METHODS A, with the group taken as everybody); 1 where people
    cannot be told apart.

    Args:
        figures: rows of `indicators.index_counts` of form subset.

    Returns:
        The cell's columns and what it is of, race_group `All race groups`, outcome_count,
        benchmark_count, shares of unknown race, rate_design_effect, variance_method and
        source_figures, the figures of all race groups (it has none of its own).
    """
    cells = figures.groupby(_BY, dropna=False, sort=True)
    frame = cells.agg(
        outcome_count=("outcome_total", "max"),
        benchmark_count=("benchmark_total", "max"),
        m_x_x=("m_x_x", "max"),
        m_x_n=("m_x_n", "max"),
        m_n_n=("m_n_n", "max"),
        outcome_missing_share=("outcome_missing_share", "max"),
        benchmark_missing_share=("benchmark_missing_share", "max"),
        source_figures=("figure_id", lambda ids: " ".join(sorted(ids))),
    ).reset_index()
    x, n = (frame[c].to_numpy(dtype=float) for c in ("outcome_count", "benchmark_count"))
    m_xx, m_xn, m_nn = (
        frame[c].to_numpy(dtype=float, na_value=float("nan")) for c in ("m_x_x", "m_x_n", "m_n_n")
    )
    variance = divide(m_xx, x**2) - 2 * divide(m_xn, x * n) + divide(m_nn, n**2)
    effect = divide(variance, divide(1, x) - divide(1, n))
    frame["rate_design_effect"] = pd.Series(effect).fillna(1.0).clip(lower=1.0)
    frame["variance_method"] = np.where(
        np.isnan(variance), "independent_records", "person_clustered"
    )
    frame["race_group"] = ALL_GROUPS
    known = figures.drop_duplicates(["service", "indicator"]).set_index(["service", "indicator"])
    frame = frame.join(known[_SHARED], on=["service", "indicator"])
    return frame.drop(columns=["m_x_x", "m_x_n", "m_n_n"])
