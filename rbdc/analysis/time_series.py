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
    points = _points(figures, policy, indicator)
    results = []
    for key in series:
        own = points.get(key, _NOTHING)
        exposure = np.log(own["n"].where(own["n"] > 0))
        results.append(interrupted_time_series(own["x"], exposure, own["after"], confidence))
    return pd.DataFrame(
        {column: [getattr(one, name) for one in results] for name, column in _SERIES.items()}
    )


_NOTHING = pd.DataFrame({"x": [], "n": [], "after": []}, dtype=float)


def _points(
    figures: pd.DataFrame, policy: PolicyChange, indicator: str
) -> dict[tuple[str, str], pd.DataFrame]:
    """Outcomes x and benchmark events n of each period, by service and race group."""
    rows = figures[
        (figures["indicator"] == indicator)
        & (figures["period_type"] == policy.series)
        & (figures["dimension"] == "all")
    ]
    periods = pd.PeriodIndex(rows["period"].str.replace("-Q", "Q"), freq=policy.series[0].upper())
    date = pd.Timestamp(policy.date)
    # A period in which the change lies belongs to neither side.
    inside = (periods.start_time >= date) | (periods.end_time < date)
    if policy.compare_from is not None:
        inside &= periods.start_time >= pd.Timestamp(policy.compare_from)
    if policy.compare_until is not None:
        inside &= periods.end_time.normalize() <= pd.Timestamp(policy.compare_until)
    rows = rows.assign(after=periods.start_time >= date)[inside].sort_values("period")
    whole = rows.drop_duplicates(["service", "period"])
    columns = ["service", "race_group", "after", "x", "n"]
    points = pd.concat(
        [
            rows.rename(columns={"outcome_count": "x", "benchmark_count": "n"})[columns],
            whole.assign(race_group=ALL_GROUPS).rename(
                columns={"outcome_total": "x", "benchmark_total": "n"}
            )[columns],
        ]
    ).astype({"x": float, "n": float})
    return {
        (str(service), str(group)): own
        for (service, group), own in points.groupby(["service", "race_group"])
    }
