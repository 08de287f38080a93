"""Where everything of one service lies below its state folder, and the few ways files get there."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rbdc.errors import BusyError


@dataclass(frozen=True)
class StateFolder:
    """Paths below `var/<service folder>/`; see DESIGN §5 for what each holds."""

    root: Path

    @property
    def landing(self) -> Path:
        """Batches as they were pulled."""
        return self.root / "landing"

    @property
    def raw(self) -> Path:
        """Every judged batch: `load.json`, and `rows.parquet` where rows were accepted."""
        return self.root / "raw"

    @property
    def quarantine(self) -> Path:
        """Rows that were set aside, with the reason."""
        return self.root / "quarantine"

    @property
    def quality(self) -> Path:
        """Results of each expectation of each load, and what is found to have drifted."""
        return self.root / "quality"

    def results(self, of: str) -> Path:
        """File of what each rule found in a load, or in an audit of the warehouse."""
        return self.quality / "results" / f"{of}.json"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file, which can be rebuilt from the folders above."""
        return self.root / "warehouse.duckdb"

    @property
    def marts(self) -> Path:
        """Link to the marts of the last good run."""
        return self.root / "marts"

    def mart(self, name: str) -> Path:
        """File of a mart that readers see, by its name `<schema>.<table>`."""
        return (self.marts / Path(*name.split("."))).with_suffix(".parquet")

    @property
    def marts_runs(self) -> Path:
        """The marts of the last few good runs."""
        return self.root / "marts_runs"

    @property
    def releases(self) -> Path:
        """Approved releases by version, and candidates."""
        return self.root / "releases"

    @property
    def building(self) -> Path:
        """Run and inputs of a rebuild under way; still there after one that was killed."""
        return self.root / "building.json"

    @property
    def spill(self) -> Path:
        """What does not fit into memory while a refresh runs; empty otherwise."""
        return self.root / "spill"

    @property
    def source_systems(self) -> Path:
        """Source systems of a simulated service."""
        return self.root / "source_systems"

    @property
    def dbt_target(self) -> Path:
        """What dbt writes: manifest, compiled SQL, run results."""
        return self.root / "dbt_target"

    @property
    def dbt_packages(self) -> Path:
        """Where `dbt deps` installs the models, as a link."""
        return self.root / "dbt_packages"

    @property
    def logs(self) -> Path:
        """Logs of dbt and of refreshes."""
        return self.root / "logs"

    @property
    def dagster_home(self) -> Path:
        """Run history, shared by refreshes and the UI."""
        return self.root / "dagster_home"

    @contextmanager
    def lock(self, purpose: str) -> Iterator[None]:
        """Hold the service for one writer; the system lets go of it when the process dies.

        Raises:
            BusyError: another process holds it.
        """
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                raise BusyError(
                    f"Another process is at work on service '{self.root.name}' "
                    f"({file.read().strip() or 'unknown'}). Wait for it, or stop it."
                ) from None
            file.truncate(0)
            file.write(f"{purpose}, process {os.getpid()}\n")
            file.flush()
            yield


def write_json(path: Path, content: Any) -> None:
    """Write a JSON file so that a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(content, indent=2, default=str) + "\n", encoding="utf-8")
    temporary.replace(path)


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield a temporary folder that becomes `path` when the block ends well, and else vanishes."""
    temporary = path.with_name(f".{path.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
