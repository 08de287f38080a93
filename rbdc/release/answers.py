"""Released answers: rows of the marts that are made from figures, where every figure is open."""

from collections.abc import Collection, Mapping
from typing import Any

import duckdb
import pandas as pd
from pandas.api import types

from rbdc.release.package.content import Column, ColumnType, Table

# Marts whose rows name the figures they are made from.
ANSWERS: Mapping[str, str] = {
    "benchmark_range": "Each outcome against all benchmarks, side by side",
    "findings": "Findings, in words",
    "hypothesis_results": "Hypotheses fixed beforehand, and their results",
    "pathway": "Where disparity arises along the decision points",
    "outcome_test": "Searches with items found (outcome test)",
}
_COUNTS = {
    "outcome_count", "outcome_total", "benchmark_count", "benchmark_total", "found", "searches",
}  # fmt: skip
_ROLES = {"figure_id": "key", "source_figures": "made_of", "period": "period"}
Descriptions = Mapping[tuple[str, str], str]
"""Of each mart and column what it means."""


def released_answers(
    connection: duckdb.DuckDBPyConnection,
    open_figures: Collection[str],
    service: str | None,
    descriptions: Descriptions,
    sources: tuple[str, ...],
) -> tuple[list[Table], dict[str, int]]:
    """Rows whose figures are all released with nothing hidden.

    Args:
        connection: the warehouse.
        open_figures: ids of the figures of the release that have no hidden value.
        service: whose; None for all services.
        descriptions: of columns.
        sources: names of the sources of the release.

    Returns:
        The tables, and of each how many rows stay inside.
    """
    tables: list[Table] = []
    withheld: dict[str, int] = {}
    for name, title in ANSWERS.items():
        frame = connection.execute(
            f"select * exclude (run_id) from indicators.{name} "
            "where $service is null or service = $service order by all",
            {"service": service},
        ).df()
        made_of = frame["source_figures"].fillna("").str.split()
        is_open = [bool(ids) and set(ids) <= set(open_figures) for ids in made_of]
        withheld[name] = len(frame) - sum(is_open)
        frame = frame[is_open].reset_index(drop=True)
        if frame.empty:
            continue
        columns = tuple(
            _column(str(column), frame[column], descriptions.get((name, str(column)), ""))
            for column in frame.columns
        )
        tables.append(
            Table(
                name=name,
                title=title,
                description=(
                    f"{title}. A row is here if every figure that it is made from is released "
                    "with nothing hidden."
                ),
                kind="answers",
                columns=columns,
                key=("figure_id",),
                frame=as_written(frame, columns),
                sources=sources,
            )
        )
    return tables, withheld


def _column(name: str, values: "pd.Series[Any]", description: str) -> Column:
    """A column with what a machine needs to know; its counts are those of the row's figures."""
    kind = type_of(values)
    by_type = {"number": "statistic", "integer": "statistic", "boolean": "flag"}
    role = _ROLES.get(name) or ("count" if name in _COUNTS else by_type.get(kind, "text"))
    return Column(name, kind, description, {"role": role})


def type_of(values: "pd.Series[Any]") -> ColumnType:
    """The type of a column in the package."""
    if types.is_bool_dtype(values):
        return "boolean"
    if types.is_integer_dtype(values):
        return "integer"
    if types.is_float_dtype(values):
        return "number"
    if types.is_datetime64_any_dtype(values):
        return "date"
    return "string"


def as_written(frame: pd.DataFrame, columns: Collection[Column]) -> pd.DataFrame:
    """The frame with days as days and texts as texts, as the package takes them."""
    frame = frame.copy()
    for column in columns:
        if column.type == "date":
            frame[column.name] = frame[column.name].dt.date
        elif column.type == "string":
            frame[column.name] = frame[column.name].astype("string")
    return frame
