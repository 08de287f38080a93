"""Row count, columns and column lineage of a built model, as the UI shows them."""

from typing import TYPE_CHECKING, Any

import dagster as dg
import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

from rbdc.sql import identifier

if TYPE_CHECKING:
    from dbt.contracts.graph.nodes import ModelNode

# Columns and types of every table in the warehouse: schema, table, column, type.
Catalogue = dict[str, dict[str, dict[str, str]]]


def read_catalogue(connection: duckdb.DuckDBPyConnection) -> Catalogue:
    """Columns of every table and view, in order."""
    catalogue: Catalogue = {}
    for schema, table, column, kind in connection.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() "
        "where not internal order by table_oid, column_index"
    ).fetchall():
        catalogue.setdefault(schema, {}).setdefault(table, {})[column] = kind
    return catalogue


def model_metadata(
    connection: duckdb.DuckDBPyConnection,
    catalogue: Catalogue,
    node: "ModelNode",
) -> dict[str, Any]:
    """Metadata of one model after dbt built it.

    Args:
        connection: the warehouse.
        catalogue: from `read_catalogue`.
        node: the model as dbt ran it.
    """
    schema, name = node.schema, node.name
    columns = catalogue[schema][name]
    descriptions = {column.name: column.description for column in node.columns.values()}
    metadata: dict[str, Any] = {
        "dagster/column_schema": dg.TableSchema(
            columns=[
                dg.TableColumn(column, kind, description=descriptions.get(column))
                for column, kind in columns.items()
            ]
        )
    }
    origins = column_origins(node.compiled_code or "", catalogue, list(columns))
    if origins:
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(origins)
    if node.config.materialized != "view":  # to count a view is to run it once more
        relation = f"{identifier(schema)}.{identifier(name)}"
        row = connection.execute(f"select count(*) from {relation}").fetchone()
        metadata["dagster/row_count"] = row[0] if row else 0
    return metadata


def column_origins(
    compiled: str, catalogue: Catalogue, columns: list[str]
) -> dict[str, list[dg.TableColumnDep]]:
    """Columns of other tables that each column is made from, by reading the SQL.

    SQL that sqlglot cannot follow gives no lineage rather than a wrong one.
    """
    try:
        query = sqlglot.parse_one(compiled, read="duckdb")
        for table in query.find_all(exp.Table):
            table.set("catalog", None)  # one warehouse: the name of its file says nothing
        schema = MappingSchema(catalogue, dialect="duckdb")
        query = qualify(query, schema=schema, dialect="duckdb")
        # All columns in one walk that shares what it has seen; untrimmed, because sqlglot copies
        # the whole query for each column that it trims.
        nodes = lineage(
            None,
            query,
            schema,
            dialect="duckdb",
            scope=build_scope(query),
            copy=False,
            trim_selects=False,
        )
    except SqlglotError:
        return {}
    return {
        column: _leaves(nodes[column.lower()], catalogue)
        for column in columns
        if column.lower() in nodes
    }


def _leaves(root: Any, catalogue: Catalogue) -> list[dg.TableColumnDep]:
    found = {
        (node.expression.db, node.expression.name, node.name.rsplit(".", 1)[-1].strip('"'))
        for node in root.walk()
        if isinstance(node.expression, exp.Table)
    }
    return [
        dg.TableColumnDep(dg.AssetKey([schema, table]), _spelling(catalogue[schema][table], column))
        for schema, table, column in sorted(found)
    ]


def _spelling(columns: dict[str, str], folded: str) -> str:
    """A column as the table spells it: sqlglot folds names to lower case."""
    return next(column for column in columns if column.lower() == folded.lower())
