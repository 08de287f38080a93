"""Tables of a release: printed counts and figures, with what each column means to a machine."""

from collections.abc import Mapping, Sequence

import pandas as pd

from rbdc.disclosure.cells import Cell
from rbdc.disclosure.policy import CountsTable
from rbdc.release.answers import as_written, type_of
from rbdc.release.figures import FORMULAS, MADE_OF, Figures
from rbdc.release.measures import MEANINGS
from rbdc.release.package.content import Column, Table
from rbdc.release.printed import (
    ALL,
    RACE,
    PrintedCounts,
    column_of,
    counts_of,
    hidden_in,
    level_of,
)
from rbdc.release.subject import Subject


def wide_table(
    spec: CountsTable,
    printed: PrintedCounts,
    count: Mapping[Cell, int],
    hidden: frozenset[Cell],
    sources: tuple[str, ...],
) -> Table:
    """A table of counts, with a column for each dimension and each measure."""
    frame = printed.frame.copy()
    names = [column_of(name, spec.labels) for name in spec.by]
    columns = [
        Column("period_type", "string", "year, quarter, month, or all: every month covered.",
               {"role": "period_type"}, required=True),
        Column("period", "string", "The period: 2020, 2020-Q4, 2020-10 or first and last month.",
               {"role": "period"}, required=True),
    ]  # fmt: skip
    for dimension, name in zip(spec.by, names, strict=True):
        level = level_of(dimension, spec.labels)
        words = dimension.replace("_", " ")
        text = f"{words.capitalize()}" + (
            ", in the source's own words" if name != dimension else ""
        )
        role = {"role": "dimension", "dimension": dimension, "level": level, "total": ALL}
        columns.append(Column(name, "string", f"{text}; {ALL}: all of them.", role, required=True))
    mask = pd.DataFrame(index=frame.index)
    for (measure, unit), cells in printed.cells.items():
        frame[measure] = counts_of(cells, count)
        mask[measure] = hidden_in(cells, hidden)
        role = {"role": "count", "measure": measure, "unit": unit}
        text = f"Number of {MEANINGS.get(measure, measure)}; unit: {unit}."
        columns.append(Column(measure, "integer", text, role))
    return Table(
        name=spec.table,
        title=spec.title,
        description=f"{spec.title}. All combinations, with margins ({ALL}) and zeros.",
        kind="counts",
        columns=tuple(columns),
        key=("period_type", "period", *names),
        frame=frame,
        hidden=mask,
        sources=sources,
    )


_TIDY = (
    ("interaction", "measure"), ("unit", "unit"), ("period_type", "period_type"),
    ("period", "period"), ("dimension", "dimension_name"), ("dimension_value", "dimension_value"),
)  # fmt: skip


def tidy_tables(
    grids: Mapping[tuple[str, str], PrintedCounts],
    count: Mapping[Cell, int],
    hidden: frozenset[Cell],
    subject: Subject,
) -> list[Table]:
    """The counts behind figures in one long table, as in the mart, with totals and zeros."""
    parts, masks = [], []
    for (_, dimension), printed in grids.items():
        by = [] if dimension == "all" else dimension.split("*")
        base = pd.DataFrame(
            {
                "period_type": printed.frame["period_type"],
                "period": printed.frame["period"],
                "dimension": dimension,
                "dimension_value": printed.frame[by].agg("|".join, axis=1) if by else "all",
                RACE: printed.frame[RACE],
            }
        )
        base["service"] = printed.frame["service"] if subject.service is None else subject.service
        for (measure, unit), cells in printed.cells.items():
            there = [cell is not None for cell in cells]
            part = base.assign(interaction=measure, unit=unit, count=counts_of(cells, count))
            parts.append(part[there])
            masks.append(pd.Series(hidden_in(cells, hidden))[there])
    if not parts:
        return []
    frame = pd.concat(parts, ignore_index=True)
    described = {
        str(name): subject.descriptions.get(("interaction_counts", str(name)), "") for name in frame
    }
    service_role: Mapping[str, object] = (
        {"role": "dimension", "dimension": "service", "level": "standard", "total": ALL}
        if subject.service is None
        else {"role": "text"}
    )
    columns = [
        Column("service", "string", described["service"], service_role, required=True),
        *(
            Column(
                name, "string", described[name],
                {"role": role, "total": ALL} if role == "dimension_value" else {"role": role},
                required=True,
            )
            for name, role in _TIDY
        ),
        Column(
            RACE, "string", f"{described[RACE]} {ALL}: all race groups.",
            {"role": "dimension", "dimension": RACE, "level": "standard", "total": ALL},
            required=True,
        ),
        Column("count", "integer", described["count"], {"role": "count"}),
    ]  # fmt: skip
    return [
        Table(
            name="interaction_counts",
            title="Counts of interactions",
            description="Every count behind the figures, complete: zeros and totals are rows too.",
            kind="counts",
            columns=tuple(columns),
            key=("service", *(name for name, _ in _TIDY), RACE),
            frame=frame[[column.name for column in columns]],
            hidden=pd.DataFrame({"count": pd.concat(masks, ignore_index=True)}),
            sources=subject.sources,
        )
    ]


def figures_tables(figures: Figures, hidden: frozenset[Cell], subject: Subject) -> list[Table]:
    """The table of figures, if there are any."""
    frame = figures.frame
    if frame.empty:
        return []
    mask = figures.hidden(hidden)
    columns = tuple(_figure_column(str(name), frame, mask, subject) for name in frame.columns)
    return [
        Table(
            name="disproportionality",
            title="Disproportionality and disparity",
            description=(
                "Each outcome against each benchmark, by race group, with counts, indices, "
                "intervals and what unknown race could change."
            ),
            kind="figures",
            columns=columns,
            key=("figure_id",),
            frame=as_written(frame, columns),
            hidden=mask,
            sources=subject.sources,
        )
    ]


def _figure_column(name: str, frame: pd.DataFrame, mask: pd.DataFrame, subject: Subject) -> Column:
    text = subject.descriptions.get(("disproportionality", name), "")
    kind = type_of(frame[name])
    roles: Mapping[str, Mapping[str, object]] = {
        "figure_id": {"role": "key"},
        "period_type": {"role": "period_type"},
        "period": {"role": "period"},
        "dimension": {"role": "dimension_name"},
        "dimension_value": {"role": "dimension_value"},
        RACE: {"role": "dimension", "dimension": RACE, "level": "standard"},
        "outcome_count": {"role": "count", "measure_column": "outcome", "unit_column": "unit"},
        "outcome_total": {
            "role": "count", "measure_column": "outcome", "unit_column": "unit", "without": [RACE],
        },
        "benchmark_count": {
            "role": "count", "measure_column": "benchmark", "unit_column": "benchmark_unit",
            "reference_units": ["resident"],
        },
        "benchmark_total": {
            "role": "count", "measure_column": "benchmark", "unit_column": "benchmark_unit",
            "without": [RACE], "reference_units": ["resident"],
        },
    }  # fmt: skip
    if subject.service is None:
        roles = {**roles, "service": {"role": "dimension", "dimension": "service",
                                      "level": "standard"}}  # fmt: skip
    role: Mapping[str, object] = roles.get(name, {"role": "text"})
    if name in mask.columns and name not in roles:
        role = {"role": "statistic", "of": list(_counts_of(name))}
        if name in FORMULAS:
            numerator, denominator = FORMULAS[name]
            parts = {"numerator": list(numerator), "denominator": list(denominator)}
            role = {**role, "formula": parts}
    if name.endswith(("_count", "_total")):
        kind = "number" if name in ("expected_count", "excess_count") else kind
        if name in ("outcome_count", "outcome_total"):
            kind = "integer"
    return Column(name, kind, text, role)


def _counts_of(name: str) -> Sequence[str]:
    """Columns of counts in the same row that a statistic is made of."""
    columns = {"o": "outcome_count", "O": "outcome_total", "b": "benchmark_count",
               "B": "benchmark_total"}  # fmt: skip
    return [columns[one] for one in MADE_OF[name] if one in columns]
