"""Faults of single rows, put into the source systems of a simulated city, taken out or mended."""

import csv
import shutil
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from expectations.rules import load_suites
from rbdc.sources.declaration import SourceTable
from tests.quality.faults import FAULTS
from tests.quality.good_batches import GOOD, Fault

Row = Mapping[str, str | None]
# `spoilt` rows are in the source, `removed` from it, or `mended` by a person the day after.
State = Literal["spoilt", "removed", "mended"]
SPOILT_AT, MENDED_AT = "2024-06-01T12:00:00", "2024-06-02T12:00:00"
SUITES = load_suites()


@dataclass(frozen=True)
class RowFault:
    """Columns that are overwritten in a row, or in a copy of it, and rules that set it aside."""

    table: str
    rules: tuple[str, ...]
    changes: Mapping[str, str | None]
    is_copy: bool


@dataclass(frozen=True)
class Planted:
    """A fault in a row of the simulated city, which its key names."""

    fault: RowFault
    key: tuple[str, ...]


def row_faults(tables: Iterable[str]) -> list[RowFault]:
    """The seeded faults of these tables that set aside one row, whichever row they are put into."""
    wanted = set(tables)
    faults = (_of_one_row(fault) for fault in FAULTS if fault.table in wanted)
    return [fault for fault in faults if fault]


def _of_one_row(fault: Fault) -> RowFault | None:
    actions = {rule.name: rule.action for rule in SUITES[fault.table].rules}
    aside = tuple(rule for rule in fault.counts if actions[rule] == "quarantine")
    before, after = GOOD[fault.table](), GOOD[fault.table]()
    fault.seed(after)
    if fault.rule not in aside or set(fault.counts.values()) != {1}:
        return None
    if len(after) == len(before) + 1 and after[:-1] == before:
        changes = min((_differences(row, after[-1]) for row in before), key=len)
        return RowFault(fault.table, aside, changes, is_copy=True)
    changed = [
        _differences(*rows) for rows in zip(before, after, strict=True) if rows[0] != rows[1]
    ]
    if len(changed) != 1 or fault.rule.endswith("_unique") or _is_of_its_time(changed[0]):
        return None
    return RowFault(fault.table, aside, changed[0], is_copy=False)


def _is_of_its_time(changes: Row) -> bool:
    """Whether a date is wrong only beside the others of the good batch."""
    return any((value or "").startswith("2022-03-") for value in changes.values())


def _differences(one: Row, other: Row) -> dict[str, str | None]:
    return {column: other[column] for column in other if one[column] != other[column]}


def write_sources(
    good: Path, folder: Path, tables: Sequence[SourceTable], planted: Sequence[Planted], to: State
) -> None:
    """Make the source systems anew from good ones, with the planted rows in one of three states."""
    shutil.copytree(good, folder, dirs_exist_ok=True)
    for table in tables:
        of_table = [one for one in planted if one.fault.table == table.id]
        if not of_table:
            continue
        for file in sorted(folder.glob(str(table.path))):
            if table.connector == "csv":
                _write_csv(file, table, of_table, to)
                continue
            with closing(sqlite3.connect(file)) as database, database:
                for one in of_table:
                    _write_row(database, table, one, to)


def _write_csv(file: Path, table: SourceTable, planted: Sequence[Planted], to: State) -> None:
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    faults = {one.key: one.fault for one in planted}
    copies, kept = [], []
    for row in rows:
        fault = faults.get(tuple(row[column] for column in table.key))
        if fault is None or to == "mended":
            kept.append(row)
        elif fault.is_copy:
            kept.append(row)
            copies += [row | dict(fault.changes)] * (to == "spoilt")
        elif to == "spoilt":
            kept.append(row | dict(fault.changes))
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(kept + copies)


def _write_row(database: sqlite3.Connection, table: SourceTable, one: Planted, to: State) -> None:
    """A records system moves the time of change of whatever it changes."""
    name, where = table.source_table, " and ".join(f"{column} = ?" for column in table.key)
    (rowid,) = database.execute(f"select rowid from {name} where {where}", one.key).fetchone()
    if to == "removed" and not one.fault.is_copy:
        database.execute(f"delete from {name} where rowid = {rowid}")
        return
    at = MENDED_AT if to == "mended" else SPOILT_AT
    database.execute(f"update {name} set {table.cursor} = ? where rowid = ?", (at, rowid))
    if to != "spoilt":
        return
    if one.fault.is_copy:
        copied = f"insert into {name} select * from {name} where rowid = {rowid}"
        rowid = database.execute(copied).lastrowid
    for column, value in one.fault.changes.items():
        database.execute(f"update {name} set {column} = ? where rowid = ?", (value, rowid))
