"""Small warehouses for tests of the dbt project, and a way to run dbt on them in this process."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest

from rbdc.sources.raw_columns import delivered_tables

PROJECT = Path(__file__).resolve().parents[2]
DBT_PROJECT = PROJECT / "dbt_project"


# Views of the audit that models read.
CORRECTIONS = "table_id record_key field old_value new_value status reason approved_by approved_on"
LOADS = (
    "source text, table_name text, load_id text, data_as_of date, owner text, "
    "rows_quarantined bigint"
)
DRIFT = (
    "source text, table_name text, kind text, column_name text, label text, records bigint, "
    "detail text, policy text, owner text"
)
RESULTS = (
    "source text, table_name text, expectation text, dimension text, action text, counts text, "
    "rows_judged bigint, unexpected_count bigint"
)


@dataclass(frozen=True)
class DbtRun:
    """What one dbt command did: the status of each node by its short name."""

    success: bool
    statuses: Mapping[str, str]

    def with_status(self, *statuses: str) -> set[str]:
        return {name for name, status in self.statuses.items() if status in statuses}


@dataclass(frozen=True)
class Warehouse:
    """A warehouse file and the folder that dbt may write its artefacts to."""

    folder: Path
    service: str
    every_service: bool = False

    @property
    def path(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def create(
        self,
        raw: Mapping[str, pd.DataFrame],
        config: Mapping[str, pd.DataFrame],
        drift: Sequence[Sequence[object]] = (),
        results: Sequence[Sequence[object]] = (),
    ) -> None:
        """Fill schema raw (tables not given are empty, all text) and say that each was loaded."""
        with duckdb.connect(str(self.path)) as connection:
            for schema in ("raw", "audit", "statistics"):
                connection.execute(f"create schema {schema}")
            for name, columns in delivered_tables(PROJECT / "models").items():
                frame = raw.get(name, pd.DataFrame(columns=columns)).reindex(columns=columns)
                connection.register("frame", frame)
                text = ", ".join(f'cast("{column}" as varchar) as "{column}"' for column in columns)
                connection.execute(f"create table raw.{name} as select {text} from frame")
            for name, frame in config.items():
                connection.register("frame", frame)
                connection.execute(f"create table raw.{name} as from frame")
            text = ", ".join(f"{column} varchar" for column in CORRECTIONS.split())
            connection.execute(f"create table raw.config__corrections ({text})")
            loads = [
                (*name.split("__"), "load-1", "2023-12-31", "team:test", None)
                for name in raw
                if "__" in name
            ]
            _fill(connection, "current_loads", LOADS, loads)
            _fill(connection, "current_drift", DRIFT, drift)
            _fill(connection, "current_results", RESULTS, results)

    def dbt(self, *arguments: str) -> DbtRun:
        """Run dbt in this process, with every artefact kept out of the project."""
        where = {
            "RBDC_WAREHOUSE": self.path,
            "RBDC_DBT_PACKAGES": self.folder / "dbt_packages",
            "DBT_TARGET_PATH": self.folder / "target",
            "DBT_LOG_PATH": self.folder / "logs",
        }
        with pytest.MonkeyPatch.context() as patch:
            for name, path in where.items():
                patch.setenv(name, str(path))
            folders = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
            if not (self.folder / "dbt_packages").exists():
                assert dbtRunner().invoke(["--quiet", "deps", *folders]).success
            told = json.dumps({"service": self.service, "every_service": self.every_service})
            folders += ["--vars", told]
            runner = dbtRunner(_parsed(*folders))
            result = runner.invoke(["--quiet", *arguments, *folders])
        if result.exception:
            raise result.exception
        return DbtRun(
            result.success, {run.node.name: str(run.status) for run in result.result.results}
        )

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple]:
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        with duckdb.connect(str(self.path)) as connection:
            return connection.execute(sql).df()

    def copy_to(self, folder: Path) -> "Warehouse":
        """The same warehouse in another folder, to be damaged."""
        self.execute("force checkpoint")
        copy = replace(self, folder=folder)
        copy.path.write_bytes(self.path.read_bytes())
        return copy

    def execute(self, *statements: str) -> None:
        with duckdb.connect(str(self.path)) as connection:
            for statement in statements:
                connection.execute(statement)


@cache
def _parsed(*told: str) -> Manifest:
    """The project as dbt parses it for one service, which takes seconds, once a process."""
    return dbtRunner().invoke(["--quiet", "parse", "--no-write-json", *told]).result


def _fill(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    columns: str,
    rows: Sequence[Sequence[object]],
) -> None:
    connection.execute(f"create table audit.{name} ({columns})")
    if rows:
        marks = ", ".join("?" for _ in columns.split(","))
        connection.executemany(f"insert into audit.{name} values ({marks})", rows)


def words(text: str) -> list[str]:
    """Names written one after the other."""
    return text.split()


def text_frame(columns: str, rows: Iterable[Sequence[object]]) -> pd.DataFrame:
    """A frame as a source delivers it: every value text or missing."""
    return pd.DataFrame(rows, columns=words(columns), dtype="string")


def labels(service_folder: str) -> pd.DataFrame:
    """The labels that a service ships, as text."""
    path = PROJECT / "services" / service_folder / "labels.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)
