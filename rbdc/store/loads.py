"""The record of each judged batch, `load.json`, and what the records of a table say together."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from rbdc.sources.batch import Delivery, Position
from rbdc.sources.declaration import SourceTable
from rbdc.store.layout import StateFolder, write_json

Verdict = Literal["accepted", "rejected", "unchanged"]
# What refused a batch; docs/runbook.md has an entry of this name for each but `rule`, and one for
# each rule. `rule`: which ones stands in `quality/results/<load_id>.json`.
RefusedBy = Literal[
    "source", "drift", "missing", "declared_invalid", "no_suite", "not_judged", "rule"
]


@dataclass(frozen=True)
class Load:
    """One judged batch: the columns of `audit.loads`, and what the next pull needs to know.

    `rows_landed` = accepted + quarantined + unchanged + rejected, always. `judged_in` names the
    load whose judgement still stands when this batch was the same again. `rows_deleted` counts
    keys that went out of force; `columns` are those of the source, with its types. `refused_by` is
    None unless the batch was rejected.
    """

    load_id: str
    source: str
    table_name: str
    batch_checksum: str
    suite_version: str
    rows_landed: int
    rows_accepted: int
    rows_quarantined: int
    rows_unchanged: int
    rows_rejected: int
    verdict: Verdict
    reason: str | None
    data_as_of: str | None
    code_version: str
    started_at: str
    finished_at: str
    run_id: str
    delivery: Delivery
    declaration: str
    newest: str | None
    source_rows: int | None
    cursor: str | None
    judged_in: str
    on_refusal: str
    owner: str
    mark: str | None = None
    rows_deleted: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    refused_by: RefusedBy | None = None

    @property
    def position(self) -> Position:
        """How far the source had been read with this batch."""
        return Position(self.batch_checksum, self.newest, self.source_rows, self.cursor, self.mark)

    @property
    def balances(self) -> bool:
        """Whether every row that was read is accounted for once."""
        parts = (
            self.rows_accepted,
            self.rows_quarantined,
            self.rows_unchanged,
            self.rows_rejected,
        )
        return min(parts) >= 0 and self.rows_landed == sum(parts)


class LoadHistory:
    """All loads of one table, oldest first, read from `raw/<source>/<table>/*/load.json`."""

    def __init__(self, state: StateFolder, table: SourceTable) -> None:
        """Read the records that exist; a folder without `load.json` never became a load."""
        self._table = table
        self.folder = state.raw / table.source / table.table
        known = {one.name for one in fields(Load)}
        self.loads = [
            Load(**{k: v for k, v in json.loads(path.read_text()).items() if k in known})
            for path in sorted(self.folder.glob("*/load.json"))
            if not path.parent.name.startswith(".")
        ]

    @property
    def last(self) -> Load | None:
        """The newest load of any verdict."""
        return self.loads[-1] if self.loads else None

    def of_run(self, run_id: str) -> Load | None:
        """The newest load that a run made."""
        return next((load for load in reversed(self.loads) if load.run_id == run_id), None)

    @property
    def last_accepted(self) -> Load | None:
        """The newest load that changed raw."""
        return next((load for load in reversed(self.loads) if load.verdict == "accepted"), None)

    @property
    def last_pulled(self) -> Load | None:
        """The newest load that changed raw and came from the source, not out of quarantine."""
        pulled = (load for load in reversed(self.loads) if load.delivery != "readmission")
        return next((load for load in pulled if load.verdict == "accepted"), None)

    @property
    def position(self) -> Position | None:
        """How far the source was read: at the newest load that found what is in force."""
        accepted = self.last_pulled
        if accepted is None:
            return None
        found = (load for load in reversed(self.loads) if load.judged_in == accepted.load_id)
        return next(found, accepted).position

    def next_id(self) -> str:
        """Id of the load to come; ids sort in the order of loading."""
        number = int(self.loads[-1].load_id.rsplit("-", 1)[1]) + 1 if self.loads else 1
        return f"{self._table.id}-{number:06d}"

    def standing_judgement(self, checksum: str, suite_version: str) -> Load | None:
        """The newest load of exactly this content that this suite and declaration judged."""
        for load in reversed(self.loads):
            if (load.batch_checksum, load.suite_version, load.declaration) == (
                checksum,
                suite_version,
                self._table.fingerprint,
            ):
                return next((one for one in self.loads if one.load_id == load.judged_in), load)
        return None

    def current(self) -> list[Load]:
        """Accepted loads that make up the current state: the newest full one and what followed."""
        accepted = [load for load in self.loads if load.verdict == "accepted"]
        newest_full = max(
            (n for n, load in enumerate(accepted) if load.delivery == "full"), default=0
        )
        return accepted[newest_full:]

    def rows_files(self) -> list[Path]:
        """Parquet files of the current state, in the order of loading."""
        return self._files("rows.parquet")

    def gone_files(self) -> list[Path]:
        """Parquet files of the keys that loads of the current state put out of force."""
        return self._files("gone.parquet")

    def _files(self, name: str) -> list[Path]:
        files = [self.folder / load.load_id / name for load in self.current()]
        return [file for file in files if file.exists()]


def write_load(folder: Path, load: Load) -> None:
    """Write the record of a load into its folder."""
    write_json(folder / "load.json", asdict(load))
