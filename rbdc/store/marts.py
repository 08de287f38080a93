"""The readable copy of the marts: exported whole beside the old one, then swapped in one step."""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from rbdc.analysis.schema import COLUMNS
from rbdc.sql import identifier, literal
from rbdc.store.layout import StateFolder, new_folder, write_json

# Tables of counts and of the audit only: no row of a person ever leaves the warehouse.
FIGURES = (
    "interactions.interaction_counts",
    "benchmarks.benchmark_counts",
    "indicators.disproportionality",
)
# Answers that are made from the figures.
ANSWERS = tuple(f"indicators.{table}" for table in COLUMNS)
MARTS = (*FIGURES, *ANSWERS, "indicators.data_quality")
AUDIT = ("audit.loads", "audit.expectation_results")
_RUNS_KEPT = 5


@dataclass(frozen=True)
class Publication:
    """What a swap did: hash of every mart, and the marts whose content is new."""

    hashes: dict[str, str]
    changed: list[str]


def last_run(state: StateFolder) -> dict[str, Any] | None:
    """The `_run.json` of the marts that readers see now."""
    file = state.marts / "_run.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def publish(
    state: StateFolder,
    connection: duckdb.DuckDBPyConnection,
    run_id: str,
    inputs: Mapping[str, str],
    *,
    rebuilt: bool,
) -> Publication:
    """Export the marts of this run and swap them in.

    Where nothing was rebuilt the marts of the last good run are taken over as they are, and only
    the audit tables are written anew.

    Args:
        state: the service's folder.
        connection: the warehouse, for reading.
        run_id: names the folder.
        inputs: what the marts were made from, for the next run to compare.
        rebuilt: whether the marts in the warehouse are new.
    """
    before = last_run(state) or {}
    old_hashes: dict[str, str] = before.get("hashes", {})
    with new_folder(state.marts_runs / run_id) as folder:
        if rebuilt:
            hashes = {name: _export(connection, name, folder) for name in MARTS}
        else:
            hashes = old_hashes
            for name in MARTS:
                held = state.mart(name)
                file = folder / held.relative_to(state.marts)
                file.parent.mkdir(parents=True, exist_ok=True)
                os.link(held.resolve(), file)
        for name in AUDIT:
            _export(connection, name, folder)
        changed = [name for name, digest in hashes.items() if old_hashes.get(name) != digest]
        write_json(
            folder / "_run.json",
            {
                "run_id": run_id,
                "built_by": run_id if rebuilt else before.get("built_by"),
                "inputs": dict(inputs),
                "hashes": hashes,
                "changed": changed,
            },
        )
    _swap(state, run_id)
    _prune(state, keep=run_id)
    return Publication(hashes, changed)


def mart_hash(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """SHA-256 over all columns but `run_id`, rows sorted (DESIGN §5)."""
    columns = _columns(connection, relation)
    row = connection.execute(
        "select sha256(coalesce(string_agg(line, chr(10) order by line), '')) from "
        f"(select to_json(struct_pack({', '.join(f'{c} := {c}' for c in columns)}))::varchar "
        f"as line from {relation})"
    ).fetchone()
    return str(row[0]) if row else ""


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> Sequence[str]:
    described = connection.execute(f"describe select * from {relation}").fetchall()
    return [identifier(row[0]) for row in described if row[0] != "run_id"]


def _export(connection: duckdb.DuckDBPyConnection, name: str, folder: Path) -> str:
    file = (folder / Path(*name.split("."))).with_suffix(".parquet")
    file.parent.mkdir(parents=True, exist_ok=True)
    order = ", ".join(_columns(connection, name))
    connection.execute(
        f"copy (select * from {name} order by {order}) to {literal(str(file))} "
        "(format parquet, compression zstd)"
    )
    return mart_hash(connection, f"read_parquet({literal(str(file))})")


def _swap(state: StateFolder, run_id: str) -> None:
    """Point `marts` at the new folder; renaming a link over a link is one step for readers."""
    temporary = state.root / ".marts.tmp"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(Path(state.marts_runs.name) / run_id, target_is_directory=True)
    temporary.replace(state.marts)


def _prune(state: StateFolder, keep: str) -> None:
    runs = sorted(
        (p for p in state.marts_runs.iterdir() if p.is_dir() and p.name != keep),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for old in runs[_RUNS_KEPT - 1 :]:
        shutil.rmtree(old)
