"""A table, and a client that asks a simulated portal for it, for the tests of portals."""

import datetime as dt
import json
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

import pandas as pd

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


def attributes(page: Any) -> list[dict[str, Any]]:
    return [feature["attributes"] for feature in page["features"]]


# ArcGIS
