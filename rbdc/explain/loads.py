"""The loads behind a figure: which raw tables it is made from, and which deliveries those hold."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from rbdc.explain.figure import Figure, rows_of
from rbdc.explain.queries import (
    SUMMARIES,
    UNITS,
    Side,
    benchmark_of,
    is_printed,
    select,
    sides_of,
)
from rbdc.explain.source import CountSource
from rbdc.sql import literal

NEWEST_SHOWN = 10
_LABELS = "config.labels"
# Tables that say something of the records of another: see `interactions.interaction_as_of`. People
# in use-of-force reports have no dates of their own and are not named there.
_COMPANIONS = {
    ("rms.arrests", "booking"): ("rms.bookings", "rms.strip_searches"),
    ("rms.arrests", "strip_search"): ("rms.strip_searches",),
    ("rms.arrests", "item_found"): ("rms.strip_searches",),
    ("provincial_use_of_force.main_records", "use_of_force"): (
        "provincial_use_of_force.individual_records",
    ),
}


@dataclass(frozen=True)
class TableLoads:
    """The accepted loads that make up the current state of a raw table.

    Attributes:
        table: `<source>.<table>`.
        loads: of each load the columns of `audit.loads`, newest first, no more than are shown.
        older: how many more there are.
        corrections: known errors of the provider that staging corrects in it.
    """

    table: str
    loads: list[dict[str, Any]] = field(default_factory=list)
    older: int = 0
    corrections: int = 0


def tables_behind(figure: Figure, source: CountSource) -> list[str]:
    """Raw tables that outcome and benchmark of a row are made from, whatever its period.

    Empty where there is no warehouse to tell.
    """
    if source.why_marts_alone is not None:
        return []
    found: set[str] = set()
    for side in sides_of(figure):
        if side.vintage is not None:
            declared = benchmark_of(side, source).get("source_table")
            found |= {str(declared)} if declared else set()
        elif is_printed(figure, side, source):
            found |= _printed_tables(figure, side, source)
        else:
            found |= _record_tables(figure, side, source)
    return [*sorted(found), _LABELS]


def loads_behind(marts: Path, tables: Iterable[str], source: CountSource) -> list[TableLoads]:
    """The loads of some tables, of all tables if none is named, as the published run saw them.

    Raw may have moved on since: a load whose run did not end well is behind no published figure.
    """
    file = marts / "audit" / "loads.parquet"
    if not file.exists():
        return []
    named = list(dict.fromkeys(tables))
    with duckdb.connect() as connection:
        rows = rows_of(
            connection,
            f"""
            with accepted as (
                select *, max(case when delivery = 'full' then load_id end)
                    over (partition by source, table_name) as newest_full
                from read_parquet({literal(str(file))}) where verdict = 'accepted'
            )
            select *, source || '.' || table_name as table_id from accepted
            where newest_full is null or load_id >= newest_full order by load_id desc
            """,
        )
    by_table: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_table.setdefault(row["table_id"], []).append(row)
    return [
        TableLoads(
            table,
            by_table.get(table, [])[:NEWEST_SHOWN],
            max(len(by_table.get(table, [])) - NEWEST_SHOWN, 0),
            _corrections(table, source),
        )
        for table in named or sorted(by_table)
    ]


def _record_tables(figure: Figure, side: Side, source: CountSource) -> set[str]:
    """Tables of its records of any period: one without a record in this one says so too."""
    of_service = f"service = {literal(str(figure.text('service')))}"
    rows = source.rows(select("distinct source_table", UNITS, [of_service, *side.conditions()]))
    found = {str(row["source_table"]) for row in rows}
    if side.interaction == "enforcement_action" and side.unit == "incident":
        # Incidents are put together from the records of their people.
        people = [of_service, "interaction = 'enforcement_action'", "unit = 'person'"]
        rows = source.rows(select("distinct source_table", UNITS, people))
        found |= {str(row["source_table"]) for row in rows}
    if side.interaction == "use_of_force" and side.unit == "incident":
        # Where enforcement actions tell what the incidents of reports were about.
        linked = [of_service, *side.conditions(), "division is not null"]
        if source.rows(select("distinct source_table", UNITS, linked)):
            found.add("rms.enforcement_actions")
    companions = (_COMPANIONS.get((table, side.interaction), ()) for table in found)
    return found.union(*companions)


def _printed_tables(figure: Figure, side: Side, source: CountSource) -> set[str]:
    where = [
        "is_counted",
        f"interaction = {literal(side.interaction)}",
        f"dimension = {literal(str(figure.text('dimension')))}",
    ]
    rows = source.rows(select("distinct source, table_name", SUMMARIES, where))
    return {f"{row['source']}.{row['table_name']}" for row in rows}


def _corrections(table: str, source: CountSource) -> int:
    if not source.columns("raw.config__corrections"):
        return 0
    where = [f"table_id = {literal(table.replace('.', '__', 1))}", "status = 'applies'"]
    return source.count(select("count(*)", "raw.config__corrections", where)) or 0
