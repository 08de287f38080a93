"""The current state of a raw table as SQL over its immutable Parquet files."""

from collections.abc import Sequence
from pathlib import Path

from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal


def current_rows_sql(
    table: SourceTable,
    files: Sequence[Path],
    gone: Sequence[Path] = (),
    *,
    with_deleted: bool,
    keys_in: str | None = None,
) -> str:
    """Query of the newest version of each key, in DuckDB's dialect.

    Within one load a key stands once (the gate sees to it), so only what came after the first
    load needs looking at: a version of the first stands unless its key came again or went.

    Args:
        table: the declaration of the table.
        files: `rows.parquet` of the loads that make up the state, oldest first; at least one.
        gone: `gone.parquet` of these loads: keys that went out of force with a load.
        with_deleted: keep keys whose newest version is marked deleted (needed to compare a new
            delivery with what raw holds; readers never want them).
        keys_in: a relation; only its keys are wanted.
    """
    key = ", ".join(identifier(column) for column in table.key)
    wanted = f" semi join {keys_in} using ({key})" if keys_in else ""
    query = f"select * from {_read(files[:1])}{wanted}"
    # What went before the first load with rows says nothing of them.
    gone = [file for file in gone if file.parent.name > files[0].parent.name]
    if len(files) > 1 or gone:
        later = _read([*files[1:], *gone])
        going = "_is_gone" if gone else "false"
        query = (
            f"select * from {_read(files[:1])}{wanted} "
            f"anti join (select {key} from {later}) using ({key}) "
            f"union all by name select * from (select *, {going} as is_out from {later}{wanted} "
            f"qualify row_number() over (partition by {key} "
            "order by _load_id desc, _row_number desc) = 1) where is_out is not true"
        )
        query = f"select * exclude (is_out{', _is_gone' if gone else ''}) from ({query})"
    if table.deleted_flag and not with_deleted:
        flag = identifier(table.deleted_flag)
        query = (
            f"select * from ({query}) "
            # 1, 1.0, true, yes
            f"where lower(left(trim(coalesce({flag}, '')), 1)) not in ('1', 't', 'y')"
        )
    return query


def _read(files: Sequence[Path]) -> str:
    names = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{names}], union_by_name = true)"
