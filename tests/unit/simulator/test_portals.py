"""Simulated portals: what both kinds have in common, and that paging gives the table back."""

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rbdc.errors import RbdcError
from rbdc.sources.simulator.portals import Portal, resource_id

from .portal_client import EDITED, FRAME, NAME, Client, attributes


def test_every_answer_says_that_it_is_synthetic(client: Client) -> None:
    for path in (f"/{NAME}/FeatureServer/0/query", f"/datastore/dump/{resource_id(NAME)}", "/no"):
        assert client.get(path)[0].getheader("X-Synthetic") == "true"


def test_requests_are_logged_in_order(client: Client) -> None:
    client.query(where="Arrest_Year >= 2021")
    client.search(limit=1)
    first, second = client.portal.requests
    assert first.path == f"/{NAME}/FeatureServer/0/query"
    assert first.query == {"f": "json", "outFields": "*", "where": "Arrest_Year >= 2021"}
    assert second.path == "/api/3/action/datastore_search"
    assert 0 <= first.at < second.at


def test_table_is_replaced_between_requests(client: Client) -> None:
    changed = FRAME.iloc[[0, 3]].assign(Updated=["2022-01-01", "2022-01-02"])
    later = EDITED + dt.timedelta(days=1)
    client.portal.replace_table(NAME, changed, edited_at=later)
    assert client.query(returnCountOnly="true") == {"count": 2}
    page = client.query(orderByFields="ObjectId")
    assert [row["Updated"] for row in attributes(page)] == [1640995200000, 1641081600000]
    layer = client.layer()
    assert layer["fields"][0]["alias"] == "Arrest Year"
    assert layer["editingInfo"]["lastEditDate"] == later.timestamp() * 1000
    assert client.search()["total"] == 2
    with pytest.raises(RbdcError, match="use add_table"):
        client.portal.replace_table("OTHER", changed)
    with pytest.raises(RbdcError, match="use replace_table"):
        client.portal.add_table(NAME, changed)


def test_own_object_id_is_kept_and_files_are_read_as_relations(
    client: Client, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("Race,OBJECTID\nBlack,7\nWhite,3\n", encoding="utf-8")
    client.portal.add_table("FROM_CSV", duckdb.read_csv(str(tmp_path / "t.csv")))
    page = client.query("FROM_CSV", orderByFields="OBJECTID")
    assert page["objectIdFieldName"] == "OBJECTID"
    assert attributes(page) == [
        {"Race": "White", "OBJECTID": 3},
        {"Race": "Black", "OBJECTID": 7},
    ]
    assert [r["_id"] for r in client.search("FROM_CSV", sort="OBJECTID")["records"]] == [2, 1]


def test_zoned_instants_are_served_in_utc(client: Client) -> None:
    instants = pd.to_datetime(["2022-03-01 09:05"]).tz_localize("America/Toronto")
    client.portal.add_table("ZONED", pd.DataFrame({"at": instants}))
    assert attributes(client.query("ZONED"))[0]["at"] == EDITED.timestamp() * 1000


def test_numbers_that_json_lacks_are_null(client: Client) -> None:
    numbers = duckdb.sql("select unnest(['nan'::double, '-inf'::double, 1.5::double]) as n")
    client.portal.add_table("NUMBERS", numbers)
    assert [r["n"] for r in client.search("NUMBERS", sort="_id")["records"]] == [None, None, 1.5]


@pytest.mark.parametrize(
    ("frame", "options", "message"),
    [
        (pd.DataFrame({"x" * 31 + "a": [1], "x" * 31 + "b": [1]}), {}, "same cut at 31"),
        (pd.DataFrame({"a": [1], "b": [1]}), {"aliases": {"a": "B"}}, "same as aliases: B, b"),
        (pd.DataFrame({"_id": [1]}), {}, "begin with _"),
        (pd.DataFrame({"ObjectId": [1, 1]}), {}, "different whole number"),
        (pd.DataFrame({"ObjectId": ["1", "2"]}), {}, "different whole number"),
        (pd.DataFrame({"a": ["soon"]}), {"dates": ["a"]}, "column a: not a date"),
        (pd.DataFrame({"a": [1]}), {"dates": ["a"]}, "column a holds integers, not dates"),
        (pd.DataFrame({"a": [1]}), {"dates": ["b"]}, "has no column b"),
        (pd.DataFrame({"a": [1, "x"]}), {}, "mixed types"),
        (pd.DataFrame({"a": [[1]]}), {}, "column a holds list"),
        (pd.DataFrame(index=[0]), {}, "has no columns"),
    ],
)
def test_table_that_no_portal_could_publish_is_refused(
    frame: pd.DataFrame, options: dict[str, Any], message: str
) -> None:
    portal = Portal()
    try:
        with pytest.raises(RbdcError, match=message):
            portal.add_table("BAD", frame, **options)
    finally:
        portal.stop()


@pytest.fixture(scope="module")
def paged() -> Iterator[Client]:
    with Portal(max_record_count=7, rows_max=9) as portal:
        portal.add_table(NAME, FRAME)
        yield Client(portal)


tables = st.lists(
    st.tuples(
        st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=5)),
        st.one_of(st.none(), st.integers(-(2**53), 2**53)),
        st.integers(0, 2),
    ),
    max_size=30,
)


def pages(fetch: Callable[[int], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """All rows, asked for page by page until one is empty."""
    rows: list[dict[str, Any]] = []
    while page := fetch(len(rows)):
        rows += page
    return rows


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=tables, size=st.integers(1, 40), order=st.sampled_from(["ObjectId", "k,ObjectId DESC"]))
def test_paging_gives_exactly_the_table_back(
    paged: Client, rows: list[tuple[str | None, int | None, int]], size: int, order: str
) -> None:
    frame = pd.DataFrame(
        {
            "s": pd.Series([row[0] for row in rows], dtype="str"),
            "n": pd.array([row[1] for row in rows], dtype="Int64"),
            "k": pd.Series([row[2] for row in rows], dtype="int64"),
        }
    )
    paged.portal.replace_table(NAME, frame)
    expected = [dict(zip("snk", row, strict=True)) for row in rows]

    def arcgis(offset: int) -> list[dict[str, Any]]:
        return attributes(
            paged.query(orderByFields=order, resultOffset=offset, resultRecordCount=size)
        )

    by_id = [{**row, "ObjectId": n} for n, row in enumerate(expected, 1)]
    if order != "ObjectId":
        by_id.sort(key=lambda row: (row["k"], -row["ObjectId"]))
    assert pages(arcgis) == by_id

    def ckan(offset: int) -> list[dict[str, Any]]:
        return list(paged.search(sort="_id", offset=offset, limit=size)["records"])

    assert pages(ckan) == [{"_id": n, **row} for n, row in enumerate(expected, 1)]


def test_summary_grid_with_null_counts_survives() -> None:
    """`RBDC_UOF_TBL_006` by its published shape: 2 incident types × 8 races × 3 genders."""
    types = ["Reported Use of force incident", " Enforcement Action Incidents"]
    races = ["Black ", "East/Southeast Asian", "Indigenous", "Latino"]
    races += ["Middle-Eastern", "Multiple race group", "South Asian", "White"]
    grid = pd.DataFrame(
        [
            {"Type_of_Incident": t, "Perceived_Race_of_People_Involved": r, "Gender": g}
            for t in types
            for r in races
            for g in ["Men", "Women", "Multiple"]
        ]
    )
    counts: list[int | None] = [None if n % 5 == 0 else n for n in range(len(grid))]
    grid["Incident_Count"] = pd.array(counts, dtype="Int64")
    with Portal(max_record_count=10) as portal:
        portal.add_table(NAME, grid)
        client = Client(portal)
        rows = pages(
            lambda offset: attributes(client.query(orderByFields="ObjectId", resultOffset=offset))
        )
        records = client.search(sort="_id")["records"]
    labels = grid["Perceived_Race_of_People_Involved"].tolist()
    assert len(rows) == len(records) == 48
    assert [row["Incident_Count"] for row in rows] == counts
    assert [record["Incident_Count"] for record in records] == counts
    assert [row["Perceived_Race_of_People_Involv"] for row in rows] == labels
    assert [record["Perceived_Race_of_People_Involved"] for record in records] == labels
