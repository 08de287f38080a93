"""Known errors of a provider, `services/<name>/corrections.yml`: judged and staged as corrected.

Raw is never edited. A correction holds for a record as long as it is delivered with the old value:
once the source is mended, it changes nothing any more.
"""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rbdc.config_files import load_config
from rbdc.errors import ConfigError
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal

FILE = "corrections.yml"
Text = Annotated[str, Field(min_length=1)]


class Correction(BaseModel):
    """One value of one record: what is delivered and what is right; null stands for missing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    table: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$")]
    key: dict[str, Text] = Field(min_length=1)
    field: Text
    old: str | None
    new: str | None
    reason: Annotated[str, Field(min_length=10)]
    approved_by: Text
    date: dt.date

    @property
    def table_id(self) -> str:
        """Name of the table in the warehouse, `<source>__<table>`."""
        return self.table.replace(".", "__", 1)

    @model_validator(mode="after")
    def _changes_something(self) -> "Correction":
        if self.old == self.new:
            raise ValueError("old and new are the same")
        return self


class _Corrections(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    corrections: tuple[Correction, ...]

    @model_validator(mode="after")
    def _each_value_once(self) -> "_Corrections":
        places = [(c.table, sorted(c.key.items()), c.field) for c in self.corrections]
        twice = [place for n, place in enumerate(places) if place in places[:n]]
        if twice:
            table, key, field = twice[0]
            raise ValueError(f"{table} {dict(key)}, field {field}, is corrected twice")
        return self


def load_corrections(service_dir: Path, tables: Sequence[SourceTable]) -> tuple[Correction, ...]:
    """Read the corrections of a service; it need not have any.

    Args:
        service_dir: `services/<name>`.
        tables: what the service declares.

    Raises:
        ConfigError: the file does not fit, or names what is not declared.
    """
    file = service_dir / FILE
    if not file.exists():
        return ()
    corrections = load_config(file, _Corrections).corrections
    declared = {f"{table.source}.{table.table}": table for table in tables}
    for number, correction in enumerate(corrections, start=1):
        if problem := _problem(correction, declared.get(correction.table)):
            raise ConfigError(f"{service_dir.name}/{FILE}, correction {number}: {problem}")
    return corrections


def of_table(corrections: Sequence[Correction], table: SourceTable) -> tuple[Correction, ...]:
    """The corrections of one table."""
    return tuple(one for one in corrections if one.table_id == table.id)


def corrected_sql(rows: str, corrections: Sequence[Correction]) -> str:
    """Query that gives rows of a delivery with their corrections, in DuckDB's dialect.

    Args:
        rows: a query of rows as text.
        corrections: of that table.
    """
    replaced = []
    for field in dict.fromkeys(one.field for one in corrections):
        column = identifier(field)
        cases = "".join(
            f" when {record_sql(one)} and {old_value_sql(one)} then {_value(one.new)}"
            for one in corrections
            if one.field == field
        )
        replaced.append(f"case{cases} else {column} end as {column}")
    return f"select * replace ({', '.join(replaced)}) from ({rows})" if replaced else rows


def record_sql(correction: Correction) -> str:
    """SQL condition of the record that a correction is about, as it is delivered."""
    return " and ".join(
        f"trim({identifier(column)}) = {literal(value)}" for column, value in correction.key.items()
    )


def old_value_sql(correction: Correction) -> str:
    """SQL condition of the value that a correction replaces."""
    return f"trim({identifier(correction.field)}) is not distinct from {_value(correction.old)}"


def _problem(correction: Correction, table: SourceTable | None) -> str | None:
    if table is None:
        return f"sources.yml has no table {correction.table}."
    if set(correction.key) != set(table.key):
        return f"name the key of {correction.table}: {', '.join(table.key)}."
    if correction.field not in table.column_names:
        return f"{correction.table} has no column {correction.field}."
    if correction.field in (*table.key, table.cursor, table.deleted_flag):
        return f"{correction.field} says which record it is and cannot be corrected here."
    if correction.field in table.direct_identifiers:
        return f"{correction.field} is a pseudonym; only the source can correct it."
    return None


def _value(text: str | None) -> str:
    return "null" if text is None else literal(text)
