"""The seven use-of-force summary tables in the columns of the Toronto Police Service.

Cells come from the model `publication.summary_counts_of_incidents`; names of tables and columns are
those of the publisher's REST service. What a column means to a machine stands beside it as a role
of the release package.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from rbdc.errors import RbdcError

UNIT = "incident"
USE_OF_FORCE, ENFORCEMENT_ACTION = "use_of_force", "enforcement_action"
LABELS: Mapping[str, str] = {
    ENFORCEMENT_ACTION: "Enforcement Action Incidents",
    USE_OF_FORCE: "Reported Use of Force Incidents",
}
"""How the publisher names the incidents that are counted; it also spells them in other ways."""
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
HIDDEN = "hidden"
_CELL = (
    "summary_table", "interaction", "year", "month", "call_source", "time_of_day", "division",
    "call_type", "occurrence_category", "gender", "weapons", "highest_force", "race_group",
)  # fmt: skip


@dataclass(frozen=True)
class SummaryColumn:
    """A published column: its name, the model's column behind it, and its role in the package."""

    name: str
    comes_from: str | None
    """None: the row number, which no cell has."""
    role: Mapping[str, object] = field(hash=False)


@dataclass(frozen=True)
class SummaryTable:
    """A published table: its columns in order, and its measure where no column names it."""

    name: str
    title: str
    columns: tuple[SummaryColumn, ...]
    measure: str | None = None


def _dimension(name: str, dimension: str) -> SummaryColumn:
    role = {"role": "dimension", "dimension": dimension, "level": "standard"}
    return SummaryColumn(name, dimension, role)


def _measure(name: str) -> SummaryColumn:
    # `codes`: the column holds the publisher's label, and the package speaks of measures by code.
    codes = {label: measure for measure, label in LABELS.items()}
    return SummaryColumn(name, "interaction", {"role": "measure", "codes": codes})


_TYPE = _measure("Type_of_Incident")
_RACE = _dimension("Perceived_Race_of_People_Involv", "race_group")
_COUNT = SummaryColumn("Incident_Count", "incidents", {"role": "count"})
_NUMBER = SummaryColumn("ObjectId", None, {"role": "key"})


def _table(
    number: int, title: str, *columns: SummaryColumn, measure: str | None = None
) -> SummaryTable:
    ends = (*columns, _COUNT, _NUMBER)
    return SummaryTable(f"RBDC_UOF_TBL_{number:03}", title, ends, measure)


TABLES: tuple[SummaryTable, ...] = (
    _table(
        1,
        "Incidents by source of the call and month",
        _measure("Data_Type"),
        _dimension("Description", "call_source"),
        SummaryColumn("OccurredYear", "year", {"role": "year"}),
        SummaryColumn("OccurredMonth", "month", {"role": "month"}),
    ),
    _table(
        2,
        "Incidents by time of day and perceived race",
        _TYPE,
        _RACE,
        _dimension("OccurredTime", "time_of_day"),
    ),
    _table(
        3,
        "Incidents by division and perceived race",
        _TYPE,
        _dimension("Location__Division_", "division"),
        _RACE,
    ),
    _table(
        4,
        "Incidents by type of call and perceived race",
        _TYPE,
        _dimension("Call_for_Service_Type", "call_type"),
        _RACE,
    ),
    _table(
        5,
        "Incidents by occurrence category and perceived race",
        _TYPE,
        _dimension("Occurrence_Category", "occurrence_category"),
        _RACE,
    ),
    _table(
        6,
        "Incidents by gender of the people involved and perceived race",
        _TYPE,
        _dimension("Gender_of_People_Involved", "gender"),
        _RACE,
    ),
    _table(
        7,
        "Use-of-force incidents by weapons perceived, highest type of force and perceived race",
        _dimension("Weapons_Carried", "weapons"),
        _dimension("Highest_Type_of_Force_Used", "highest_force"),
        _RACE,
        measure=USE_OF_FORCE,
    ),
)


def cells_of_years(
    counts: pd.DataFrame, service: str, first_year: str, last_year: str
) -> pd.DataFrame:
    """The cells that a release of one service over some whole years publishes.

    Only RBDC_UOF_TBL_001 has columns for its period; in the others a cell is of all years at once.
    Disclosure control judges what comes out of here, and not the years behind it.

    Args:
        counts: rows of `publication.summary_counts_of_incidents`.
        service: whose tables.
        first_year: such as "2022".
        last_year: the last year that is covered.

    Returns:
        One row a cell, with the columns of the model but `service` and `counted_from`; `year` is
        missing where a cell is of all years. A table without a row is absent.
    """
    chosen = counts[(counts["service"] == service) & counts["year"].between(first_year, last_year)]
    cells = chosen[[*_CELL, "incidents"]].copy()
    dated = [table.name for table in TABLES if "year" in _roles_of(table)]
    cells.loc[~cells["summary_table"].isin(dated), "year"] = None
    summed = cells.groupby(list(_CELL), dropna=False, sort=True)["incidents"].sum()
    return summed.reset_index()


def summary_frames(cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables in the publisher's columns, sorted by them, `ObjectId` numbered from 1.

    Args:
        cells: as from `cells_of_years`; `incidents` may be missing where a count is hidden, and a
            column `hidden` goes along as the last one.

    Returns:
        By table name, of the tables of which there are cells.

    Raises:
        RbdcError: a row belongs to no table, counts an interaction that has no label, or stands
            twice in its table.
    """
    if unknown := set(cells["summary_table"]) - {table.name for table in TABLES}:
        raise RbdcError(f"No summary table is called {sorted(unknown)[0]}.")
    if unknown := set(cells["interaction"]) - set(LABELS):
        raise RbdcError(
            f"The summary tables have no label for incidents of {sorted(unknown)[0]}: map it in "
            "labels.csv, field interaction."
        )
    found = {table: cells[cells["summary_table"] == table.name] for table in TABLES}
    return {table.name: _frame(table, rows) for table, rows in found.items() if len(rows)}


def _frame(table: SummaryTable, cells: pd.DataFrame) -> pd.DataFrame:
    columns = {
        column.name: cells[column.comes_from] for column in table.columns if column.comes_from
    }
    frame = pd.DataFrame(columns)
    key = [name for name in columns if name != _COUNT.name]
    if frame.duplicated(key).any():
        raise RbdcError(
            f"{table.name} has a cell twice: choose one service, and its years with cells_of_years."
        )
    frame = frame.sort_values(key)  # while months are numbers
    for column in table.columns:
        if column.comes_from == "interaction":
            frame[column.name] = frame[column.name].map(LABELS)
        elif column.comes_from == "year":
            frame[column.name] = frame[column.name].astype("Int64")
        elif column.comes_from == "month":
            frame[column.name] = frame[column.name].map(_month_name)
    frame[_COUNT.name] = frame[_COUNT.name].astype("Int64")
    frame[_NUMBER.name] = range(1, len(frame) + 1)
    if HIDDEN in cells:
        frame[HIDDEN] = cells[HIDDEN]
    return frame.reset_index(drop=True)


def _month_name(month: object) -> str | None:
    return MONTHS[int(month[5:7]) - 1] if isinstance(month, str) else None


def _roles_of(table: SummaryTable) -> list[object]:
    return [column.role["role"] for column in table.columns]


def field_roles(table: SummaryTable) -> dict[str, Mapping[str, object]]:
    """The role of each column, for property `rbdc` of a package's fields."""
    return {column.name: column.role for column in table.columns}


def resource_constants(table: SummaryTable, period: str) -> dict[str, str]:
    """What holds of all rows of a table, for property `rbdc` of a package's resource.

    Args:
        table: which one.
        period: of its cells, such as "2022" or "all"; left out where columns tell it.
    """
    constants = {"kind": "counts", "unit": UNIT}
    if table.measure is not None:
        constants["measure"] = table.measure
    if "year" not in _roles_of(table):
        constants["period"] = period
    return constants
