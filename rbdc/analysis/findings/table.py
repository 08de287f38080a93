"""The table of findings: one sentence in two languages for each headline figure and hypothesis."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from rbdc.analysis.findings.english import english
from rbdc.analysis.findings.french import french
from rbdc.analysis.findings.names import Names
from rbdc.analysis.findings.readings import adjusted_reading, gap_reading, is_good, reading_of
from rbdc.analysis.findings.statement import Statement
from rbdc.analysis.keys import figure_ids, latest_complete
from rbdc.analysis.schema import CELL, COLUMNS
from rbdc.analysis.unknown_race import turning_figures
from rbdc.framework import Framework
from rbdc.statistics import EstimationRules

_KEY = ["service", "subject_type", "subject", "indicator", "measure", *CELL, "race_group"]
_COLUMNS = [name for name in COLUMNS["findings"] if name != "figure_id"]
# Support that is good news where it holds, for an outcome that is a burden.
_GOOD_SUPPORT = {
    "over_represented": False, "under_represented": True, "no_disparity": True, "reduced": True,
    "increased": False, "gap_narrowed": True, "gap_widened": False, "lower": False,
    "higher": True, "no_difference": True, "explained_by_context": True,
    "remains_after_adjustment": False,
}  # fmt: skip
_OF_OUTCOME = ("over_represented", "under_represented", "reduced", "increased")
Row = dict[Any, Any]
_MEASURES = {"disproportionality_index": "index", "disparity_index": "ratio"}


def findings(
    figures: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    framework: Framework,
    rules: EstimationRules,
) -> pd.DataFrame:
    """One row a headline figure of the latest complete year, a row of a hypothesis, and a verdict.

    Args:
        figures: `indicators.index_counts` with their estimates.
        tables: the other derived marts, by name.
        framework: names what is said of whom.
        rules: thresholds.
    """
    names = Names(framework)
    rows = [
        *_headlines(figures, tables["benchmark_range"], framework, names, rules),
        *_hypotheses(figures, tables, framework, names, rules),
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS).sort_values(_KEY, ignore_index=True)
    frame["figure_id"] = figure_ids(frame, "findings", _KEY)
    return frame


def _headlines(
    figures: pd.DataFrame,
    ranges: pd.DataFrame,
    framework: Framework,
    names: Names,
    rules: EstimationRules,
) -> Iterator[Row]:
    disagreeing = ranges[ranges["robustness"] == "depends_on_benchmark"]
    shared = ["service", "outcome", "unit", "composition_rule", *CELL, "race_group"]
    apart = {
        _key(row, shared): (row["index_lowest"], row["index_highest"], str(row["readings"]))
        for row in disagreeing.to_dict("records")
    }
    of_everybody = figures[
        (figures["dimension"] == "all")
        & figures["comparable"]
        & (figures["race_group"] != rules.unknown_group)
    ]
    for indicator in framework.indicators:
        if not indicator.headline:
            continue
        rows = of_everybody[
            (of_everybody["indicator"] == indicator.indicator)
            & (of_everybody["period_type"] == indicator.periods[0])
        ]
        for _, own in rows.groupby("service", sort=True):
            shown = own[own["period"] == latest_complete(own)]
            for row in shown.to_dict("records"):
                apart_by = apart.get(_key(row, shared))
                reading = _of_class(row["classification"], apart_by)
                yield _row(
                    row,
                    framework,
                    names,
                    rules,
                    subject=("headline", indicator.indicator),
                    measure="index",
                    reading=reading,
                    estimate=("disproportionality_index", "index_low", "index_high"),
                    other_range=apart_by[:2] if apart_by else None,
                )


def _of_class(classification: str, apart_by: tuple[float, float, str] | None) -> str:
    """The reading of a headline: it depends on the benchmark where two of them contradict it."""
    if classification == "not_enough_data":
        return "cannot_be_told"
    opposite = {"over_represented", "under_represented"}
    if apart_by and classification in opposite and opposite <= set(apart_by[2].split("|")):
        return "depends_on_benchmark"
    return classification


def _hypotheses(
    figures: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame],
    framework: Framework,
    names: Names,
    rules: EstimationRules,
) -> Iterator[Row]:
    results, changes = tables["hypothesis_results"], tables["policy_change"]
    turning = turning_figures(figures, rules)
    key = ["service", "policy", "indicator", "race_group"]
    by_change = {_key(row, key): row for row in changes.to_dict("records")}
    for row in results.to_dict("records"):
        measure = _MEASURES.get(row["measure"], row["measure"])
        row |= _before_and_after(row, by_change.get(_key(row, key)), measure)
        yield _row(
            row,
            framework,
            names,
            rules,
            subject=("hypothesis", row["hypothesis"]),
            measure=measure,
            reading=_reading(row, measure, rules, turns=row["source_figures"] in turning),
            estimate=("estimate", "low", "high"),
            within=(row["equivalence_low"], row["equivalence_high"]),
        )
    for (service, _), own in results.groupby(["service", "hypothesis"], sort=True):
        yield _verdict(own.iloc[0].to_dict(), str(service), own, framework, names, rules)


def _reading(row: Row, measure: str, rules: EstimationRules, *, turns: bool) -> str:
    detected = row["q_value"] <= rules.false_discovery_rate
    enough = row["result"] != "not_enough_data"
    if row["result"] == "depends_on_unknown_race":
        return "depends_on_unknown_race"
    if row["result"] == "supports" and row["equivalence_low"] > 0 and detected:
        return "too_small_to_matter"
    if measure == "gap_ratio":
        return gap_reading(row["crude_estimate"], row["estimate"], detected=detected, enough=enough)
    if measure == "adjusted_ratio":
        wanted = "supports" if row["support"] == "explained_by_context" else "contradicts"
        result = "explained" if row["result"] == wanted else row["result"]
        return adjusted_reading(
            row["crude_estimate"],
            row["estimate"],
            crude_detected=row["crude_p_value"] <= rules.false_discovery_rate,
            detected=detected,
            result=result,
        )
    of_index = measure == "index"
    return reading_of(
        measure,
        row["estimate"],
        detected=detected,
        enough=enough,
        turns=of_index and turns,
        beyond=(rules.index_under, rules.index_over) if of_index else (1.0, 1.0),
    )


def _before_and_after(row: Row, change: Row | None, measure: str) -> Row:
    """What stands before and after: rates, disparity indices, or without and with adjustment."""
    if measure == "adjusted_ratio":
        return {"before": row["crude_estimate"], "after": row["estimate"]}
    if change is None or measure not in ("rate_ratio", "gap_ratio"):
        return {"before": math.nan, "after": math.nan}
    what = "rate" if measure == "rate_ratio" else "disparity"
    return {"before": change[f"{what}_before"], "after": change[f"{what}_after"]}


def _row(
    row: Row,
    framework: Framework,
    names: Names,
    rules: EstimationRules,
    *,
    subject: tuple[str, str],
    measure: str,
    reading: str,
    estimate: tuple[str, str, str],
    other_range: tuple[float, float] | None = None,
    within: tuple[float, float] = (math.nan, math.nan),
) -> Row:
    value, low, high = (_number(row[name]) for name in estimate)
    indicator = names.indicators[row["indicator"]]
    no_difference = within if not math.isnan(within[0]) else rules.no_difference_within
    # Where benchmarks disagree, not finding a disparity against one of them is no good news.
    open_ = other_range is not None and reading == "no_disparity_detected"
    bounds = _number(row.get("bound_low")), _number(row.get("bound_high"))
    in_english, in_french = names.wording(row, measure)
    one = Statement(
        reading=reading,
        measure=measure,
        value=value,
        low=low,
        high=high,
        level=rules.confidence,
        count=_count(row["outcome_count"]),
        total=_count(row["benchmark_count"] if measure != "index" else row.get("outcome_total")),
        before=_number(row.get("before")),
        after=_number(row.get("after")),
        bounds=_apart(*bounds),
        other_range=other_range,
        service=str(row["service"]),
        unit=str(row["unit"]),
        period=str(row["period"]),
        good=None
        if open_
        else is_good(
            reading,
            burden=indicator.outcome_is == "burden",
            low=low,
            high=high,
            within=no_difference,
        ),
        english=in_english,
        french=in_french,
    )
    return _finding(row, subject, one, row.get("source_figures", row.get("figure_id")))


def _verdict(
    row: Row,
    service: str,
    own: pd.DataFrame,
    framework: Framework,
    names: Names,
    rules: EstimationRules,
) -> Row:
    verdict, support = row["verdict"], row["support"]
    good: bool | None = _GOOD_SUPPORT[support]
    burden = names.indicators[row["indicator"]].outcome_is == "burden"
    if support in _OF_OUTCOME and not burden:
        good = not good
    if verdict == "contradicted":
        good = not good
    elif verdict not in ("supported", "partly_supported") or (
        verdict == "partly_supported" and good
    ):
        good = None
    in_english, in_french = names.wording(row, "verdict")
    one = Statement(
        reading=verdict, measure="verdict", value=None, low=None, high=None,
        level=rules.confidence, count=None, total=None, before=None, after=None, bounds=None,
        other_range=None, service=service, unit=row["unit"], period="all", good=good,
        english=in_english, french=in_french,
    )  # fmt: skip
    whole = dict(row) | dict.fromkeys(CELL, "all")
    whole |= {"race_group": None, "indicator": None, "benchmark": None, "benchmark_vintage": None}
    ids = " ".join(dict.fromkeys(" ".join(own["source_figures"].dropna()).split()))
    return _finding(whole, ("hypothesis", row["hypothesis"]), one, ids or None)


def _finding(row: Row, subject: tuple[str, str], one: Statement, sources: object) -> Row:
    told = one.reading != "cannot_be_told"
    return {
        **{name: row.get(name) for name in _COLUMNS},
        "subject_type": subject[0],
        "subject": subject[1],
        "class": one.kind,
        "reading": one.reading,
        "measure": one.measure,
        "estimate": one.value if told else None,
        "low": one.low if told else None,
        "high": one.high if told else None,
        "sentence_en": english(one),
        "sentence_fr": french(one),
        "caveat_en": one.english.caveat or None,
        "caveat_fr": one.french.caveat or None,
        "source_figures": sources,
    }


def _apart(low: float | None, high: float | None) -> tuple[float, float] | None:
    """Bounds that say something: without people of unknown race they are one number."""
    return (low, high) if low is not None and high is not None and low < high else None


def _key(row: Mapping[Any, Any], names: list[str]) -> tuple[str, ...]:
    return tuple("" if pd.isna(row[name]) else str(row[name]) for name in names)


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _count(value: Any) -> int | None:
    return None if value is None or pd.isna(value) else int(value)
