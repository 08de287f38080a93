"""Rows that were set aside: which are still open, since when, why, and whose they are to mend."""

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rbdc.duck import connect
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal
from rbdc.store.layout import StateFolder

COLUMNS = {
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
# Rows older than this are a reproach: nobody acts on them.
AGED_DAYS = 30


@dataclass(frozen=True)
class OpenRows:
    """Rows of one table that stand in quarantine because of one rule.

    A row that breaks several rules counts under each. `oldest` is the time at which the row that
    has been there longest was first set aside, however often it was judged again since.
    """

    source: str
    table_name: str
    expectation: str
    owner: str
    fix: str
    rows: int
    oldest: dt.datetime

    def age_days(self, now: dt.datetime) -> int:
        """Whole days for which the oldest row has been there."""
        return (now - self.oldest).days


def rows_query(state: StateFolder, folder: str = "*/*") -> str | None:
    """Query of all rows that were ever set aside, as `COLUMNS`; None if there are none.

    Files that a killed process left of a load that it did not come to record do not count.

    Args:
        state: the service's folder.
        folder: `<source>/<table>`, or all of them.
    """
    set_aside = state.quarantine / folder / "*.rows.parquet"
    if not any(state.quarantine.glob(f"{folder}/*.rows.parquet")):
        return None
    settled, join = "null::timestamp", ""
    if any(state.quarantine.glob(f"{folder}/*.resolved.parquet")):
        settled = "settled.resolved_at::timestamp"
        join = (
            f" left join ({_settled_query(state, folder)}) as settled "
            "on settled.of_load_id = aside.load_id and settled.row_number = aside.row_number"
        )
    return (
        "select aside.load_id, aside.source, aside.table_name, aside.row_number, aside.row, "
        "aside.expectation, aside.reason, aside.quarantined_at::timestamp as quarantined_at, "
        f"{settled} as resolved_at from read_parquet({literal(str(set_aside))}) as aside{join} "
        f"where aside.load_id in ({_recorded_query(state)})"
    )


def write_open_rows(state: StateFolder, table: SourceTable, file: Path) -> int:
    """Write the rows of a table that are still set aside as a landing file, and count them.

    Args:
        state: the service's folder.
        table: the declaration.
        file: Parquet file to write; its `_row_number` counts the rows in the order in which they
            were set aside.
    """
    query = rows_query(state, f"{table.source}/{table.table}")
    if query is None:
        return 0
    columns = ", ".join(
        f"row::json ->> {literal('$.' + json.dumps(column))} as {identifier(column)}"
        for column in table.column_names
    )
    with connect(spill=state.spill) as connection:
        written = connection.execute(
            f"copy (select row_number() over (order by load_id, row_number) as _row_number, "
            f"{columns} from ({query}) where resolved_at is null order by load_id, row_number) "
            f"to {literal(str(file))} (format parquet)"
        ).fetchone()
    return int(written[0]) if written else 0


def open_rows(state: StateFolder) -> list[OpenRows]:
    """What stands in quarantine by table and rule, the longest-standing first."""
    if not any(state.quarantine.glob("*/*/*.rows.parquet")):
        return []
    with connect(spill=state.spill) as connection:
        found = connection.execute(_since_query(state)).fetchall()
    groups: dict[tuple[str, str, str], list[tuple[int, dt.datetime, str]]] = defaultdict(list)
    for source, table, load_id, expectations, rows, since in found:
        for expectation in expectations.split(", "):
            groups[source, table, expectation].append((rows, since, load_id))
    open_ = []
    for (source, table, expectation), parts in groups.items():
        result = _result(state, max(load_id for *_, load_id in parts), expectation)
        open_.append(
            OpenRows(
                source,
                table,
                expectation,
                owner=result.get("owner", "unknown"),
                fix=result.get("fix", ""),
                rows=sum(rows for rows, *_ in parts),
                oldest=min(since for _, since, _ in parts).replace(tzinfo=dt.UTC),
            )
        )
    return sorted(open_, key=lambda one: (one.oldest, one.source, one.table_name, one.expectation))


def as_markdown(found: Sequence[OpenRows], now: dt.datetime) -> str:
    """What stands in quarantine as a table that the UI shows; no row's content."""
    if not found:
        return "Nothing stands in quarantine."
    # Narrow, because the UI gives it half a page.
    head = "| rows | days | table and rule | owner |\n|---:|---:|---|---|"
    lines = [
        f"| {one.rows:,} | {one.age_days(now)} | {one.source}.{one.table_name} {one.expectation} "
        f"| {one.owner.removeprefix('team:')} |"
        for one in found
    ]
    return "\n".join([head, *lines])


def _since_query(state: StateFolder) -> str:
    """Query of the open rows by table, load and rules: how many, and since when the oldest.

    A row that is judged again and set aside again stands there once, as the newest load found it,
    but since it was first set aside without a break: the load that settled it before is the one
    that set it aside again. A row without a key is known by its content.
    """
    set_aside = literal(str(state.quarantine / "*/*/*.rows.parquet"))
    settled = "select null as of_load_id, null as row_number, null as settled_in where false"
    if any(state.quarantine.glob("*/*/*.resolved.parquet")):
        settled = _settled_query(state, "*/*")
    return f"""
with told as (
    select
        source, table_name, load_id, row_number, expectation,
        quarantined_at::timestamp as quarantined_at,
        case when trim(row_key, '|') = '' then row else row_key end as record
    from read_parquet({set_aside}, union_by_name = true)
    where load_id in ({_recorded_query(state)})
),
followed as (
    select
        told.*, settled.settled_in,
        lag(settled.settled_in) over (
            partition by source, table_name, record order by load_id, told.row_number
        ) as settled_before_in
    from told
    left join ({settled}) as settled
        on settled.of_load_id = told.load_id and settled.row_number = told.row_number
),
stays as (
    select
        *,
        sum(case when settled_before_in = load_id then 0 else 1 end) over (
            partition by source, table_name, record order by load_id, row_number
        ) as stay
    from followed
),
since as (
    select
        *,
        min(quarantined_at) over (partition by source, table_name, record, stay) as since
    from stays
)
select source, table_name, load_id, expectation, count(*) as rows, min(since) as since
from since where settled_in is null
group by all
"""


def _settled_query(state: StateFolder, folder: str) -> str:
    """Query of the rows that were settled, and in which load."""
    files = literal(str(state.quarantine / folder / "*.resolved.parquet"))
    return (
        "select *, regexp_extract(filename, '([^/]+)[.]resolved[.]parquet$', 1) as settled_in "
        f"from read_parquet({files}, filename = true) "
        f"where settled_in in ({_recorded_query(state)})"
    )


def _recorded_query(state: StateFolder) -> str:
    """Query of the loads that were recorded: a folder that has its name, with `load.json`."""
    files = literal(str(state.raw / "*/*/*/load.json"))
    return f"select regexp_extract(file, '([^/.][^/]*)/load[.]json$', 1) from glob({files})"


def _result(state: StateFolder, load_id: str, expectation: str) -> dict[str, str]:
    """What the judgement of a load says of one of its rules."""
    file = state.quality / "results" / f"{load_id}.json"
    results = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    return next((one for one in results if one["expectation"] == expectation), {})
