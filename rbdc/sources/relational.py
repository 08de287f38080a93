"""Tables of a relational records system, whichever: increments by cursor, deletions, periods."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import duckdb

from rbdc.errors import SourceError
from rbdc.sources.batch import Delivery, Period, Position, Pull, Request
from rbdc.sources.declaration import SourceTable, Tombstones, TombstoneTable
from rbdc.sources.landing import content_checksum, land, landed_sql
from rbdc.sources.matching import match_columns
from rbdc.sql import literal


class Database(Protocol):
    """A database that answers queries in its own SQL, with what they give inside DuckDB."""

    connection: duckdb.DuckDBPyConnection

    def columns(self, table: str) -> Mapping[str, str]:
        """Type of each column of a table or view; empty where there is none of that name."""

    def quote(self, name: str) -> str:
        """A column as the database's SQL writes it; of a table with its schema, each part."""

    def rows(self, sql: str) -> str:
        """The rows of a query, as a relation in DuckDB's SQL that can be read once."""

    def whole(self, table: str, columns: Sequence[str]) -> tuple[str, str]:
        """Some columns of all rows as a query in DuckDB's SQL, and the SQL of a row's number."""


def pull_from(database: Database, request: Request, name: str) -> Pull:
    """Land the rows changed since a position, or all rows when there is none or rows vanished.

    The comparison is `>=`: a row committed late with the cursor value already seen is read again
    rather than missed, and counts as unchanged where raw holds it already; a `reread` window
    reaches further back. Where rows vanished that no deletion accounts for, the whole table is
    read.

    Raises:
        SourceError: no such table or column, an empty table, or fewer rows than were counted.
    """
    table, since = request.table, request.since
    columns = database.columns(table.source_table or "")
    if not columns:
        raise SourceError(f"{name} has no table {table.source_table}. Correct sources.yml.")
    source = _Source(database, request, match_columns(table, list(columns), name), name)
    rows_there, newest = source.extent()
    if rows_there == 0:
        raise SourceError(f"{name} is empty. Ask the owner of the system what happened.")
    mark = source.mark()
    # Rows set aside with a later cursor value say nothing of the rows before them: read on.
    nothing_ahead = since and since.newest == since.cursor
    position = Position("", newest, rows_there, mark=mark)
    if since and nothing_ahead and not request.period and since.same_source_as(position):
        return Pull("none", since, columns=columns)
    if since is None or since.cursor is None or _lost_rows(table, since, position):
        delivery: Delivery = "full"
        query, row_number = database.whole(table.source_table or "", source.listed)
        rows, as_of = land(database.connection, request, query, source.matched, row_number)
        if rows < rows_there:
            raise SourceError(
                f"{name} counts {rows_there:,} rows but delivered {rows:,}. Refresh again; if it "
                "stays so, ask the owner of the system."
            )
    else:
        delivery = "period" if request.period else "increment"
        condition = source.condition(since.cursor)
        query = database.rows(source.select(condition))
        rows, as_of = land(database.connection, request, f"select * from {query}", source.matched)
    there, gone = source.land_keys() if delivery != "full" else (None, None)
    landed = [file for file in (request.rows_file, there, gone) if file]
    checksum = content_checksum(database.connection, landed)
    if delivery == "period" and since:
        position = since  # the days pulled again say nothing of what changed outside them
    return Pull(
        delivery,
        replace(position, checksum=checksum),
        rows,
        as_of,
        request.rows_file,
        keys_there=there,
        keys_gone=gone,
        columns=columns,
    )


class _Source:
    """One table of a database, and the queries that it is asked."""

    def __init__(
        self, database: Database, request: Request, matched: dict[str, str | None], name: str
    ) -> None:
        self._database, self._request, self._name = database, request, name
        self.matched = matched
        self._table = database.quote(request.table.source_table or "")

    @property
    def listed(self) -> list[str]:
        """The columns that may leave the database, by its own names."""
        return list(dict.fromkeys(one for one in self.matched.values() if one is not None))

    def extent(self) -> tuple[int, str | None]:
        """Number of rows and largest cursor value, from the database's own mouth."""
        cursor = self._column(self._request.table.cursor or "")
        found = self._one(f"select count(*) as n, max({cursor}) as newest from {self._table}")
        return int(str(found[0])), found[1]

    def mark(self) -> str | None:
        """What the deletions of the table are known by: a change of it says that some came."""
        match self._request.table.deletions:
            case Tombstones(tombstones=stones):
                cursor = self._database.quote(stones.cursor)
                found = self._one(
                    f"select count(*) as n, max({cursor}) as newest from {self._stones(stones)}"
                )
                return f"{found[0]} deleted, {found[1]}"
            case "full_key_comparison":
                keys = self._database.rows(f"select {self._key_list()} from {self._table}")
                row = self._database.connection.execute(
                    f"select sum(hash(columns(*)::varchar))::varchar from (select concat_ws("
                    f"'|', columns(*)) from {keys})"
                ).fetchone()
                return f"keys {row[0] if row else ''}"
            case _:
                return None

    def condition(self, cursor: str) -> str:
        """SQL of the rows to read: those changed since the cursor, or those of the period."""
        table, period = self._request.table, self._request.period
        if period is None:
            since = literal(_earlier(cursor, table.reread, self._name))
            return f"{self._column(table.cursor or '')} >= {since}"
        if table.dated_by is None:
            raise SourceError(
                f"{self._name} declares no dated_by, so no period of it can be pulled again. "
                "Name the column of the record's date in sources.yml, or make a full refresh."
            )
        return _within(self._column(table.dated_by), period)

    def select(self, condition: str) -> str:
        """Query of the listed columns alone: no other leaves the database."""
        columns = ", ".join(self._database.quote(one) for one in self.listed)
        return f"select {columns} from {self._table} where {condition}"

    def land_keys(self) -> tuple[Path | None, Path | None]:
        """Write the keys that are there, or those that are gone, as the deletions need."""
        table, since = self._request.table, self._request.since
        if table.deletions == "full_key_comparison" or self._request.period:
            file = self._request.target / "keys_there.parquet"
            return self._land(f"select {self._key_list()} from {self._table}", file), None
        if not isinstance(table.deletions, Tombstones):
            return None, None
        stones, quote = table.deletions.tombstones, self._database.quote
        named = {column: f"stones.{quote(stones.key[column])}" for column in table.key}
        columns = ", ".join(
            f"{named[column]} as {quote(self.matched[column] or '')}" for column in table.key
        )
        there = " and ".join(
            f"there.{self._column(column)} = {named[column]}" for column in table.key
        )
        newest = (since.mark or "").partition(", ")[2] if since else ""
        after = (
            f"and stones.{quote(stones.cursor)} >= {literal(newest)}"
            if newest not in ("", "None")
            else ""
        )
        # A key that came back is there again; only what is gone for good counts.
        gone = (
            f"select {columns} from {self._stones(stones)} stones where not exists "
            f"(select 1 from {self._table} there where {there}) {after}"
        )
        return None, self._land(gone, self._request.target / "keys_gone.parquet")

    def _land(self, sql: str, file: Path) -> Path:
        columns = ", ".join(
            landed_sql(self._request, column, self.matched[column])
            for column in self._request.table.key
        )
        self._database.connection.execute(
            f"copy (select distinct {columns} from {self._database.rows(sql)}) "
            f"to {literal(str(file))} (format parquet)"
        )
        return file

    def _one(self, sql: str) -> tuple[str | None, ...]:
        row = self._database.connection.execute(
            f"select columns(*)::varchar from {self._database.rows(sql)}"
        ).fetchone()
        return row or ()

    def _column(self, column: str) -> str:
        return self._database.quote(self.matched[column] or column)

    def _key_list(self) -> str:
        return ", ".join(self._column(column) for column in self._request.table.key)

    def _stones(self, stones: TombstoneTable) -> str:
        where = f" where {stones.where}" if stones.where else ""
        return f"(select * from {self._database.quote(stones.source_table)}{where})"


def _lost_rows(table: SourceTable, since: Position, now: Position) -> bool:
    """Whether rows vanished that no deletion accounts for."""
    if table.deletions == "full_key_comparison":
        return False
    before, after = since.source_rows or 0, now.source_rows or 0
    if isinstance(table.deletions, Tombstones):
        before -= _stones_in(now) - _stones_in(since)
    return after < before


def _stones_in(position: Position) -> int:
    return int((position.mark or "0 deleted").partition(" ")[0])


def _earlier(cursor: str, window: dt.timedelta, name: str) -> str:
    """The cursor value that lies a re-read window before another, in the same spelling."""
    if not window:
        return cursor
    try:
        moved = dt.datetime.fromisoformat(cursor) - window
    except ValueError:
        raise SourceError(
            f"{name}: its cursor '{cursor}' is not a time, so there is no window of "
            f"{window.days} days before it. Take `reread` out of sources.yml."
        ) from None
    return moved.isoformat(sep=cursor[10]) if len(cursor) > 10 else moved.date().isoformat()


def _within(column: str, period: Period) -> str:
    after = period.last + dt.timedelta(days=1)
    return f"{column} >= {literal(str(period.first))} and {column} < {literal(str(after))}"
