"""Before and after a change of procedure, group by group, and what became of the gap."""

from itertools import product

import numpy as np
import pandas as pd

from rbdc.analysis.keys import ALL_GROUPS, figure_ids, together
from rbdc.analysis.schema import COLUMNS
from rbdc.analysis.time_series import time_series
from rbdc.analysis.whole import overall
from rbdc.framework import Framework
from rbdc.framework.questions import PolicyChange
from rbdc.statistics import EstimationRules
from rbdc.statistics.arrays import divide
from rbdc.statistics.multiple import q_values
from rbdc.statistics.policy import (
    Compared,
    rate_change,
    ratio_of_ratios,
)

_KEY = ["service", "policy", "indicator", "race_group"]
_SHARED = [
    "outcome", "benchmark", "benchmark_vintage", "benchmark_unit", "unit", "composition_rule",
    "reference_group", "data_as_of",
]  # fmt: skip
_GAP = {
    "ratio": "gap_ratio",
    "low": "gap_ratio_low",
    "high": "gap_ratio_high",
    "p_value": "gap_p_value",
}
_SIDES = ["outcome_count", "benchmark_count", "rate", "disparity_index", "rate_design_effect",
          "variance_method", "outcome_missing_share", "benchmark_missing_share",
          "figure_id"]  # fmt: skip


def policy_changes(
    figures: pd.DataFrame, framework: Framework, rules: EstimationRules
) -> pd.DataFrame:
    """One row a policy change, indicator and race group, and one for all groups together.

    `rate_ratio` is the rate after ÷ before; `gap_ratio` the ratio of ratios, (group after ÷ before)
    ÷ (reference after ÷ before): under 1 the group's rate fell more. The gap has narrowed when its
    disparity index comes nearer to 1. Intervals use each side's own design effect; people who come
    both before and after link the sides a little, which is left out. Two families of tests a policy
    and indicator: changes of rates, and of gaps.

    The interrupted time series is the overdispersed Poisson regression of the group's outcomes per
    period on level and slope; `series_status` says why where it cannot be done.

    Args:
        figures: `indicators.index_counts` with their estimates.
        framework: names the policy changes.
        rules: thresholds.
    """
    parts = [
        part
        for policy, name in _asked(framework)
        if not (part := _compared(figures, policy, name, rules)).empty
    ]
    if not parts:
        return pd.DataFrame(columns=[*_COLUMNS, "figure_id"])
    frame = pd.concat(parts, ignore_index=True)
    for kind in ("rate", "gap"):
        family = frame["policy"] + "|" + frame["indicator"] + f"|{kind}_change"
        frame[f"{kind}_q_value"] = q_values(
            frame[f"{kind}_p_value"].to_numpy(float), frame["service"] + "|" + family
        )
        frame[f"{kind}_test_family"] = family
    frame["rate_change"] = _rate_reading(frame, rules)
    frame["gap_change"] = _gap_reading(frame, rules)
    frame = frame[_COLUMNS].sort_values(_KEY, ignore_index=True)
    frame["figure_id"] = figure_ids(frame, "policy_change", _KEY)
    return frame


_COLUMNS = [name for name in COLUMNS["policy_change"] if name != "figure_id"]


def _asked(framework: Framework) -> list[tuple[PolicyChange, str]]:
    return [pair for one in framework.policy_changes for pair in product([one], one.indicators)]


def _compared(
    figures: pd.DataFrame, policy: PolicyChange, indicator: str, rules: EstimationRules
) -> pd.DataFrame:
    rows = figures[(figures["indicator"] == indicator) & (figures["dimension"] == policy.policy)]
    if rows.empty:
        return rows
    everybody = overall(rows)
    everybody["rate"] = divide(everybody["outcome_count"], everybody["benchmark_count"])
    everybody = everybody.assign(figure_id=everybody["source_figures"])
    groups = rows[rows["comparable"]]
    both = pd.concat([groups, everybody.reindex(columns=groups.columns)], ignore_index=True)
    sides = {
        side: both[both["dimension_value"] == side].set_index(["service", "race_group"])
        for side in ("before", "after")
    }
    # Without a side there is nothing to compare: a cell has a row for every group of either side.
    frame = sides["before"][[*_SHARED, *_SIDES]].merge(
        sides["after"][_SIDES], left_index=True, right_index=True, suffixes=("_before", "_after")
    )
    if frame.empty:
        return frame
    frame = frame.reset_index().rename(
        columns={
            "outcome_count_before": "outcome_before",
            "outcome_count_after": "outcome_after",
            "benchmark_count_before": "benchmark_before",
            "benchmark_count_after": "benchmark_after",
            "disparity_index_before": "disparity_before",
            "disparity_index_after": "disparity_after",
            "outcome_missing_share_before": "outcome_missing_before",
            "outcome_missing_share_after": "outcome_missing_after",
            "benchmark_missing_share_before": "benchmark_missing_before",
            "benchmark_missing_share_after": "benchmark_missing_after",
        }
    )
    frame = frame.assign(
        policy=policy.policy,
        policy_date=pd.Timestamp(policy.date),
        title=policy.title,
        indicator=indicator,
        series=policy.series,
        interval_method="mover_wilson",
        variance_method=np.where(
            (
                frame[["variance_method_before", "variance_method_after"]] == "independent_records"
            ).all(axis=1),
            "independent_records",
            "person_clustered",
        ),
        source_figures=[
            together(*ids)
            for ids in zip(frame["figure_id_before"], frame["figure_id_after"], strict=True)
        ],
        small_count=frame[["outcome_before", "outcome_after"]].max(axis=1) < rules.small_count,
    )
    frame = _changes(frame, rules)
    series = [
        (str(service), str(group))
        for service, group in zip(frame["service"], frame["race_group"], strict=True)
    ]
    return frame.join(time_series(series, figures, policy, indicator, rules.confidence))


def _changes(frame: pd.DataFrame, rules: EstimationRules) -> pd.DataFrame:
    """Changes of each row's rate, and of its gap to the reference group of the same service."""
    before, after = (
        [
            frame[f"{what}_{side}"].to_numpy(float)
            for what in ("outcome", "benchmark", "rate_design_effect")
        ]
        for side in ("before", "after")
    )
    rate = rate_change(
        after[0], after[1], before[0], before[1], rules.confidence, after[2], before[2]
    )
    reference = (frame["race_group"] == frame["reference_group"]).to_numpy(bool)
    of_service = {service: row for row, service in enumerate(frame["service"]) if reference[row]}
    other = frame["service"].map(of_service)
    compared = other.notna() & ~reference & (frame["race_group"] != ALL_GROUPS)
    rows = np.flatnonzero(compared)
    others = other[compared].to_numpy(int)
    sides = [
        Compared(x[rows], n[rows], x[others], n[others], deff[rows], deff[others])
        for x, n, deff in (before, after)
    ]
    gap = ratio_of_ratios(sides[0], sides[1], rules.confidence)
    for name, values in gap._asdict().items():
        column = np.full(len(frame), np.nan)
        column[rows] = values
        frame = frame.assign(**{_GAP[name]: column})
    return frame.assign(
        rate_ratio=rate.ratio,
        rate_ratio_low=rate.low,
        rate_ratio_high=rate.high,
        rate_p_value=rate.p_value,
    )


def _rate_reading(frame: pd.DataFrame, rules: EstimationRules) -> "pd.Series[str]":
    q_value, ratio = frame["rate_q_value"].to_numpy(float), frame["rate_ratio"].to_numpy(float)
    small = frame["small_count"].to_numpy(bool)
    found = np.select(
        [small | np.isnan(q_value), q_value > rules.false_discovery_rate, ratio < 1],
        ["not_enough_data", "no_change_detected", "reduced"],
        default="increased",
    )
    return pd.Series(found, index=frame.index, dtype="string")


def _gap_reading(frame: pd.DataFrame, rules: EstimationRules) -> "pd.Series[str]":
    q_value = frame["gap_q_value"].to_numpy(float)
    small = (frame[["outcome_before", "outcome_after"]].min(axis=1) < rules.small_count).to_numpy(
        bool
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        before, after = (
            np.abs(np.log(frame[f"disparity_{side}"].to_numpy(dtype=float, na_value=np.nan)))
            for side in ("before", "after")
        )
    found = np.select(
        [small | np.isnan(q_value), q_value > rules.false_discovery_rate, after < before],
        ["not_enough_data", "no_change_detected", "narrowed"],
        default="widened",
    )
    compared = (frame["race_group"] != frame["reference_group"]) & (
        frame["race_group"] != ALL_GROUPS
    )
    return pd.Series(found, index=frame.index, dtype="string").where(compared)
