"""A mart of figures made of counts in the small warehouse; its statistics are any numbers."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from rbdc.disclosure.policy import Figures as Family
from rbdc.disclosure.policy import Policy, load_policy
from rbdc.release.counting import Counting
from rbdc.release.figures import MADE_OF, Figures, released_figures
from tests.unit.release.small_warehouse import SERVICE

PROJECT = Path(__file__).resolve().parents[3]
_USUAL: Mapping[str, object] = {
    "service": SERVICE, "indicator": "strip_search_of_arrests", "outcome": "strip_search",
    "unit": "person", "benchmark": "arrest", "benchmark_unit": "person", "benchmark_vintage": None,
    "composition_rule": None, "period_type": "year", "period": "2020", "dimension": "all",
    "dimension_value": "all", "race_group": "Black", "reference_group": "White", "persons": 1,
    "interval_method": "wilson", "variance_method": "plain", "test_family": "f",
    "framework_version": "0.1.0", "data_as_of": "2021-12-31", "run_id": "run",
    **dict.fromkeys(MADE_OF, 0.5), "classification": "over_represented", "small_count": False,
}  # fmt: skip


@cache
def shipped_policy() -> Policy:
    """The policy of the simulated service."""
    return load_policy(PROJECT / "services" / "demo")


def policy(**changed: object) -> Policy:
    """The policy of the simulated service, changed in some parts."""
    return shipped_policy().model_copy(update=changed)


def family(**given: object) -> Family:
    """A family of figures of all indicators, over years and all race groups."""
    return Family.model_validate({"periods": ["year"], "dimensions": ["all"], **given})


def write_figures(
    connection: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, object]]
) -> None:
    """Make `indicators.disproportionality`; what a row does not say is as usual."""
    frame = pd.DataFrame(
        [{"figure_id": f"F{number}", **_USUAL, **row} for number, row in enumerate(rows)]
    )
    for name in ("outcome_count", "outcome_total", "benchmark_count", "benchmark_total"):
        frame[name] = frame[name].astype("Int64")
    frame["benchmark_vintage"] = frame["benchmark_vintage"].astype("string")
    connection.register("figures", frame)
    connection.execute("create table indicators.disproportionality as from figures")
    connection.unregister("figures")


def figures_of(
    connection: duckdb.DuckDBPyConnection,
    counting: Counting,
    families: tuple[Family, ...],
    service: str | None = SERVICE,
) -> Figures:
    """What a policy with some families of figures releases."""
    return released_figures(connection, counting, policy(figures=families), service, "Unknown")
