"""A figure in words: what it is about, what was published of it, how numbers are written."""

from collections.abc import Mapping
from typing import Any

from rbdc.explain.figure import Figure
from rbdc.framework import Framework
from rbdc.release.wording import WORDING

# What a figure is about, in the order in which it is told; everything else is what was found.
_ABOUT = (
    "service",
    "indicator",
    "outcome",
    "unit",
    "composition_rule",
    "benchmark",
    "benchmark_vintage",
    "benchmark_unit",
    "period_type",
    "period",
    "dimension",
    "dimension_value",
    "race_group",
)
_NOT_SHOWN = {"figure_id", "source_figures", "run_id", "framework_version", *_ABOUT}


def about(figure: Figure, framework: Framework | None) -> list[tuple[str, str]]:
    """What a figure is about, as pairs of a word and its meaning."""
    text = figure.text
    title = _title(text("indicator"), framework)
    pairs = [
        ("service", text("service")),
        ("indicator", _joined(text("indicator"), title, ": ")),
        ("outcome", text("outcome")),
        ("unit of outcome", text("unit")),
        ("composition", text("composition_rule")),
        ("benchmark", _benchmark(figure)),
        ("unit of benchmark", text("benchmark_unit")),
        ("period", _pair(text("period_type"), text("period"))),
        ("dimension", _pair(text("dimension"), text("dimension_value"))),
        ("race group", text("race_group")),
    ]
    return [(name, value) for name, value in pairs if value is not None]


def sentence(figure: Figure) -> str:
    """One row of `indicators.disproportionality` as a few sentences."""
    row, group = figure.row, figure.text("race_group")
    said = [
        f"Outcome {row['outcome']}, unit {row['unit']}: {number(row['outcome_count'])} of "
        f"{number(row['outcome_total'])} are of race group {group}"
        f"{_share(row.get('outcome_share'))}.",
        f"Benchmark {_benchmark(figure)}, unit {row['benchmark_unit']}: "
        f"{number(row['benchmark_count'])} of {number(row['benchmark_total'])} are"
        f"{_share(row.get('benchmark_share'))}.",
    ]
    index = row.get("disproportionality_index")
    if index is None:
        said.append("No index: one side cannot hold this group, or has no count to compare.")
    else:
        interval = f"{number(row.get('index_low'))} to {number(row.get('index_high'))}"
        said.append(
            f"The share of the outcome is {index:.3g} times the share of the benchmark "
            f"(interval {interval}; {row.get('interval_method') or 'no interval'})."
        )
    finding = finding_of(figure)
    if finding:
        said.append(f"Classified as: {finding}.")
    return " ".join(said)


def brief(figure: Figure) -> str:
    """What one figure is about and says, in one line."""
    row = figure.row
    parts = [
        row.get("indicator"),
        _pair(figure.text("period_type"), figure.text("period")),
        _pair(figure.text("dimension"), figure.text("dimension_value")),
        row.get("race_group"),
    ]
    index = row.get("disproportionality_index")
    parts.append("no index" if index is None else f"index {index:.3g}")
    parts.append(finding_of(figure))
    return ", ".join(str(part) for part in parts if part)


def finding_of(figure: Figure) -> str | None:
    """The classification in plain words."""
    classification = figure.text("classification")
    return WORDING.get(classification, classification) if classification else None


def found(figure: Figure) -> list[tuple[str, str]]:
    """Every published column but those of `about`, where it is not null."""
    row: Mapping[str, Any] = figure.row
    return [
        (name, number(value))
        for name, value in row.items()
        if name not in _NOT_SHOWN and value is not None
    ]


def number(value: Any) -> str:
    """A value as a person reads it: whole numbers in full, others to six digits."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    return "–" if value is None else str(value)


def _title(indicator: str | None, framework: Framework | None) -> str | None:
    if framework is None:
        return None
    return next((i.title for i in framework.indicators if i.indicator == indicator), None)


def _benchmark(figure: Figure) -> str | None:
    vintage = figure.text("benchmark_vintage")
    return _joined(figure.text("benchmark"), vintage and f"vintage {vintage}", ", ")


def _pair(kind: str | None, value: str | None) -> str | None:
    return value if kind == value else _joined(kind, value, " ")


def _joined(first: str | None, second: str | None, between: str) -> str | None:
    if first is None or not second:
        return first
    return f"{first}{between}{second}"


def _share(share: Any) -> str:
    return "" if share is None else f" ({100 * share:.2f}%)"
