"""A published figure: found by its id, or the beginning of it, in whichever mart has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from rbdc.errors import ConfigError
from rbdc.sql import literal

DISPROPORTIONALITY = "indicators.disproportionality"
SHORTEST_PREFIX = 6
_CANDIDATES_SHOWN = 5


@dataclass(frozen=True)
class Figure:
    """A row of a mart: its name `indicators.<table>` and its columns as published."""

    mart: str
    row: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its figure id."""
        return str(self.row["figure_id"])

    @property
    def is_derived(self) -> bool:
        """Whether it was made from figures of `indicators.disproportionality`."""
        return self.mart != DISPROPORTIONALITY

    @property
    def source_ids(self) -> list[str]:
        """The figures that it was made from, each once."""
        return list(dict.fromkeys(str(self.row.get("source_figures") or "").split()))

    def number(self, column: str) -> int | None:
        """A published count, or None."""
        value = self.row.get(column)
        return None if value is None else int(value)

    def text(self, column: str) -> str | None:
        """A text or a date as text, or None."""
        value = self.row.get(column)
        return None if value is None else str(value)


def find_figures(marts: Path, asked: str) -> list[Figure]:
    """The rows with this figure id: one, unless marts share an id.

    Args:
        marts: folder of the marts of a run.
        asked: the id, or enough of its beginning to tell it from all others.

    Raises:
        ConfigError: no figure or more than one is meant; the message says what to do.
    """
    wanted = asked.strip().lower()
    if len(wanted) < SHORTEST_PREFIX:
        raise ConfigError(
            f"'{asked}' is too short for a figure id: give its 16 characters, "
            f"or at least the first {SHORTEST_PREFIX}."
        )
    with duckdb.connect() as connection:
        found = _starting_with(connection, marts, wanted)
    if not found:
        raise ConfigError(
            f"No figure '{asked}' in the marts. Take figure_id from a row of "
            "marts/indicators/disproportionality.parquet, and name its service "
            "(SERVICE=…, --service …)."
        )
    ids = sorted({figure.id for figure in found})
    exact = [figure for figure in found if figure.id == wanted]
    if len(ids) > 1 and not exact:
        shown = ", ".join(ids[:_CANDIDATES_SHOWN]) + (", …" if len(ids) > _CANDIDATES_SHOWN else "")
        raise ConfigError(f"'{asked}' begins {len(ids)} figure ids ({shown}). Give more of it.")
    return exact or found


def figures_by_id(marts: Path, ids: list[str]) -> dict[str, Figure]:
    """Those rows of `indicators.disproportionality` that have one of these ids."""
    file = _file(marts, DISPROPORTIONALITY)
    if not ids or not file.exists():
        return {}
    with duckdb.connect() as connection:
        rows = rows_of(
            connection,
            f"select * from read_parquet({literal(str(file))}) "
            f"where figure_id in ({', '.join(map(literal, ids))})",
        )
    return {str(row["figure_id"]): Figure(DISPROPORTIONALITY, row) for row in rows}


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    """The rows of a query by column name."""
    result = connection.execute(sql)
    columns = [column[0] for column in result.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in result.fetchall()]


def _file(marts: Path, mart: str) -> Path:
    return (marts / Path(*mart.split("."))).with_suffix(".parquet")


def _starting_with(connection: duckdb.DuckDBPyConnection, marts: Path, wanted: str) -> list[Figure]:
    """Rows whose id starts so, those of `indicators.disproportionality` first."""
    figures = []
    for file in sorted((marts / "indicators").glob("*.parquet")):
        relation = f"read_parquet({literal(str(file))})"
        described = connection.execute(f"describe select * from {relation}").fetchall()
        if "figure_id" in {row[0] for row in described}:
            sql = (
                f"select * from {relation} "
                f"where starts_with(figure_id, {literal(wanted)}) order by all"
            )
            mart = f"indicators.{file.stem}"
            figures += [Figure(mart, row) for row in rows_of(connection, sql)]
    return sorted(figures, key=lambda figure: figure.is_derived)
