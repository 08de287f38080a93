"""DuckDB connections as the whole project opens them, and its offline extensions."""

import importlib
from pathlib import Path

import duckdb

from rbdc.errors import ConfigError
from rbdc.sql import literal

# DuckDB's own default, 80 percent of the machine, would leave nothing for the process around it.
MEMORY_LIMIT = "3GB"


def connect(
    path: Path | str = ":memory:", *, read_only: bool = False, spill: Path | None = None
) -> duckdb.DuckDBPyConnection:
    """Open a database with bounded memory, in which only ORDER BY keeps rows in order.

    Args:
        path: the file, or `:memory:`.
        read_only: open for reading only.
        spill: folder for what does not fit into memory; made when needed, emptied by DuckDB.
    """
    connection = duckdb.connect(str(path), read_only=read_only)
    set_up(connection, spill)
    return connection


def set_up(connection: duckdb.DuckDBPyConnection, spill: Path | None) -> None:
    """Set up a connection as `connect` does."""
    connection.execute(f"set memory_limit = {literal(MEMORY_LIMIT)}")
    connection.execute("set enable_progress_bar = false")  # it would break into the progress lines
    # Keeping rows as they came lets one core wait for the other; numbers in them say the order.
    connection.execute("set preserve_insertion_order = false")
    if spill is not None:
        connection.execute(f"set temp_directory = {literal(str(spill))}")


def load_extension(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension that a Python wheel `duckdb-extension-<name>` has brought along.

    Raises:
        ConfigError: the wheel is not installed.
    """
    try:
        module = importlib.import_module(f"duckdb_extension_{name}")
    except ModuleNotFoundError:
        raise ConfigError(
            f"DuckDB's extension {name} is not installed; "
            f"install the package duckdb-extension-{name.replace('_', '-')} of DuckDB's version."
        ) from None
    folder = Path(str(module.__file__)).parent / "extensions"
    file = next(folder.rglob(f"{name}.duckdb_extension"))
    connection.execute(f"load {literal(str(file))}")
