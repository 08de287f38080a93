"""What the hand-written scripts share with the pipeline: the key, the framework, the estimates."""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from rbdc.framework import Framework, framework_tables, load_framework
from rbdc.sources.pseudonyms import PseudonymKey, read_key_file
from rbdc.statistics import estimate, estimation_rules

SERVICE = "Lakeshore"
INDIVIDUALS_AS_OF = "2023-12-31"  # as sources.yml declares it: the file of people holds no date


@dataclass(frozen=True)
class Task:
    """Where a hand-written script reads and writes; everything else is in the script itself."""

    service_dir: Path
    source_systems: Path
    key_file: Path
    target: Path

    @classmethod
    def from_environment(cls) -> "Task":
        """Read `PERF_SERVICE_DIR`, `PERF_SOURCE_SYSTEMS`, `PERF_KEY_FILE` and `PERF_TARGET`."""
        names = ("PERF_SERVICE_DIR", "PERF_SOURCE_SYSTEMS", "PERF_KEY_FILE", "PERF_TARGET")
        return cls(*(Path(os.environ[name]) for name in names))

    def key(self) -> PseudonymKey:
        """The pseudonym key that the refresh uses."""
        return read_key_file(self.key_file)

    def framework(self) -> Framework:
        """The service's framework."""
        return load_framework(self.service_dir)

    def mart(self, name: str) -> Path:
        """File of a mart that the script writes, its folder made."""
        file = (self.target / Path(*name.split("."))).with_suffix(".parquet")
        file.parent.mkdir(parents=True, exist_ok=True)
        return file


def config_tables(framework: Framework, service: str) -> dict[str, pd.DataFrame]:
    """The framework as tables, under their names without `config__`."""
    tables = framework_tables(framework, service, run_id="perf")
    return {name.removeprefix("config__"): frame for name, frame in tables.items()}


def estimates(counts: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """The statistics of every figure; intervals have one implementation, which all use."""
    return estimate(counts, estimation_rules(framework))
