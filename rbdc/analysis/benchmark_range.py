"""The same outcome held against several benchmarks: how far the readings lie apart."""

import numpy as np
import pandas as pd

from rbdc.analysis.keys import figure_ids, together
from rbdc.analysis.schema import CELL

_KEY = ["service", "outcome", "unit", "composition_rule", *CELL, "race_group"]
_UNKNOWN = "depends_on_unknown_race"


def benchmark_range(figures: pd.DataFrame) -> pd.DataFrame:
    """One row an outcome, cell and race group that stands against two benchmarks or more.

    `robustness` is `agree` (every benchmark that can say gives the same reading),
    `depends_on_benchmark` (they differ), `depends_on_unknown_race` (one of them does),
    or `not_enough_data`. `reading` is the reading on which they agree.

    Args:
        figures: `indicators.index_counts` with their estimates.
    """
    rows = figures[figures["disproportionality_index"].notna()].copy()
    rows["against"] = rows["benchmark"].str.cat(rows["benchmark_vintage"].fillna(""), sep=" ")
    rows["against"] = rows["against"].str.strip()
    rows = rows.sort_values(["disproportionality_index", "against"], kind="stable")
    grouped = rows.groupby(_KEY, dropna=False, sort=True)
    frame = grouped.agg(
        benchmarks=("against", "nunique"),
        index_lowest=("disproportionality_index", "first"),
        benchmark_of_lowest=("against", "first"),
        index_highest=("disproportionality_index", "last"),
        benchmark_of_highest=("against", "last"),
        range_low=("index_low", "min"),
        range_high=("index_high", "max"),
        data_as_of=("data_as_of", "min"),
        source_figures=("figure_id", lambda ids: together(*ids)),
        readings=("classification", lambda found: "|".join(sorted(set(found.dropna())))),
    ).reset_index()
    frame = frame[frame["benchmarks"] > 1].reset_index(drop=True)
    said = frame["readings"].str.split("|").map(lambda all_: set(all_) - {"not_enough_data", ""})
    frame["robustness"] = np.select(
        [
            said.map(len) == 0,
            said.map(lambda one: _UNKNOWN in one),
            said.map(len) == 1,
        ],
        ["not_enough_data", _UNKNOWN, "agree"],
        default="depends_on_benchmark",
    )
    agreed = frame["robustness"] == "agree"
    frame["reading"] = said.map(lambda one: next(iter(one), None)).where(agreed)
    frame["figure_id"] = figure_ids(frame, "benchmark_range", _KEY)
    return frame
