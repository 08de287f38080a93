"""Databases that hold simulated records: an SQLite file, or PostgreSQL by its URL."""

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from rbdc.duck import connect, load_extension
from rbdc.errors import ConfigError, SourceError
from rbdc.sources.simulator.records import TABLES, RecordsTable
from rbdc.sql import literal

_CLOCK = "simulation_clock"
_PLANTED = "planted_defects"
CURSOR = "updated_at"


@dataclass(frozen=True)
class Clock:
    """How far a database has been simulated, and by which configuration."""

    until: dt.datetime
    configuration: str


class RecordsDatabase:
    """A database open for writing; what is written stands or falls with the transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, url: str) -> None:
        """Take a DuckDB connection in which the database is attached as `records`."""
        self._connection, self._url = connection, url

    def create(self) -> None:
        """Make the tables, empty."""
        for table in TABLES:
            columns = ", ".join(f"{name} {kind}" for name, kind in table.types.items())
            self._connection.execute(f"create table records.{table.name} ({columns})")
        self._connection.execute(
            f"create table records.{_PLANTED} (table_name text, row_key text, defect text)"
        )
        self._connection.execute(f"create table records.{_CLOCK} (until text, configuration text)")

    def keep_so_far(self) -> None:
        """End the transaction and begin another: a very long one fills the memory."""
        self._connection.execute("commit")
        self._connection.execute("begin")

    def add(self, table: RecordsTable, facts: pa.Table, until: dt.datetime) -> None:
        """Write rows, as they stand at an instant, into a table that holds none of them.

        Args:
            table: which table.
            facts: of the days whose records are written.
            until: the instant.
        """
        self._connection.register("facts", facts)
        changes = table.changes_sql("facts", None, _instant(until))
        self._connection.execute(
            f"insert into records.{table.name} select * exclude (is_new) from ({changes})"
        )
        self._note_planted(table, facts, None, until)
        self._connection.unregister("facts")

    def collect(
        self, table: RecordsTable, facts: pa.Table, since: dt.datetime, until: dt.datetime
    ) -> None:
        """Take up what changes in a table between two instants; `apply` writes it."""
        self._connection.register("facts", facts)
        changes = table.changes_sql("facts", _instant(since), _instant(until))
        pending = f"changes_{table.name}"
        self._connection.execute(
            f"create temp table if not exists {pending} as from ({changes}) limit 0"
        )
        self._connection.execute(f"insert into {pending} {changes}")
        self._note_planted(table, facts, since, until)
        self._connection.unregister("facts")

    def apply(self, table: RecordsTable) -> None:
        """Write the collected changes: changed rows go, and come back as they are now."""
        pending = f"changes_{table.name}"
        self._connection.execute(
            f"delete from records.{table.name} where {table.key} in "
            f"(select {table.key} from {pending} where not is_new)"
        )
        self._connection.execute(
            f"insert into records.{table.name} select * exclude (is_new) from {pending}"
        )
        self._connection.execute(f"drop table {pending}")

    def _note_planted(
        self, table: RecordsTable, facts: pa.Table, since: dt.datetime | None, until: dt.datetime
    ) -> None:
        start = _instant(since) if since else None
        planted = table.planted_sql("facts", start, _instant(until))
        self._connection.execute(f"insert into records.{_PLANTED} select * from ({planted})")

    def set_clock(self, clock: Clock) -> None:
        """Note how far the records go."""
        self._connection.execute(f"delete from records.{_CLOCK}")
        self._connection.execute(
            f"insert into records.{_CLOCK} values (?, ?)",
            [clock.until.isoformat(), clock.configuration],
        )

    def clock(self) -> Clock:
        """How far the records go.

        Raises:
            SourceError: the database was not written by this simulator.
        """
        try:
            row = self._connection.execute(
                f"select until, configuration from records.{_CLOCK}"
            ).fetchone()
        except duckdb.Error:
            row = None
        if row is None:
            raise SourceError(
                f"{_shown(self._url)} holds no simulated records, or was made by an older version. "
                "Remove it and run the command again."
            )
        return Clock(dt.datetime.fromisoformat(row[0]), row[1])

    def rows(self) -> dict[str, int]:
        """Rows of every table."""
        return {
            table.name: self._count(f"select count(*) from records.{table.name}")
            for table in TABLES
        }

    def planted(self) -> dict[tuple[str, str], int]:
        """Planted rows by table and defect."""
        return {
            (table, defect): rows
            for table, defect, rows in self._connection.execute(
                f"select table_name, defect, count(*) from records.{_PLANTED} "
                "group by all order by all"
            ).fetchall()
        }

    def _count(self, sql: str) -> int:
        row = self._connection.execute(sql).fetchone()
        return int(row[0]) if row else 0


@contextmanager
def open_records(url: str) -> Iterator[RecordsDatabase]:
    """Open a database for writing in one transaction.

    Args:
        url: path of an SQLite file, or `postgresql://…`.

    Raises:
        ConfigError: the database cannot be reached, or its extension is not installed.
    """
    kind = "postgres" if is_postgres(url) else "sqlite"
    with connect() as connection:
        connection.execute("set preserve_insertion_order = true")  # the same bytes every time
        load_extension(connection, f"{kind}_scanner")
        try:
            connection.execute(f"attach {literal(url)} as records (type {kind})")
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].replace(url, _shown(url))
            raise ConfigError(f"{_shown(url)} cannot be opened: {reason}") from None
        connection.execute("begin")
        yield RecordsDatabase(connection, url)
        connection.execute("commit")


def make_indexes(url: str) -> None:
    """Index the cursor column of every table, as records systems do."""
    statements = [
        f"create index {table.name}_{CURSOR} on {table.name} ({CURSOR})" for table in TABLES
    ]
    if not is_postgres(url):
        with closing(sqlite3.connect(url)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()
        return
    with connect() as duck:
        load_extension(duck, "postgres_scanner")
        duck.execute(f"attach {literal(url)} as records (type postgres)")
        for statement in statements:
            duck.execute(f"call postgres_execute('records', {literal(statement)})")


def is_postgres(url: str) -> bool:
    """Whether a target is a PostgreSQL database and not a file."""
    return url.startswith(("postgresql://", "postgres://"))


def _instant(moment: dt.datetime) -> str:
    return f"timestamp '{moment:%Y-%m-%d %H:%M:%S}'"


def _shown(url: str) -> str:
    """A target as messages name it: never with a password."""
    return url.rsplit("@", 1)[-1] if is_postgres(url) else Path(url).name
