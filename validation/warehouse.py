"""A small warehouse in memory, built by the project's own models as dbt compiled them."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import pandas as pd
import pyarrow as pa

from rbdc.sql import identifier
from rbdc.store.warehouse import SCHEMAS

# In compiled SQL the database has the name of the file that dbt was told of.
DATABASE = "warehouse"
LAST_MODEL = "index_counts"

Tables = Mapping[str, "pa.Table | pd.DataFrame"]


@dataclass(frozen=True)
class Models:
    """What builds every table up to `indicators.index_counts`.

    Attributes:
        statements: SQL in the order in which it must run.
        raw_columns: columns of each table of schema raw that the statements read.
    """

    statements: tuple[str, ...]
    raw_columns: Mapping[str, tuple[str, ...]]


def connect_quietly() -> duckdb.DuckDBPyConnection:
    """A database in memory, for one of several processes: one thread, no progress bar."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute("set enable_progress_bar = false")
    return connection


def index_counts(models: Models, raw: Tables, framework: Tables) -> pd.DataFrame:
    """Build the models and give `indicators.index_counts`, sorted by figure_id.

    Args:
        models: as compiled.
        raw: tables of schema raw that the service has, whose values become text; tables that it
            lacks are empty, columns that it lacks null.
        framework: tables `config__*` of schema raw, as they are.
    """
    with connect_quietly() as connection:
        connection.execute(f"attach ':memory:' as {DATABASE}")
        connection.execute(f"use {DATABASE}")
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema}")
        for name, columns in models.raw_columns.items():
            connection.register("given", raw.get(name, pd.DataFrame(columns=list(columns))))
            there = set(connection.table("given").columns)
            text = ", ".join(
                f"{identifier(c) if c in there else 'null'}::varchar as {identifier(c)}"
                for c in columns
            )
            connection.execute(f"create table raw.{identifier(name)} as select {text} from given")
        for name, table in framework.items():
            connection.register("given", table)
            connection.execute(f"create table raw.{identifier(name)} as from given")
        # Nothing was loaded, so that no figure knows how far its data reach.
        connection.execute(
            "create table audit.current_loads "
            "(source varchar, table_name varchar, load_id varchar, data_as_of date)"
        )
        for statement in models.statements:
            connection.execute(statement)
        return connection.execute(f"from indicators.{LAST_MODEL} order by figure_id").df()
