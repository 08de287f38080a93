"""Delimited files: read as text by a declared dialect, every listed column present, nothing sniffed."""

import codecs
import csv
import hashlib
import re
from pathlib import Path

import duckdb

from rbdc.errors import SourceError
from rbdc.sources.batch import Position, Pull
from rbdc.sources.declaration import SourceTable
from rbdc.sources.landing import land
from rbdc.sources.pseudonyms import PseudonymKey
from rbdc.sql import literal


def pull(
    table: SourceTable, root: Path, target: Path, since: Position | None, key: PseudonymKey | None
) -> Pull:
    """Land a whole file, or nothing if its bytes are those of the delivery `since`.

    Raises:
        SourceError: the file is missing, empty, not in the declared encoding, lacks a declared
            column, or has a line that does not fit its header.
    """
    path = root / table.path
    checksum = _checked_checksum(path, table)
    if since and since.checksum == checksum:
        return Pull("none", since)
    header = _header(path, table)
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in header)
    # Explicit dialect, `auto_detect=false`: sniffers differ by version and fail on real files.
    relation = (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim=',', quote='\"', "
        f"escape='\"', nullstr='', encoding='utf-8', strict_mode=true, parallel=false, "
        f"null_padding=false, max_line_size=16777216, columns={{{columns}}})"
    )
    with duckdb.connect() as connection:
        try:
            rows, as_of = land(connection, table, f"select * from {relation}", target, key)
        except duckdb.Error as error:
            raise SourceError(_without_content(table, path, str(error))) from None
    if rows == 0:
        raise SourceError(f"{_name(table, path)} has a header but no rows. Ask for a new file.")
    return Pull("full", Position(checksum), rows, as_of, target)


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


def _header(path: Path, table: SourceTable) -> list[str]:
    """Names in the first line; the file's own spelling, a byte-order mark taken off."""
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
    return header


def _name(table: SourceTable, path: Path) -> str:
    return f"Source {table.source}, table {table.table} ({path.name})"


def _encoding_message(name: str, where: str) -> str:
    return f"{name} is not UTF-8 text ({where}). Ask for the file in UTF-8."


def _without_content(table: SourceTable, path: Path, message: str) -> str:
    """DuckDB quotes the offending line; a person's record must not reach a log."""
    line = re.search(r"[Ll]ine:? (\d+)", message)
    where = f" at line {line.group(1)}" if line else ""
    return (
        f"{_name(table, path)} cannot be read as CSV{where}: a row does not fit the header "
        "(wrong number of fields or an unclosed quote). Ask for a new file."
    )
