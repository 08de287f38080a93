"""What the models say of the raw tables that they read: names of columns and what they hold."""

from collections.abc import Mapping
from pathlib import Path

from rbdc.config_files import read_yaml

# Of each raw table, its columns in order with their descriptions.
RawColumns = Mapping[str, Mapping[str, str]]


def raw_columns(models: Path) -> RawColumns:
    """Columns of every raw table, from dbt's own declarations of sources.

    Args:
        models: the folder of the models.
    """
    declared = [
        source
        for file in sorted((models / "staging").glob("_sources*.yml"))
        for source in read_yaml(file)["sources"]
    ]
    return {
        table["name"]: {
            column["name"]: " ".join(str(column.get("description", "")).split())
            for column in table["columns"]
        }
        for source in declared
        if source["name"] == "raw"
        for table in source["tables"]
    }


def delivered_tables(models: Path) -> dict[str, list[str]]:
    """Columns of each raw table that a source or the labels fill, not the run itself."""
    return {
        name: list(columns)
        for name, columns in raw_columns(models).items()
        if not name.startswith("config__") or name == "config__labels"
    }
