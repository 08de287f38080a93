"""Divisions beside each other: shrunken rates and funnel limits, so that chance is not ranked."""

import numpy as np
import pandas as pd

from rbdc.analysis.keys import figure_ids
from rbdc.analysis.schema import CELL, COLUMNS
from rbdc.statistics.arrays import divide
from rbdc.statistics.small_areas import funnel, smoothed_rates

_KEY = ["service", "indicator", *CELL, "race_group"]
_SET = ["service", "indicator", "period_type", "period", "race_group"]
# Codes of records without a place: no area of their own.
_NO_AREA = ("XX", "Unknown", "Unmapped", "Multiple")
_COLUMNS = [name for name in COLUMNS["small_areas"] if name != "figure_id"]


def small_areas(figures: pd.DataFrame) -> pd.DataFrame:
    """One row a division, year and race group of every indicator inside its benchmark.

    `shrunken_rate` is Marshall's global empirical Bayes rate among the divisions of the same
    indicator, year and group; the funnel holds what chance alone would do around their overall
    rate. Records without a division take no part.

    Args:
        figures: `indicators.index_counts` with their estimates.
    """
    rows = figures[
        (figures["dimension"] == "division")
        & (figures["period_type"] == "year")
        & (figures["form"] == "subset")
        & figures["comparable"]
        & ~figures["dimension_value"].isin(_NO_AREA)
        & (figures["benchmark_count"] > 0)
    ].sort_values(_KEY, ignore_index=True)
    sets = rows.groupby(_SET, dropna=False, sort=False).ngroup().to_numpy().astype(np.int64)
    x, n = (rows[c].to_numpy(float) for c in ("outcome_count", "benchmark_count"))
    limits = funnel(x, n, sets, rows["rate_design_effect"].to_numpy(float))
    frame = rows.assign(
        rate=divide(x, n),
        shrunken_rate=smoothed_rates(x, n, sets).rate,
        overall_rate=limits.overall,
        areas=np.bincount(sets, minlength=1)[sets] if len(rows) else [],
        funnel_low_95=limits.low_95,
        funnel_high_95=limits.high_95,
        funnel_low_998=limits.low_998,
        funnel_high_998=limits.high_998,
        position=limits.position,
        source_figures=rows["figure_id"],
    )[_COLUMNS]
    frame["figure_id"] = figure_ids(frame, "small_areas", _KEY)
    return frame
