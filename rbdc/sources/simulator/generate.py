"""All source systems of a simulated service in one folder: made at first, and later in time."""

import datetime as dt
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rbdc.sources.simulator.blocks import Residents
from rbdc.sources.simulator.city import DIMENSIONS, City, count_residents
from rbdc.sources.simulator.config import load_simulation
from rbdc.sources.simulator.databases import open_records
from rbdc.sources.simulator.encounters import Police
from rbdc.sources.simulator.facts import Clerk
from rbdc.sources.simulator.provincial_files import drop_files
from rbdc.sources.simulator.record_days import advance_records, create_records, start_of

RECORDS = "records.sqlite"
PROVINCIAL = "provincial"
_NOTE = "simulation.json"


@dataclass(frozen=True)
class SimulationReport:
    """Where a simulation stands.

    Attributes:
        folder: the source systems.
        until: the instant to which the records go.
        rows: rows of each table of the records system.
        planted: rows with a planted defect, by table and defect.
        files: provincial files that were dropped.
    """

    folder: Path
    until: dt.datetime
    rows: dict[str, int]
    planted: dict[tuple[str, str], int]
    files: tuple[Path, ...]


def generate(config_file: Path, folder: Path, records_url: str | None = None) -> SimulationReport:
    """Write the source systems of a simulated service; the same file gives the same bytes.

    Writes `records.sqlite` (unless the records go to `records_url`), `provincial/` with two files
    a year, `population.csv`, and `simulation.json`, which notes how far time has come. Each file is
    complete when it appears, and a new folder appears with all of them; files of the same names
    are replaced. What is wrong with the records on purpose stands in their table
    `planted_defects`, which is for tests and no source.

    Args:
        config_file: `simulation.yml` of the service.
        folder: where to write; made when absent.
        records_url: an empty database to write the records to, `postgresql://…`.

    Raises:
        ConfigError: the configuration is absent or wrong (names file, line and key), or the
            database cannot be opened.
    """
    config = load_simulation(config_file)
    police = Police(City(config))
    until = start_of(config.period.last_day + dt.timedelta(days=1))
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as unfinished:
        draft = Path(unfinished) / "draft"
        draft.mkdir()
        # Files first: their months of rows are let go of before the records need memory.
        files = drop_files(police, draft / PROVINCIAL, None, until.date())
        create_records(Clerk(police), records_url or str(draft / RECORDS), until)
        population_table(config.residents).to_csv(
            draft / "population.csv", index=False, lineterminator="\n", encoding="utf-8"
        )
        _write_note(draft, until.date())
        names = [file.relative_to(draft) for file in files]
        _publish(draft, folder)
    return _report(folder, records_url, until, tuple(folder / name for name in names))


def advance(
    config_file: Path, folder: Path, days: int, records_url: str | None = None
) -> SimulationReport:
    """Let days pass in source systems that exist.

    New records, late ones, corrections and deletions go into the records system in one
    transaction; at the end of a month the provincial files are dropped anew. If the program is
    stopped between the two, the next call drops the files that are missing.

    Args:
        config_file: `simulation.yml` of the service, the same as when the records were made.
        folder: the source systems.
        days: how many days pass, 0 or more.
        records_url: as given to `generate`.

    Raises:
        ConfigError: the configuration is wrong, or another one than made the records.
        SourceError: the records are missing or were not made by this simulator.
    """
    config = load_simulation(config_file)
    police = Police(City(config))
    url = records_url or str(folder / RECORDS)
    _, until = advance_records(Clerk(police), url, days)
    note = json.loads((folder / _NOTE).read_text(encoding="utf-8"))
    dropped = dt.date.fromisoformat(note["files_dropped_on"])
    files = drop_files(police, folder / PROVINCIAL, dropped, until.date())
    _write_note(folder, until.date())
    return _report(folder, records_url, until, tuple(files))


def population_table(residents: Residents) -> pd.DataFrame:
    """Residents as a census would publish them: source, vintage, group, stratum, count.

    The stratum is `all` or `dimension=value`; each stratum has a line for every group and a
    printed `Total`.
    """
    cells = count_residents(residents)
    with_total = pd.concat([cells.assign(race_group="Total"), cells], ignore_index=True)
    with_total["all"] = "all"
    parts = []
    for dimension in ("all", *(d for d in DIMENSIONS if d != "race_group")):
        counts = with_total.groupby([dimension, "race_group"], sort=False)["residents"].sum()
        part = counts.rename_axis(["stratum", "group"]).rename("count").reset_index()
        if dimension != "all":
            part["stratum"] = f"{dimension}=" + part["stratum"]
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table.insert(0, "source", residents.source)
    table.insert(1, "vintage", residents.vintage)
    return table[["source", "vintage", "group", "stratum", "count"]]


def _write_note(folder: Path, day: dt.date) -> None:
    note = {"synthetic": True, "files_dropped_on": day.isoformat()}
    temporary = folder / f".{_NOTE}.tmp"
    temporary.write_text(json.dumps(note, indent=2) + "\n", encoding="utf-8")
    temporary.replace(folder / _NOTE)


def _report(
    folder: Path, records_url: str | None, until: dt.datetime, files: tuple[Path, ...]
) -> SimulationReport:
    with open_records(records_url or str(folder / RECORDS)) as database:
        return SimulationReport(folder, until, database.rows(), database.planted(), files)


def _publish(draft: Path, folder: Path) -> None:
    """Move a draft into place whole, or file by file into a folder that may hold other things."""
    if not folder.exists():
        draft.rename(folder)
        return
    for file in sorted(path for path in draft.rglob("*") if path.is_file()):
        target = folder / file.relative_to(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
