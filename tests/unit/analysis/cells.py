"""Small hand-made counts, and the answers that are made from them."""

from collections.abc import Iterable, Mapping

import pandas as pd

from rbdc.analysis.tables import Counts, analyse
from rbdc.framework import Framework
from rbdc.framework.published import Published
from rbdc.statistics import estimate, estimation_rules
from tests.unit.statistics.conftest import build_cell

Groups = Mapping[str, tuple[int, int]]
CONTEXT = ["occurrence_category", "division", "quarter"]
_COUNTED = ["arrest", "booking", "strip_search", "item_found"]


def cell(
    framework: Framework,
    indicator: str,
    groups: Groups,
    service: str = "Lakeshore",
    as_of: str | None = "2023-12-31",
    **keys: object,
) -> pd.DataFrame:
    """Counts of one cell of an indicator, from {race group: (outcomes, benchmark)}.

    Groups that the framework says one side cannot hold are marked so.
    """
    one = next(other for other in framework.indicators if other.indicator == indicator)
    unit = framework.benchmark_of(one).unit
    held = {group.group: group.held_by for group in framework.race_groups}
    strange = tuple(g for g in groups if not (one.unit in held[g] and unit in held[g]))
    named = {
        "service": service,
        "indicator": indicator,
        "outcome": one.outcome,
        "benchmark": one.benchmark,
        "benchmark_vintage": one.vintage,
        "benchmark_unit": unit,
        "unit": one.unit,
        "composition_rule": one.composition_rule,
        "reference_group": framework.reference_group,
    }
    frame = build_cell(dict(groups), one.form, strange, **named, **keys)
    return frame.assign(data_as_of=pd.Timestamp(as_of) if as_of else None)


def sides(
    framework: Framework,
    policy: str,
    indicator: str,
    before: Groups | None,
    after: Groups | None,
    **keys: object,
) -> pd.DataFrame:
    """Counts before and after a change of procedure; None leaves a side out."""
    parts = [
        cell(framework, indicator, groups, period_type="all", period="all", dimension=policy,
             dimension_value=side, **keys)
        for side, groups in (("before", before), ("after", after))
        if groups is not None
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def together(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part.astype(object) for part in parts], ignore_index=True)


def with_estimates(counts: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """The figures as `analyse` puts them together."""
    estimates = estimate(counts, estimation_rules(framework))
    return counts.merge(estimates, on="figure_id", how="left", validate="one_to_one")


def context(rows: Iterable[Mapping[str, object]] = ()) -> pd.DataFrame:
    """Context counts, one row a group and context; what is not named is null or 0."""
    keys = ["service", "race_group", "year", *CONTEXT]
    frame = pd.DataFrame(list(rows), columns=[*keys, *_COUNTED])
    frame["service"] = frame["service"].astype(object).fillna("Lakeshore")
    return frame.fillna(dict.fromkeys(_COUNTED, 0))


def answers(
    counts: pd.DataFrame,
    framework: Framework,
    of_context: pd.DataFrame | None = None,
    first_results: Mapping[str, str] | None = None,
) -> dict[str, pd.DataFrame]:
    """All derived tables."""
    nothing = pd.DataFrame(
        columns=["service", "interaction", "benchmark", "vintage", "unit", "composition_rule",
                 "period_type", "period", "dimension", "dimension_value", "race_group", "count"]
    )  # fmt: skip
    held = Counts(
        index_counts=counts,
        estimates=estimate(counts, estimation_rules(framework)),
        context=context() if of_context is None else of_context,
        interactions=nothing.drop(columns=["benchmark", "vintage"]),
        benchmarks=nothing.drop(columns=["interaction", "composition_rule"]),
    )
    return analyse(held, framework, Published(), "Lakeshore", first_results or {})
