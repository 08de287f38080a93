"""Simulated portals: what the CKAN side answers."""

import csv
import io
import json
from urllib.parse import urlsplit

import pandas as pd
import pytest

from rbdc.sources.simulator.portals import Portal, resource_id

from .portal_client import EDITED, FRAME, NAME, RACE, Client


def test_package_lists_its_resources_and_says_that_it_is_simulated(client: Client) -> None:
    client.portal.add_table("OTHER", FRAME, package="rbdc-test-tbl-001")
    client.portal.add_table("APART", FRAME)
    package = client.action("package_show", id="rbdc-test-tbl-001")["result"]
    assert package["synthetic"] is True
    assert "SIMULATED" in package["notes"]
    assert [r["name"] for r in package["resources"]] == [NAME, "OTHER"]
    resource = package["resources"][0]
    assert (resource["id"], resource["datastore_active"]) == (resource_id(NAME), True)
    assert resource["last_modified"] == EDITED.isoformat()
    assert client.get(urlsplit(resource["url"]).path)[1] == client.dump()
    assert client.action("package_show", id=package["id"])["result"] == package


def test_search_gives_full_names_types_and_records(client: Client) -> None:
    result = client.search(sort="_id", limit=4)
    assert [(field["id"], field["type"]) for field in result["fields"]] == [
        ("_id", "int"),
        ("Arrest Year", "int8"),
        (RACE, "text"),
        ("Count", "int8"),
        ("Rate", "float8"),
        ("Booked", "int8"),
        ("Updated", "timestamp"),
    ]
    assert (result["total"], result["limit"], len(result["records"])) == (5, 4, 4)
    assert result["records"][1] == {
        "_id": 2,
        "Arrest Year": 2020,
        RACE: None,
        "Count": None,
        "Rate": None,
        "Booked": 0,
        "Updated": None,
    }
    assert [record["Updated"] for record in result["records"]] == [
        "2020-01-02T03:04:05",
        None,
        "2021-06-01T00:00:00",
        "2021-06-01T00:00:00.25",
    ]


def test_search_cuts_a_larger_limit_and_links_its_pages(client: Client) -> None:
    result = client.search(sort="_id", limit=1000)
    assert (result["limit"], len(result["records"])) == (4, 4)
    path, query = result["_links"]["next"].split("?")
    following = json.loads(client.get(path, **dict(p.split("=") for p in query.split("&")))[1])
    assert [record["_id"] for record in following["result"]["records"]] == [5]
    assert following["result"]["offset"] == 4
    assert "offset" not in following["result"]["_links"]["start"]
    # CKAN links a next page even where there is none.
    assert "offset=8" in following["result"]["_links"]["next"]
    assert client.search(sort="_id", limit=2, offset=3)["_links"]["prev"].endswith("offset=1")


def test_search_has_a_default_limit_of_100_and_no_order_of_its_own() -> None:
    with Portal() as portal:
        portal.add_table(NAME, pd.DataFrame({"n": range(150)}))
        result = Client(portal).search()
        again = Client(portal).search()
    assert (result["limit"], len(result["records"]), result["total"]) == (100, 100, 150)
    assert [r["_id"] for r in result["records"]] != [r["_id"] for r in again["records"]]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        ({"Arrest Year": 2020}, [1, 2]),
        ({"Arrest Year": "2020"}, [1, 2]),
        ({"Arrest Year": [2020, 2021], RACE: ["White", ""]}, [3, 4]),
        ({"Rate": 2}, [3]),
        ({"Updated": "2021-06-01T00:00:00"}, [3]),
        ({"Count": None}, []),
        ({"Count": []}, []),
    ],
)
def test_filters(client: Client, filters: dict[str, object], ids: list[int]) -> None:
    result = client.search(filters=json.dumps(filters), sort="_id", fields="_id")
    assert result["records"] == [{"_id": id_} for id_ in ids]
    assert result["total"] == len(ids)


def test_sort_takes_names_with_blanks(client: Client) -> None:
    for sort in ('"Arrest Year" desc, _id desc', "Arrest Year desc,_id DESC"):
        records = client.search(sort=sort, fields="_id")["records"]
        assert [record["_id"] for record in records] == [5, 4, 3, 2]
    assert "total" not in client.search(include_total="false")


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ({"sort": "Nope"}, ("sort", 'invalid value "Nope"')),
        ({"fields": "_id,Nope"}, ("fields", 'invalid value "Nope"')),
        ({"filters": '{"Nope": 1}'}, ("filters", 'invalid value "Nope"')),
        ({"filters": "{"}, ("filters", "Cannot parse JSON")),
        ({"filters": "[1]"}, ("filters", "Cannot parse JSON")),
        (
            {"filters": '{"Count": "many"}'},
            ("filters", 'invalid input syntax for type int8: "many"'),
        ),
        ({"limit": "-1"}, ("limit", "Must be a natural number")),
        ({"offset": "x"}, ("offset", "Must be a natural number")),
        ({"q": "Black"}, ("q", "not supported by this simulated server")),
        (
            {"records_format": "csv"},
            ("records_format", "this simulated server has objects only"),
        ),
        ({"resource_id": ""}, ("resource_id", "Missing value")),
    ],
)
def test_bad_search_is_a_validation_error(
    client: Client, query: dict[str, str], wrong: tuple[str, str]
) -> None:
    asked = {"resource_id": resource_id(NAME), **query}
    answer = client.action("datastore_search", status=409, **asked)
    assert answer["success"] is False
    assert answer["error"] == {"__type": "Validation Error", wrong[0]: [wrong[1]]}


def test_unknown_package_resource_dump_action_and_path_are_not_found(client: Client) -> None:
    answer = client.action("datastore_search", status=404, resource_id="nope")
    assert (answer["success"], answer["error"]["__type"]) == (False, "Not Found Error")
    assert answer["error"]["message"] == 'Not found: Resource "nope" was not found.'
    answer = client.action("package_show", status=404, id="nope")
    assert answer["error"] == {"__type": "Not Found Error", "message": "Not found"}
    assert client.action("package_show", status=409)["error"]["name_or_id"] == ["Missing value"]
    assert "not known: nope" in client.action("nope", status=400)
    assert client.get("/datastore/dump/nope")[0].status == 404
    assert client.get("/elsewhere")[0].status == 404


def test_dump_is_csv_with_full_names_row_ids_and_a_bom_on_demand(client: Client) -> None:
    plain = client.dump()
    assert client.dump(bom="true") == b"\xef\xbb\xbf" + plain
    header, rest = plain.split(b"\r\n", 1)
    assert header.decode() == f"_id,Arrest Year,{RACE},Count,Rate,Booked,Updated"
    assert b"\r" not in rest
    rows = list(csv.reader(io.StringIO(rest.decode(), newline="")))
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row[2] for row in rows] == ["Black ", "", "White", "", 'Côté, "d\'Arc"\n']
    # Null is nothing, an empty text is a pair of quotes.
    assert rest.decode().split("\n")[1] == "2,2020,,,,0,"
    assert rest.decode().split("\n")[3] == '4,2021,"",7,-1.25,1,2021-06-01T00:00:00.25'
    part = client.dump(limit=2, offset=1, sort="Count desc", fields="_id,Count").decode()
    assert part == "_id,Count\r\n5,12\n4,7\n"
    response, body = client.get(f"/datastore/dump/{resource_id(NAME)}", format="xml")
    assert (response.status, body) == (400, b"format: this simulated server has csv only")
    assert client.get(f"/datastore/dump/{resource_id(NAME)}", sort="Nope")[0].status == 400
