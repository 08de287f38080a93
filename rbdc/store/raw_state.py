"""The current state of a raw table as SQL over its immutable Parquet files."""

from collections.abc import Sequence
from pathlib import Path

from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal


def current_rows_sql(
    table: SourceTable, files: Sequence[Path], *, with_deleted: bool, keys_in: str | None = None
) -> str:
    """Query of the newest version of each key, in DuckDB's dialect.

    Within one load a key stands once (the gate sees to it), so only what came after the first
    load needs looking at: a version of the first stands unless its key came again.

    Args:
        table: the declaration of the table.
        files: `rows.parquet` of the loads that make up the state, oldest first; at least one.
        with_deleted: keep keys whose newest version is marked deleted (needed to compare a new
            delivery with what raw holds; readers never want them).
        keys_in: a relation; only its keys are wanted.
    """
    key = ", ".join(identifier(column) for column in table.key)
    wanted = f" semi join {keys_in} using ({key})" if keys_in else ""
    query = f"select * from {_read(files)}{wanted}"
    if table.cursor and len(files) > 1:
        first, later = _read(files[:1]), _read(files[1:])
        query = (
            f"select * from {first}{wanted} anti join (select {key} from {later}) using ({key}) "
            f"union all by name select * from {later}{wanted} "
            f"qualify row_number() over (partition by {key} "
            "order by _load_id desc, _row_number desc) = 1"
        )
    if table.deleted_flag and not with_deleted:
        flag = identifier(table.deleted_flag)
        query = (
            f"select * from ({query}) "
            f"where lower(trim(coalesce({flag}, '0'))) not in ('1', 'true', 't', 'yes')"
        )
    return query


def _read(files: Sequence[Path]) -> str:
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], union_by_name = true)"
