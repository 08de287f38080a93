"""The service's DuckDB file: opened by one process at a time, its views rebuilt from the files."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from rbdc.duck import connect
from rbdc.errors import BusyError
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal
from rbdc.store.drift import drift_files
from rbdc.store.judgements import EXPECTATION_TRENDS, current_results_sql
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql

SCHEMAS = (
    "raw",
    "quarantine",
    "audit",
    "staging",
    "interactions",
    "benchmarks",
    "statistics",
    "indicators",
)

_LOAD_COLUMNS = {
    "load_id": "VARCHAR",
    "source": "VARCHAR",
    "table_name": "VARCHAR",
    "batch_checksum": "VARCHAR",
    "suite_version": "VARCHAR",
    "rows_landed": "BIGINT",
    "rows_accepted": "BIGINT",
    "rows_quarantined": "BIGINT",
    "rows_unchanged": "BIGINT",
    "rows_rejected": "BIGINT",
    "verdict": "VARCHAR",
    "reason": "VARCHAR",
    "data_as_of": "DATE",
    "code_version": "VARCHAR",
    "started_at": "TIMESTAMP",
    "finished_at": "TIMESTAMP",
    "rows_deleted": "BIGINT",
}
_RESULT_COLUMNS = {
    "run_id": "VARCHAR",
    "load_id": "VARCHAR",
    "table_name": "VARCHAR",
    "expectation": "VARCHAR",
    "dimension": "VARCHAR",
    "action": "VARCHAR",
    "success": "BOOLEAN",
    "observed": "VARCHAR",
    "limit": "VARCHAR",
    "unexpected_count": "BIGINT",
    "owner": "VARCHAR",
    "evaluated_at": "TIMESTAMP",
    "counts": "VARCHAR",
    "rows_judged": "BIGINT",
}
_DRIFT_COLUMNS = {
    "load_id": "VARCHAR",
    "source": "VARCHAR",
    "table_name": "VARCHAR",
    "kind": "VARCHAR",
    "column_name": "VARCHAR",
    "label": "VARCHAR",
    "records": "BIGINT",
    "detail": "VARCHAR",
    "policy": "VARCHAR",
    "owner": "VARCHAR",
    "found_at": "TIMESTAMP",
}
_QUARANTINE_COLUMNS = {
    "load_id": "VARCHAR",
    "source": "VARCHAR",
    "table_name": "VARCHAR",
    "row_number": "BIGINT",
    "row": "VARCHAR",
    "expectation": "VARCHAR",
    "reason": "VARCHAR",
    "quarantined_at": "TIMESTAMP",
    "resolved_at": "TIMESTAMP",
}


@contextmanager
def open_warehouse(
    path: Path, *, read_only: bool = False, wait_seconds: float = 120
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the warehouse, waiting for another process to let go of it.

    A reader may look for a few seconds.

    Raises:
        BusyError: it was still held after `wait_seconds`.
    """
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            connection = connect(path, read_only=read_only, spill=path.parent / "spill")
            break
        except duckdb.IOException as error:
            if "lock" not in str(error).lower():
                raise
            if time.monotonic() > deadline:
                raise BusyError(
                    f"{path.parent.name}/{path.name} is held by another process after "
                    f"{wait_seconds:.0f} s. Close the program that has it open."
                ) from None
            time.sleep(0.5)
    try:
        yield connection
    finally:
        connection.close()


def prepare(
    state: StateFolder,
    tables: Sequence[SourceTable],
    raw_columns: Mapping[str, Sequence[str]],
    config: Mapping[str, pd.DataFrame],
) -> None:
    """Make the schemas, the views over raw, audit and quarantine files, and the config tables.

    Args:
        state: the service's folder.
        tables: what the service declares.
        raw_columns: the raw tables that the models read; one that the service lacks, or that was
            excluded, becomes an empty view with these columns.
        config: the framework as tables, by name, for schema `raw`.
    """
    declared = {table.id: table for table in tables}
    with open_warehouse(state.warehouse) as connection:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        for name in sorted({*raw_columns, *declared}):
            query = _raw_query(state, declared.get(name), raw_columns.get(name))
            connection.execute(f"create or replace view raw.{identifier(name)} as {query}")
        for name, frame in config.items():
            connection.register("frame", frame)
            connection.execute(f"create or replace table raw.{identifier(name)} as from frame")
            connection.unregister("frame")
        create_audit_views(connection, state, tables)


def create_audit_views(
    connection: duckdb.DuckDBPyConnection, state: StateFolder, tables: Sequence[SourceTable]
) -> None:
    """Make the views of schema `audit`, and `quarantine.rows`.

    `current_loads` is the newest accepted load of each table, `current_drift` what is found of the
    newest load of each declared table, `current_results` how much of each table in force breaks
    each rule, `expectation_trends` each judgement beside the one before. Reads schema `raw`.
    """
    in_force = drift_files(state, tables)
    views = {
        "audit.loads": _json_view(state.raw, "*/*/*/load.json", _LOAD_COLUMNS),
        "audit.current_loads": _current_loads_query(state),
        "audit.expectation_results": _json_view(
            state.quality / "results", "*.json", _RESULT_COLUMNS
        ),
        "audit.drift": _json_view(state.quality / "drift", "*.json", _DRIFT_COLUMNS),
        "audit.current_drift": (
            _read_json(in_force, _DRIFT_COLUMNS) if in_force else _empty(_DRIFT_COLUMNS)
        ),
        "quarantine.rows": _quarantine_query(state),
        "audit.current_results": current_results_sql(tables),
        "audit.expectation_trends": EXPECTATION_TRENDS,
    }
    for name, query in views.items():
        connection.execute(f"create or replace view {name} as {query}")


def _current_loads_query(state: StateFolder) -> str:
    """Query of the newest accepted load of each table.

    Rows set aside are those of a table that is delivered whole: of others they are spread over
    many loads, and some are settled since.
    """
    columns = _LOAD_COLUMNS | {"owner": "VARCHAR", "cursor": "VARCHAR"}
    return (
        "select source, table_name, load_id, data_as_of, owner, "
        "case when cursor is null then rows_quarantined end as rows_quarantined "
        f"from ({_json_view(state.raw, '*/*/*/load.json', columns)}) where verdict = 'accepted' "
        "qualify row_number() over (partition by source, table_name order by load_id desc) = 1"
    )


def _raw_query(state: StateFolder, table: SourceTable | None, columns: Sequence[str] | None) -> str:
    history = LoadHistory(state, table) if table else None
    files = history.rows_files() if history else []
    wanted = [*(columns or (table.column_names if table else ()))]
    if table is None or history is None or not files:
        empty = ", ".join(f"null::varchar as {identifier(c)}" for c in wanted)
        return f"select {empty}, null::varchar as _load_id, null::bigint as _row_number where false"
    held = set(table.column_names)
    select = ", ".join(
        identifier(c) if c in held else f"null::varchar as {identifier(c)}" for c in wanted
    )
    return (
        f"select {select}, _load_id, _row_number "
        f"from ({current_rows_sql(table, files, history.gone_files(), with_deleted=False)})"
    )


def _quarantine_query(state: StateFolder) -> str:
    if not any(state.quarantine.glob("*/*/*.rows.parquet")):
        return _empty(_QUARANTINE_COLUMNS)
    resolved = "null::timestamp"
    join = ""
    if any(state.quarantine.glob("*/*/*.resolved.parquet")):
        resolved = "settled.resolved_at::timestamp"
        files = literal(str(state.quarantine / "*/*/*.resolved.parquet"))
        join = (
            f" left join read_parquet({files}) as settled on settled.of_load_id = aside.load_id "
            "and settled.row_number = aside.row_number"
        )
    files = literal(str(state.quarantine / "*/*/*.rows.parquet"))
    return (
        "select aside.load_id, aside.source, aside.table_name, aside.row_number, aside.row, "
        "aside.expectation, aside.reason, aside.quarantined_at::timestamp as quarantined_at, "
        f"{resolved} as resolved_at from read_parquet({files}) as aside{join}"
    )


def _json_view(folder: Path, pattern: str, columns: Mapping[str, str]) -> str:
    if not any(folder.glob(pattern)):
        return _empty(columns)
    return _read_json([folder / pattern], columns)


def _read_json(files: Sequence[Path], columns: Mapping[str, str]) -> str:
    names = ", ".join(literal(str(file)) for file in files)
    types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
    return f"select * from read_json([{names}], columns={{{types}}})"


def _empty(columns: Mapping[str, str]) -> str:
    nulls = ", ".join(f"null::{kind} as {identifier(name)}" for name, kind in columns.items())
    return f"select {nulls} where false"
