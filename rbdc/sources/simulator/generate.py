"""Generation of all source systems of a simulated service into one folder."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rbdc.sources.simulator import provincial_2023
from rbdc.sources.simulator.arrests import make_records
from rbdc.sources.simulator.config import Residents, load_simulation
from rbdc.sources.simulator.defects import plant_defects
from rbdc.sources.simulator.force_reports import make_force_reports
from rbdc.sources.simulator.world import DIMENSIONS, count_residents
from rbdc.sources.simulator.write import write_csv, write_provincial_csv, write_sqlite


@dataclass(frozen=True)
class SimulationReport:
    """What a simulation wrote: rows per table, and planted defects as (table, defect) → rows."""

    folder: Path
    seed: int
    rows: dict[str, int]
    defects: dict[tuple[str, str], int]


def generate(config_file: Path, folder: Path) -> SimulationReport:
    """Write the source systems of a simulated service; the same file gives the same bytes.

    Writes `records.sqlite`, `provincial/` with two files, `population.csv`, and
    `planted_defects.csv`, which is for tests and no source. Each file is complete when it
    appears, and a new folder appears with all of them; files of the same names are replaced.

    Args:
        config_file: `simulation.yml` of the service.
        folder: where to write; made when absent.

    Raises:
        ConfigError: the configuration is absent or wrong; names file, line and key.
    """
    config = load_simulation(config_file)
    records, planted = plant_defects(config, make_records(config))
    reports = make_force_reports(config)
    population = population_table(config.residents)

    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as unfinished:
        draft = Path(unfinished) / "draft"
        (draft / "provincial").mkdir(parents=True)
        write_sqlite(
            draft / "records.sqlite",
            {"arrests": records.arrests, "strip_searches": records.strip_searches},
            index_on="updated_at",
        )
        year = provincial_2023.YEAR
        for name, frame in (("main", reports.main), ("individual", reports.individuals)):
            write_provincial_csv(draft / "provincial" / f"uof_{name}_records_{year}.csv", frame)
        write_csv(draft / "population.csv", population)
        write_csv(draft / "planted_defects.csv", planted)
        _publish(draft, folder)
    return SimulationReport(
        folder=folder,
        seed=config.seed,
        rows={
            "arrests": len(records.arrests),
            "strip_searches": len(records.strip_searches),
            "uof_main_records": len(reports.main),
            "uof_individual_records": len(reports.individuals),
            "population": len(population),
        },
        defects={
            (str(table), str(defect)): len(rows)
            for (table, defect), rows in planted.groupby(["table", "defect"])
        },
    )


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


def _publish(draft: Path, folder: Path) -> None:
    """Move a draft into place whole, or file by file into a folder that may hold other things."""
    if not folder.exists():
        draft.rename(folder)
        return
    for file in sorted(path for path in draft.rglob("*") if path.is_file()):
        target = folder / file.relative_to(draft)
        target.parent.mkdir(parents=True, exist_ok=True)
        file.replace(target)
