"""Simulated portals: what ArcGIS and CKAN answer, and that paging gives the table back."""

import csv
import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rbdc.errors import RbdcError
from rbdc.sources.simulator.portals import Portal, resource_id

NAME = "RBDC_TEST_TBL_001"
EDITED = dt.datetime(2022, 3, 1, 14, 5, tzinfo=dt.UTC)
FRAME = pd.DataFrame(
    {
        "Arrest_Year": [2020, 2020, 2021, 2021, 2021],
        "Perceived race of people involved": ["Black ", None, "White", "", 'Côté, "d\'Arc"\n'],
        "Count": pd.array([3, None, 0, 7, 12], dtype="Int64"),
        "Rate": [0.5, float("nan"), 2.0, -1.25, 0.0],
        "Booked": [True, False, True, True, False],
        "Updated": [
            "2020-01-02T03:04:05",
            None,
            "2021-06-01T00:00:00",
            "2021-06-01T00:00:00.250",
            "2021-12-31T23:59:59-05:00",
        ],
    }
)
RACE, RACE_CUT = "Perceived race of people involved", "Perceived_race_of_people_involv"
MILLISECONDS = [1577934245000, None, 1622505600000, 1622505600250, 1641013199000]


class Client:
    """Plain GET requests to a portal."""

    def __init__(self, portal: Portal) -> None:
        self.portal = portal

    def get(self, path: str, **query: object) -> tuple[HTTPResponse, bytes]:
        connection = HTTPConnection(urlsplit(self.portal.url).netloc, timeout=10)
        connection.request("GET", f"{path}?{urlencode(query)}")
        response = connection.getresponse()
        try:
            return response, response.read()
        finally:
            connection.close()

    def layer(self, name: str = NAME) -> Any:
        return json.loads(self.get(f"/{name}/FeatureServer/0", f="json")[1])

    def query(self, name: str = NAME, where: str = "1=1", **query: object) -> Any:
        path = f"/{name}/FeatureServer/0/query"
        response, body = self.get(path, **{"f": "json", "outFields": "*", "where": where, **query})
        assert response.status == 200
        return json.loads(body)

    def action(self, action: str, status: int = 200, **query: object) -> Any:
        response, body = self.get(f"/api/3/action/{action}", **query)
        assert response.status == status
        return json.loads(body)

    def search(self, name: str = NAME, **query: object) -> Any:
        return self.action("datastore_search", resource_id=resource_id(name), **query)["result"]

    def dump(self, name: str = NAME, **query: object) -> bytes:
        return self.get(f"/datastore/dump/{resource_id(name)}", **query)[1]


@pytest.fixture
def client() -> Iterator[Client]:
    with Portal(max_record_count=3, rows_max=4) as portal:
        portal.add_table(
            NAME, FRAME, dates=["Updated"], aliases={"Arrest_Year": "Arrest Year"}, edited_at=EDITED
        )
        yield Client(portal)


def attributes(page: Any) -> list[dict[str, Any]]:
    return [feature["attributes"] for feature in page["features"]]


# ArcGIS


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


# CKAN


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


# Both


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
