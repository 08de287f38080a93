"""SQLite files and PostgreSQL databases, through DuckDB's own scanners."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import duckdb

from rbdc.duck import connect, load_extension
from rbdc.errors import ConfigError, SourceError
from rbdc.sources.batch import Position, Pull, Request
from rbdc.sources.relational import pull_from
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
    """In-memory DuckDB with the database attached read-only as `source`.

    An error of the database is told without its own message, which may hold its address.
    """
    with connect() as connection:
        load_extension(connection, f"{kind}_scanner")
        connection.execute("set timezone = 'UTC'")  # a time with a zone is landed as of UTC
        if kind == "sqlite":
            # Text, because SQLite stores what it is given whatever the declared type says.
            connection.execute("set sqlite_all_varchar = true")
        try:
            connection.execute(f"attach {literal(address)} as source (type {kind}, read_only)")
            # Attaching alone opens no file: this asks for the tables.
            connection.execute(
                "select count(*) from duckdb_tables() where database_name = 'source'"
            )
        except duckdb.Error:
            raise SourceError(f"{name} is not a readable {_KINDS[kind]}. {hint}") from None
        yield connection


_KINDS = {"sqlite": "SQLite database", "postgres": "PostgreSQL database"}


class _SQLite:
    """An attached SQLite database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def columns(self, table: str) -> Mapping[str, str]:
        found = self.rows(f"select name, type from pragma_table_info({literal(table)})")
        return dict(self.connection.execute(f"select * from {found}").fetchall())

    def quote(self, name: str) -> str:
        return identifier(name)

    def rows(self, sql: str) -> str:
        return f"sqlite_query('source', {literal(sql)})"

    def whole(self, table: str, columns: Sequence[str]) -> tuple[str, str]:
        relation = f"source.{identifier(table)}"
        listed = ", ".join(map(identifier, columns))
        try:
            self.connection.execute(
                f"select * from {self.rows(f'select rowid from {identifier(table)} limit 1')}"
            ).fetchall()
        except duckdb.Error:  # a view, or a table without row numbers
            return f"select {listed} from {relation}", "row_number() over ()"
        # The database's own row numbers need no sorting and no counting one row after the other.
        return f"select rowid, {listed} from {relation}", "rowid"


class _PostgreSQL:
    """An attached PostgreSQL database; a table may be named with its schema."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def columns(self, table: str) -> Mapping[str, str]:
        schema, _, name = table.rpartition(".")
        within = literal(schema) if schema else "any (current_schemas(false))"
        found = self.rows(
            "select column_name, data_type from information_schema.columns "
            f"where table_name = {literal(name)} and table_schema = {within} "
            "order by ordinal_position"
        )
        return dict(self.connection.execute(f"select * from {found}").fetchall())

    def quote(self, name: str) -> str:
        return ".".join(identifier(part) for part in name.split("."))

    def rows(self, sql: str) -> str:
        return f"postgres_query('source', {literal(sql)})"

    def whole(self, table: str, columns: Sequence[str]) -> tuple[str, str]:
        listed = ", ".join(map(identifier, columns))
        return f"select {listed} from source.{self.quote(table)}", "row_number() over ()"
