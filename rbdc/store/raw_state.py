"""The current state of a raw table as SQL over its immutable Parquet files."""

from collections.abc import Sequence
from pathlib import Path

from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal


def current_rows_sql(table: SourceTable, files: Sequence[Path], *, with_deleted: bool) -> str:
    """Query of the newest version of each key, in DuckDB's dialect.

    Args:
        table: the declaration of the table.
        files: `rows.parquet` of the loads that make up the state, oldest first; at least one.
        with_deleted: keep keys whose newest version is marked deleted (needed to compare a new
            delivery with what raw holds; readers never want them).
    """
    names = ", ".join(literal(str(file)) for file in files)
    query = f"select * from read_parquet([{names}], union_by_name = true)"
    if table.cursor:
        key = ", ".join(identifier(column) for column in table.key)
        query += (
            f" qualify row_number() over (partition by {key} "
            "order by _load_id desc, _row_number desc) = 1"
        )
    if table.deleted_flag and not with_deleted:
        flag = identifier(table.deleted_flag)
        query = (
            f"select * from ({query}) "
            f"where lower(trim(coalesce({flag}, '0'))) not in ('1', 'true', 't', 'yes')"
        )
    return query
