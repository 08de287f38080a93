"""What is made once before any seed: models compiled by dbt, the framework, and the grid."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
from dbt.cli.main import dbtRunner

from rbdc.framework.model import load_framework
from rbdc.framework.tables import framework_tables
from rbdc.sources.raw_columns import delivered_tables
from rbdc.sources.simulator.config import load_simulation
from rbdc.statistics import estimation_rules
from validation.grid import make_grid
from validation.known_truth import DIMENSIONS, PERIODS
from validation.measure import Bench
from validation.warehouse import DATABASE, LAST_MODEL, Models

PROJECT = Path(__file__).resolve().parents[1]
_DBT_PROJECT = PROJECT / "dbt_project"
_DEMO = PROJECT / "services" / "demo"
# Their cells are not held against the truth here.
_UNASKED: dict[str, tuple[()]] = {"policy_changes": (), "pathways": (), "hypotheses": ()}


def prepare() -> Bench:
    """Compile the models and read the demo's configuration; takes a quarter of a minute."""
    demo = load_simulation(_DEMO / "simulation.yml")
    framework = load_framework(_DEMO)
    asked = tuple(
        indicator.model_copy(
            update={"periods": PERIODS, "dimensions": DIMENSIONS[indicator.indicator]}
        )
        for indicator in framework.indicators
        if indicator.indicator in DIMENSIONS
    )
    tables = framework_tables(
        framework.model_copy(update={"indicators": asked, **_UNASKED}), demo.service, "validation"
    )
    labels = pd.read_csv(_DEMO / "labels.csv", dtype=str, keep_default_na=False)
    stratifiers = sorted({d for some in DIMENSIONS.values() for d in some} - {"all"})
    return Bench(
        models=compile_models({"service": demo.service, "stratifiers": stratifiers}, [LAST_MODEL]),
        framework=tables,
        labels=labels,
        rules=estimation_rules(framework),
        grid=tuple(make_grid(demo)),
    )


def compile_models(variables: Mapping[str, object], names: Sequence[str]) -> Models:
    """Have dbt compile models and all that they are made from.

    Args:
        variables: of the dbt project.
        names: the models that are wanted.
    """
    wanted = [f"+{name}" for name in names]
    where = ["--project-dir", str(_DBT_PROJECT), "--profiles-dir", str(_DBT_PROJECT)]
    with tempfile.TemporaryDirectory() as folder, _environment(Path(folder)):
        _dbt("deps", *where)
        done = _dbt(
            "compile",
            "--select",
            *wanted,
            "--threads",
            "1",
            "--vars",
            json.dumps(variables),
            *where,
        )
    # Results come in the order in which dbt was done with them, which is parents first; tests come
    # along with the models that they test.
    nodes = [one.node for one in done.results if one.node.resource_type == "model"]
    raw = delivered_tables(PROJECT / "models")
    return Models(
        tuple(
            f"create {node.config.materialized} {node.relation_name} as {node.compiled_code}"
            for node in nodes
        ),
        {name: tuple(columns) for name, columns in raw.items()},
    )


@contextmanager
def _environment(folder: Path) -> Iterator[None]:
    """What the dbt project reads of the environment: everything that it writes goes to a folder."""
    before = dict(os.environ)
    os.environ.update(
        RBDC_WAREHOUSE=str(folder / f"{DATABASE}.duckdb"),
        RBDC_DBT_PACKAGES=str(folder / "dbt_packages"),
        DBT_TARGET_PATH=str(folder / "target"),
        DBT_LOG_PATH=str(folder / "logs"),
    )
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _dbt(command: str, *arguments: str) -> Any:
    outcome = dbtRunner().invoke(["--log-level", "none", "--quiet", command, *arguments])
    if not outcome.success:
        raise RuntimeError(f"dbt {command} failed: {outcome.exception or outcome.result}")
    return outcome.result
