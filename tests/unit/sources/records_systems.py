"""Small records systems of every relational kind, on which the same tests run."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import psycopg

from rbdc.sources.batch import Period, Position, Pull, Request
from rbdc.sources.connectors import CONNECTORS
from rbdc.sources.declaration import SourceTable
from rbdc.sources.pseudonyms import parse_key
from tests.unit.sources.tables import SQLITE

KEY = parse_key("test-1:" + "0f" * 32)
KINDS = ("sqlite", "postgres", "sqlalchemy_sqlite", "sqlalchemy_postgres")
PEOPLE = """
    create table people (id integer primary key, person varchar(20), seen_on varchar(10),
        updated_at {time}, gone integer, name varchar(20));
    create index people_updated_at on people (updated_at);
    insert into people values
        (1, 'P-1', '2022-12-30', '2023-01-01 08:00:00', 0, 'Ann Example'),
        (2, 'P-2', '2022-12-31', '2023-01-02 08:00:00', 0, 'Bob Example'),
        (3, ' P-1 ', '2023-01-03', '2023-01-03 08:00:00', 0, 'Ann Example');
"""


@dataclass(frozen=True)
class RecordsSystem:
    """One database, the declaration of its table of people, and the pulling of it."""

    kind: str
    folder: Path
    url: str | None = None

    def execute(self, sql: str) -> None:
        """Run statements in the database itself, past everything that is tested."""
        if self.url:
            with psycopg.connect(self.url) as connection:
                connection.execute(sql)
            return
        with closing(sqlite3.connect(self.folder / "records.sqlite")) as connection:
            connection.executescript(sql)

    def table(self, **changes) -> SourceTable:
        address = {"url_env": "RBDC_SOURCE_RMS_URL", "path": None}
        kind, _, _ = self.kind.partition("_")
        declared = {
            "connector": kind,
            "columns": ["id", "person", "seen_on", "updated_at", "gone"],
            "direct_identifiers": ["person"],
            **({} if self.kind == "sqlite" else address),
        }
        return SourceTable.model_validate(SQLITE | declared | changes)

    def pull(
        self, since: Position | None = None, period: Period | None = None, pseudonyms=KEY, **changes
    ) -> Pull:
        table = self.table(**changes)
        url = self.url
        if self.kind == "sqlalchemy_sqlite":
            url = f"sqlite:///{self.folder / 'records.sqlite'}"
        elif self.kind == "sqlalchemy_postgres" and url:
            url = url.replace("postgresql://", "postgresql+psycopg://")
        target = self.folder / "landing"
        target.mkdir(exist_ok=True)
        return CONNECTORS[table.connector](
            Request(table, target, self.folder, url, since, pseudonyms, period)
        )


def admitted(pulled: Pull) -> Position:
    """The position after the gate let every row pass."""
    return replace(pulled.position, cursor=pulled.position.newest)


def rows(pulled: Pull, columns: str = "id") -> list:
    """Columns of the landed rows; plain values where it is one column."""
    found = duckdb.sql(f"select {columns} from read_parquet('{pulled.parquet}') order by id")
    return [row[0] if len(row) == 1 else row for row in found.fetchall()]


def keys(file: Path | None) -> list[str]:
    assert file is not None
    return [row[0] for row in duckdb.sql(f"from read_parquet('{file}') order by 1").fetchall()]
