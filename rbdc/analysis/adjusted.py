"""What remains of a disparity where the context is held equal: Mantel-Haenszel and regression."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rbdc.analysis.keys import figure_ids
from rbdc.analysis.schema import COLUMNS
from rbdc.framework import Framework
from rbdc.framework.model import Indicator
from rbdc.statistics import EstimationRules
from rbdc.statistics.adjusted import adjusted_ratios
from rbdc.statistics.arrays import FloatArray, divide
from rbdc.statistics.multiple import q_values
from rbdc.statistics.sensitivity import e_values
from rbdc.statistics.stratified import mantel_haenszel_ratio

_KEY = ["service", "indicator", "period_type", "period", "race_group", "method"]
_SHARED = [
    "service", "indicator", "outcome", "benchmark", "benchmark_vintage", "benchmark_unit", "unit",
    "composition_rule", "period_type", "period", "race_group", "reference_group",
    "outcome_count", "benchmark_count", "small_count", "variance_method", "data_as_of",
]  # fmt: skip
# What else is read of a figure.
_OF_FIGURES = [
    "figure_id", "comparable", "disparity_index", "disparity_low", "disparity_high",
    "disparity_p_value", "rate_design_effect",
]  # fmt: skip
_COLUMNS = [name for name in COLUMNS["adjusted"] if name != "figure_id"]


def adjusted(
    figures: pd.DataFrame,
    context: pd.DataFrame,
    framework: Framework,
    rules: EstimationRules,
) -> pd.DataFrame:
    """One row an indicator with `adjust_for`, year, race group and method.

    `mantel_haenszel` compares within every combination of the context (Greenland-Robins interval);
    `poisson_regression` has the context as main effects (HC0, or Firth's penalty where a group has
    no outcome). The variance of both is multiplied by the design effect of the crude ratio in the
    same year, because context counts know no persons.

    Args:
        figures: `indicators.index_counts` with their estimates.
        context: `interactions.context_counts`.
        framework: names what is held equal.
        rules: thresholds.
    """
    parts = [
        part
        for indicator in framework.indicators
        if indicator.adjust_for
        for part in _of_indicator(figures, context, indicator, rules)
    ]
    if not parts:
        return pd.DataFrame(columns=[*_COLUMNS, "figure_id"])
    frame = pd.concat(parts, ignore_index=True)
    frame["test_family"] = frame["indicator"] + "|year|" + frame["method"]
    frame["q_value"] = q_values(
        frame["p_value"].to_numpy(float), frame["service"] + "|" + frame["test_family"]
    )
    frame["e_value"], frame["e_value_of_limit"] = e_values(
        frame["adjusted_ratio"].to_numpy(float),
        frame["adjusted_low"].to_numpy(float),
        frame["adjusted_high"].to_numpy(float),
    )
    frame = frame[_COLUMNS].sort_values(_KEY, ignore_index=True)
    frame["figure_id"] = figure_ids(frame, "adjusted", _KEY)
    return frame


def _of_indicator(
    figures: pd.DataFrame, context: pd.DataFrame, indicator: Indicator, rules: EstimationRules
) -> Iterator[pd.DataFrame]:
    asked = (
        (figures["indicator"] == indicator.indicator)
        & (figures["period_type"] == "year")
        & (figures["dimension"] == "all")
    )
    rows = figures.loc[asked, [*_SHARED, *_OF_FIGURES]]
    by = list(indicator.adjust_for)
    counts = (
        context.assign(**{name: context[name].fillna("Unknown") for name in by})
        .groupby(["service", "year", "race_group", *by], as_index=False)[
            [indicator.outcome, indicator.benchmark]
        ]
        .sum()
        .rename(columns={indicator.outcome: "outcome", indicator.benchmark: "population"})
    )
    by_year = dict(list(counts.groupby(["service", "year"])))
    for key, own in rows.groupby(["service", "period"], sort=True):
        yield _of_year(own, by_year.get(key, counts[:0]), indicator, rules)


def _of_year(
    rows: pd.DataFrame, counts: pd.DataFrame, indicator: Indicator, rules: EstimationRules
) -> pd.DataFrame:
    reference = str(rows["reference_group"].iloc[0])
    compared = rows[
        rows["comparable"]
        & ~rows["race_group"].isin([reference, rules.unknown_group])
        & (rows["benchmark_count"] > 0)
    ].reset_index(drop=True)
    by = list(indicator.adjust_for)
    effects = _effects_of_ratio(compared, rows[rows["race_group"] == reference])
    shared = compared[_SHARED].assign(
        adjusted_for=",".join(by),
        crude_ratio=compared["disparity_index"],
        crude_low=compared["disparity_low"],
        crude_high=compared["disparity_high"],
        crude_p_value=compared["disparity_p_value"],
        source_figures=compared["figure_id"],
    )
    stratified = _mantel_haenszel(
        counts, list(compared["race_group"]), reference, by, effects, rules
    )
    fitted = adjusted_ratios(
        counts[counts["race_group"].isin([*compared["race_group"], reference])],
        "race_group",
        reference,
        by,
        "outcome",
        "population",
        rules.confidence,
        dict(zip(compared["race_group"], effects, strict=True)),
    )
    regression = pd.DataFrame(
        {
            "adjusted_ratio": fitted["ratio"],
            "adjusted_low": fitted["low"],
            "adjusted_high": fitted["high"],
            "p_value": fitted["p_value"],
            "strata_used": np.nan,
            "status": fitted["status"],
            "interval_method": fitted["method"],
        }
    ).set_axis(fitted["group"])
    regression = regression.reindex(compared["race_group"]).reset_index(drop=True)
    regression["method"] = "poisson_regression"
    regression["status"] = regression["status"].fillna("no context is known of the group")
    return pd.concat([shared.join(stratified), shared.join(regression)], ignore_index=True)


def _effects_of_ratio(compared: pd.DataFrame, reference: pd.DataFrame) -> FloatArray:
    """Design effect of each group's ratio to the reference: of both rates, by their variances.

    The variance of a log rate of independent records is 1/x − 1/n.
    """
    parts = []
    for rows in (compared, reference):
        x, n, deff = (
            rows[name].to_numpy(dtype=float)
            for name in ("outcome_count", "benchmark_count", "rate_design_effect")
        )
        variance = divide(1, x) - divide(1, n)
        parts.append((variance * deff, variance))
    (group, group_iid), (other, other_iid) = parts
    if not len(other):
        return compared["rate_design_effect"].to_numpy(dtype=float)
    effect = divide(group + other, group_iid + other_iid)
    return np.where(np.isnan(effect), compared["rate_design_effect"].to_numpy(dtype=float), effect)


def _mantel_haenszel(
    counts: pd.DataFrame,
    groups: list[str],
    reference: str,
    by: list[str],
    effects: FloatArray,
    rules: EstimationRules,
) -> pd.DataFrame:
    sides = ["outcome", "population"]
    others = counts[counts["race_group"] == reference][[*by, *sides]]
    joined = counts[counts["race_group"].isin(groups)].merge(
        others, on=by, suffixes=("", "_reference")
    )
    position = {group: number for number, group in enumerate(groups)}
    found = mantel_haenszel_ratio(
        joined["outcome"].to_numpy(float),
        joined["population"].to_numpy(float),
        joined["outcome_reference"].to_numpy(float),
        joined["population_reference"].to_numpy(float),
        joined["race_group"].map(position).to_numpy().astype(np.int64),
        len(groups),
        confidence=rules.confidence,
        deff=effects,
    )
    return pd.DataFrame(
        {
            "adjusted_ratio": found.estimate,
            "adjusted_low": found.low,
            "adjusted_high": found.high,
            "p_value": found.p_value,
            "strata_used": found.informative.astype(float),
            "status": np.select(
                [
                    ~np.isnan(found.low),
                    found.informative == 0,
                    np.isnan(found.estimate),
                    found.estimate == 0,
                ],
                [
                    "estimated",
                    "no stratum holds both groups and an outcome",
                    "the reference group has no outcome in the strata that it shares",
                    "the group has no outcome in the strata that it shares",
                ],
                default="everybody in the shared strata has the outcome",
            ),
            "method": "mantel_haenszel",
            "interval_method": "greenland_robins_design_effect",
        }
    )
