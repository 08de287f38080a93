"""SQLite files and PostgreSQL databases, through DuckDB's own scanners."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import duckdb

from rbdc.duck import connect, load_extension
from rbdc.errors import ConfigError, SourceError
from rbdc.sources.batch import Position, Pull, Request
from rbdc.sources.relational import not_readable, pull_from
from rbdc.sql import identifier, literal


def pull_sqlite(request: Request) -> Pull:
    """Pull a table of an SQLite file below the folder of source files.

    Raises:
        SourceError: no database, not a database, or what `pull_from` refuses.
    """
    table = request.table
    path = (request.folder or request.target) / (table.path or "")
    name = f"Source {table.source}, table {table.table} ({path.name})"
    if not path.is_file():
        if table.when_absent == "skip":
            return Pull("absent", Position("absent"))
        raise SourceError(
            f"{name} is missing: {table.path} was not found in the source folder. "
            "Put the database there, or correct `path` in sources.yml."
        )
    with _attached("sqlite", str(path), name, "Check the file.") as connection:
        return pull_from(_SQLite(connection), request, name)


def pull_postgres(request: Request) -> Pull:
    """Pull a table of a PostgreSQL database at an address such as `postgresql://host/name`.

    Raises:
        ConfigError: the environment gives no address.
        SourceError: the database cannot be reached, or what `pull_from` refuses.
    """
    table = request.table
    name = f"Source {table.source}, table {table.table} (PostgreSQL)"
    if not request.url:
        raise ConfigError(
            f"{name}: set {table.url_env} to the address of the database, "
            "postgresql://user:password@host/name."
        )
    hint = f"Check {table.url_env}, the network and the rights of its user."
    with _attached("postgres", request.url, name, hint) as connection:
        return pull_from(_PostgreSQL(connection), request, name)


@contextmanager
def _attached(kind: str, address: str, name: str, hint: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """In-memory DuckDB with the database attached read-only as `source`, in one transaction."""
    with connect() as connection:
        load_extension(connection, f"{kind}_scanner")
        connection.execute("set timezone = 'UTC'")  # a time with a zone is landed as of UTC
        if kind == "sqlite":
            # Text, because SQLite stores what it is given whatever the declared type says.
            connection.execute("set sqlite_all_varchar = true")
        try:
            connection.execute(f"attach {literal(address)} as source (type {kind}, read_only)")
            # All queries see the database as it stood at the first one.
            connection.execute("begin")
            yield connection
        except duckdb.Error as error:
            raise not_readable(name, error, hint) from None
        finally:
            # A transaction whose database is gone would take the process with it when it is
            # closed, as its end then fails where nothing can be caught.
            with suppress(duckdb.Error):
                connection.execute("rollback")


class _Attached:
    """What the two kinds have in common: both quote and compare as standard SQL does."""

    _query: str

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def column(self, name: str) -> str:
        return identifier(name)

    def listed(self, table: str, columns: Sequence[str]) -> str:
        return ", ".join(map(identifier, columns))

    def value(self, text: str, table: str, column: str) -> str:
        return literal(text)

    def as_text(self, expression: str) -> str:
        return f"cast({expression} as text)"

    def one(self, sql: str) -> tuple[str | None, ...]:
        found = self.connection.execute(f"select columns(*)::varchar from {self.rows(sql)}")
        return found.fetchone() or ()

    def rows(self, sql: str) -> str:
        return f"{self._query}('source', {literal(sql)})"

    def _fetch(self, sql: str) -> list[tuple[str, str]]:
        return self.connection.execute(f"from {self.rows(sql)}").fetchall()


class _SQLite(_Attached):
    """An attached SQLite database."""

    _query = "sqlite_query"

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        # Where a log is written ahead, others may write meanwhile, and only the connection that
        # holds the transaction does not see it; otherwise it keeps writers out for all readers.
        if self.one("select journal_mode from pragma_journal_mode") == ("wal",):
            connection.execute("set sqlite_disable_multithreaded_scans = true")

    def columns(self, table: str) -> Mapping[str, str]:
        return dict(self._fetch(f"select name, type from pragma_table_info({literal(table)})"))

    def table(self, name: str) -> str:
        return identifier(name)

    def listed(self, table: str, columns: Sequence[str]) -> str:
        # SQLite gives a row's number under the name of the key that it may also be.
        return ", ".join(f"{identifier(column)} as {identifier(column)}" for column in columns)

    def value(self, text: str, table: str, column: str) -> str:
        # A column of no declared type compares numbers with numbers only.
        typed = self.columns(table)[column] != ""
        return literal(text) if typed or not text.isdecimal() else text

    def row_number(self, table: str) -> str | None:
        if "rowid" in map(str.lower, self.columns(table)):
            return None  # a column of the table's own, whatever it holds
        is_table = self._fetch(
            f"select 1 from pragma_table_list({literal(table)}) where type = 'table' and wr = 0"
        )
        return "rowid" if is_table else None  # a view has no row numbers, nor has every table

    def whole(self, table: str, columns: Sequence[str]) -> str:
        return f"select {self.listed(table, columns)} from source.{identifier(table)}"


class _PostgreSQL(_Attached):
    """An attached PostgreSQL database; a table may be named with its schema."""

    _query = "postgres_query"

    def columns(self, table: str) -> Mapping[str, str]:
        return dict(
            self._fetch(
                "select attname::text, format_type(atttypid, atttypmod) from pg_attribute "
                f"where attrelid = {self._id(table)} and attnum > 0 and not attisdropped "
                "order by attnum"
            )
        )

    def table(self, name: str) -> str:
        return ".".join(map(identifier, name.split(".")))

    def listed(self, table: str, columns: Sequence[str]) -> str:
        types = self.columns(table)
        return ", ".join(
            # DuckDB would read a number of no fixed precision as a floating one: 5 as 5.0.
            f"cast({identifier(column)} as text) as {identifier(column)}"
            if types[column] == "numeric"
            else identifier(column)
            for column in columns
        )

    def row_number(self, table: str) -> str | None:
        return None

    def whole(self, table: str, columns: Sequence[str]) -> str:
        # Pages are read side by side where it is a table, and all of it may be read.
        found = self._fetch(
            "select nspname::text, relname::text from pg_class "
            "join pg_namespace on pg_namespace.oid = relnamespace "
            f"where pg_class.oid = {self._id(table)} and relkind = 'r' "
            "and has_table_privilege(pg_class.oid, 'select')"
        )
        listed = self.listed(table, columns)
        if not found or "cast(" in listed:
            return f"select * from {self.rows(f'select {listed} from {self.table(table)}')}"
        return f"select {listed} from source.{'.'.join(map(identifier, found[0]))}"

    def _id(self, table: str) -> str:
        return f"to_regclass({literal(self.table(table))})"
