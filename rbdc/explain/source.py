"""Where an explanation counts again: the warehouse of the published build, or the marts alone."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from rbdc.duck import connect
from rbdc.errors import BusyError, ConfigError
from rbdc.explain.figure import DISPROPORTIONALITY, rows_of
from rbdc.sql import literal
from rbdc.store.layout import StateFolder
from rbdc.store.warehouse import open_warehouse

# Marts under the names that they have in the warehouse, so that the same queries run on both.
_PUBLIC_COUNTS = ("interactions.interaction_counts", "benchmarks.benchmark_counts")
_WAIT_SECONDS = 10


@dataclass(frozen=True)
class CountSource:
    """A connection that answers queries of counts, and what it can be asked.

    `why_marts_alone` says why there is no warehouse behind it, and is None where there is one.
    """

    connection: duckdb.DuckDBPyConnection
    why_marts_alone: str | None = None
    _answers: dict[str, int | None] = field(default_factory=dict)

    def count(self, sql: str) -> int | None:
        """The one number that a query gives; asked once, however many figures need it."""
        if sql not in self._answers:
            row = self.connection.execute(sql).fetchone()
            self._answers[sql] = None if row is None or row[0] is None else int(row[0])
        return self._answers[sql]

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query, of tables of counts and of configuration alone."""
        return rows_of(self.connection, sql)

    def columns(self, relation: str) -> set[str]:
        """Columns of a table or view `<schema>.<name>`; empty if it is not there."""
        schema, name = relation.split(".")
        found = self.connection.execute(
            "select column_name from duckdb_columns() where schema_name = ? and table_name = ?",
            [schema, name],
        ).fetchall()
        return {row[0] for row in found}


def published(state: StateFolder) -> tuple[Path, Mapping[str, Any]]:
    """Folder and `_run.json` of the marts that readers see, whatever is swapped in meanwhile.

    Raises:
        ConfigError: nothing was refreshed yet.
    """
    marts = state.marts.resolve()
    file = marts / "_run.json"
    if not file.exists():
        raise ConfigError(
            f"Service '{state.root.name}' has no marts yet, so there is no figure to explain. "
            f"Run `make refresh SERVICE={state.root.name}` first."
        )
    return marts, json.loads(file.read_text(encoding="utf-8"))


@contextmanager
def open_counts(state: StateFolder, marts: Path) -> Iterator[CountSource]:
    """Open the warehouse for reading, or the marts alone where it cannot speak for them."""
    reason = _warehouse_is_away(state)
    if reason is None:
        try:
            with open_warehouse(
                state.warehouse, read_only=True, wait_seconds=_WAIT_SECONDS
            ) as connection:
                reason = _is_of_another_build(connection, marts)
                if reason is None:
                    yield CountSource(connection)
                    return
        except BusyError:
            reason = "Another process, such as a refresh, has the warehouse open; ask again later."
    with connect() as connection:
        for name in _PUBLIC_COUNTS:
            schema, table = name.split(".")
            file = marts / schema / f"{table}.parquet"
            connection.execute(f"create schema {schema}")
            connection.execute(f"create view {name} as from read_parquet({literal(str(file))})")
        yield CountSource(connection, reason)


def _warehouse_is_away(state: StateFolder) -> str | None:
    if state.warehouse.exists():
        return None
    return "The warehouse is missing; the next refresh makes it again from raw."


def _is_of_another_build(connection: duckdb.DuckDBPyConnection, marts: Path) -> str | None:
    """Why the warehouse cannot speak for the published marts, or None if it can."""
    file = marts / Path(*DISPROPORTIONALITY.split(".")).with_suffix(".parquet")
    asked = f"select any_value(run_id) from read_parquet({literal(str(file))})"
    of_marts = (connection.execute(asked).fetchone() or (None,))[0]
    try:
        found = connection.execute("select run_id from raw.config__run").fetchone()
    except duckdb.CatalogException:
        return "The warehouse holds no complete build; the next refresh makes it anew."
    if found and of_marts in (found[0], None):
        return None
    return (
        "The warehouse holds a later build that was not published, because its run did not end "
        "well. After the next good refresh it can be asked."
    )
