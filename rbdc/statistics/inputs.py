"""Reading of `indicators.index_counts`: the columns needed, their types, and what must hold."""

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import BoolArray

COUNTS = ["outcome_count", "outcome_total", "benchmark_count", "benchmark_total"]
UNKNOWNS = ["outcome_unknown", "benchmark_unknown"]
MOMENTS = [
    "m_xg_xg", "m_xg_x", "m_x_x", "m_ng_ng", "m_xg_ng",
    "m_xg_n", "m_ng_x", "m_ng_n", "m_n_n", "m_x_n",
]  # fmt: skip
SERIES = [
    "service", "indicator", "outcome", "benchmark", "benchmark_vintage", "unit",
    "composition_rule", "form", "period_type", "period",
]  # fmt: skip
CELL = [*SERIES, "dimension", "dimension_value"]


def read_counts(index_counts: pd.DataFrame, family: tuple[str, ...]) -> pd.DataFrame:
    """Check a frame of index counts and give its numbers as floats.

    Args:
        index_counts: One row a figure, in the shape of `indicators.index_counts`.
        family: The key columns that name a family of tests.

    Returns:
        The needed columns with a fresh index: numbers float64 (null = NaN), `comparable` bool,
        and `subset` (the outcome is part of the benchmark) bool.

    Raises:
        ValueError: A column is missing, a figure stands twice, a form is unknown, or a comparable
            row's counts contradict each other. The message names the figure and the rule.
    """
    needed = ["figure_id", *CELL, "race_group", "reference_group", "comparable"]
    needed = list(dict.fromkeys([*needed, *family, *COUNTS, *UNKNOWNS, *MOMENTS]))
    missing = [column for column in needed if column not in index_counts.columns]
    if missing:
        raise ValueError(f"index_counts lacks the column(s) {', '.join(missing)}")
    cells = index_counts[needed].reset_index(drop=True)
    for column in [*COUNTS, *UNKNOWNS, *MOMENTS]:
        cells[column] = cells[column].to_numpy(dtype=float, na_value=np.nan)
    cells["comparable"] = cells["comparable"].fillna(False).astype(bool)
    cells["subset"] = (cells["form"] == "subset").fillna(False).astype(bool)
    _check(cells)
    return cells


def _check(cells: pd.DataFrame) -> None:
    comparable, subset = cells["comparable"].to_numpy(), cells["subset"].to_numpy()
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    empty = np.isnan(x) | np.isnan(all_x) | np.isnan(n) | np.isnan(all_n) | np.isnan(unknown_x)
    negative = np.asarray((cells[[*COUNTS, *UNKNOWNS]].to_numpy() < 0).any(axis=1))
    _refuse(cells, cells["figure_id"].duplicated().to_numpy(), "the figure_id stands twice")
    _refuse(cells, ~cells["form"].isin(["subset", "outside"]).to_numpy(bool), "unknown form")
    _refuse(cells, negative, "a count is negative")
    _refuse(cells, comparable & empty, "a comparable group has a null count (0 must be written 0)")
    _refuse(
        cells, subset & comparable & np.isnan(unknown_n), "benchmark_unknown is null in form subset"
    )
    _refuse(cells, comparable & ((x > all_x) | (n > all_n)), "a group exceeds its total")
    _refuse(
        cells,
        subset & comparable & ((x > n) | (all_x > all_n) | (unknown_x > unknown_n)),
        "form subset, but outcomes exceed the benchmark: count an outcome in the period, stratum "
        "and group of the benchmark event it belongs to, or declare the form outside",
    )


def _refuse(cells: pd.DataFrame, broken: BoolArray, rule: str) -> None:
    if broken.any():
        figures = cells["figure_id"].to_numpy()[broken]
        more = f" and {len(figures) - 3} more" if len(figures) > 3 else ""
        named = ", ".join(str(figure) for figure in figures[:3])
        raise ValueError(f"indicators.index_counts: {rule} (figure_id {named}{more})")
