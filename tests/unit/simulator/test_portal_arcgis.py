"""Simulated portals: what the ArcGIS side answers."""

import json

import pandas as pd
import pytest

from rbdc.sources.simulator.portals import Portal

from .portal_client import EDITED, MILLISECONDS, NAME, RACE, RACE_CUT, Client, attributes


def test_layer_describes_itself_as_simulated(client: Client) -> None:
    layer = client.layer()
    assert [(f["name"], f["alias"], f["type"]) for f in layer["fields"]] == [
        ("Arrest_Year", "Arrest Year", "esriFieldTypeInteger"),
        (RACE_CUT, RACE, "esriFieldTypeString"),
        ("Count", "Count", "esriFieldTypeInteger"),
        ("Rate", "Rate", "esriFieldTypeDouble"),
        ("Booked", "Booked", "esriFieldTypeInteger"),
        ("Updated", "Updated", "esriFieldTypeDate"),
        ("ObjectId", "ObjectId", "esriFieldTypeOID"),
    ]
    assert len(RACE_CUT) == 31
    assert (layer["objectIdField"], layer["maxRecordCount"]) == ("ObjectId", 3)
    assert layer["editingInfo"]["lastEditDate"] == EDITED.timestamp() * 1000
    assert layer["synthetic"] is True
    assert "SIMULATED" in layer["description"]
    service = json.loads(client.get(f"/{NAME}/FeatureServer", f="json")[1])
    assert service["tables"] == [{"id": 0, "name": NAME, "type": "Table"}]
    assert service["synthetic"] is True


def test_page_holds_the_table_with_nulls_and_epoch_dates(client: Client) -> None:
    page = client.query(orderByFields="ObjectId")
    assert page["objectIdFieldName"] == "ObjectId"
    assert page["fields"] == client.layer()["fields"]
    assert page["exceededTransferLimit"] is True
    rows = attributes(page) + attributes(client.query(orderByFields="ObjectId", resultOffset=3))
    assert [row[RACE_CUT] for row in rows] == ["Black ", None, "White", "", 'Côté, "d\'Arc"\n']
    assert [row["Count"] for row in rows] == [3, None, 0, 7, 12]
    assert [row["Rate"] for row in rows] == [0.5, None, 2.0, -1.25, 0.0]
    assert [row["Booked"] for row in rows] == [1, 0, 1, 1, 0]
    assert [row["Updated"] for row in rows] == MILLISECONDS
    assert [row["ObjectId"] for row in rows] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("asked", "offset", "got", "more"),
    [(2, 0, 2, True), (2, 3, 2, False), (3, 2, 3, False), (1000, 0, 3, True), (2, 5, 0, False)],
)
def test_page_size_and_transfer_limit_flag(
    client: Client, asked: int, offset: int, got: int, more: bool
) -> None:
    page = client.query(orderByFields="ObjectId", resultRecordCount=asked, resultOffset=offset)
    assert [row["ObjectId"] for row in attributes(page)] == list(
        range(offset + 1, offset + got + 1)
    )
    assert page.get("exceededTransferLimit") is (True if more else None)
    assert ("fields" in page) is (got > 0)


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ("1=1", [1, 2, 3, 4, 5]),
        ("1 = 0", []),
        ("Arrest_Year >= 2021", [3, 4, 5]),
        ("arrest_year<2021", [1, 2]),
        ("Arrest_Year <> 2021 AND Count > -1", [1]),
        ("Rate <= 0.5 and Rate != 0", [1, 4]),
        (f"{RACE_CUT} = 'Black '", [1]),
        (f"{RACE_CUT} > 'Côté, \"d''A'", [5, 3]),
        ("Updated >= timestamp '2021-06-01 00:00:00.25'", [4, 5]),
        ("Updated > TIMESTAMP '2021-06-01T00:00:00' AND ObjectId > 4", [5]),
        ("Updated = date '2021-06-01'", [3]),
        ("Updated = timestamp '2021-05-31T20:00:00-04:00'", [3]),
        ("Count IS NULL", [2]),
        ("Count is not null AND 2 > 1", [1, 3, 4, 5]),
    ],
)
def test_where(client: Client, where: str, ids: list[int]) -> None:
    assert client.query(where=where, returnCountOnly="true") == {"count": len(ids)}
    answer = client.query(where=where, returnIdsOnly="true", orderByFields="ObjectId")
    assert answer == {"objectIdFieldName": "ObjectId", "objectIds": sorted(ids)}


def test_ids_are_not_limited_and_out_fields_are(client: Client) -> None:
    assert len(client.query(returnIdsOnly="true")["objectIds"]) == 5
    page = client.query(outFields="count, Rate", orderByFields="Arrest_Year DESC, rate")
    assert attributes(page) == [
        {"Count": 7, "Rate": -1.25},
        {"Count": 12, "Rate": 0.0},
        {"Count": 0, "Rate": 2.0},
    ]
    assert [field["name"] for field in page["fields"]] == ["Count", "Rate"]


def test_nulls_are_ordered_as_postgresql_does(client: Client) -> None:
    def ids(order: str) -> list[int]:
        answer = client.query(returnIdsOnly="true", orderByFields=order)
        return list(answer["objectIds"])

    assert ids("Count") == [3, 1, 4, 5, 2]
    assert ids("Count desc") == [2, 5, 4, 1, 3]


@pytest.mark.parametrize(
    "query",
    [
        {"where": "Nope = 1"},
        {"where": ""},
        {"where": "Arrest_Year"},
        {"where": "Arrest_Year >="},
        {"where": "Arrest_Year = 'x'"},
        {"where": "Arrest_Year = 2020 OR 1=1"},
        {"where": f"{RACE_CUT} = 'open"},
        {"where": "Updated >= timestamp 'yesterday'"},
        {"where": "1=1; drop table data"},
        {"where": "1=1 AND"},
        {"outFields": "Arrest_Year,Nope"},
        {"orderByFields": "Nope"},
        {"orderByFields": "Arrest_Year,"},
        {"resultOffset": "-1"},
        {"resultRecordCount": "ten"},
        {"outStatistics": "[]"},
        {"returnDistinctValues": "true"},
    ],
)
def test_bad_query_is_an_error_inside_http_200(client: Client, query: dict[str, str]) -> None:
    answer = client.query(**query)
    assert set(answer) == {"error"}
    assert answer["error"]["code"] == 400
    assert answer["error"]["message"] == "Cannot perform query. Invalid query parameters."
    assert len(answer["error"]["details"]) == 1
    assert client.query(returnCountOnly="true") == {"count": 5}


def test_unknown_field_is_named(client: Client) -> None:
    for query in ({"where": "Nope = 1"}, {"outFields": "Nope"}, {"orderByFields": "Nope desc"}):
        details = client.query(**query)["error"]["details"]
        assert details == ["'Invalid field: Nope' parameter is invalid"]


@pytest.mark.parametrize("path", ["/OTHER/FeatureServer/0", f"/{NAME}/FeatureServer/1/query"])
def test_unknown_layer_is_an_error_inside_http_200(client: Client, path: str) -> None:
    response, body = client.get(path, f="json", where="1=1")
    assert response.status == 200
    assert json.loads(body)["error"] == {
        "code": 400,
        "message": "Invalid URL",
        "details": ["Invalid URL"],
    }


def test_without_f_json_comes_a_page_for_people(client: Client) -> None:
    response, body = client.get(f"/{NAME}/FeatureServer/0/query", where="1=1")
    assert response.getheader("Content-Type", "").startswith("text/html")
    assert b"synthetic: true" in body


def test_order_that_is_not_asked_for_changes_the_same_way_in_every_portal() -> None:
    frame = pd.DataFrame({"n": range(50), "half": [n % 2 for n in range(50)]})

    def orders(**query: str) -> list[list[int]]:
        with Portal() as portal:
            portal.add_table(NAME, frame)
            pages = [Client(portal).query(**query) for _ in range(3)]
        return [[row["n"] for row in attributes(page)] for page in pages]

    first = orders()
    assert first == orders()
    assert len({tuple(order) for order in first}) == 3
    assert all(sorted(order) == list(range(50)) for order in first)
    ties = orders(orderByFields="half")
    assert all([n % 2 for n in order] == [0] * 25 + [1] * 25 for order in ties)
    assert len({tuple(order) for order in ties}) == 3
