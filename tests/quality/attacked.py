"""A service that lands every table that has a suite, made of good batches, into which faults go."""

import csv
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import yaml

from expectations.rules import load_suites
from rbdc.sources.declaration import LABELS, SourceTable, load_sources
from tests.pipeline import PROJECT
from tests.quality.good_batches import GOOD, Fault, Rows

SHIPPED = ("demo", "toronto", "ontario")
NAME = "attacked"


def declarations() -> dict[str, SourceTable]:
    """The shipped declaration of every table that is landed and has a suite, by its name."""
    suites = load_suites()
    shipped: dict[str, SourceTable] = {}
    for service in SHIPPED:
        for table in load_sources(PROJECT / "services" / service).tables:
            shipped.setdefault(table.id, table)
    return {name: shipped[name] for name in suites if name in shipped}


def write_service(folder: Path, tables: Iterable[str] | None = None) -> list[str]:
    """Write the configuration of the service: its tables come from files, and each refusal stops.

    Args:
        folder: where `services/attacked` is made.
        tables: the tables that it has; all of them, if none are named.

    Returns:
        The names of its tables, that of labels.csv among them.
    """
    service = folder / "services" / NAME
    service.mkdir(parents=True)
    _write_framework(service)
    wanted = {name: t for name, t in declarations().items() if tables is None or name in tables}
    declared = [
        _from_a_file(table).model_dump(mode="json", exclude_defaults=True)
        for table in wanted.values()
    ]
    sources = {"service": "Lakeshore", "synthetic": True, "tables": declared}
    (service / "sources.yml").write_text(yaml.safe_dump(sources, sort_keys=False))
    return [*wanted, LABELS.id]


def _write_framework(service: Path) -> None:
    """The demo's framework, and the group that Toronto's tables without race need."""
    shipped = (PROJECT / "services" / "demo" / "framework.yml").read_text()
    first = "race_groups:\n"
    assert first in shipped
    more = "  - {group: All race groups, held_by: []}\n"
    (service / "framework.yml").write_text(shipped.replace(first, first + more))


def _from_a_file(table: SourceTable) -> SourceTable:
    changes: dict[str, object] = {
        "folder": "sources",
        "portal": None,
        "when_absent": "refuse",
        "on_refusal": "stop",
        "declared_invalid": None,
        "columns": [{"name": c, "source_names": [c]} for c in GOOD[table.id]()[0]],
        "key": [column for column in table.key if column in GOOD[table.id]()[0]],
    }
    if table.connector == "csv":
        changes["path"] = f"{table.id}.csv"
    return SourceTable.model_validate(table.model_dump() | changes)


def write_batches(folder: Path, tables: Iterable[str], faults: list[Fault]) -> None:
    """Write the good batch of each table as its source holds it, with a fault in some of them."""
    sources, labels = folder / "sources", folder / "services" / NAME / "labels.csv"
    sources.mkdir(exist_ok=True)
    planted = {fault.table: fault for fault in faults}
    assert len(planted) == len(faults), "two faults in one table would change what is counted"
    declared = declarations()
    for name in tables:
        rows = GOOD[name]()
        columns = list(rows[0])
        if name in planted:
            planted[name].seed(rows)
        if name == LABELS.id and rows:
            rows += _shipped_labels()
        if name == LABELS.id:
            _write_csv(labels, columns, rows)
        elif declared[name].connector == "csv":
            _write_csv(sources / f"{name}.csv", columns, rows)
        else:
            _write_database(sources / str(declared[name].path), declared[name], columns, rows)


def _shipped_labels() -> Rows:
    """Lines of the shipped labels.csv files beside the good batch; they map the other batches."""

    def place(row: Mapping[str, str | None]) -> tuple[str, ...]:
        return tuple((row[c] or "").strip().lower() for c in ("source", "field", "raw_label"))

    known = {place(row) for row in GOOD[LABELS.id]()}
    lines: dict[tuple[str, ...], dict[str, str | None]] = {}
    for service in SHIPPED:
        file = PROJECT / "services" / service / "labels.csv"
        with file.open(encoding="utf-8-sig", newline="") as text:
            for row in csv.DictReader(text):
                lines.setdefault(place(row), dict(row))
    return [row for key, row in lines.items() if key not in known]


def _write_csv(file: Path, columns: list[str], rows: Rows) -> None:
    with file.open("w", encoding="utf-8", newline="") as text:
        writer = csv.DictWriter(text, columns)
        writer.writeheader()
        writer.writerows(rows)


def _write_database(file: Path, table: SourceTable, columns: list[str], rows: Rows) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(f"drop table if exists {table.source_table}")
        database.execute(f"create table {table.source_table} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        database.executemany(
            f"insert into {table.source_table} values ({marks})",
            [[row[column] for column in columns] for row in rows],
        )
