"""Tables of a relational records system, whichever: increments by cursor, deletions, periods."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import duckdb

from rbdc.errors import SourceError
from rbdc.sources.batch import Delivery, Period, Position, Pull, Request
from rbdc.sources.declaration import SourceTable, Tombstones, TombstoneTable
from rbdc.sources.landing import content_checksum, land, landed_sql
from rbdc.sources.matching import Matched, match_columns
from rbdc.sql import literal


class Database(Protocol):
    """A database within one read transaction: it answers queries in its own SQL."""

    connection: duckdb.DuckDBPyConnection

    def columns(self, table: str) -> Mapping[str, str]:
        """Type of each column of a table or view; empty where there is none of that name."""

    def table(self, name: str) -> str:
        """A table, with its schema where it is named, as the database's SQL writes it."""

    def column(self, name: str) -> str:
        """A column as the database's SQL writes it."""

    def listed(self, table: str, columns: Sequence[str]) -> str:
        """The select list of some columns of a table, each under its own name."""

    def value(self, text: str, table: str, column: str) -> str:
        """A value that is compared with a column."""

    def as_text(self, expression: str) -> str:
        """An expression as text, so that it can be compared with a column of another type."""

    def one(self, sql: str) -> tuple[str | None, ...]:
        """The only row of a query, as text."""

    def rows(self, sql: str) -> str:
        """The rows of a query, as a relation in DuckDB's SQL that can be read once."""

    def row_number(self, table: str) -> str | None:
        """Column of the database's own row numbers; None where a table has none."""

    def whole(self, table: str, columns: Sequence[str]) -> str:
        """Some columns of all rows, by the fastest way, as a query in DuckDB's SQL."""


def pull_from(database: Database, request: Request, name: str) -> Pull:
    """Land the rows changed since a position, or all rows when there is none or rows vanished.

    The comparison is `>=`: a row committed late with the cursor value already seen is read again
    rather than missed, and counts as unchanged where raw holds it already; a `reread` window
    reaches further back. A row without a cursor value comes with every increment. Where rows
    vanished that no deletion accounts for, the whole table is read, and so is one that is asked
    for a period but not `dated_by` anything.

    Raises:
        SourceError: no such table or column, an empty table, or fewer rows than were counted.
    """
    table, since = request.table, request.since
    columns = database.columns(table.source_table or "")
    if not columns:
        raise SourceError(
            f"{name} has no table {table.source_table}, or none that may be seen. Correct "
            "sources.yml, or ask the owner of the system for the right to read it."
        )
    source = _Source(database, request, match_columns(table, list(columns), name), name)
    rows_there, newest = source.extent()
    if rows_there == 0 and table.when_absent == "skip":
        return Pull("absent", Position("absent"), columns=columns)
    if rows_there == 0:
        raise SourceError(
            f"{name} is empty. Ask the owner of the system what happened; if it may be empty, "
            "declare `when_absent: skip` in sources.yml."
        )
    position = Position("", newest, rows_there, mark=source.mark(newest))
    # Rows set aside with a later cursor value say nothing of the rows before them: read on.
    nothing_ahead = since and since.newest == since.cursor
    if since and nothing_ahead and not request.period and since.same_source_as(position):
        return Pull("none", since, columns=columns)
    if since is None or since.cursor is None or _lost_rows(table, since, position):
        delivery: Delivery = "full"
    elif request.period is None:
        delivery = "increment"
    else:
        delivery = "period" if table.dated_by else "full"
    rows, as_of = land(
        database.connection, request, source.query(delivery), source.matched, source.row_number
    )
    if delivery == "full" and rows < rows_there:
        raise SourceError(
            f"{name} counts {rows_there:,} rows but delivered {rows:,}. Refresh again; if it "
            "stays so, ask the owner of the system."
        )
    there, gone = source.land_keys(delivery)
    landed = [file for file in (request.rows_file, there, gone) if file]
    # The same rows as an increment do not mean what they mean as all that is left.
    checksum = f"{delivery} {content_checksum(database.connection, landed)}"
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

    def __init__(self, database: Database, request: Request, matched: Matched, name: str) -> None:
        self._database, self._request, self._name = database, request, name
        self.matched = matched
        self._named = request.table.source_table or ""
        self._table = database.table(self._named)
        self._cursor = matched[request.table.cursor or ""] or ""
        self._numbered = database.row_number(self._named)

    @property
    def row_number(self) -> str:
        """SQL of a landed row's number: the database's own, or counted as they come."""
        return f"{self._numbered}::bigint" if self._numbered else "row_number() over ()"

    def extent(self) -> tuple[int, str | None]:
        """Number of rows and largest cursor value, from the database's own mouth."""
        # Two queries: one for both would make a database walk through the whole index for a
        # value that stands at its end.
        cursor = self._database.column(self._cursor)
        rows = self._database.one(f"select count(*) as n from {self._table}")[0]
        newest = self._database.one(f"select max({cursor}) as newest from {self._table}")[0]
        return int(rows or 0), newest

    def mark(self, newest: str | None) -> str:
        """What else says that the source changed: its deletions, and the rows at its end.

        A row that changes again within the tick of the clock that was read, or comes late into
        the window that is read again, moves neither the largest cursor value nor the number of
        rows.
        """
        at_end = self._digest(self._request.table.column_names, self._changed_since(newest))
        match self._request.table.deletions:
            case Tombstones(tombstones=stones):
                cursor = self._database.column(stones.cursor)
                self._check_stones(stones)
                found = self._database.one(
                    f"select count(*) as n, max({cursor}) as newest from {self._stones(stones)}"
                )
                return f"{found[0]} deleted, {found[1]}; {at_end} at the end"
            case "full_key_comparison":
                keys = self._digest(self._request.table.key, None)
                return f"{keys} keys; {at_end} at the end"
            case _:
                return f"{at_end} at the end"

    def query(self, delivery: Delivery) -> str:
        """The rows of a delivery in DuckDB's SQL: no unlisted column leaves the database."""
        since, period = self._request.since, self._request.period
        columns = self._listed(self._request.table.column_names)
        columns += [self._numbered] if self._numbered else []
        if delivery == "full":
            return self._database.whole(self._named, columns)
        cursor, window = since.cursor if since else None, self._request.table.reread
        if delivery == "period" and period:
            condition = self._within(period)
        elif cursor and window and _earlier(cursor, window) is None:
            raise SourceError(
                f"{self._name}: its cursor '{cursor}' is not a date or time, so there is no window "
                f"of {window.days} days before it. Take `reread` out of sources.yml."
            )
        else:
            condition = self._changed_since(cursor)
        return f"select * from {self._database.rows(self._select(columns, condition))}"

    def land_keys(self, delivery: Delivery) -> tuple[Path | None, Path | None]:
        """Write the keys that are there, or those that are gone, as the deletions need."""
        table, target = self._request.table, self._request.target
        if delivery == "full":
            return None, None
        if delivery == "period" or table.deletions == "full_key_comparison":
            there = self._select(self._listed(table.key), None)
            return self._land_keys(there, target / "keys_there.parquet"), None
        if isinstance(table.deletions, Tombstones):
            gone = self._gone(table.deletions.tombstones)
            return None, self._land_keys(gone, target / "keys_gone.parquet")
        return None, None

    def _changed_since(self, cursor: str | None) -> str:
        """SQL of the rows changed since a cursor value or in the window before it."""
        name = self._database.column(self._cursor)
        if cursor is None:
            return f"{name} is null"
        window = self._request.table.reread
        first = (_earlier(cursor, window) if window else None) or cursor
        since = self._database.value(first, self._named, self._cursor)
        return f"{name} >= {since} or {name} is null"

    def _within(self, period: Period) -> str:
        column = self.matched[self._request.table.dated_by or ""] or ""
        first, after = (
            self._database.value(str(day), self._named, column)
            for day in (period.first, period.last + dt.timedelta(days=1))
        )
        name = self._database.column(column)
        return f"{name} >= {first} and {name} < {after}"

    def _listed(self, columns: Sequence[str]) -> list[str]:
        """The source's own names of declared columns, without those that it lost."""
        named = (self.matched[column] for column in columns)
        return list(dict.fromkeys(one for one in named if one is not None))

    def _select(self, columns: Sequence[str], condition: str | None) -> str:
        where = f" where {condition}" if condition else ""
        return f"select {self._database.listed(self._named, columns)} from {self._table}{where}"

    def _digest(self, columns: Sequence[str], condition: str | None) -> str:
        """Number of some rows and a digest of their columns as they would be landed.

        As they would be landed, because the digest is kept: of a single row it would otherwise
        tell who can guess a person's identifier that the guess is right.
        """
        landed = [landed_sql(self._request, column, self.matched[column]) for column in columns]
        rows = self._database.rows(self._select(self._listed(columns), condition))
        found = self._database.connection.execute(
            "select count(*) || '-' || coalesce(sum(hash(*columns(*))), 0)::varchar "
            f"from (select {', '.join(landed)} from {rows})"
        ).fetchone()
        return str(found[0]) if found else ""

    def _check_stones(self, stones: TombstoneTable) -> None:
        there = self._database.columns(stones.source_table)
        for column in (*stones.key.values(), stones.cursor):
            if column not in there:
                missing = f"column {column} in" if there else "table"
                raise SourceError(
                    f"{self._name}: the database has no {missing} {stones.source_table}, which is "
                    "to name the deleted rows. Correct `tombstones` in sources.yml."
                )

    def _stones(self, stones: TombstoneTable) -> str:
        where = f" where {stones.where}" if stones.where else ""
        return f"(select * from {self._database.table(stones.source_table)}{where}) stones"

    def _gone(self, stones: TombstoneTable) -> str:
        """SQL of the deleted keys, under the names of the key columns.

        All that were ever deleted, because a deletion may be committed late too; a key that came
        back is there again and not among them.
        """
        database, key = self._database, self._request.table.key
        columns, same = [], []
        types, stone_types = database.columns(self._named), database.columns(stones.source_table)
        for column in key:
            source_name = self.matched[column] or ""
            stone = f"stones.{database.column(stones.key[column])}"
            there = f"there.{database.column(source_name)}"
            columns.append(f"{stone} as {database.column(source_name)}")
            # One table of deletions often serves several others, and holds their keys as text.
            if types[source_name] != stone_types[stones.key[column]] or not types[source_name]:
                stone, there = database.as_text(stone), database.as_text(there)
            same.append(f"{there} = {stone}")
        return (
            f"select {', '.join(columns)} from {self._stones(stones)} where not exists "
            f"(select 1 from {self._table} there where {' and '.join(same)})"
        )

    def _land_keys(self, sql: str, file: Path) -> Path:
        columns = ", ".join(
            landed_sql(self._request, column, self.matched[column])
            for column in self._request.table.key
        )
        self._database.connection.execute(
            f"copy (select distinct {columns} from {self._database.rows(sql)}) "
            f"to {literal(str(file))} (format parquet)"
        )
        return file


def not_readable(name: str, error: Exception, hint: str) -> SourceError:
    """The error of a database in our words: its own may hold an address, or a person's record."""
    said = str(error).lower()
    reason = next((meaning for sign, meaning in _REASONS.items() if sign in said), None)
    return SourceError(f"{name} could not be read: {reason or type(error).__name__}. {hint}")


_REASONS = {
    "permission denied": "its user has no right to read what is listed",
    "is locked": "another program is writing to it",
    "not a database": "it is not an SQLite database",
    "no space left": "the disk of the warehouse is full",
    "connection": "there is no connection, or it broke",
}


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


def _earlier(cursor: str, window: dt.timedelta) -> str | None:
    """The day on which a re-read window before a cursor begins; None where that is not a time."""
    if not re.match(r"\d{4}-\d\d-\d\d", cursor):
        return None
    return str(dt.date.fromisoformat(cursor[:10]) - window)
