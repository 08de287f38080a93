"""What follows a judgement: rows accepted into raw or set aside in quarantine, all counted."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from rbdc.duck import connect
from rbdc.sources.batch import Pull
from rbdc.sources.declaration import SourceTable
from rbdc.sources.landing import as_of_sql, newest_sql
from rbdc.sql import identifier, literal
from rbdc.store.layout import StateFolder, new_folder
from rbdc.store.loads import Load, LoadHistory, RefusedBy, write_load
from rbdc.store.raw_state import current_rows_sql


@dataclass(frozen=True)
class Batch:
    """A pull on its way through the gate, with what its record will say."""

    table: SourceTable
    load_id: str
    suite_version: str
    code_version: str
    run_id: str
    started_at: str
    pull: Pull


def now() -> str:
    """The time in UTC, to the microsecond, as text that sorts."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")


def record_absent(state: StateFolder, batch: Batch) -> Load:
    """Record that a service does not supply a table that it need not supply."""
    path, source_table = batch.table.path, batch.table.source_table
    place = f"there is no {path} in the source folder" if path else "the portal does not have it"
    if source_table:
        place = f"its table {source_table} is not there, or holds nothing"
    return _record(
        state,
        batch,
        verdict="unchanged",
        reason=f"not supplied: {place}",
        rows_landed=0,
    )


def record_unchanged(state: StateFolder, batch: Batch, before: Load) -> Load:
    """Record a batch that was judged before: still `rejected` if it was, and else `unchanged`."""
    rejected = before.verdict == "rejected"
    rows = before.rows_landed if batch.pull.delivery == "none" else batch.pull.rows
    if batch.table.cursor and batch.pull.delivery == "none":
        rows = 0  # a cursor source was only asked for its newest value and its number of rows
    return _record(
        state,
        batch,
        verdict="rejected" if rejected else "unchanged",
        reason=f"{before.reason} (as in load {before.load_id})" if rejected else None,
        rows_landed=rows,
        rows_rejected=rows if rejected else 0,
        rows_unchanged=0 if rejected else rows,
        data_as_of=before.data_as_of,
        cursor=before.cursor,
        judged_in=before.load_id,
        refused_by=before.refused_by,
    )


def reject(state: StateFolder, batch: Batch, reason: str, by: RefusedBy) -> Load:
    """Record a refused batch; raw keeps what it held.

    Args:
        state: the service's folder.
        batch: the batch.
        reason: one sentence for people.
        by: what refused it.
    """
    return _record(
        state,
        batch,
        verdict="rejected",
        reason=reason,
        rows_landed=batch.pull.rows,
        rows_rejected=batch.pull.rows,
        refused_by=by,
    )


def admit(state: StateFolder, batch: Batch, set_aside: pa.Table) -> Load:
    """Split a judged batch into raw and quarantine.

    A row counts as unchanged when raw already holds its key with the same content. A full
    delivery is kept whole even so: it replaces the state, and a row missing from it is gone.

    Args:
        state: the service's folder.
        batch: a batch with rows.
        set_aside: rows that go to quarantine: `_row_number`, and as text `expectation` (which
            rules) and `reason`; each row once.
    """
    table, history = batch.table, LoadHistory(state, batch.table)
    if batch.pull.parquet is None:
        raise ValueError(f"{batch.load_id} has no landed rows to admit")
    folder = history.folder / batch.load_id
    with new_folder(folder) as temporary, connect(spill=state.spill) as connection:
        _split(connection, batch.pull.parquet, set_aside)
        quarantined = _write_quarantine(connection, state, batch)
        known = _mark_known(connection, table, history)
        full = batch.pull.delivery == "full"
        kept = "passed" if full else "passed anti join known using (_row_number)"
        rows_kept = _copy(
            connection,
            f"select *, {literal(batch.load_id)} as _load_id from {kept}",
            temporary / "rows.parquet",
        )
        deleted = _write_gone(connection, batch, history, temporary / "gone.parquet")
        load = _load(
            batch,
            verdict="accepted",
            rows_landed=batch.pull.rows,
            rows_accepted=rows_kept - known if full else rows_kept,
            rows_quarantined=quarantined,
            rows_unchanged=known,
            rows_deleted=deleted,
            **_reach(connection, batch, history.last_pulled),
        )
        if load.rows_accepted + quarantined + known != batch.pull.rows:
            raise ValueError(
                f"{batch.load_id}: {batch.pull.rows} rows pulled, {quarantined} set aside, "
                f"{known} known, {rows_kept} kept"
            )
        _write_resolved(connection, state, batch)
        write_load(temporary, load)
    return load


def _split(connection: duckdb.DuckDBPyConnection, parquet: Path, set_aside: pa.Table) -> None:
    """Make the views `batch`, `aside` and `passed`: all rows, those set aside, and the rest."""
    connection.execute(f"create view batch as select * from read_parquet({literal(str(parquet))})")
    connection.register("aside", set_aside)
    rest = "batch anti join aside using (_row_number)" if set_aside.num_rows else "batch"
    connection.execute(f"create view passed as select * from {rest}")


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection, state: StateFolder, batch: Batch
) -> int:
    table = batch.table
    columns = ", ".join(f"{literal(c)}, {identifier(c)}" for c in table.column_names)
    file = _quarantine_folder(state, table) / f"{batch.load_id}.rows.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    return _copy(
        connection,
        f"select {literal(batch.load_id)} as load_id, {literal(table.source)} as source, "
        f"{literal(table.table)} as table_name, _row_number as row_number, "
        f"json_object({columns})::varchar as row, aside.expectation, aside.reason, "
        f"{literal(now())} as quarantined_at, {_key_sql(table)} as row_key "
        "from batch inner join aside using (_row_number) order by _row_number",
        file,
    )


def _write_gone(
    connection: duckdb.DuckDBPyConnection, batch: Batch, history: LoadHistory, file: Path
) -> int:
    """Write the keys that go out of force with an increment, and count them.

    Those are keys that the source deleted, and keys whose row is set aside: what raw holds of
    them is out of date, and a full delivery would not bring it back. Only keys that raw holds are
    written.
    """
    table, pull = batch.table, batch.pull
    keys = ", ".join(identifier(column) for column in table.key)
    files = history.rows_files()
    # Rows that stood in quarantine put nothing out of force: what does was done when they came.
    if pull.delivery in ("full", "readmission") or not files:
        return 0
    sources = [f"select {keys} from batch semi join aside using (_row_number)"]
    if pull.keys_gone:
        sources.append(f"select {keys} from read_parquet({literal(str(pull.keys_gone))})")
    going = f"select {keys} from ({' union all '.join(sources)}) semi join in_force using ({keys})"
    connection.execute(
        f"create view in_force as select {keys} from "
        f"({current_rows_sql(table, files, history.gone_files(), with_deleted=False)})"
    )
    if pull.keys_there:
        there = f"read_parquet({literal(str(pull.keys_there))})"
        going += f" union all select {keys} from in_force anti join {there} using ({keys})"
    return _copy(
        connection,
        f"select distinct {keys}, true as _is_gone, {literal(batch.load_id)} as _load_id, "
        f"null::bigint as _row_number from ({going}) anti join passed using ({keys})",
        file,
    )


def _mark_known(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, history: LoadHistory
) -> int:
    """Make `known`: numbers of the rows that passed and that raw holds with the same content."""
    connection.execute("create table known (_row_number bigint)")
    files = history.rows_files()
    if not files:
        return 0
    keys = [identifier(column) for column in table.key]
    # Of what raw holds only the same keys matter: few where little changed.
    held = current_rows_sql(table, files, history.gone_files(), with_deleted=True, keys_in="passed")
    there = {row[0] for row in connection.execute(f"describe {held}").fetchall()}
    if not set(table.column_names) <= there:  # a column listed since then: nothing is known yet
        return 0
    same_key = " and ".join(f"new.{c} is not distinct from held.{c}" for c in keys)
    same = " and ".join(
        f"new.{c} is not distinct from held.{c}" for c in map(identifier, table.column_names)
    )
    row = connection.execute(
        f"insert into known select distinct new._row_number from passed as new "
        f"inner join ({held}) as held on {same_key} where {same}"
    ).fetchone()
    return int(row[0]) if row else 0


def _reach(
    connection: duckdb.DuckDBPyConnection, batch: Batch, before: Load | None
) -> dict[str, object]:
    """How far the rows that passed reach; an increment never falls behind what went before.

    Rows of a period that was pulled again say nothing of what changed outside it, nor do rows out
    of quarantine.
    """
    table, delivery = batch.table, batch.pull.delivery
    if before and delivery in ("period", "readmission"):
        return {"cursor": before.cursor, "data_as_of": before.data_as_of}
    cursor = identifier(table.cursor) if table.cursor else "null::varchar"
    reached = f"select {cursor} as newest, {as_of_sql(table)} as as_of from passed"
    if before and delivery == "increment":
        earlier = f"select {literal(before.cursor)}, {literal(before.data_as_of)}::date"
        reached += f" union all {earlier}"
    found = connection.execute(
        f"select {newest_sql('newest')}, max(as_of)::varchar from ({reached})"
    ).fetchone() or (None, None)
    return {"cursor": found[0], "data_as_of": found[1]}


def _write_resolved(
    connection: duckdb.DuckDBPyConnection, state: StateFolder, batch: Batch
) -> None:
    """Note which rows set aside before are settled: their key was judged again now, or is gone.

    A row that is set aside again stands in quarantine once, as this load found it.
    """
    folder = _quarantine_folder(state, batch.table)
    files = [f for f in folder.glob("*.rows.parquet") if not f.name.startswith(batch.load_id)]
    if not files:
        return
    names = ", ".join(literal(str(file)) for file in files)
    has_key = " and ".join(f"{identifier(column)} is not null" for column in batch.table.key)
    settled = f"row_key in (select {_key_sql(batch.table)} from batch where {has_key})"
    if batch.pull.keys_gone:
        keys = literal(str(batch.pull.keys_gone))
        settled += f" or row_key in (select {_key_sql(batch.table)} from read_parquet({keys}))"
    if batch.pull.keys_there:
        keys = literal(str(batch.pull.keys_there))
        settled += f" or row_key not in (select {_key_sql(batch.table)} from read_parquet({keys}))"
    if batch.pull.delivery in ("full", "readmission"):
        settled = "true"  # the whole table was judged again, or all that stood here
    resolved = [literal(str(f)) for f in folder.glob("*.resolved.parquet")]
    before = (
        f"and (load_id, row_number) not in (select (of_load_id, row_number) from "
        f"read_parquet([{', '.join(resolved)}]))"
        if resolved
        else ""
    )
    file = folder / f"{batch.load_id}.resolved.parquet"
    _copy(
        connection,
        f"select load_id as of_load_id, row_number, {literal(now())} as resolved_at "
        f"from read_parquet([{names}]) where ({settled}) {before}",
        file,
    )


def _key_sql(table: SourceTable) -> str:
    return "concat_ws('|', " + ", ".join(f"coalesce({identifier(c)}, '')" for c in table.key) + ")"


def _quarantine_folder(state: StateFolder, table: SourceTable) -> Path:
    return state.quarantine / table.source / table.table


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> int:
    """Write the rows of a query, and count them; a file appears whole, and none is left of none."""
    temporary = file.with_name(f".{file.name}.tmp")
    row = connection.execute(
        f"copy ({query}) to {literal(str(temporary))} (format parquet)"
    ).fetchone()
    if not row or not row[0]:
        temporary.unlink()
        file.unlink(missing_ok=True)
        return 0
    temporary.replace(file)
    return int(row[0])


def _record(state: StateFolder, batch: Batch, **values: object) -> Load:
    load = _load(batch, **values)
    folder = LoadHistory(state, batch.table).folder / batch.load_id
    with new_folder(folder) as temporary:
        write_load(temporary, load)
    return load


def _load(batch: Batch, **values: object) -> Load:
    record: dict[str, object] = {
        "load_id": batch.load_id,
        "source": batch.table.source,
        "table_name": batch.table.table,
        "batch_checksum": batch.pull.position.checksum,
        "suite_version": batch.suite_version,
        "rows_accepted": 0,
        "rows_quarantined": 0,
        "rows_unchanged": 0,
        "rows_rejected": 0,
        "reason": None,
        "data_as_of": batch.pull.as_of,
        "code_version": batch.code_version,
        "started_at": batch.started_at,
        "finished_at": now(),
        "run_id": batch.run_id,
        "delivery": batch.pull.delivery,
        "declaration": batch.table.fingerprint,
        "newest": batch.pull.position.newest,
        "source_rows": batch.pull.position.source_rows,
        "cursor": batch.pull.position.cursor,
        "mark": batch.pull.position.mark,
        "columns": dict(batch.pull.columns),
        "judged_in": batch.load_id,
        "on_refusal": batch.table.on_refusal,
        "owner": batch.table.owner,
    }
    return Load(**(record | values))  # type: ignore[arg-type]
