"""What the marts are made from, as hashes, so that a refresh knows whether to rebuild them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from rbdc.sources.declaration import SourceTable
from rbdc.store.drift import drift_in_force
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.marts import last_run

_CODE = ("rbdc", "orchestration", "expectations", "models", "dbt_project")
_SUFFIXES = {".py", ".sql", ".yml", ".csv", ".md"}
_NOT_CODE = {"__pycache__", "dbt_packages", "package-lock.yml", "target", "logs"}


def code_version(project: Path) -> str:
    """First 12 hex digits of the hash of all code, models and suites."""
    return hash_files(project, (project / name for name in _CODE))[:12]


def hash_files(root: Path, folders: Iterable[Path]) -> str:
    """SHA-256 over the relative names and contents of the text files below some folders."""
    digest = hashlib.sha256()
    files = (
        file
        for folder in folders
        for file in folder.rglob("*")
        if file.suffix in _SUFFIXES
        and file.is_file()
        and not _NOT_CODE & set(file.relative_to(root).parts)
    )
    for file in sorted(files):
        digest.update(str(file.relative_to(root)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def build_inputs(
    state: StateFolder, tables: Sequence[SourceTable], project: Path, service_dir: Path
) -> dict[str, str]:
    """Hashes of raw, drift, configuration and code, as `_run.json` records them."""
    raw = hashlib.sha256()
    for table in tables:
        for load in LoadHistory(state, table).current():
            raw.update(f"{load.load_id} {load.batch_checksum} {load.declaration}\n".encode())
    drift = json.dumps(drift_in_force(state, tables))
    return {
        "raw": raw.hexdigest(),
        "drift": hashlib.sha256(drift.encode()).hexdigest(),
        "configuration": hash_files(service_dir, [service_dir]),
        "code": code_version(project),
    }


def reason_to_build(state: StateFolder, inputs: dict[str, str]) -> str | None:
    """Why the marts must be rebuilt, in a few words, or None if they are up to date."""
    before = last_run(state)
    if before is None:
        return "there are no marts yet"
    if not state.warehouse.exists():
        return "the warehouse is missing"
    if state.building.exists():
        return "the last rebuild was interrupted"
    changed = [name for name, digest in inputs.items() if before["inputs"].get(name) != digest]
    return f"changed: {', '.join(changed)}" if changed else None
