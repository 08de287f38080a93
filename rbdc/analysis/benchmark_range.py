"""The same outcome held against several benchmarks: how far the readings lie apart."""

import pandas as pd

from rbdc.analysis.keys import figure_ids
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
    rows = figures[figures["disproportionality_index"].notna()]
    vintage = rows["benchmark_vintage"].astype("string")
    against = (rows["benchmark"] + " " + vintage).fillna(rows["benchmark"])
    number = rows.groupby(_KEY, dropna=False, sort=True).ngroup()
    rows = rows.assign(against=against, row=number)
    several = rows.groupby("row")["against"].transform("nunique") > 1
    rows = rows[several].sort_values(["disproportionality_index", "against"], kind="stable")
    grouped = rows.groupby("row", sort=True)
    frame = (
        grouped[_KEY]
        .first()
        .assign(
            benchmarks=grouped["against"].nunique(),
            index_lowest=grouped["disproportionality_index"].first(),
            benchmark_of_lowest=grouped["against"].first(),
            index_highest=grouped["disproportionality_index"].last(),
            benchmark_of_highest=grouped["against"].last(),
            range_low=grouped["index_low"].min(),
            range_high=grouped["index_high"].max(),
            data_as_of=grouped["data_as_of"].min(),
            source_figures=_joined(rows, "figure_id", " "),
            readings=_joined(
                rows[rows["classification"].notna()]
                .drop_duplicates(["row", "classification"])
                .sort_values("classification"),
                "classification",
                "|",
            ),
        )
    )
    frame = frame.reset_index(drop=True)
    robustness = {said: _robustness(said) for said in frame["readings"].dropna().unique()}
    frame["robustness"] = frame["readings"].map(robustness).fillna("not_enough_data")
    reading = {said: "|".join(_told(said)) for said in robustness}
    agreed = frame["robustness"] == "agree"
    frame["reading"] = frame["readings"].map(reading).where(agreed)
    frame["figure_id"] = figure_ids(frame, "benchmark_range", _KEY)
    return frame


def _joined(rows: pd.DataFrame, column: str, separator: str) -> "pd.Series[str]":
    """Values of each `row` in their order, joined: benchmarks are few, rows are many."""
    place = rows.groupby("row").cumcount().to_numpy()
    values = rows.set_index("row")[column].astype("string")
    joined: pd.Series[str] = values[place == 0]
    for later in range(1, place.max() + 1 if len(place) else 0):
        more = values[place == later].reindex(joined.index)
        joined = joined.str.cat(more, sep=separator).fillna(joined)
    return joined


def _told(readings: str) -> list[str]:
    return [one for one in readings.split("|") if one != "not_enough_data"]


def _robustness(readings: str) -> str:
    told = _told(readings)
    if not told:
        return "not_enough_data"
    if _UNKNOWN in told:
        return _UNKNOWN
    return "agree" if len(told) == 1 else "depends_on_benchmark"
