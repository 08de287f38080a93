"""A table at a simulated portal, pulled as ArcGIS and as CKAN, for the tests of both connectors."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd

from rbdc.sources import arcgis, ckan
from rbdc.sources.batch import Pull, Request
from rbdc.sources.http import Patience
from rbdc.sources.simulator.portals import Portal
from tests.unit.sources.tables import csv_table

NAME, PACKAGE = "RBDC_TEST_TBL_001", "rbdc-test"
EDITED = dt.datetime(2022, 3, 1, 14, 5, tzinfo=dt.UTC)
RACE, RACE_CUT = "Perceived Race of People Involved", "Perceived_Race_of_People_Involv"
CONNECTORS = ["arcgis", "ckan"]
COLUMNS = [
    {"name": "record", "source_name": "Record"},
    {"name": "race", "source_name": RACE},
    {"name": "rate", "source_name": "Rate"},
    {"name": "updated", "source_name": "Updated"},
]


def frame(rows: int, first: int = 1) -> pd.DataFrame:
    """A table with a column that must not leave the portal."""
    numbers = range(first, first + rows)
    return pd.DataFrame(
        {
            "Record": list(numbers),
            RACE: [None if n % 4 == 0 else f" Black {n}" for n in numbers],
            "Secret": [f"PRIVATE-{n}" for n in numbers],
            "Rate": [n / 2 for n in numbers],
            "Updated": [f"2021-01-{1 + n % 28:02}T0{n % 2}:00:00" for n in numbers],
        }
    )


def landed(table: pd.DataFrame) -> list[tuple[str | None, ...]]:
    """What must be landed of such a table, written down without the code under test."""
    return [
        (
            str(record),
            race if isinstance(race, str) else None,
            f"{rate:g}",
            updated.removesuffix("T00:00:00"),
        )
        for record, race, _, rate, updated in table.itertuples(index=False)
    ]


def publish(portal: Portal, table: pd.DataFrame, edited_at: dt.datetime = EDITED) -> None:
    portal.add_table(NAME, table, dates=["Updated"], package=PACKAGE, edited_at=edited_at)


def patience(before_request: Callable[[], object] = lambda: None, **changes) -> Patience:
    """Patience that waits for nothing; called before each request, and at each wait."""
    return Patience(**{"sleep": lambda seconds: before_request(), "timeout": 5.0} | changes)


def table_at(at: Portal, connector: str, **changes):
    place = {
        "arcgis": {"connector": "arcgis", "url": f"{at.url}/{NAME}/FeatureServer/0"},
        "ckan": {"connector": "ckan", "url": at.url, "package": PACKAGE, "resource": NAME},
    }[connector]
    declared = {"portal": place, "columns": COLUMNS, "key": ["record"]}
    return csv_table(**declared | {"as_of": {"column": "updated"}} | changes).at_portal()


def pull(
    at: Portal, connector: str, folder: Path, since=None, wait=None, period=None, **changes
) -> Pull:
    module = {"arcgis": arcgis, "ckan": ckan}[connector]
    asked = Request(table_at(at, connector, **changes), folder, since=since, period=period)
    return module.pull(asked, wait or patience())


def rows(pulled: Pull) -> list[tuple[str | None, ...]]:
    query = f"select * exclude (_row_number) from read_parquet('{pulled.parquet}')"
    return duckdb.sql(f"{query} order by _row_number").fetchall()


def pages(portal: Portal) -> list[dict[str, str]]:
    """The queries of pages that the portal was asked for."""
    return [
        dict(request.query)
        for request in portal.requests
        if "outFields" in request.query or "sort" in request.query
    ]
