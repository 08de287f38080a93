"""The demo simulation, generated once, and a way to change its configuration."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
import yaml

from rbdc.sources.simulator import SimulationReport, generate
from rbdc.sources.simulator.portals import Portal

from .portal_client import EDITED, FRAME, NAME, Client

Changed = Callable[[dict[str, object]], Path]


@dataclass(frozen=True)
class Simulated:
    folder: Path
    report: SimulationReport

    def table(self, name: str) -> pd.DataFrame:
        with closing(sqlite3.connect(self.folder / "records.sqlite")) as connection:
            return pd.read_sql(f"select * from {name} order by rowid", connection)

    def csv(self, name: str) -> pd.DataFrame:
        return pd.read_csv(
            self.folder / name, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )


@pytest.fixture(scope="session")
def demo_config(project: Path) -> Path:
    return project / "services" / "demo" / "simulation.yml"


@pytest.fixture(scope="session")
def demo(demo_config: Path, tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("demo") / "source_systems"
    return Simulated(folder, generate(demo_config, folder))


@pytest.fixture
def changed(demo_config: Path, tmp_path: Path) -> Changed:
    """Write a copy of the demo configuration with some values changed, named by dotted keys."""

    def write(changes: dict[str, object]) -> Path:
        content = yaml.safe_load(demo_config.read_text(encoding="utf-8"))
        for key, value in changes.items():
            *parents, last = key.split(".")
            block = content
            for parent in parents:
                block = block[parent]
            block[last] = value
        path = tmp_path / "demo" / "simulation.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        return path

    return write


@pytest.fixture
def client() -> Iterator[Client]:
    with Portal(max_record_count=3, rows_max=4) as portal:
        portal.add_table(
            NAME, FRAME, dates=["Updated"], aliases={"Arrest_Year": "Arrest Year"}, edited_at=EDITED
        )
        yield Client(portal)
