"""What follows a judgement: rows accepted into raw or set aside in quarantine, all counted."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from rbdc.sources.batch import Pull
from rbdc.sources.declaration import SourceTable
from rbdc.sources.landing import as_of_sql
from rbdc.sql import identifier, literal
from rbdc.store.layout import StateFolder, new_folder
from rbdc.store.loads import Load, LoadHistory, write_load
from rbdc.store.raw_state import current_rows_sql


@dataclass(frozen=True)
class SetAside:
    """A rule whose failing rows go to quarantine; `predicate` is true for such a row of `batch`."""

    expectation: str
    predicate: str
    reason: str


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
    )


def reject(state: StateFolder, batch: Batch, reason: str) -> Load:
    """Record a refused batch; raw keeps what it held."""
    return _record(
        state,
        batch,
        verdict="rejected",
        reason=reason,
        rows_landed=batch.pull.rows,
        rows_rejected=batch.pull.rows,
    )


def admit(state: StateFolder, batch: Batch, set_aside: Sequence[SetAside]) -> Load:
    """Split a judged batch into raw and quarantine.

    A row counts as unchanged when raw already holds its key with the same content. A full
    delivery is kept whole even so: it replaces the state, and a row missing from it is gone.
    """
    table, history = batch.table, LoadHistory(state, batch.table)
    if batch.pull.parquet is None:
        raise ValueError(f"{batch.load_id} has no landed rows to admit")
    folder = history.folder / batch.load_id
    with new_folder(folder) as temporary, duckdb.connect() as connection:
        _split(connection, batch.pull.parquet, set_aside)
        quarantined = _write_quarantine(connection, state, batch)
        _mark_known(connection, table, history.rows_files())
        landed, accepted = _counts(connection)
        keep = "true" if batch.pull.delivery == "full" else "not known"
        kept = _copy(
            connection,
            f"select * exclude (known), {literal(batch.load_id)} as _load_id from passed "
            f"where {keep} order by _row_number",
            temporary / "rows.parquet",
        )
        if not kept:
            (temporary / "rows.parquet").unlink()
        load = _load(
            batch,
            verdict="accepted",
            rows_landed=landed,
            rows_accepted=accepted,
            rows_quarantined=quarantined,
            rows_unchanged=landed - accepted - quarantined,
            **_reach(connection, batch, history.last_accepted),
        )
        if load.rows_landed != batch.pull.rows:
            raise ValueError(f"{batch.load_id}: {batch.pull.rows} rows pulled, {landed} judged")
        _write_resolved(connection, state, batch)
        write_load(temporary, load)
    return load


def _split(
    connection: duckdb.DuckDBPyConnection, parquet: Path, set_aside: Sequence[SetAside]
) -> None:
    """Make `judged`: the batch with the names and reasons of the rules that each row fails."""
    connection.execute(f"create view batch as select * from read_parquet({literal(str(parquet))})")
    names, reasons = (
        f"concat_ws({literal(separator)}"
        + "".join(
            f", case when coalesce(({rule.predicate}), true) "
            f"then {literal(getattr(rule, attribute))} end"
            for rule in set_aside
        )
        + ", null)"
        for attribute, separator in (("expectation", ", "), ("reason", "; "))
    )
    connection.execute(
        f"create table judged as select *, {names} as _expectation, {reasons} as _reason from batch"
    )


def _write_quarantine(
    connection: duckdb.DuckDBPyConnection, state: StateFolder, batch: Batch
) -> int:
    table = batch.table
    columns = ", ".join(f"{literal(c)}, {identifier(c)}" for c in table.column_names)
    file = _quarantine_folder(state, table) / f"{batch.load_id}.rows.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    count = _copy(
        connection,
        f"select {literal(batch.load_id)} as load_id, {literal(table.source)} as source, "
        f"{literal(table.table)} as table_name, _row_number as row_number, "
        f"json_object({columns})::varchar as row, _expectation as expectation, "
        f"_reason as reason, {literal(now())} as quarantined_at, {_key_sql(table)} as row_key "
        "from judged where _expectation <> '' order by _row_number",
        file,
    )
    if not count:
        file.unlink()
    return count


def _mark_known(
    connection: duckdb.DuckDBPyConnection, table: SourceTable, files: Sequence[Path]
) -> None:
    """Make `passed`: the rows that failed no rule, `known` where raw holds the same content."""
    passed = "select * exclude (_expectation, _reason) from judged where _expectation = ''"
    if not files:
        connection.execute(f"create table passed as select *, false as known from ({passed})")
        return
    content = ", ".join(identifier(column) for column in table.column_names)
    held = current_rows_sql(table, files, with_deleted=True)
    there = {row[0] for row in connection.execute(f"describe {held}").fetchall()}
    if not set(table.column_names) <= there:  # a column listed since then: nothing is known yet
        connection.execute(f"create table passed as select *, false as known from ({passed})")
        return
    connection.execute(
        f"create table passed as select new.*, held.digest is not null as known from ({passed}) "
        f"as new left join (select distinct hash({content}) as digest, {content} from ({held})) "
        f"as held on {_same(table)}"
    )


def _same(table: SourceTable) -> str:
    columns = [identifier(column) for column in table.column_names]
    new = ", ".join(f"new.{column}" for column in columns)
    equal = " and ".join(f"new.{c} is not distinct from held.{c}" for c in columns)
    return f"hash({new}) = held.digest and {equal}"


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    row = connection.execute(
        "select (select count(*) from judged), (select count(*) from passed where not known)"
    ).fetchone()
    return row or (0, 0)


def _reach(
    connection: duckdb.DuckDBPyConnection, batch: Batch, before: Load | None
) -> dict[str, object]:
    """How far the rows that passed reach; an increment never falls behind what went before."""
    table = batch.table
    cursor = identifier(table.cursor) if table.cursor else "null::varchar"
    found = connection.execute(
        f"select max({cursor}), max({as_of_sql(table)})::varchar from passed"
    ).fetchone() or (None, None)
    earlier = (
        (before.cursor, before.data_as_of)
        if before and batch.pull.delivery == "increment"
        else (None, None)
    )
    reached = [
        max((value for value in values if value), default=None)
        for values in zip(found, earlier, strict=True)
    ]
    return {"cursor": reached[0], "data_as_of": reached[1]}


def _write_resolved(
    connection: duckdb.DuckDBPyConnection, state: StateFolder, batch: Batch
) -> None:
    """Note which rows set aside before are settled: their key is accepted now, or gone."""
    folder = _quarantine_folder(state, batch.table)
    files = [f for f in folder.glob("*.rows.parquet") if not f.name.startswith(batch.load_id)]
    if not files:
        return
    names = ", ".join(literal(str(file)) for file in files)
    settled = f"row_key in (select {_key_sql(batch.table)} from passed)"
    if batch.pull.delivery == "full":
        settled = "true"  # the whole table was judged again
    resolved = [literal(str(f)) for f in folder.glob("*.resolved.parquet")]
    before = (
        f"and (load_id, row_number) not in (select (of_load_id, row_number) from "
        f"read_parquet([{', '.join(resolved)}]))"
        if resolved
        else ""
    )
    file = folder / f"{batch.load_id}.resolved.parquet"
    count = _copy(
        connection,
        f"select load_id as of_load_id, row_number, {literal(now())} as resolved_at "
        f"from read_parquet([{names}]) where {settled} {before}",
        file,
    )
    if not count:
        file.unlink()


def _key_sql(table: SourceTable) -> str:
    return "concat_ws('|', " + ", ".join(f"coalesce({identifier(c)}, '')" for c in table.key) + ")"


def _quarantine_folder(state: StateFolder, table: SourceTable) -> Path:
    return state.quarantine / table.source / table.table


def _copy(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> int:
    row = connection.execute(
        f"copy ({query}) to {literal(str(file))} (format parquet, compression zstd)"
    ).fetchone()
    return int(row[0]) if row else 0


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
        "judged_in": batch.load_id,
        "on_refusal": batch.table.on_refusal,
        "owner": batch.table.owner,
    }
    return Load(**(record | values))  # type: ignore[arg-type]
