"""The outcome test: of searches, how often items are found, group by group and regime by regime."""

import numpy as np
import pandas as pd

from rbdc.analysis.keys import days_of, figure_ids
from rbdc.analysis.schema import CELL, COLUMNS
from rbdc.analysis.whole import overall
from rbdc.framework import Framework
from rbdc.statistics import EstimationRules
from rbdc.statistics.arrays import divide
from rbdc.statistics.multiple import q_values
from rbdc.statistics.proportions import share_interval

OUTCOME = "item_found"
_KEY = ["service", "indicator", *CELL, "race_group"]
_COLUMNS = [name for name in COLUMNS["outcome_test"] if name != "figure_id"]


def outcome_tests(
    figures: pd.DataFrame, framework: Framework, rules: EstimationRules
) -> pd.DataFrame:
    """One row a cell and race group, and one for all race groups together.

    Hit rate = searches with items found ÷ searches; its ratio to that of the reference group is the
    disparity index of the same figure. Families of tests: indicator, period type and dimension.
    `mixes_regimes` marks periods in which a policy change lies: there the rate is a mixture.
    Every row carries the caveat of infra-marginality (METHODS A).

    Args:
        figures: `indicators.index_counts` with their estimates.
        framework: names the policy changes.
        rules: thresholds.
    """
    rows = figures[figures["outcome"] == OUTCOME]
    everybody = overall(rows)
    effective = [everybody[c] / everybody["rate_design_effect"]
                 for c in ("outcome_count", "benchmark_count")]  # fmt: skip
    x, n = (one.to_numpy(float) for one in effective)
    low, high = share_interval(x, n, rules.confidence)
    everybody = everybody.assign(
        rate=divide(everybody["outcome_count"], everybody["benchmark_count"]),
        rate_low=low,
        rate_high=high,
        small_count=everybody["outcome_count"] < rules.small_count,
    )
    groups = rows.assign(source_figures=rows["figure_id"])
    # what concat would do with columns that are all null is not defined yet
    frame = pd.concat([groups, everybody.reindex(columns=groups.columns)], ignore_index=True)
    frame = frame.rename(
        columns={
            "outcome_count": "found",
            "benchmark_count": "searches",
            "rate": "hit_rate",
            "rate_low": "hit_rate_low",
            "rate_high": "hit_rate_high",
            "disparity_index": "hit_rate_ratio",
            "disparity_low": "ratio_low",
            "disparity_high": "ratio_high",
            "rate_difference": "hit_rate_difference",
            "rate_difference_low": "difference_low",
            "rate_difference_high": "difference_high",
        }
    )
    frame["p_value"] = frame["disparity_p_value"].to_numpy(dtype=float, na_value=np.nan)
    frame["test_family"] = (
        frame["indicator"] + "|" + frame["period_type"] + "|" + frame["dimension"] + "|hit_rate"
    )
    frame["q_value"] = q_values(
        frame["p_value"].to_numpy(float), frame["service"] + "|" + frame["test_family"]
    )
    frame["interval_method"] = "mover_wilson"
    frame["mixes_regimes"] = _mixes_regimes(frame, framework)
    frame["classification"] = _classify(frame, rules)
    caveats = {
        one.indicator: framework.benchmark_of(one).caveat.strip() for one in framework.indicators
    }
    frame["caveat"] = frame["indicator"].map(caveats)
    frame = frame[_COLUMNS].sort_values(_KEY, ignore_index=True)
    frame["figure_id"] = figure_ids(frame, "outcome_test", _KEY)
    return frame


def _mixes_regimes(frame: pd.DataFrame, framework: Framework) -> "pd.Series[bool]":
    """Whether a change of procedure for the row's indicator lies in its period.

    The sides of a change do not mix that one; another change can still lie in them.
    """

    def mixes(indicator: str, period: str, dimension: str) -> bool:
        days = days_of(period)
        return any(
            days is None or days[0] < pd.Timestamp(policy.date) <= days[1]
            for policy in framework.policy_changes
            if indicator in policy.indicators and policy.policy != dimension
        )

    cells = ["indicator", "period", "dimension"]
    found = {
        cell: mixes(*cell)
        for cell in frame[cells].drop_duplicates().itertuples(index=False, name=None)
    }
    mixed = [found[cell] for cell in frame[cells].itertuples(index=False, name=None)]
    return pd.Series(mixed, index=frame.index, dtype=bool)


def _classify(frame: pd.DataFrame, rules: EstimationRules) -> "pd.Series[str]":
    ratio = frame["hit_rate_ratio"].to_numpy(dtype=float, na_value=np.nan)
    q_value = frame["q_value"].to_numpy(dtype=float)
    small = frame["small_count"].fillna(True).to_numpy(bool)
    found = np.select(
        [small | np.isnan(q_value), q_value > rules.false_discovery_rate, ratio < 1],
        ["not_enough_data", "no_difference_detected", "lower"],
        default="higher",
    )
    tested = frame["hit_rate_ratio"].notna() & (frame["race_group"] != frame["reference_group"])
    return pd.Series(found, index=frame.index, dtype="string").where(tested)
