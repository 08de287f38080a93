"""Writing of the simulated source systems, so that the same content gives the same bytes."""

import csv
import sqlite3
from contextlib import closing
from pathlib import Path

import pandas as pd

from rbdc.sql import identifier

_INTEGERS = {"age", "booked", "search_level", "items_found", "is_deleted"}


def write_sqlite(path: Path, tables: dict[str, pd.DataFrame], index_on: str) -> None:
    """Write tables into a new SQLite file, each with an index on one column.

    No key is declared, as in many records systems: duplicate keys are possible.
    """
    with closing(sqlite3.connect(path)) as connection:
        # A fixed page size and a single transaction: the file holds no trace of clock or machine.
        connection.execute("pragma page_size = 4096")
        for name, frame in tables.items():
            columns = ", ".join(
                f"{identifier(c)} {'integer' if c in _INTEGERS else 'text'}" for c in frame.columns
            )
            marks = ", ".join("?" * len(frame.columns))
            connection.execute(f"create table {identifier(name)} ({columns})")
            rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
            connection.executemany(f"insert into {identifier(name)} values ({marks})", rows)
            connection.execute(
                f"create index {identifier(f'{name}_{index_on}')} "
                f"on {identifier(name)} ({identifier(index_on)})"
            )
        connection.commit()


def write_provincial_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a file as the province publishes it.

    A byte-order mark, commas, quotes only where needed; the header ends with CR LF and every
    other line with LF, a quirk of the published files that a reader must bear.
    """
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file, lineterminator="\r\n").writerow(frame.columns)
        csv.writer(file, lineterminator="\n").writerows(frame.to_numpy().tolist())


def write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a plain UTF-8 CSV file with LF line ends."""
    frame.to_csv(path, index=False, lineterminator="\n", encoding="utf-8")
