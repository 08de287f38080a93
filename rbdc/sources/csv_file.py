"""Delimited files: text in a declared dialect, every listed column present, nothing sniffed."""

import codecs
import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa

from rbdc.duck import connect
from rbdc.errors import SourceError
from rbdc.sources.batch import Position, Pull, Request
from rbdc.sources.declaration import SourceTable
from rbdc.sources.landing import land
from rbdc.sources.matching import match_columns

_ROWS_A_BATCH = 50_000


class _WrongWidthError(Exception):
    """A row has more or fewer fields than the header."""


def pull(request: Request) -> Pull:
    """Land a whole file, or nothing if its bytes are those of the delivery before.

    A `path` with `*` names all files of that pattern, in the order of their names: together they
    are one delivery, so that a file that is added, replaced or taken away is a new one. Each file
    may have its own of the declared names of a column.

    Raises:
        SourceError: the file is missing, empty, not in the declared encoding, lacks a declared
            column, or has a line that does not fit its header.
    """
    table = request.table
    paths = source_files(request)
    if table.when_absent == "skip" and not any(path.is_file() for path in paths):
        return Pull("absent", Position("absent"))
    checksums = [_checked_checksum(path, table) for path in paths]
    checksum = checksums[0] if len(checksums) == 1 else _together(paths, checksums)
    if request.since and not request.period and request.since.checksum == checksum:
        return Pull("none", request.since)
    read = [_read(path, table) for path in paths]
    delivered = pa.concat_tables([rows for rows, _ in read])
    with connect() as connection:
        connection.execute("set preserve_insertion_order = true")  # rows are numbered as they come
        connection.register("delivered", delivered)
        matched = {name: name for name in delivered.column_names}
        rows, as_of = land(connection, request, "select * from delivered", {**matched})
    columns = {column: "" for _, header in read for column in header}
    for column in table.columns:
        # What one of the files lacks the source has lost: its rows are landed without it.
        if any(not set(column.source_names) & set(header) for _, header in read):
            columns = {one: kind for one, kind in columns.items() if one not in column.source_names}
    return Pull("full", Position(checksum), rows, as_of, request.rows_file, columns=columns)


def source_files(request: Request) -> list[Path]:
    """The files that a table's path names, in the order of their names; one at least."""
    path, folder = request.table.path or "", request.folder or Path()
    found = sorted(folder.glob(path)) if "*" in path else []
    return found or [folder / path]


def _together(paths: Sequence[Path], checksums: Sequence[str]) -> str:
    """Checksum of several files and their names."""
    lines = (f"{checksum} {path.name}\n" for path, checksum in zip(paths, checksums, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read(path: Path, table: SourceTable) -> tuple[pa.Table, list[str]]:
    """Declared columns of one file as text, in the order of their declaration, and its header."""
    name = _name(table, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    matched = match_columns(table, header, name)
    wanted = {
        column: None if source_name is None else header.index(source_name)
        for column, source_name in matched.items()
    }
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            next(reader)
            content = pa.Table.from_batches(
                _batches(reader, wanted, len(header)),
                pa.schema([(column, pa.string()) for column in wanted]),
            )
        except (csv.Error, _WrongWidthError):
            raise SourceError(
                # Where the file breaks; never what stands there: it would be a person's record.
                f"{name} cannot be read as CSV, at or before line {reader.line_num}: a row does "
                "not fit the header (wrong number of fields, or a quote left open). "
                "Ask for a new file."
            ) from None
    if content.num_rows == 0:
        raise SourceError(f"{name} has a header but no rows. Ask for a new file.")
    return content, header


def _batches(
    reader: Iterator[list[str]], wanted: Mapping[str, int | None], width: int
) -> Iterator[pa.RecordBatch]:
    """Listed columns of the rows to come, an empty field as null.

    Python's strict reader is slower than DuckDB's or Arrow's, but those drop or merge rows
    without a word when a quote is left open; no row may get lost.
    """
    for chunk in iter(lambda: list(islice(reader, _ROWS_A_BATCH)), []):
        rows = [row for row in chunk if row]
        if any(len(row) != width for row in rows):
            raise _WrongWidthError
        columns = [
            pa.nulls(len(rows), pa.string())
            if n is None
            else pa.array([row[n] or None for row in rows], pa.string())
            for n in wanted.values()
        ]
        yield pa.RecordBatch.from_arrays(columns, names=list(wanted))


def _checked_checksum(path: Path, table: SourceTable) -> str:
    """SHA-256 of the file's bytes, read once while its encoding is checked."""
    name = _name(table, path)
    if not path.is_file():
        raise SourceError(
            f"{name} is missing: {table.path} was not found in the source folder. "
            "Put the file there, or correct `path` in sources.yml."
        )
    digest, decoder, line = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), 1
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            try:
                text = decoder.decode(chunk)
            except UnicodeDecodeError as error:
                line += chunk[: error.start].count(b"\n")
                raise SourceError(_encoding_message(name, f"near line {line}")) from None
            if "\0" in text:
                raise SourceError(_encoding_message(name, "it holds NUL bytes, as UTF-16 does"))
            line += chunk.count(b"\n")
        if file.tell() == 0:
            raise SourceError(f"{name} is empty (0 bytes). Ask for a new file.")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise SourceError(_encoding_message(name, "it ends inside a character")) from None
    return digest.hexdigest()


def _name(table: SourceTable, path: Path) -> str:
    return f"Source {table.source}, table {table.table} ({path.name})"


def _encoding_message(name: str, where: str) -> str:
    return f"{name} is not UTF-8 text ({where}). Ask for the file in UTF-8."
