"""Interrupted time series of a policy change: each group's periods before and after it."""

import numpy as np
import pandas as pd

from rbdc.analysis.keys import ALL_GROUPS
from rbdc.framework.questions import PolicyChange
from rbdc.statistics.arrays import BoolArray, FloatArray
from rbdc.statistics.policy import interrupted_time_series

# Fields of a time series, as columns.
_SERIES = {
    "status": "series_status",
    "points_before": "series_points_before",
    "points_after": "series_points_after",
    "level": "level_ratio",
    "level_low": "level_ratio_low",
    "level_high": "level_ratio_high",
    "level_p_value": "level_p_value",
    "slope": "slope_ratio",
    "slope_low": "slope_ratio_low",
    "slope_high": "slope_ratio_high",
    "slope_p_value": "slope_p_value",
}


def time_series(
    series: list[tuple[str, str]],
    figures: pd.DataFrame,
    policy: PolicyChange,
    indicator: str,
    confidence: float,
) -> pd.DataFrame:
    """The series of each service and race group (or all groups), one row each in their order.

    Args:
        series: service and race group of each row.
        figures: `indicators.index_counts`.
        policy: the change; its `series` is the kind of period.
        indicator: whose outcomes are counted, over its benchmark events.
        confidence: two-sided level.
    """
    points = _points(figures, policy, indicator)
    results = [
        interrupted_time_series(*_series(points.get(key), policy), confidence) for key in series
    ]
    return pd.DataFrame(
        {column: [getattr(one, name) for one in results] for name, column in _SERIES.items()}
    )


def _series(
    points: pd.DataFrame | None, policy: PolicyChange
) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Outcomes, log of benchmark events and whether after the change, period by period.

    Every period of the time compared has its place, so that they stay equally spaced: one without
    figures, or in which the change lies, holds NaN.
    """
    if points is None:
        return np.empty(0), np.empty(0), np.empty(0, bool)
    frequency = policy.series[0].upper()
    held = pd.PeriodIndex(points["period"].str.replace("-Q", "Q"), freq=frequency)
    every = pd.period_range(held.min(), held.max())
    date = pd.Timestamp(policy.date)
    counts = points[["x", "n"]].set_axis(held).reindex(every)
    counts.loc[(every.start_time < date) & (every.end_time >= date)] = np.nan
    inside = np.ones(len(every), bool)
    if policy.compare_from is not None:
        inside &= every.start_time >= pd.Timestamp(policy.compare_from)
    if policy.compare_until is not None:
        inside &= every.end_time.normalize() <= pd.Timestamp(policy.compare_until)
    x, n = (counts[name].to_numpy()[inside] for name in ("x", "n"))
    return x, np.log(np.where(n > 0, n, np.nan)), np.asarray(every.start_time >= date)[inside]


def _points(
    figures: pd.DataFrame, policy: PolicyChange, indicator: str
) -> dict[tuple[str, str], pd.DataFrame]:
    """Outcomes x and benchmark events n of each period, by service and race group."""
    rows = figures[
        (figures["indicator"] == indicator)
        & (figures["period_type"] == policy.series)
        & (figures["dimension"] == "all")
    ]
    whole = rows.drop_duplicates(["service", "period"]).assign(race_group=ALL_GROUPS)
    columns = ["service", "race_group", "period", "x", "n"]
    points = pd.concat(
        [
            rows.rename(columns={"outcome_count": "x", "benchmark_count": "n"})[columns],
            whole.rename(columns={"outcome_total": "x", "benchmark_total": "n"})[columns],
        ]
    ).astype({"x": float, "n": float})
    return {
        (str(service), str(group)): own
        for (service, group), own in points.groupby(["service", "race_group"])
    }
