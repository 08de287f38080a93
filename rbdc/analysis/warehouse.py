"""Writing of the tables of answers into schema `statistics`, in portable types."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from rbdc.analysis.schema import COLUMNS, sql_type
from rbdc.sql import identifier


def write_answers(
    connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pd.DataFrame]
) -> None:
    """Write each table, replacing what was there.

    Args:
        connection: the warehouse.
        tables: by name, as `tables.analyse` gives them.
    """
    for table, frame in tables.items():
        columns = ", ".join(
            f"cast({identifier(column)} as {sql_type(column)}) as {identifier(column)}"
            for column in COLUMNS[table]
        )
        connection.register("frame", frame)
        connection.execute(
            f"create or replace table statistics.{identifier(table)} as select {columns} from frame"
        )
        connection.unregister("frame")
