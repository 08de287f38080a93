"""A pull written down as a landing batch, so that the gate can take it up in another process."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from rbdc.errors import SourceError
from rbdc.sources.batch import Period, Position, Pull, Request
from rbdc.sources.connectors import CONNECTORS
from rbdc.sources.declaration import SourceTable
from rbdc.sources.pseudonyms import PseudonymKey
from rbdc.store.admission import Batch, now
from rbdc.store.layout import StateFolder, new_folder, write_json
from rbdc.store.loads import LoadHistory
from rbdc.store.quarantine import write_open_rows

# Files of a pull, written down by their names within the landing folder.
_FILES = ("parquet", "keys_there", "keys_gone")


@dataclass(frozen=True)
class Place:
    """Where a source is: a folder of files, or the address of a database."""

    folder: Path | None = None
    url: str | None = None


@dataclass(frozen=True)
class LandedBatch:
    """A batch in `landing/`, with the reason in plain words where the source did not deliver."""

    batch: Batch
    failure: str | None


def pull_batch(
    state: StateFolder,
    table: SourceTable,
    place: Place,
    key: Callable[[], PseudonymKey | None],
    *,
    suite_version: str,
    code_version: str,
    run_id: str,
    afresh: bool = False,
    period: Period | None = None,
) -> LandedBatch:
    """Pull a table from its source system into a new landing batch.

    Args:
        state: the service's folder.
        table: the declaration.
        place: where the table's source is.
        key: gives the pseudonym key; asked only for tables with direct identifiers.
        suite_version: of the suite that will judge; another one than last time re-reads all.
        code_version: for the record of the load.
        run_id: for the record of the load.
        afresh: read everything, whatever was read before.
        period: days to pull again, whatever was read before; a table that cannot be asked for
            days is read whole.
    """
    history = LoadHistory(state, table)
    before = history.last_pulled
    same_rules = before and (before.suite_version, before.declaration) == (
        suite_version,
        table.fingerprint,
    )

    def pull(target: Path) -> Pull:
        return CONNECTORS[table.connector](
            Request(
                table,
                target,
                folder=place.folder,
                url=place.url,
                since=history.position if same_rules and not afresh else None,
                key=key() if table.direct_identifiers else None,
                period=period,
            )
        )

    load_id = _land(state, table, pull, run_id=run_id, code_version=code_version)
    return read_batch(state, table, load_id, suite_version)


def pull_quarantine(
    state: StateFolder, table: SourceTable, *, suite_version: str, code_version: str, run_id: str
) -> LandedBatch:
    """Make a landing batch of the rows of a table that stand in quarantine, as they were delivered.

    Args:
        state: the service's folder.
        table: the declaration.
        suite_version: of the suite that will judge.
        code_version: for the record of the load.
        run_id: for the record of the load.
    """
    before = LoadHistory(state, table).last_pulled

    def pull(target: Path) -> Pull:
        if before is None:
            return Pull("absent", Position(""))
        file = target / "rows.parquet"
        rows = write_open_rows(state, table, file)
        if not rows:
            return Pull("none", before.position)
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        return Pull(
            "readmission",
            replace(before.position, checksum=f"readmission-{digest}"),
            rows=rows,
            as_of=before.data_as_of,
            parquet=file,
            columns=before.columns,
        )

    load_id = _land(state, table, pull, run_id=run_id, code_version=code_version)
    return read_batch(state, table, load_id, suite_version)


def _land(
    state: StateFolder,
    table: SourceTable,
    pull: Callable[[Path], Pull],
    *,
    run_id: str,
    code_version: str,
) -> str:
    """Write a pull into a new landing folder with a note of what it is; gives the load's id."""
    load_id, started_at = LoadHistory(state, table).next_id(), now()
    _clear_leftovers(state, table, load_id)
    failure = None
    with new_folder(state.landing / table.source / table.table / load_id) as temporary:
        try:
            pulled = pull(temporary)
        except SourceError as error:
            columns = dict.fromkeys(error.columns, "")
            failure, pulled = str(error), Pull("none", Position(""), columns=columns)
        note = asdict(pulled) | {"failure": failure}
        note |= {name: (file := note[name]) and file.name for name in _FILES}
        write_json(
            temporary / "batch.json",
            note | {"run_id": run_id, "started_at": started_at, "code_version": code_version},
        )
    return load_id


def _clear_leftovers(state: StateFolder, table: SourceTable, load_id: str) -> None:
    """Remove what a killed run left of a load that was never recorded and whose id is free."""
    shutil.rmtree(state.landing / table.source / table.table / load_id, ignore_errors=True)
    aside = state.quarantine / table.source / table.table
    quality = state.quality.glob(f"*/{load_id}.json")
    for file in [*aside.glob(f"{load_id}.*"), *aside.glob(f".{load_id}.*"), *quality]:
        file.unlink()


def read_batch(
    state: StateFolder, table: SourceTable, load_id: str, suite_version: str
) -> LandedBatch:
    """Read a landing batch back.

    Raises:
        FileNotFoundError: there is no such batch.
    """
    folder = state.landing / table.source / table.table / load_id
    note = json.loads((folder / "batch.json").read_text(encoding="utf-8"))
    pull = Pull(
        delivery=note["delivery"],
        position=Position(**note["position"]),
        rows=note["rows"],
        as_of=note["as_of"],
        columns=note["columns"],
        **{name: folder / note[name] if note[name] else None for name in _FILES},
    )
    batch = Batch(
        table,
        load_id,
        suite_version,
        note["code_version"],
        note["run_id"],
        note["started_at"],
        pull,
    )
    return LandedBatch(batch, note["failure"])


def newest_batch(state: StateFolder, table: SourceTable, suite_version: str) -> LandedBatch:
    """The batch landed last.

    Raises:
        FileNotFoundError: nothing was ever landed for the table.
    """
    folder = state.landing / table.source / table.table
    ids = sorted(path.parent.name for path in folder.glob("[!.]*/batch.json"))
    if not ids:
        raise FileNotFoundError(f"nothing was landed for {table.id}")
    return read_batch(state, table, ids[-1], suite_version)
