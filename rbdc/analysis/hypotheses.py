"""Every hypothesis of the framework put to its test, row by row, and the answer over its rows."""

from collections.abc import Callable, Mapping
from itertools import product

import numpy as np
import pandas as pd

from rbdc.analysis.keys import figure_ids, latest_complete
from rbdc.analysis.schema import CELL, COLUMNS
from rbdc.analysis.unknown_race import turning_figures
from rbdc.analysis.verdicts import numbers, row_results, verdict
from rbdc.framework import Framework
from rbdc.framework.model import Indicator
from rbdc.framework.questions import Hypothesis
from rbdc.statistics import EstimationRules
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
    `cannot_be_told`. A comparison that the data hold nothing of is a row of `not_enough_data`.

    Args:
        figures: `indicators.index_counts` with their estimates.
        tables: the other derived marts, by name.
        framework: names the hypotheses.
        rules: thresholds.
        first_results: digest of each hypothesis when it first had a result.
    """
    turning = turning_figures(figures, rules)
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
        rows["q_value"] = q_values(numbers(rows, "p_value"), rows["service"].astype("string"))
        turns = np.zeros(len(rows), bool)
        if one.method == "disproportionality":
            turns = rows["source_figures"].isin(turning).to_numpy(bool)
        rows["result"] = row_results(rows, one, rules, turns)
        verdicts = {
            service: verdict(own, periods_named=bool(one.periods))
            for service, own in rows.groupby("service")
        }
        rows["verdict"] = rows["service"].map(verdicts)
        parts.append(rows)
    if not parts:
        return pd.DataFrame(columns=[*_COLUMNS, "figure_id"])
    frame = pd.concat(parts, ignore_index=True)
    frame["e_value"], frame["e_value_of_limit"] = e_values(
        *(numbers(frame, column) for column in ("estimate", "low", "high"))
    )
    frame = frame[_COLUMNS].sort_values(_KEY, ignore_index=True)
    frame["figure_id"] = figure_ids(frame, "hypothesis_results", _KEY)
    return frame


def _asked_of(one: Hypothesis, framework: Framework) -> list[Indicator]:
    found = (framework.indicator_of(one.outcome, one.unit, b) for b in one.benchmarks)
    return [indicator for indicator in found if indicator]


def _of_asked(one: Hypothesis, rows: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    asked = [indicator.indicator for indicator in _asked_of(one, framework)]
    return rows[rows["indicator"].isin(asked) & rows["race_group"].isin(one.groups)]


def _in_question(one: Hypothesis, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the strata in question, in the periods named or the latest complete one."""
    rows = rows[rows["period_type"] == one.period_type]
    if one.dimension_values:
        rows = rows[rows["dimension_value"].isin(one.dimension_values)]
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
    compared = ["service", "indicator", "race_group"]
    if named := bool(one.periods) and one.method != "policy_change" and not one.policy:
        compared.append("period")
    if one.dimension_values:
        compared.append("dimension_value")
    held = set(rows[compared].itertuples(index=False, name=None))
    reached = figures.groupby("service")["data_as_of"].min()
    gaps = [
        {
            "service": service,
            "indicator": asked.indicator,
            "outcome": asked.outcome,
            "benchmark": asked.benchmark,
            "benchmark_vintage": asked.vintage,
            "benchmark_unit": framework.benchmark_of(asked).unit,
            "unit": asked.unit,
            "composition_rule": asked.composition_rule,
            "measure": _measure(one),
            "policy": one.policy,
            "period_type": one.period_type if named else "all",
            "period": period,
            "dimension": one.dimension,
            "dimension_value": value,
            "race_group": group,
            "reference_group": framework.reference_group,
            "data_as_of": reached[service],
        }
        for service, asked, group, period, value in product(
            sorted(reached.index),
            _asked_of(one, framework),
            one.groups,
            one.periods if named else ("all",),
            one.dimension_values or ("all",),
        )
    ]
    gaps = [gap for gap in gaps if tuple(gap[name] for name in compared) not in held]
    if not gaps:
        return rows
    empty = pd.DataFrame(gaps).reindex(columns=_COLUMNS).astype(object)
    return pd.concat([rows.astype(object), empty], ignore_index=True)


def _measure(one: Hypothesis) -> str:
    return "gap_ratio" if one.support.startswith("gap_") else _MEASURES[one.method]


def _of_figures(
    one: Hypothesis, figures: pd.DataFrame, tables: Tables, framework: Framework
) -> pd.DataFrame:
    rows = figures[
        (figures["dimension"] == one.dimension) & (figures["period_type"] == one.period_type)
    ]
    rows = _in_question(one, _of_asked(one, rows, framework))
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
    rows = _of_asked(one, tables["policy_change"], framework)
    rows = rows[rows["policy"] == one.policy]
    what = "gap" if one.support.startswith("gap_") else "rate"
    prefix = _measure(one)
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
    rows = _of_asked(one, tables["outcome_test"], framework)
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
    rows = _of_asked(one, tables["adjusted"], framework)
    rows = _in_question(one, rows[rows["method"] == "mantel_haenszel"])
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
