"""Every hypothesis of the framework put to its test, row by row, and the answer over its rows."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from rbdc.analysis.keys import figure_ids, latest_complete
from rbdc.analysis.schema import CELL, COLUMNS
from rbdc.framework import Framework
from rbdc.framework.questions import Hypothesis
from rbdc.statistics import EstimationRules
from rbdc.statistics.arrays import FloatArray
from rbdc.statistics.multiple import q_values
from rbdc.statistics.sensitivity import e_values

_KEY = [
    "service", "hypothesis", "indicator", "policy", *CELL, "race_group", "measure",
]  # fmt: skip
_TEST = ["estimate", "low", "high", "p_value"]
_COLUMNS = [name for name in COLUMNS["hypothesis_results"] if name != "figure_id"]

# Of rows for which there is no data to say it.
_MEASURES = {
    "disproportionality": "disproportionality_index",
    "disparity": "disparity_index",
    "policy_change": "rate_ratio",
    "outcome_test": "hit_rate_ratio",
    "adjusted": "adjusted_ratio",
}

Tables = Mapping[str, pd.DataFrame]


def hypothesis_results(
    figures: pd.DataFrame,
    tables: Tables,
    framework: Framework,
    rules: EstimationRules,
    first_results: Mapping[str, str],
) -> pd.DataFrame:
    """One row a hypothesis, benchmark (or policy), cell and race group in question.

    Each hypothesis is its own family of tests (Benjamini-Hochberg). `result` of a row is
    `supports`, `contradicts`, `undecided`, `depends_on_unknown_race` or `not_enough_data`. For a
    hypothesis of
    no difference the whole interval must lie within `equivalence`: not finding one is no support.
    `verdict` is over all rows of the hypothesis in the service: `supported`, `partly_supported`,
    `contradicted`, `not_shown`, `depends_on_benchmark`, `depends_on_unknown_race` or
    `cannot_be_told`.

    Args:
        figures: `indicators.index_counts` with their estimates.
        tables: the other derived marts, by name.
        framework: names the hypotheses.
        rules: thresholds.
        first_results: digest of each hypothesis when it first had a result.
    """
    parts = []
    for one in framework.hypotheses:
        rows = _ROWS[one.method](one, figures, tables, framework)
        rows = _with_gaps(rows.reindex(columns=_COLUMNS), one, figures, framework)
        before = first_results.get(one.hypothesis)
        rows = rows.assign(
            hypothesis=one.hypothesis,
            question=one.question,
            question_fr=one.question_fr,
            raised_by=one.raised_by,
            fixed_on=pd.Timestamp(one.fixed_on),
            method=one.method,
            test_family=f"hypothesis {one.hypothesis}",
            support=one.support,
            equivalence_low=one.equivalence[0] if one.equivalence else np.nan,
            equivalence_high=one.equivalence[1] if one.equivalence else np.nan,
            changed_after_first_result=before is not None and before != one.digest,
        )
        rows["q_value"] = q_values(_floats(rows, "p_value"), rows["service"].astype("string"))
        rows["result"] = _results(rows, one, rules)
        rows["verdict"] = rows["service"].map(
            rows.groupby("service")[["result", "indicator"]].apply(_verdict)
        )
        parts.append(rows)
    if not parts:
        return pd.DataFrame(columns=[*_COLUMNS, "figure_id"])
    frame = pd.concat(parts, ignore_index=True)
    frame["e_value"], frame["e_value_of_limit"] = e_values(
        *(_floats(frame, column) for column in ("estimate", "low", "high"))
    )
    frame = frame[_COLUMNS].sort_values(_KEY, ignore_index=True)
    frame["figure_id"] = figure_ids(frame, "hypothesis_results", _KEY)
    return frame


def _asked_of(one: Hypothesis, framework: Framework) -> list[str]:
    found = (framework.indicator_of(one.outcome, one.unit, b) for b in one.benchmarks)
    return [indicator.indicator for indicator in found if indicator]


def _in_question(one: Hypothesis, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the groups in question, in the periods named or the latest complete one."""
    rows = rows[rows["race_group"].isin(one.groups) & (rows["period_type"] == one.period_type)]
    if one.periods:
        return rows[rows["period"].isin(one.periods)]
    parts = [
        own[own["period"] == latest_complete(own)]
        for _, own in rows.groupby(["service", "indicator"], sort=False)
    ]
    return pd.concat(parts) if parts else rows


def _with_gaps(
    rows: pd.DataFrame, one: Hypothesis, figures: pd.DataFrame, framework: Framework
) -> pd.DataFrame:
    """The rows, and an empty one for each comparison that the data hold nothing of.

    A question that cannot be answered stays in the table, and so in the findings.
    """
    asked = _asked_of(one, framework)
    held = set(rows[["service", "indicator"]].itertuples(index=False, name=None))
    gaps = [
        {
            "service": service,
            "indicator": name,
            "outcome": one.outcome,
            "unit": one.unit,
            "measure": _MEASURES[one.method],
            "policy": one.policy,
            "period_type": one.period_type,
            "period": one.periods[0] if one.periods else "all",
            "dimension": one.dimension,
            "dimension_value": one.dimension_values[0] if one.dimension_values else "all",
            "race_group": group,
            "reference_group": framework.reference_group,
            "data_as_of": figures["data_as_of"].min(),
        }
        for service in sorted(set(figures["service"]))
        for name in asked
        if (service, name) not in held
        for group in one.groups
    ]
    if not gaps:
        return rows
    empty = pd.DataFrame(gaps).reindex(columns=_COLUMNS).astype(object)
    return pd.concat([rows.astype(object), empty], ignore_index=True)


def _of_figures(
    one: Hypothesis, figures: pd.DataFrame, tables: Tables, framework: Framework
) -> pd.DataFrame:
    rows = figures[
        figures["indicator"].isin(_asked_of(one, framework))
        & (figures["dimension"] == one.dimension)
    ]
    if one.dimension_values:
        rows = rows[rows["dimension_value"].isin(one.dimension_values)]
    rows = _in_question(one, rows)
    if one.method == "disproportionality":
        names = ["disproportionality_index", "index_low", "index_high", "p_value"]
        method = rows["interval_method"]
    else:
        names = ["disparity_index", "disparity_low", "disparity_high", "disparity_p_value"]
        method = rows["disparity_method"]
    tested = {name: rows[column] for name, column in zip(_TEST, names, strict=True)}
    return rows.assign(
        **tested, measure=names[0], interval_method=method, source_figures=rows["figure_id"]
    )


def _of_policy(
    one: Hypothesis, figures: pd.DataFrame, tables: Tables, framework: Framework
) -> pd.DataFrame:
    rows = tables["policy_change"]
    rows = rows[
        rows["indicator"].isin(_asked_of(one, framework))
        & (rows["policy"] == one.policy)
        & rows["race_group"].isin(one.groups)
    ]
    what = "gap" if one.support.startswith("gap_") else "rate"
    prefix = "gap_ratio" if what == "gap" else "rate_ratio"
    return rows.assign(
        estimate=rows[prefix],
        low=rows[f"{prefix}_low"],
        high=rows[f"{prefix}_high"],
        p_value=rows[f"{what}_p_value"],
        measure=prefix,
        period_type="all",
        period="all",
        dimension=rows["policy"],
        dimension_value="after",
        outcome_count=rows["outcome_after"],
        benchmark_count=rows["benchmark_after"],
        # what was before and what is after, for the direction of a gap
        crude_estimate=rows["disparity_before"] if what == "gap" else np.nan,
        small_count=rows["small_count"]
        if what == "rate"
        else rows["gap_change"].eq("not_enough_data"),
    )


def _of_searches(
    one: Hypothesis, figures: pd.DataFrame, tables: Tables, framework: Framework
) -> pd.DataFrame:
    rows = tables["outcome_test"]
    rows = rows[
        rows["indicator"].isin(_asked_of(one, framework)) & rows["race_group"].isin(one.groups)
    ]
    if one.policy:
        rows = rows[rows["dimension"] == one.policy]
    else:
        rows = _in_question(one, rows[rows["dimension"] == one.dimension])
    return rows.assign(
        estimate=rows["hit_rate_ratio"],
        low=rows["ratio_low"],
        high=rows["ratio_high"],
        measure="hit_rate_ratio",
        policy=one.policy,
        outcome_count=rows["found"],
        benchmark_count=rows["searches"],
        interval_method="mover_wilson",
    )


def _of_adjusted(
    one: Hypothesis, figures: pd.DataFrame, tables: Tables, framework: Framework
) -> pd.DataFrame:
    rows = tables["adjusted"]
    rows = rows[
        rows["indicator"].isin(_asked_of(one, framework)) & (rows["method"] == "mantel_haenszel")
    ]
    rows = _in_question(one, rows)
    return rows.assign(
        estimate=rows["adjusted_ratio"],
        low=rows["adjusted_low"],
        high=rows["adjusted_high"],
        measure="adjusted_ratio",
        dimension="all",
        dimension_value="all",
        crude_estimate=rows["crude_ratio"],
    )


_ROWS: dict[str, Callable[[Hypothesis, pd.DataFrame, Tables, Framework], pd.DataFrame]] = {
    "disproportionality": _of_figures,
    "disparity": _of_figures,
    "policy_change": _of_policy,
    "outcome_test": _of_searches,
    "adjusted": _of_adjusted,
}


def _results(rows: pd.DataFrame, one: Hypothesis, rules: EstimationRules) -> "pd.Series[str]":
    estimate, low, high, q_value, crude, crude_p = (
        _floats(rows, column)
        for column in ("estimate", "low", "high", "q_value", "crude_estimate", "crude_p_value")
    )
    small = rows["small_count"].astype("boolean").fillna(True).to_numpy(bool)
    nothing = small | np.isnan(estimate) | np.isnan(q_value)
    detected = q_value <= rules.false_discovery_rate
    above, below = detected & (estimate > 1), detected & (estimate < 1)
    if one.equivalence:
        # Too wide an interval leaves it open; it needs no test that finds a difference.
        nothing = small | np.isnan(low) | np.isnan(high)
        yes = (low >= one.equivalence[0]) & (high <= one.equivalence[1])
        no = (low > one.equivalence[1]) | (high < one.equivalence[0])
        no |= detected & ((estimate < one.equivalence[0]) | (estimate > one.equivalence[1]))
    elif one.support in ("over_represented", "increased", "higher"):
        over = estimate > (rules.index_over if one.support == "over_represented" else 1)
        yes, no = above & over, below
    elif one.support in ("under_represented", "reduced", "lower"):
        under = estimate < (rules.index_under if one.support == "under_represented" else 1)
        yes, no = below & under, above
    elif one.support in ("gap_narrowed", "gap_widened"):
        # The gap after is the gap before times the ratio of ratios.
        narrowed = np.abs(np.log(crude * estimate)) < np.abs(np.log(crude))
        yes = detected & (narrowed == (one.support == "gap_narrowed"))
        no = detected & ~yes
    else:
        crude_found = crude_p <= rules.false_discovery_rate
        same_side = np.sign(np.log(crude)) == np.sign(np.log(estimate))
        remains = crude_found & detected & same_side
        # Not detected any more is not enough: at least half of it must have gone.
        halved = np.abs(np.log(estimate)) <= np.abs(np.log(crude)) / 2
        explained = crude_found & ~detected & halved
        yes, no = (
            (explained, remains) if one.support == "explained_by_context" else (remains, explained)
        )
    lowest, highest = rules.unknown_share_ratio
    tips = _floats(rows, "tipping_point")
    turns = (tips >= lowest) & (tips <= highest) & (one.method == "disproportionality")
    found = np.select(
        [nothing, (yes | no) & turns, yes, no],
        ["not_enough_data", "depends_on_unknown_race", "supports", "contradicts"],
        default="undecided",
    )
    return pd.Series(found, index=rows.index, dtype="string")


def _floats(rows: pd.DataFrame, column: str) -> FloatArray:
    return pd.to_numeric(rows[column]).to_numpy(dtype=float, na_value=np.nan)


def _verdict(rows: pd.DataFrame) -> str:
    """The answer over all rows of a hypothesis in one service."""
    said = set(rows["result"])
    told = said - {"not_enough_data"}
    if not told:
        return "cannot_be_told"
    if "not_enough_data" not in said and told == {"supports"}:
        return "supported"
    if told == {"contradicts"}:
        return "contradicted"
    by_benchmark = [frozenset(own) for _, own in rows.groupby("indicator")["result"]]
    if len(set(by_benchmark)) > 1 and {"supports", "contradicts"} <= said:
        return "depends_on_benchmark"
    if "depends_on_unknown_race" in said:
        return "depends_on_unknown_race"
    if "supports" in said:
        return "partly_supported"
    if told == {"undecided"}:
        return "not_shown"
    return "contradicted" if "contradicts" in said and "undecided" not in said else "not_shown"
