"""Embedded SQLite databases of a records system, pulled by cursor through DuckDB's own scanner."""

from pathlib import Path

import duckdb

from rbdc.duck import connect, load_extension
from rbdc.errors import SourceError
from rbdc.sources.batch import Delivery, Position, Pull
from rbdc.sources.declaration import SourceTable
from rbdc.sources.landing import land
from rbdc.sources.pseudonyms import PseudonymKey
from rbdc.sql import identifier, literal


def pull(
    table: SourceTable, root: Path, target: Path, since: Position | None, key: PseudonymKey | None
) -> Pull:
    """Land the rows changed since a position, or all rows when there is none or rows vanished.

    The comparison is `>=`: a row committed late with the cursor value already seen is read again
    rather than missed, and counts as unchanged where raw holds it already. Where the source has
    fewer rows than before, rows were removed without a mark, so the whole table is read.

    Raises:
        SourceError: no database, not a database, no such table or column, or an empty table.
    """
    path = root / table.path
    name = f"Source {table.source}, table {table.table} ({path.name})"
    if not path.is_file():
        raise SourceError(
            f"{name} is missing: {table.path} was not found in the source folder. "
            "Put the database there, or correct `path` in sources.yml."
        )
    cursor = identifier(_source_name(table, table.cursor or ""))
    with _attached(path, name) as connection:
        _check_columns(connection, table, name)
        relation = f"source.{identifier(table.source_table or '')}"
        rows_there, newest = connection.execute(
            f"select count(*), max({cursor})::varchar from {relation}"
        ).fetchone() or (0, None)
        if rows_there == 0:
            raise SourceError(f"{name} is empty. Ask the owner of the system what happened.")
        # Rows set aside with a later cursor value say nothing of the rows before them: read on.
        nothing_ahead = since and since.newest == since.cursor
        if since and nothing_ahead and (since.newest, since.source_rows) == (newest, rows_there):
            return Pull("none", since)
        delivery: Delivery = "full"
        query = f"select rowid, * from {relation}"
        if since and since.cursor and rows_there >= (since.source_rows or 0):
            delivery = "increment"
            query += f" where {cursor} >= {literal(since.cursor)}"
        # The database's own row numbers need no sorting and no counting one row after the other.
        rows, as_of = land(connection, table, query, target, key, row_number="rowid")
        checksum = _content_checksum(connection, target)
    return Pull(delivery, Position(checksum, newest, rows_there), rows, as_of, target)


def _attached(path: Path, name: str) -> duckdb.DuckDBPyConnection:
    """In-memory DuckDB with the database attached read-only, all values as text."""
    connection = connect()
    load_extension(connection, "sqlite_scanner")
    # Text, because SQLite stores what it is given whatever the declared type says.
    connection.execute("set sqlite_all_varchar = true")
    try:
        connection.execute(f"attach {literal(str(path))} as source (type sqlite, read_only)")
        connection.execute("select count(*) from duckdb_tables() where database_name = 'source'")
    except duckdb.Error:
        connection.close()
        raise SourceError(f"{name} is not a readable SQLite database. Check the file.") from None
    return connection


def _check_columns(connection: duckdb.DuckDBPyConnection, table: SourceTable, name: str) -> None:
    there = [
        row[0]
        for row in connection.execute(
            "select column_name from duckdb_columns() where database_name = 'source' "
            f"and table_name = {literal(table.source_table)}"
        ).fetchall()
    ]
    if not there:
        raise SourceError(f"{name} has no table {table.source_table}. Correct sources.yml.")
    missing = [c.source_name for c in table.columns if c.source_name not in there]
    if missing:
        raise SourceError(
            f"{name} lacks the declared column(s) {', '.join(missing)}. If the system renamed a "
            "column, change its source_name in sources.yml."
        )


def _content_checksum(connection: duckdb.DuckDBPyConnection, target: Path) -> str:
    """Digest of the landed content, so that the same refused batch is known again."""
    row = connection.execute(
        "select count(*), coalesce(sum(hash(*columns(* exclude (_row_number))))::varchar, '') "
        f"from read_parquet({literal(str(target))})"
    ).fetchone()
    return "-".join(str(part) for part in row or ())


def _source_name(table: SourceTable, column: str) -> str:
    return next(c.source_name for c in table.columns if c.name == column)
