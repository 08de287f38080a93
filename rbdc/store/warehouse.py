"""The service's DuckDB file: opened by one process at a time, its views rebuilt from the files."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pandas as pd

from rbdc.duck import connect
from rbdc.errors import BusyError
from rbdc.sources.corrections import Correction, old_value_sql, record_sql
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal
from rbdc.store import quarantine
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
    "publication",
)

# Not those in a folder that still has its temporary name: a killed process leaves one.
_LOADS = "*/*/[!.]*/load.json"
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
    "delivery": "VARCHAR",
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

_SOURCE_COUNT_COLUMNS = {
    "source": "VARCHAR",
    "table_name": "VARCHAR",
    "source_rows": "BIGINT",
    "rows_held": "BIGINT",
    "rows_open": "BIGINT",
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
    corrections: Sequence[Correction] = (),
) -> None:
    """Make the schemas, the views over raw, audit and quarantine files, and the config tables.

    Args:
        state: the service's folder.
        tables: what the service declares.
        raw_columns: the raw tables that the models read; one that the service lacks, or that was
            excluded, becomes an empty view with these columns.
        config: the framework as tables, by name, for schema `raw`.
        corrections: of the service, for `raw.config__corrections`.
    """
    declared = {table.id: table for table in tables}
    with open_warehouse(state.warehouse) as connection:
        for schema in SCHEMAS:
            connection.execute(f"create schema if not exists {schema}")
        for name in sorted({*raw_columns, *declared}):
            query = _raw_query(state, declared.get(name), raw_columns.get(name))
            connection.execute(f"create or replace view raw.{identifier(name)} as {query}")
        frames = {**config, "config__corrections": _corrections(connection, tables, corrections)}
        for name, frame in frames.items():
            connection.register("frame", frame)
            connection.execute(f"create or replace table raw.{identifier(name)} as from frame")
            connection.unregister("frame")
        create_audit_views(connection, state, tables)


def _corrections(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[SourceTable],
    corrections: Sequence[Correction],
) -> pd.DataFrame:
    """The corrections as staging joins them, each with what has become of its record.

    Returns:
        `record_key` is the key as staging joins it, columns in the order of the declaration and
        separated by `|`; `status` is `applies`, `not_needed` (the record has another value by
        now) or `no_record`.
    """
    keys = {table.id: table.key for table in tables}
    columns = ["table_id", "record_key", "field", "old_value", "new_value", "status", "reason"]
    rows = []
    for one in corrections:
        found, applies = connection.execute(
            f"select count(*), count(*) filter ({old_value_sql(one)}) "
            f"from raw.{identifier(one.table_id)} where {record_sql(one)}"
        ).fetchone() or (0, 0)
        status = "applies" if applies else "not_needed" if found else "no_record"
        key = "|".join(one.key[column] for column in keys[one.table_id])
        approved = (one.approved_by, one.date.isoformat())
        rows.append((one.table_id, key, one.field, one.old, one.new, status, one.reason, *approved))
    frame = pd.DataFrame(rows, columns=[*columns, "approved_by", "approved_on"])
    return frame.astype(pd.StringDtype())


def create_audit_views(
    connection: duckdb.DuckDBPyConnection, state: StateFolder, tables: Sequence[SourceTable]
) -> None:
    """Make the views of schema `audit`, and `quarantine.rows`.

    `current_loads` is the newest accepted load of each table, `current_drift` what is found of the
    newest load of each declared table, `source_counts` what a source that counts its rows said of
    them beside what is held of it. What a killed process wrote of a load that it did not come to
    record is not shown. `current_results` is how much of each table in force breaks each rule,
    `expectation_trends` each judgement beside the one before. Reads schema `raw`.
    """
    in_force = drift_files(state, tables)
    views = {
        "audit.loads": _json_view(state.raw, _LOADS, _LOAD_COLUMNS),
        "audit.current_loads": _current_loads_query(state),
        "audit.expectation_results": (
            f"from ({_json_view(state.quality / 'results', '*.json', _RESULT_COLUMNS)}) "
            "where load_id is null or load_id in (select load_id from audit.loads)"
        ),
        "audit.drift": _json_view(state.quality / "drift", "*.json", _DRIFT_COLUMNS),
        "audit.current_drift": (
            _read_json(in_force, _DRIFT_COLUMNS) if in_force else _empty(_DRIFT_COLUMNS)
        ),
        "audit.source_counts": _source_counts_query(state, tables),
        "quarantine.rows": quarantine.rows_query(state) or _empty(quarantine.COLUMNS),
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
        f"from ({_json_view(state.raw, _LOADS, columns)}) where verdict = 'accepted' "
        "qualify row_number() over (partition by source, table_name order by load_id desc) = 1"
    )


def _source_counts_query(state: StateFolder, tables: Sequence[SourceTable]) -> str:
    """Query of the rows that each database counted at the last pull, and of those that are held."""
    queries = []
    for table in tables:
        history = LoadHistory(state, table)
        position, files = history.position, history.rows_files()
        if not table.cursor or position is None or position.source_rows is None or not files:
            continue
        rows = current_rows_sql(table, files, history.gone_files(), with_deleted=True)
        aside = quarantine.rows_query(state, f"{table.source}/{table.table}")
        rows_open = f"(select count(*) from ({aside}) where resolved_at is null)" if aside else "0"
        queries.append(
            f"select {literal(table.source)} as source, {literal(table.table)} as table_name, "
            f"{position.source_rows} as source_rows, "
            f"(select count(*) from ({rows})) as rows_held, {rows_open} as rows_open"
        )
    return " union all ".join(queries) or _empty(_SOURCE_COUNT_COLUMNS)


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
