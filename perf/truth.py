"""The check that contestants made the same figures; without it no ratio means anything."""

from pathlib import Path

import duckdb

from rbdc.sql import literal
from rbdc.store.marts import FIGURES, mart_hash


def mart_hashes(folder: Path) -> dict[str, str]:
    """Hash of every mart of figures (`<schema>/<table>.parquet`), over all columns but `run_id`.

    Raises:
        FileNotFoundError: a mart is not there.
    """
    hashes = {}
    with duckdb.connect() as connection:
        for mart in FIGURES:
            file = (folder / Path(*mart.split("."))).with_suffix(".parquet")
            if not file.exists():
                raise FileNotFoundError(f"{mart} was not written")
            hashes[mart] = mart_hash(connection, f"read_parquet({literal(str(file))})")
    return hashes


def differing(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Names of the marts whose hashes differ."""
    return [mart for mart in FIGURES if one[mart] != other[mart]]
