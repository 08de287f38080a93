"""Row counts, columns and column lineage of built models, as the UI shows them."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import sqlglot
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify

from rbdc.sql import identifier


def model_metadata(
    connection: duckdb.DuckDBPyConnection, target: Path, key: dg.AssetKey
) -> dict[str, Any]:
    """Metadata of one model after dbt built it.

    Read by ourselves and not by dagster-dbt's `fetch_row_counts`, which opens the warehouse in
    this process while dbt still writes to it in another: DuckDB has one writer, and both wait.

    Args:
        connection: the warehouse.
        target: dbt's target folder, with the manifest of the build.
        key: asset key, schema and name of the model.
    """
    schema, name = key.path
    nodes = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    node = next(n for n in nodes.values() if n["resource_type"] == "model" and n["name"] == name)
    columns = _columns(connection)
    descriptions = {c["name"]: c["description"] for c in node["columns"].values()}
    is_view = node["config"]["materialized"] == "view"
    relation = f"{identifier(schema)}.{identifier(name)}"
    metadata: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(column, kind, description=descriptions.get(column))
                for column, kind in columns[schema][name].items()
            ]
        ),
        "dagster/column_lineage": dg.TableColumnLineage(
            dict(_lineage(node["compiled_code"], columns, list(columns[schema][name])))
        ),
    }
    if not is_view:  # counting a view would run it once more
        row = connection.execute(f"select count(*) from {relation}").fetchone()
        metadata["dagster/row_count"] = row[0] if row else 0
    return metadata
