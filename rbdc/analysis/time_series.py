"""Interrupted time series of a policy change: each group's periods before and after it."""

import numpy as np
import pandas as pd

from rbdc.analysis.keys import ALL_GROUPS
from rbdc.framework.questions import PolicyChange
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
    x, n = (
        values.reindex(pd.MultiIndex.from_tuples(series))
        for values in _points(figures, policy, indicator)
    )
    periods = pd.DatetimeIndex(x.columns)
    after = np.asarray(periods >= pd.Timestamp(policy.date))
    exposure = np.log(n.where(n > 0).to_numpy())
    results = [
        interrupted_time_series(outcomes, offset, after, confidence)
        for outcomes, offset in zip(x.to_numpy(), exposure, strict=True)
    ]
    return pd.DataFrame(
        {column: [getattr(one, name) for one in results] for name, column in _SERIES.items()}
    )


def _points(
    figures: pd.DataFrame, policy: PolicyChange, indicator: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Outcomes and benchmark events, one row a service and race group, one column a period.

    Columns are the first days of all periods of the time compared, so that they stay equally
    spaced: one without figures, or in which the change lies, holds NaN.
    """
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
    points["period"] = pd.PeriodIndex(
        points["period"].str.replace("-Q", "Q"), freq=policy.series[0].upper()
    )
    every = pd.PeriodIndex(points["period"])
    if len(every):
        every = pd.period_range(every.min(), every.max())
    date = pd.Timestamp(policy.date)
    inside = np.ones(len(every), bool)
    if policy.compare_from is not None:
        inside &= every.start_time >= pd.Timestamp(policy.compare_from)
    if policy.compare_until is not None:
        inside &= every.end_time.normalize() <= pd.Timestamp(policy.compare_until)
    compared = every[inside]
    whole_periods = (compared.start_time >= date) | (compared.end_time < date)
    keep = np.where(whole_periods, 1.0, np.nan)
    x, n = (
        points.pivot(index=["service", "race_group"], columns="period", values=name)
        .reindex(columns=compared)
        .mul(keep, axis="columns")
        .set_axis(compared.start_time, axis="columns")
        for name in ("x", "n")
    )
    return x, n
