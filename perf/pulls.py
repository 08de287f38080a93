"""Pulls from databases to landing, measured: whole tables, increments of 1%, and memory."""

import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from orchestration.settings import PROJECT
from perf.process_tree import measure
from rbdc.duck import connect, load_extension
from rbdc.sql import literal
from tests.postgres import NotInstalledError, server

Result = dict[str, Any]
Say = Callable[[str], None]

# A table of few rows takes what every pull takes; a driver that hands over row by row gets a tenth.
FEW, SHARE_BY_ROW = 10, 10
_ROWS = """
    select i as arrest_id, 'O' || i // 2 as occurrence_id, 'P-' || hash(i) % 3000000 as person_id,
        {time} as arrested_at,
        ['Black', 'White', 'Indigenous', 'Latino'][1 + (hash(i) % 4)::int] as perceived_race,
        ['F', 'M'][1 + i % 2] as sex, (12 + hash(i) % 70)::int as age, 'D' || i % 6 as division,
        'Assault, level ' || i % 3 as occurrence_category, (i % 2)::int as booked,
        'Constable ' || i % 999 as officer, {time} as updated_at, 0 as is_deleted
    from range({first}, {last}) as numbers(i)
"""


def measure_pulls(rows: int, folder: Path, say: Say) -> Result:
    """Measure the pulls from every kind of database that can be started here.

    Args:
        rows: of the table that is pulled whole; an increment is 1% of them, half of it new rows
            and half rows from everywhere in the table that were corrected.
        folder: for databases and landed files; emptied before and after.
        say: takes a line for the person who waits.

    Returns:
        For each connector its `rows`, and what was measured of `startup`, `full`, `increment` and
        (for PostgreSQL) `floor`; or `why_not`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    by_row = rows // SHARE_BY_ROW
    found: Result = {}
    file = str(folder / "records.sqlite")
    _fill(file, {"arrests": rows, "few": FEW})
    found["sqlite"] = _measured("sqlite", file, file, "arrests", rows, folder, say)
    try:
        with server() as url:
            _fill(url, {"arrests": rows, "by_row": by_row, "few": FEW})
            found["postgres"] = _measured("postgres", url, url, "arrests", rows, folder, say)
            address = url.replace("postgresql://", "postgresql+psycopg://")
            found["sqlalchemy"] = _measured(
                "sqlalchemy", address, url, "by_row", by_row, folder, say
            )
    except NotInstalledError as error:
        found |= {name: {"why_not": str(error)} for name in ("postgres", "sqlalchemy")}
    shutil.rmtree(folder)
    return found


def _measured(
    connector: str, address: str, database: str, table: str, rows: int, folder: Path, say: Say
) -> Result:
    """Measure one connector; `address` as it is told to it, `database` as it is filled."""
    found: Result = {"rows": rows}

    def run(name: str, table: str, *more: str, connector: str = connector) -> None:
        command = [sys.executable, "-m", "perf.pull", connector, address, table]
        measured = measure([*command, str(folder / name), *more], {}, PROJECT)
        said = [line.text for line in measured.lines]
        if measured.exit_status:
            raise SystemExit(f"{connector} {name} failed:\n" + "\n".join(said[-20:]))
        found[name] = {
            "wall_seconds": measured.wall_seconds,
            "cpu_seconds": measured.cpu_seconds,
            "peak_bytes": measured.peak_bytes,
            "others_cpu_share": measured.others_cpu_share,
            "delivered": said[-1] if said else "",
        }
        seconds, memory = measured.wall_seconds, measured.peak_bytes / 1e9
        say(f"  {connector:<10} {name:<10} {seconds:8.1f} s  {memory:6.2f} GB")

    run("startup", "few")
    if connector == "postgres":
        run("floor", table, connector="floor")
    run("full", table)
    _change(database, table, rows)
    run("increment", table, "--since", str(folder / "full"))
    for name in ("startup", "floor", "full", "increment"):
        shutil.rmtree(folder / name, ignore_errors=True)
    return found


def _fill(database: str, tables: dict[str, int]) -> None:
    """Make tables of some sizes in a database, with an index on the cursor as is usual."""
    for table, rows in tables.items():
        _insert(database, f"create table records.{table} as", "2015-01-01", 0, rows)
        _execute(database, f"create index {table}_cursor on {table} (updated_at)")
    if not _is_file(database):
        _execute(database, "vacuum analyze")  # or else the first reader would do part of it


def _change(database: str, table: str, rows: int) -> None:
    """Let 1% of a table change."""
    _insert(database, f"insert into records.{table}", "2035-01-01", rows, rows + rows // 200)
    _execute(
        database,
        f"update {table} set updated_at = '2034-12-31 00:00:00', age = 99 "
        f"where arrest_id < {rows} and arrest_id % 200 = 7",
    )


def _insert(database: str, into: str, began: str, first: int, last: int) -> None:
    kind = "sqlite" if _is_file(database) else "postgres"
    time = f"(timestamp '{began}' + to_seconds(i * 30))"
    if kind == "sqlite":
        time = f"strftime({time}, '%Y-%m-%d %H:%M:%S')"
    with connect() as connection:
        load_extension(connection, f"{kind}_scanner")
        connection.execute(f"attach {literal(database)} as records (type {kind})")
        connection.execute(f"{into} {_ROWS.format(time=time, first=first, last=last)}")


def _execute(database: str, sql: str) -> None:
    if _is_file(database):
        with closing(sqlite3.connect(database)) as connection:
            connection.executescript(sql)
        return
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql)


def _is_file(database: str) -> bool:
    return "://" not in database
