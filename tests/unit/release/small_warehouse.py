"""A warehouse in memory with what a release reads of it, filled by tests row by row."""

from collections.abc import Iterable, Mapping

import duckdb
import pandas as pd

VALUES = (
    "race_group", "division", "gender", "age_group", "occurrence_category", "call_type",
    "call_source", "time_of_day", "weapons", "highest_force", "race_group_as_delivered",
    "gender_as_delivered", "age_group_as_delivered", "occurrence_category_as_delivered",
)  # fmt: skip
SERVICE = "Lakeshore"


def warehouse(
    units: Iterable[Mapping[str, object]] = (),
    reached: Mapping[tuple[str, str], str] | None = None,
) -> duckdb.DuckDBPyConnection:
    """A connection to the warehouse.

    Args:
        units: rows of `publication.countable_units`; what a row does not say is null, or one unit
            of an arrest of a person of the service.
        reached: `data_as_of` of each interaction with its unit.
    """
    connection = duckdb.connect()
    connection.execute("set threads = 1")
    for schema in ("publication", "interactions", "indicators"):
        connection.execute(f"create schema {schema}")
    columns = ", ".join(f"{name} text" for name in VALUES)
    connection.execute(
        "create table publication.countable_units (service text, interaction text, unit text, "
        f"period text, {columns}, units integer)"
    )
    usual = {"service": SERVICE, "interaction": "arrest", "unit": "person", "units": 1}
    frame = pd.DataFrame([{**usual, **row} for row in units])
    if len(frame):
        frame = frame.astype(object).where(frame.notna(), None)
        connection.register("frame", frame)
        connection.execute("insert into publication.countable_units by name from frame")
        connection.unregister("frame")
    connection.execute(
        "create table interactions.interaction_as_of "
        "(service text, interaction text, unit text, data_as_of date)"
    )
    for (interaction, unit), day in (reached or {}).items():
        connection.execute(
            "insert into interactions.interaction_as_of values (?, ?, ?, ?)",
            [SERVICE, interaction, unit, day],
        )
    return connection
