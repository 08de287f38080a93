"""The border: listed columns only, identifiers replaced, all text, written once as Parquet."""

import datetime as dt
from pathlib import Path

import duckdb

from rbdc.errors import ConfigError
from rbdc.sources.declaration import AsOfColumn, AsOfQuarter, SourceTable
from rbdc.sources.pseudonyms import PseudonymKey
from rbdc.sql import identifier, literal


def land(
    connection: duckdb.DuckDBPyConnection,
    table: SourceTable,
    query: str,
    target: Path,
    key: PseudonymKey | None,
    row_number: str = "row_number() over ()",
) -> tuple[int, str | None]:
    """Write the rows of `query` to `target` under the declared names.

    Args:
        connection: where `query` can run.
        table: the declaration; only its columns are written, identifiers as pseudonyms.
        query: rows of the source under the source's own column names, in the source's order.
        target: the Parquet file to write; columns are text, plus `_row_number`.
        key: needed where the table declares direct identifiers.
        row_number: SQL of a row's number in the source; counted from 1 where it has none.

    Returns:
        The number of rows, and the date they reach to as `YYYY-MM-DD` (None without rows).

    Raises:
        ConfigError: direct identifiers without a key.
    """
    if table.direct_identifiers and key is None:
        raise ConfigError(
            f"Source {table.source}, table {table.table} declares direct identifiers but there is "
            "no pseudonym key. Set RBDC_PSEUDONYM_KEY to <id>:<hex> or to the path of a 0600 file."
        )
    select = []
    for column in table.columns:
        value = f"{identifier(column.source_name)}::varchar"
        if key and column.name in table.direct_identifiers:
            value = key.sql(f"nullif(trim({value}), '')")
        select.append(f"{value} as {identifier(column.name)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy (select {', '.join(select)}, {row_number} as _row_number from ({query})) "
        f"to {literal(str(target))} (format parquet)"
    )
    rows, as_of = connection.execute(
        f"select count(*), max({as_of_sql(table)})::varchar "
        f"from read_parquet({literal(str(target))})"
    ).fetchone() or (0, None)
    return rows, as_of


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
