"""The data files of a release: a table as CSV and Parquet, the same bytes for the same content."""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from rbdc.errors import RbdcError
from rbdc.release.package.content import HIDDEN, SYMBOL, Column, ColumnType, Table

_ARROW = {
    "string": pa.string(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
}
_TO_QUOTE = re.compile(r'[",\r\n]')
_EMPTY = '""'
_ROW_GROUP = 131_072


@dataclass(frozen=True, eq=False)
class Rows:
    """A table as published: sorted, hidden values gone.

    `values`: per column, None where hidden or not applicable. `texts`: the same as CSV shows it,
    `[c]` where hidden and empty where not applicable. Both in the order of published columns.
    """

    values: Mapping[str, list[Any]]
    texts: Mapping[str, list[str]]

    def __len__(self) -> int:
        return len(next(iter(self.texts.values())))


@dataclass(frozen=True)
class DataFile:
    """A written data file: its path in the release folder, size in bytes and SHA-256."""

    path: str
    bytes: int
    sha256: str
    rows: int


def published(table: Table) -> Rows:
    """The rows of a table as they go out; from here on no hidden value exists.

    Rows are sorted by the key (codepoints, numbers, dates; empty first), without a key by all
    that is published, so never by something hidden.

    Raises:
        RbdcError: frame and description disagree: a column is missing or undescribed, a value has
            the wrong type or none of the categories, a required or key value is hidden, or a key
            stands twice.
    """
    _check_shape(table)
    mask = _mask(table)
    values: dict[str, list[Any]] = {}
    texts: dict[str, list[str]] = {}
    for column in table.columns:
        hidden = mask[column.name]
        values[column.name] = _values(table, column, hidden)
        texts[column.name] = [
            SYMBOL if is_hidden else text
            for text, is_hidden in zip(as_texts(values[column.name]), hidden, strict=True)
        ]
    if table.hidden is not None:
        anything = [any(row) for row in zip(*mask.values(), strict=True)]
        values[HIDDEN.name] = anything
        texts[HIDDEN.name] = as_texts(anything)
    order = _order(table, values, texts)
    return Rows(
        {name: [column[i] for i in order] for name, column in values.items()},
        {name: [column[i] for i in order] for name, column in texts.items()},
    )


def as_texts(values: Sequence[Any]) -> list[str]:
    """Values as CSV shows them, empty where there is none."""
    return ["" if value is None else _TEXT_OF[type(value)](value) for value in values]


def write_csv(rows: Rows, path: Path) -> None:
    """Write rows as UTF-8 CSV: header, line feeds, RFC 4180 quoting only where needed.

    Quoting is our own: whether the library quotes a lone carriage return depends on its version.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        for row in chain([tuple(rows.texts)], zip(*rows.texts.values(), strict=True)):
            line = ",".join(map(_quoted, row))
            # An empty line would be no row to most readers.
            file.write(f"{line or _EMPTY}\n")


def write_parquet(table: Table, rows: Rows, path: Path) -> None:
    """Write rows as Parquet without pandas metadata, with settings that no default can change."""
    types = [(column.name, _ARROW[column.type]) for column in table.published_columns]
    arrow = pa.table(
        {name: pa.array(rows.values[name], kind) for name, kind in types}, schema=pa.schema(types)
    )
    pq.write_table(
        arrow,
        path,
        version="2.6",
        data_page_version="1.0",
        compression="zstd",
        compression_level=3,
        row_group_size=_ROW_GROUP,
        use_dictionary=True,
        write_statistics=True,
        store_schema=False,
    )


def describe_file(root: Path, path: str, rows: int) -> DataFile:
    """Size and hash of a data file below the release folder `root`."""
    content = (root / path).read_bytes()
    return DataFile(path, len(content), hashlib.sha256(content).hexdigest(), rows)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _TO_QUOTE.search(text) else text


def _check_shape(table: Table) -> None:
    names = [column.name for column in table.published_columns]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    described = {column.name for column in table.columns}
    found = {str(name) for name in table.frame.columns}
    for wrong, what in (
        (twice, "described twice"),
        (sorted(described - found), "described but not in the frame"),
        (sorted(found - described), "in the frame but not described"),
        (sorted(set(table.key) - described), "in the key but not described"),
    ):
        if wrong:
            raise RbdcError(f"Table {table.name}: column {', '.join(wrong)} is {what}.")


def _mask(table: Table) -> dict[str, list[bool]]:
    """Per column, whether each row's value is hidden."""
    rows = len(table.frame)
    mask = {column.name: [False] * rows for column in table.columns}
    if table.hidden is None:
        return mask
    if strange := sorted(set(map(str, table.hidden.columns)) - set(mask)):
        raise RbdcError(f"Table {table.name}: column {', '.join(strange)} of hidden is unknown.")
    if not table.hidden.index.equals(table.frame.index):
        raise RbdcError(f"Table {table.name}: hidden and frame have different rows.")
    for name in table.hidden.columns:
        flags = table.hidden[name]
        if flags.isna().any():
            raise RbdcError(f"Table {table.name}: whether {name} is hidden must be yes or no.")
        mask[str(name)] = [bool(flag) for flag in flags]
    fixed = {*table.key, *(column.name for column in table.columns if column.required)}
    if wrong := sorted(name for name in fixed if any(mask[name])):
        raise RbdcError(
            f"Table {table.name}: column {', '.join(wrong)} is required or part of the key and "
            "cannot be hidden; hide counts, or leave the row out."
        )
    return mask


def _values(table: Table, column: Column, hidden: list[bool]) -> list[Any]:
    """The column's values as plain Python, None where hidden or missing."""
    where = f"Table {table.name}, column {column.name}"
    series = table.frame[column.name]
    missing = series.isna()
    convert = _FROM_FRAME[column.type]
    allowed = frozenset(column.categories)
    result: list[Any] = []
    for value, is_missing, is_hidden in zip(series, missing, hidden, strict=True):
        if is_missing or is_hidden or (isinstance(value, str) and value == ""):
            result.append(None)
            continue
        try:
            plain = convert(value)
        except (TypeError, ValueError, OverflowError):
            raise RbdcError(f"{where}: a value is no {column.type}.") from None
        if plain == SYMBOL:
            raise RbdcError(f"{where}: {SYMBOL} is a value; it stands for hidden values only.")
        if allowed and plain not in allowed:
            raise RbdcError(f"{where}: '{plain}' is none of its categories.")
        result.append(plain)
    if column.required and None in result:
        raise RbdcError(f"{where} is required but empty in {result.count(None)} row(s).")
    return result


def _order(
    table: Table, values: Mapping[str, list[Any]], texts: Mapping[str, list[str]]
) -> list[int]:
    count = len(table.frame)
    if not table.key:
        lines = list(zip(*texts.values(), strict=True))
        return sorted(range(count), key=lines.__getitem__)
    keys = [
        tuple((value is not None, value) for value in row)
        for row in zip(*(values[name] for name in table.key), strict=True)
    ]
    order = sorted(range(count), key=keys.__getitem__)
    for before, after in pairwise(order):
        if keys[before] == keys[after]:
            shown = ", ".join(f"{name}={texts[name][after]}" for name in table.key)
            raise RbdcError(f"Table {table.name}: the key ({shown}) stands twice.")
    return order


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return str(value)


def _integer(value: Any) -> int:
    if isinstance(value, str) or int(value) != value:
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    # + 0.0 makes of -0.0 the plain zero.
    if isinstance(value, str) or not math.isfinite(number := float(value) + 0.0):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, str) or value not in (True, False):
        raise ValueError
    return bool(value)


def _date(value: Any) -> date:
    if isinstance(value, datetime | pd.Timestamp):
        return value.date()
    if not isinstance(value, date):
        raise TypeError
    return value


_FROM_FRAME: dict[ColumnType, Callable[[Any], Any]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
}

_TEXT_OF: dict[type, Callable[[Any], str]] = {
    str: str,
    int: str,
    float: repr,
    bool: lambda value: "true" if value else "false",
    date: date.isoformat,
}
