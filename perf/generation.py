"""The contestants' source systems, simulated once for each size and kept below `var/perf/`."""

import json
import re
import shutil
import sqlite3
import sys
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestration.settings import PROJECT
from perf.process_tree import measure
from rbdc.sources.simulator import generate, write_demo_key
from rbdc.store.inputs import hash_files
from rbdc.store.layout import write_json

SERVICE = "demo"
FRAMEWORK = PROJECT / "perf" / "framework.yml"
_SAMPLE_RESIDENTS = 200_000


@dataclass(frozen=True)
class Generated:
    """Source systems of one size, and what their making took; `rows` are those of each table."""

    residents: int
    rows: dict[str, int]
    source_bytes: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    simulator: str


@dataclass(frozen=True)
class SourceSystems:
    """Where the source systems of one size lie: `services/`, `source_systems/` and the key."""

    folder: Path

    @property
    def services(self) -> Path:
        """Copy of the demo's configuration: residents as the size needs, framework of `perf/`."""
        return self.folder / "services"

    @property
    def records(self) -> Path:
        """Records system and files, never changed after they were made."""
        return self.folder / "source_systems"

    @property
    def key_file(self) -> Path:
        """Pseudonym key of all contestants."""
        return self.folder / "pseudonym.key"


def source_systems(actions: int, root: Path) -> tuple[SourceSystems, Generated]:
    """Give the source systems of a size, made now unless the same simulator made them before.

    Args:
        actions: enforcement actions wanted; as everything grows with the number of residents, a
            small city is simulated first to see how many residents that takes.
        root: `var/perf/`.
    """
    systems = SourceSystems(root / f"{actions}")
    note = systems.folder / "generated.json"
    simulator = _simulator_version()
    if note.exists():
        made = Generated(**json.loads(note.read_text(encoding="utf-8")))
        if made.simulator == simulator:
            _copy_framework(systems)
            return systems, made
    shutil.rmtree(systems.folder, ignore_errors=True)
    residents = _residents_for(actions, root / "sample")
    _copy_services(systems, residents)
    measured = measure([sys.executable, "-m", "perf.generation", str(systems.folder)], {}, PROJECT)
    if measured.exit_status:
        raise SystemExit("The simulator failed:\n" + "\n".join(x.text for x in measured.lines))
    write_demo_key(systems.key_file)
    made = Generated(
        residents=residents,
        rows=_rows(systems.records),
        source_bytes=sum(f.stat().st_size for f in systems.records.rglob("*") if f.is_file()),
        wall_seconds=measured.wall_seconds,
        cpu_seconds=measured.cpu_seconds,
        peak_bytes=measured.peak_bytes,
        simulator=simulator,
    )
    write_json(note, asdict(made))
    return systems, made


def _simulator_version() -> str:
    """Hash of the simulator and of the demo's configuration."""
    folders = [PROJECT / "rbdc" / "sources" / "simulator", PROJECT / "services" / SERVICE]
    return hash_files(PROJECT, folders)[:12]


def _residents_for(actions: int, folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    sample = SourceSystems(folder)
    _copy_services(sample, _SAMPLE_RESIDENTS)
    _generate(sample)
    found = _rows(sample.records)["enforcement_actions"]
    shutil.rmtree(folder)
    return round(_SAMPLE_RESIDENTS * actions / found)


def _copy_services(systems: SourceSystems, residents: int) -> None:
    target = systems.services / SERVICE
    shutil.copytree(PROJECT / "services" / SERVICE, target)
    simulation = target / "simulation.yml"
    text = simulation.read_text(encoding="utf-8")
    changed, count = re.subn(r"(?m)^(residents:\n  total: )\d+", rf"\g<1>{residents}", text)
    if count != 1:
        raise SystemExit("simulation.yml has no line `total:` right below `residents:`.")
    simulation.write_text(changed, encoding="utf-8")
    _copy_framework(systems)


def _copy_framework(systems: SourceSystems) -> None:
    """Put the framework of `perf/` in place of the demo's, as it is now."""
    shutil.copy2(FRAMEWORK, systems.services / SERVICE / FRAMEWORK.name)


def _generate(systems: SourceSystems) -> None:
    generate(systems.services / SERVICE / "simulation.yml", systems.records)


def _rows(records: Path) -> dict[str, int]:
    with closing(sqlite3.connect(records / "records.sqlite")) as connection:
        tables = [
            row[0]
            for row in connection.execute(
                "select name from sqlite_master where type = 'table' order by name"
            )
        ]
        return {
            table: connection.execute(f'select count(*) from "{table}"').fetchone()[0]
            for table in tables
        }


if __name__ == "__main__":
    _generate(SourceSystems(Path(sys.argv[1])))
