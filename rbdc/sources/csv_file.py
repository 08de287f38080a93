"""Delimited files: text in a declared dialect, every listed column present, nothing sniffed."""

import codecs
import csv
import hashlib
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa

from rbdc.duck import connect
from rbdc.errors import SourceError
from rbdc.sources.batch import Position, Pull
from rbdc.sources.declaration import SourceTable
from rbdc.sources.landing import land
from rbdc.sources.pseudonyms import PseudonymKey

_ROWS_A_BATCH = 50_000


class _WrongWidthError(Exception):
    """A row has more or fewer fields than the header."""


def pull(
    table: SourceTable, root: Path, target: Path, since: Position | None, key: PseudonymKey | None
) -> Pull:
    """Land a whole file, or nothing if its bytes are those of the delivery `since`.

    A `path` with `*` names all files of that pattern, in the order of their names: together they
    are one delivery, so that a file that is added, replaced or taken away is a new one.

    Raises:
        SourceError: the file is missing, empty, not in the declared encoding, lacks a declared
            column, or has a line that does not fit its header.
    """
    paths = sorted(root.glob(table.path)) if "*" in table.path else [root / table.path]
    checksums = [_checked_checksum(path, table) for path in paths or [root / table.path]]
    checksum = checksums[0] if len(checksums) == 1 else _together(paths, checksums)
    if since and since.checksum == checksum:
        return Pull("none", since)
    delivered = pa.concat_tables([_read(path, table) for path in paths])
    with connect() as connection:
        connection.execute("set preserve_insertion_order = true")  # rows are numbered as they come
        connection.register("delivered", delivered)
        rows, as_of = land(connection, table, "select * from delivered", target, key)
    return Pull("full", Position(checksum), rows, as_of, target)


def _together(paths: Sequence[Path], checksums: Sequence[str]) -> str:
    """Checksum of several files and their names."""
    lines = (f"{checksum} {path.name}\n" for path, checksum in zip(paths, checksums, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read(path: Path, table: SourceTable) -> pa.Table:
    """Listed columns of one file as text, in the order of their declaration."""
    wanted = _wanted(path, table)
    name = _name(table, path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            width = len(next(reader))
            content = pa.Table.from_batches(
                _batches(reader, wanted, width),
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
    return content


def _batches(
    reader: Iterator[list[str]], wanted: dict[str, int], width: int
) -> Iterator[pa.RecordBatch]:
    """Listed columns of the rows to come, an empty field as null.

    Python's strict reader is slower than DuckDB's or Arrow's, but those drop or merge rows
    without a word when a quote is left open; no row may get lost.
    """
    for chunk in iter(lambda: list(islice(reader, _ROWS_A_BATCH)), []):
        rows = [row for row in chunk if row]
        if any(len(row) != width for row in rows):
            raise _WrongWidthError
        columns = [pa.array([row[n] or None for row in rows], pa.string()) for n in wanted.values()]
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


def _wanted(path: Path, table: SourceTable) -> dict[str, int]:
    """Position in the header of each listed column, by the file's own name of it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file), [])
    missing = [c.source_name for c in table.columns if c.source_name not in header]
    if missing:
        listed = {c.source_name for c in table.columns}
        others = [name for name in header if name not in listed]
        hint = f" Columns there that are not listed: {', '.join(others[:8])}." if others else ""
        raise SourceError(
            f"{_name(table, path)} lacks the declared column(s) {', '.join(missing)}.{hint} "
            "If the publisher renamed a column, change its source_name in sources.yml."
        )
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise SourceError(f"{_name(table, path)} has the column(s) {', '.join(twice)} twice.")
    return {c.source_name: header.index(c.source_name) for c in table.columns}


def _name(table: SourceTable, path: Path) -> str:
    return f"Source {table.source}, table {table.table} ({path.name})"


def _encoding_message(name: str, where: str) -> str:
    return f"{name} is not UTF-8 text ({where}). Ask for the file in UTF-8."
