"""Invented rows of the seven use-of-force summary tables of Toronto, in every published shape."""

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

from rbdc.sources.declaration import SourceTable

Rows = list[dict[str, str | None]]

RACES = (
    "Black",
    "East/Southeast Asian",
    "Indigenous",
    "Latino",
    "Middle Eastern",
    "South Asian",
    "White",
    "Multiple race group",
)
ACTION, FORCE = "Enforcement Action Incidents", "Reported Use of Force Incidents"
MONTHS = "January February March April May June July August September October November December"
CALL_TYPES = (
    "ADMIN",
    "ARREST",
    "DOMESTIC/ASSAULT",
    "IN PROGRESS/JUST OCC'D",
    "OTHER PRIORITY 2",
    "OTHER PRIORITY 4",
    "OTHER PRIORITY 6",
    "PERSON IN CRISIS",
    "PROACTIVE",
    "VEHICLE RELATED",
    "VIOLENT CALLS FOR SERVICE",
)


def _by(column: str, labels: Sequence[str]) -> dict[str, Sequence[str]]:
    return {"incident_type": (ACTION, FORCE), "perceived_race": RACES, column: labels}


# Axes of each grid by landed column. Labels that are not known yet are invented.
AXES: dict[str, dict[str, Sequence[str]]] = {
    "use_of_force_call_sources": {
        "data_type": (ACTION, FORCE),
        "description": ("Calls for service", "Officer initiated"),
        "occurred_year": ("2020",),
        "occurred_month": MONTHS.split(),
    },
    "use_of_force_by_time_of_day": _by(
        "time_of_day",
        ["Early morning (0:01 - 5:00)", *(f"Band {n}" for n in range(2, 6))],
    ),
    "use_of_force_by_division": _by("division", [str(n) for n in range(11, 28)]),
    "use_of_force_by_call_type": _by("call_type", CALL_TYPES),
    "use_of_force_by_occurrence_category": _by(
        "occurrence_category", ["AssaultCrimPers", *(f"Category{n}" for n in range(2, 14))]
    ),
    "use_of_force_by_gender": _by("gender", ("Women", "Men", "Mixed Gender Group")),
    "use_of_force_by_force_type": {
        "weapons": ("No weapon", "Weapon"),
        "highest_force": (
            "Physical force or Other type of force",
            *(f"Force {n}" for n in range(2, 5)),
        ),
        "perceived_race": RACES,
    },
}
FILES = {table: f"RBDC_UOF_TBL_{number:03}.csv" for number, table in enumerate(AXES, 1)}
GRID_SIZES = dict(zip(AXES, (48, 80, 272, 176, 208, 48, 64), strict=True))


def grid(table: str) -> Rows:
    """Every cell once, under the names by which it is landed; a count of zero is empty."""
    axes = AXES[table]
    cells = [dict(zip(axes, labels, strict=True)) for labels in itertools.product(*axes.values())]
    return [cell | {"incident_count": _count(cell, n)} for n, cell in enumerate(cells)]


def _count(cell: dict[str, str], n: int) -> str | None:
    """Enforcement actions from 30 upwards; up to 4 uses of force, and no zero is written."""
    if cell.get("incident_type", cell.get("data_type")) == ACTION:
        return f"{1000 + n:,}" if n == 0 else str(30 + n)
    return str(n % 5) if n % 5 else None


def with_drift(rows: Rows) -> Rows:
    """The same rows with the blanks and the case in which labels are really published."""
    spelt = {ACTION: f" {ACTION}", FORCE: "Reported Use of force incident"}
    spelt |= {race: f"{race} " for race in RACES}
    return [
        {column: spelt.get(value or "", value) for column, value in row.items()} for row in rows
    ]


def write(folder: Path, table: SourceTable, rows: Rows, *, alias: bool = False) -> None:
    """Write rows where a declared table is read, under REST names or the aliases of downloads.

    The publisher's row number stands last, and in the City's copy `_id` first.
    """
    names = {one.name: one.source_names[-1 if alias else 0] for one in table.columns}
    path = folder / (table.path or "")
    path.parent.mkdir(parents=True, exist_ok=True)
    header, numbered = [names[column] for column in rows[0]], "ObjectId" not in names.values()
    copied = table.source == "toronto_open_data"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["_id"] * copied + header + ["ObjectId"] * numbered)
        for number, row in enumerate(rows, 1):
            id_ = [str(number)]
            writer.writerow(id_ * copied + [*row.values()] + id_ * numbered)
