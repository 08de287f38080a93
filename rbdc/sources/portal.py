"""A table of an open-data portal read completely: counted, read page by page, counted again."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from rbdc.duck import connect
from rbdc.errors import SourceError
from rbdc.sources.batch import Position, Pull, Request
from rbdc.sources.http import Server
from rbdc.sources.landing import content_checksum, land
from rbdc.sources.matching import Matched, match_columns

Row = Mapping[str, Any]

_READINGS = 2
_ASKED_AGAIN = 3
_ROW = "_row_number"
_EXACT = 2**53  # whole numbers below are exact in a JSON number with a point
# Portals answer from caches, and load a file some time after they date it: rows that are read
# soon after an edit may be those from before it.
_SETTLED = dt.timedelta(days=1)


class IncompleteError(Exception):
    """What the portal served is not the whole table; the message continues the source's name."""


class NotThereError(SourceError):
    """The portal answers and has no such table."""


class PortalTable(Protocol):
    """A table as the portal describes it at one moment.

    Attributes:
        columns: type of each column, by the portal's name.
        spellings: the portal's name of a column, by each name that it is known by.
        row_id: the column whose values number the rows, rising.
        rows: how many rows the portal counts.
        edited: when it says that the rows changed last, None where it does not say.
    """

    columns: Mapping[str, str]
    spellings: Mapping[str, str]
    row_id: str
    rows: int
    edited: dt.datetime | None

    def page(self, columns: Sequence[str], last: int | None, received: int) -> list[Row]:
        """Some columns, and the row id, of the next rows by rising row id.

        Args:
            columns: the portal's names.
            last: row id of the last row received; None at the beginning.
            received: number of rows received.

        Raises:
            IncompleteError: the answer shows that rows are missing or come again.
        """

    def text(self, column: str) -> Callable[[Any], str | None]:
        """What makes text of a column's values."""


def pull_table(
    request: Request, server: Server, name: str, describe: Callable[[], PortalTable]
) -> Pull:
    """Land a whole table, or nothing if it is the one that was read before.

    The rows are read until the portal has no more, whatever its flags say. They are the table if
    as many different ones came as the portal counted before and counts after, and if it dates its
    last edit as before; otherwise everything is read once more.

    Raises:
        SourceError: the table is empty, lacks a declared column, or cannot be had whole.
    """

    def understood() -> PortalTable:
        with _known_form(name):
            return describe()

    try:
        return _read_until_whole(request, server, name, understood)
    except SourceError as error:
        request.rows_file.unlink(missing_ok=True)  # part of a table is no delivery
        if isinstance(error, NotThereError) and request.table.when_absent == "skip":
            return Pull("absent", Position("absent"))
        raise


def _read_until_whole(
    request: Request, server: Server, name: str, describe: Callable[[], PortalTable]
) -> Pull:
    problem = ""
    for reading in range(_READINGS):
        if reading:
            server.back_off(reading, problem)
        try:
            return _read(request, server, name, describe)
        except IncompleteError as error:
            problem = str(error)
    raise SourceError(
        f"{name} {problem}. Nothing of it was taken and what was loaded last stays. Refresh "
        "later; if it stays so, tell the owner of the portal."
    )


def _read(request: Request, server: Server, name: str, describe: Callable[[], PortalTable]) -> Pull:
    table, since = describe(), request.since
    position = Position("", source_rows=table.rows, mark=_mark(table.edited))
    read_anew = request.period is not None  # days cannot be asked for: everything is read
    if since and not read_anew and position.mark and since.same_source_as(position):
        return Pull("none", since, columns=table.columns)
    matched = {
        column: None if spelling is None else table.spellings[spelling]
        for column, spelling in match_columns(request.table, list(table.spellings), name).items()
    }
    landed: Matched = {column: column for column in matched}
    pages = _Pages(table, matched, server, name)
    with connect() as connection:
        # Pages go to the landed file as they come: neither memory nor another file holds them.
        connection.register("served", pages.reader())
        try:
            rows, as_of = land(connection, request, "select * from served", landed, _ROW)
        except duckdb.Error:
            if pages.failure is None:
                raise
            raise pages.failure from None
        position = replace(position, checksum=content_checksum(connection, [request.rows_file]))
    _compare(table, describe(), rows)
    if rows == 0:
        raise SourceError(f"{name} is empty. Ask the owner of the portal what happened.")
    if since and not read_anew and since.checksum == position.checksum:
        request.rows_file.unlink()
        return Pull("none", position, columns=table.columns)
    return Pull("full", position, rows, as_of, request.rows_file, columns=table.columns)


@contextmanager
def _known_form(name: str) -> Iterator[None]:
    """Tell what a portal of the declared kind would never answer; not its content, though."""
    try:
        yield
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise SourceError(
            f"{name} answers in another form than portals of its kind ({type(error).__name__}). "
            "Check `portal` in sources.yml, or read the table from its CSV file."
        ) from error


def _mark(edited: dt.datetime | None) -> str | None:
    """What an edit is known by at the next pull; nothing while the portal may not show it yet."""
    if edited is None or dt.datetime.now(dt.UTC) - edited < _SETTLED:
        return None
    return f"edited {edited.isoformat()}"


def _compare(before: PortalTable, after: PortalTable, rows: int) -> None:
    """Find out whether what was read is what there was, all the time."""
    if before.rows != after.rows:
        raise IncompleteError(
            f"changed while it was read, or its count is out of date: it counted {before.rows:,} "
            f"rows before and {after.rows:,} after, and served {rows:,}"
        )
    if rows < after.rows:
        raise IncompleteError(
            f"counts {after.rows:,} rows but served {rows:,} (pages cut short, a page limit "
            "without a flag, or a count that is out of date)"
        )
    if rows > after.rows:
        raise IncompleteError(
            f"counts {after.rows:,} rows but served {rows:,}: its count is out of date"
        )
    if (before.edited, before.columns) != (after.edited, after.columns):
        raise IncompleteError("was edited while it was read")


class _Pages:
    """The pages of a table as batches of text; each is asked for again where it shows a fault.

    A break in one page costs that page alone: what came before it stands.

    Attributes:
        failure: what ended the reading, to be raised in place of the engine's own error.
    """

    def __init__(
        self, table: PortalTable, matched: Mapping[str, str | None], server: Server, name: str
    ) -> None:
        self.failure: Exception | None = None
        self._name = name
        self._table, self._matched, self._server = table, matched, server
        self._columns = list(dict.fromkeys(one for one in matched.values() if one is not None))
        self._schema = pa.schema(
            [*((column, pa.string()) for column in matched), (_ROW, pa.int64())]
        )

    def reader(self) -> pa.RecordBatchReader:
        """The batches, to be read once: declared columns, and the number of the row."""
        return pa.RecordBatchReader.from_batches(self._schema, self._batches())

    def _batches(self) -> Iterator[pa.RecordBatch]:
        last, received = None, 0
        try:
            while page := self._page(last, received):
                last, received = page[-1][self._table.row_id], received + len(page)
                with _known_form(self._name):
                    batch = self._batch(page)
                yield batch
        except Exception as error:
            self.failure = error
            raise

    def _page(self, last: int | None, received: int) -> list[Row]:
        """The next page; an empty one ends the table, once all counted rows came."""
        problem: IncompleteError | None = None
        for attempt in range(1 + _ASKED_AGAIN):
            if attempt:
                self._server.back_off(attempt, str(problem or "served an empty page too early"))
            try:
                with _known_form(self._name):
                    page = self._table.page(self._columns, last, received)
                _check_order([row.get(self._table.row_id) for row in page], last)
            except IncompleteError as error:
                problem = error
                continue
            if page or received >= self._table.rows:
                return page
        if problem:
            raise problem
        return []

    def _batch(self, page: Sequence[Row]) -> pa.RecordBatch:
        columns = []
        for source_name in self._matched.values():
            if source_name is None:
                columns.append(pa.nulls(len(page), pa.string()))
                continue
            text = self._table.text(source_name)
            try:
                values = [text(row[source_name]) for row in page]
            except KeyError:
                raise IncompleteError(f"served a page without the column {source_name}") from None
            columns.append(pa.array(values, pa.string()))
        numbers = pa.array([row[self._table.row_id] for row in page], pa.int64())
        return pa.RecordBatch.from_arrays([*columns, numbers], schema=self._schema)


def _check_order(ids: Sequence[Any], last: int | None) -> None:
    """Different rows are rows whose ids rise, through all pages; nothing need be remembered."""
    if not all(isinstance(one, int) for one in ids):
        raise IncompleteError("served rows without their row id")
    if last is not None and ids and ids[0] <= last:
        raise IncompleteError(f"served a repeated page: row {ids[0]} came again after row {last}")
    if any(one >= following for one, following in pairwise(ids)):
        raise IncompleteError("does not keep its rows in the order of their ids, as it was asked")


def plain_text(value: Any) -> str | None:
    """A JSON value as a CSV file has it: whole numbers without `.0`, nothing for null."""
    match value:
        case None | "":  # a CSV file does not tell them apart
            return None
        case str():
            return value
        case bool():
            return str(int(value))
        case float() if value.is_integer() and abs(value) < _EXACT:
            return str(int(value))
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def instant_text(instant: dt.datetime) -> str:
    """An instant in UTC as `YYYY-MM-DDTHH:MM:SS`, at midnight as `YYYY-MM-DD` alone.

    Portals have no dates without a time: a date is its first moment.
    """
    if instant.tzinfo is not None:
        instant = instant.astimezone(dt.UTC).replace(tzinfo=None)
    if instant.time() == dt.time():
        return instant.date().isoformat()
    text = instant.isoformat()
    return text.rstrip("0") if instant.microsecond else text
