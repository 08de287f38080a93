"""The service's DuckDB file: opened by one process at a time, its views rebuilt from the files."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd
import yaml

from rbdc.duck import connect
from rbdc.errors import BusyError
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal
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


def declared_raw_tables(sources_yml: Path) -> dict[str, list[str]]:
    """Columns of each raw table that the models read, from dbt's own declaration of sources."""
    document = yaml.safe_load(sources_yml.read_text(encoding="utf-8"))
    return {
        table["name"]: [column["name"] for column in table["columns"]]
        for source in document["sources"]
        if source["name"] == "raw"
        for table in source["tables"]
        if not table["name"].startswith("config__") or table["name"] == "config__labels"
    }


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
        create_audit_views(connection, state)


def create_audit_views(connection: duckdb.DuckDBPyConnection, state: StateFolder) -> None:
    """Make `audit.loads`, `audit.current_loads`, `audit.expectation_results`, `quarantine.rows`."""
    loads = _json_view(state.raw, "*/*/*/load.json", _LOAD_COLUMNS)
    results = _json_view(state.quality / "results", "*.json", _RESULT_COLUMNS)
    connection.execute(f"create or replace view audit.loads as {loads}")
    connection.execute(
        "create or replace view audit.current_loads as "
        "select source, table_name, arg_max(load_id, load_id) as load_id, "
        "arg_max(data_as_of, load_id) as data_as_of "
        "from audit.loads where verdict = 'accepted' group by source, table_name"
    )
    connection.execute(f"create or replace view audit.expectation_results as {results}")
    connection.execute(f"create or replace view quarantine.rows as {_quarantine_query(state)}")


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
    types = ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in columns.items())
    return f"select * from read_json({literal(str(folder / pattern))}, columns={{{types}}})"


def _empty(columns: Mapping[str, str]) -> str:
    nulls = ", ".join(f"null::{kind} as {identifier(name)}" for name, kind in columns.items())
    return f"select {nulls} where false"
