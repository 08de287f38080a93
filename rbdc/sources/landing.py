"""The border: listed columns only, identifiers replaced, all text, written once as Parquet."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb

from rbdc.errors import ConfigError
from rbdc.sources.batch import Request
from rbdc.sources.declaration import AsOfColumn, AsOfQuarter, SourceTable
from rbdc.sources.matching import Matched
from rbdc.sql import identifier, literal

_NUMBER = r"\s*[-+]?[0-9]*[.]?[0-9]*([eE][-+]?[0-9]+)?\s*"


def land(
    connection: duckdb.DuckDBPyConnection,
    request: Request,
    query: str,
    matched: Matched,
    row_number: str = "row_number() over ()",
) -> tuple[int, str | None]:
    """Write the rows of `query` as the landing batch, under the declared names.

    Args:
        connection: where `query` can run.
        request: the table, the key and the folder to write to; only declared columns are written,
            identifiers as pseudonyms.
        query: rows of the source under the source's own column names, in the source's order.
        matched: the source's name of each declared column; a lost one is landed as null.
        row_number: SQL of a row's number in the source; counted from 1 where it has none.

    Returns:
        The number of rows, and the date they reach to as `YYYY-MM-DD` (None without rows).

    Raises:
        ConfigError: direct identifiers without a key.
    """
    table = request.table
    select = ", ".join(landed_sql(request, column, matched[column]) for column in matched)
    file = literal(str(request.rows_file))
    request.target.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy (select {select}, {row_number} as _row_number from ({query})) "
        f"to {file} (format parquet)"
    )
    rows, as_of = connection.execute(
        f"select count(*), max({as_of_sql(table)})::varchar from read_parquet({file})"
    ).fetchone() or (0, None)
    return rows, as_of


def landed_sql(request: Request, column: str, source_name: str | None) -> str:
    """SQL of a declared column as it is landed: text, a direct identifier as its pseudonym.

    Raises:
        ConfigError: a direct identifier without a key.
    """
    table = request.table
    if source_name is None:
        return f"null::varchar as {identifier(column)}"
    value = f"{identifier(source_name)}::varchar"
    if column in table.direct_identifiers:
        if request.key is None:
            raise ConfigError(
                f"Source {table.source}, table {table.table} declares direct identifiers but there "
                "is no pseudonym key. Set RBDC_PSEUDONYM_KEY to <id>:<hex> or to the path of a "
                "0600 file."
            )
        value = request.key.sql(f"nullif(trim({value}), '')")
    return f"{value} as {identifier(column)}"


def content_checksum(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> str:
    """Digest of landed files, rows in any order, so that the same refused batch is known again."""
    parts = []
    for file in files:
        row = connection.execute(
            "select count(*), coalesce(sum(hash(*columns(lambda one: one <> '_row_number')))"
            f"::varchar, '') from read_parquet({literal(str(file))})"
        ).fetchone()
        parts.append("-".join(str(part) for part in row or ()))
    return " ".join(parts)


def as_of_sql(table: SourceTable) -> str:
    """Date to which one row reaches, as a DuckDB expression over the landed columns."""
    match table.as_of:
        case dt.date():
            return f"date '{table.as_of.isoformat()}'"
        case AsOfColumn(column=column):
            return f"try_cast(left(trim({identifier(column)}), 10) as date)"
        case AsOfQuarter(year=year, quarter=quarter):
            # "Apr-June", "July-Sept": the last month's first three letters are enough.
            month = f"regexp_extract({identifier(quarter)}, '([A-Za-z]{{3}})[A-Za-z]*\\s*$', 1)"
            return (
                f"last_day(try_strptime(trim({identifier(year)}) || ' ' || {month}, '%Y %b')::date)"
            )


def newest_sql(column: str) -> str:
    """Largest value of a landed cursor column, as a DuckDB expression: of numbers by their size."""
    name = identifier(column)
    # A cast that fails costs fifty times a look at the first characters, and times always fail.
    looks_so = f"regexp_full_match({name}, {literal(_NUMBER)})"
    number = f"case when {looks_so} then try_cast({name} as decimal(38, 9)) end"
    return f"if(count({name}) = count({number}), max_by({name}, {number}), max({name}))"
