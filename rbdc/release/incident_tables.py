"""The seven summary tables of incidents: the cells they print, and the tables as published."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from rbdc.disclosure.cells import STANDARD, Cell, Code, Months, months_of
from rbdc.release.answers import type_of
from rbdc.release.counting import Counting, Measure
from rbdc.release.extent import whole_years
from rbdc.release.package.content import Column, Table
from rbdc.release.summary_tables import (
    ENFORCEMENT_ACTION,
    TABLES,
    UNIT,
    USE_OF_FORCE,
    SummaryTable,
    cells_of_years,
    field_roles,
    resource_constants,
    summary_frames,
)

MEASURES: tuple[Measure, ...] = ((USE_OF_FORCE, UNIT), (ENFORCEMENT_ACTION, UNIT))
DIMENSIONS = tuple(
    sorted(
        {
            str(column.role["dimension"])
            for table in TABLES
            for column in table.columns
            if column.role["role"] == "dimension"
        }
    )
)
_COUNT, _NUMBER = "Incident_Count", "ObjectId"
_MEANINGS = {
    "measure": "What is counted, in the publisher's words.",
    "year": "The year.",
    "month": "The month.",
    "count": "Number of incidents; one with several officers or people counts once.",
    "key": "Number of the row.",
}


@dataclass(frozen=True, eq=False)
class IncidentTables:
    """Rows of all tables, the cell of each, and the whole years that they cover.

    Attributes:
        rows: As `summary_tables.cells_of_years` gives them.
        cells: The cell of each row.
        period: The years; None without any table.
        issues: Why tables are left out.
    """

    rows: pd.DataFrame
    cells: tuple[Cell, ...]
    period: Months | None
    issues: tuple[str, ...] = ()

    def tables(self, hidden: frozenset[Cell], sources: tuple[str, ...]) -> list[Table]:
        """The tables in the publisher's columns, protected."""
        if self.period is None:
            return []
        rows = self.rows.assign(hidden=[cell in hidden for cell in self.cells])
        frames = summary_frames(rows)
        return [
            _table(table, frames[table.name], str(self.period), sources)
            for table in TABLES
            if table.name in frames
        ]


def incident_tables(
    connection: duckdb.DuckDBPyConnection, counting: Counting, service: str | None
) -> IncidentTables:
    """The summary tables over all whole years that are closed.

    Tables that a publisher printed are not printed again: no records stand behind them, and they
    do not sum to each other, so that nothing could be protected in them.

    Args:
        connection: the warehouse.
        counting: counts of the release, with the measures and dimensions of these tables.
        service: whose; a file of many services has none.
    """
    nothing = pd.DataFrame()
    years = _whole_years(counting)
    if service is None or years is None:
        return IncidentTables(nothing, (), None)
    counts = connection.execute("select * from publication.summary_counts_of_incidents").df()
    printed = counts["counted_from"] == "publisher"
    issues = (
        ("The summary tables of incidents are those that the publisher printed; see there.",)
        if printed.any()
        else ()
    )
    first, last = str(years.first // 12), str(years.last // 12)
    rows = cells_of_years(counts[~printed], service, first, last)
    cells = [_cell(row, years) for row in rows.to_dict("records")]
    # The model's grid has codes of later years, too; here they would be rows of nothing but zeros.
    known = counting.codes.parent
    there = [
        (cell.measure, cell.unit) in counting.extents
        and all(code in known for code in cell.filters)
        for cell in cells
    ]
    rows = rows[np.array(there, dtype=bool)].reset_index(drop=True)
    kept = tuple(cell for cell, keeps in zip(cells, there, strict=True) if keeps)
    return IncidentTables(rows, kept, years if kept else None, issues)


def _whole_years(counting: Counting) -> Months | None:
    extents = [counting.extents[one] for one in MEASURES if one in counting.extents]
    if not extents:
        return None
    shared = Months(max(one.first for one in extents), min(one.last for one in extents))
    years = whole_years(shared)
    return years if years.last - years.first >= 11 and years.first % 12 == 0 else None


def _cell(row: Mapping[Hashable, object], years: Months) -> Cell:
    values = {name: row[name] for name in DIMENSIONS}
    filters = [Code(name, STANDARD, text) for name, text in values.items() if isinstance(text, str)]
    month = row["month"]
    period = months_of(str(month)) if isinstance(month, str) and month else years
    return Cell(str(row["interaction"]), UNIT, tuple(sorted(filters)), period)


def _table(
    table: SummaryTable, frame: pd.DataFrame, period: str, sources: tuple[str, ...]
) -> Table:
    roles = field_roles(table)
    names = [column.name for column in table.columns]
    columns = tuple(
        Column(
            name, type_of(frame[name]), _meaning(roles[name]), roles[name], required=name != _COUNT
        )
        for name in names
    )
    constants = {k: v for k, v in resource_constants(table, period).items() if k != "kind"}
    return Table(
        name=table.name,
        title=table.title,
        description=f"{table.title}, in the columns in which Toronto publishes them.",
        kind="counts",
        columns=columns,
        key=tuple(name for name in names if name not in (_COUNT, _NUMBER)),
        frame=frame[names],
        hidden=frame[["hidden"]].rename(columns={"hidden": _COUNT}),
        constants=constants,
        sources=sources,
    )


def _meaning(role: Mapping[str, object]) -> str:
    kind = str(role["role"])
    if kind == "dimension":
        return f"{str(role['dimension']).replace('_', ' ').capitalize()}."
    return _MEANINGS[kind]
