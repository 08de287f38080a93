"""The framework as tables, which the dbt models join instead of carrying any of it in SQL."""

import pandas as pd

from rbdc.framework.model import Benchmark, CensusGroup, Framework


def framework_tables(framework: Framework, service: str, run_id: str) -> dict[str, pd.DataFrame]:
    """Tables `config__*` for schema `raw`: groups, benchmarks, census lines, indicators, cells.

    Args:
        framework: the loaded framework.
        service: the service label that rows carry.
        run_id: the run that builds the marts.
    """
    return {
        "config__run": pd.DataFrame(
            {
                "service": [service],
                "reference_group": [framework.reference_group],
                "framework_version": [framework.version],
                "run_id": [run_id],
            }
        ),
        "config__race_groups": pd.DataFrame(
            {
                "race_group": [group.group for group in framework.race_groups],
                "sort_order": pd.Series(range(1, len(framework.race_groups) + 1), dtype="int32"),
                "held_by": [",".join(group.held_by) for group in framework.race_groups],
                "is_unknown": [group.unknown for group in framework.race_groups],
            }
        ),
        "config__benchmarks": _text(
            [
                "benchmark",
                "kind",
                "vintage",
                "unit",
                "source_table",
                "source_label",
                "stratum",
                "caveat",
            ],
            [
                (
                    b.benchmark,
                    b.kind,
                    b.vintage,
                    b.unit,
                    b.source_table,
                    b.source_label,
                    b.stratum,
                    b.caveat,
                )
                for b in framework.benchmarks
            ],
        ),
        "config__population_parts": _population_parts(framework),
        "config__indicators": _text(
            [
                "indicator",
                "outcome",
                "unit",
                "composition_rule",
                "benchmark",
                "benchmark_vintage",
                "benchmark_unit",
                "form",
            ],
            [
                (
                    i.indicator,
                    i.outcome,
                    i.unit,
                    i.composition_rule,
                    i.benchmark,
                    i.vintage,
                    framework.benchmark_of(i).unit,
                    i.form,
                )
                for i in framework.indicators
            ],
        ),
        "config__indicator_cells": _text(
            ["indicator", "period_type", "dimension"],
            list(_cells(framework)),
        ),
    }


def framework_variables(framework: Framework) -> dict[str, object]:
    """What the models must know while they are compiled: crossings and policy changes."""
    dimensions = {dimension for _, _, dimension in _cells(framework)}
    return {
        "crossings": sorted(dimension for dimension in dimensions if "*" in dimension),
        "policies": {
            policy.policy: {
                "date": policy.date.isoformat(),
                "from": policy.compare_from.isoformat() if policy.compare_from else None,
                "until": policy.compare_until.isoformat() if policy.compare_until else None,
            }
            for policy in framework.policy_changes
        },
    }


def _cells(framework: Framework) -> list[tuple[str, str, str]]:
    """Indicator, period type and dimension of all cells that any part of the framework asks for."""
    cells = [
        (indicator.indicator, period, dimension)
        for indicator in framework.indicators
        for period in indicator.periods
        for dimension in indicator.dimensions
    ]
    for policy in framework.policy_changes:
        for name in policy.indicators:
            cells += [(name, "all", policy.policy), (name, policy.series, "all")]
    for one in framework.hypotheses:
        for benchmark in one.benchmarks:
            indicator = framework.indicator_of(one.outcome, one.unit, benchmark)
            if indicator and one.method in ("disproportionality", "disparity"):
                cells.append((indicator.indicator, one.period_type, one.dimension))
    return list(dict.fromkeys(cells))


def _population_parts(framework: Framework) -> pd.DataFrame:
    rows: list[tuple[str | int | None, ...]] = []
    for benchmark in framework.benchmarks:
        for group, parts in _groups_and_total(benchmark).items():
            for sign, lines in ((1, parts.add), (-1, parts.subtract)):
                rows += [
                    (
                        benchmark.benchmark,
                        benchmark.vintage,
                        group,
                        line.topic,
                        line.characteristic,
                        sign,
                    )
                    for line in lines
                ]
    columns = ["benchmark", "vintage", "race_group", "topic", "characteristic", "sign"]
    frame = _text(columns, rows)
    return frame.assign(sign=frame["sign"].astype("int32"))


def _groups_and_total(benchmark: Benchmark) -> dict[str, CensusGroup]:
    if benchmark.total is None:
        return {}
    return {**benchmark.groups, "Total": CensusGroup(add=(benchmark.total,))}


def _text(columns: list[str], rows: list[tuple[str | int | None, ...]]) -> pd.DataFrame:
    """A frame whose text columns stay text even where every value is null."""
    frame = pd.DataFrame(rows, columns=columns, dtype=object)
    return frame.astype({column: "string" for column in columns if column != "sign"})
