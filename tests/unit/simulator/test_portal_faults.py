"""Faults of the simulated portals: each as a client meets it, and when it strikes."""

import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection, IncompleteRead
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import pytest

from rbdc.sources.simulator.portals import Fault, Portal, resource_id

from .test_portals import NAME, Client, attributes

ROWS = 10


@pytest.fixture
def client() -> Iterator[Client]:
    with Portal(max_record_count=4) as portal:
        portal.add_table(NAME, pd.DataFrame({"n": range(1, ROWS + 1)}))
        yield Client(portal)


def arcgis_page(client: Client, offset: int = 0, limit: int = 4) -> tuple[list[int], Any]:
    """Numbers of a page, and its flag."""
    page = client.query(orderByFields="n", resultOffset=offset, resultRecordCount=limit)
    return [row["n"] for row in attributes(page)], page.get("exceededTransferLimit")


def ckan_page(client: Client, offset: int = 0, limit: int = 4) -> tuple[list[int], int]:
    """Numbers of a page, and the total that it claims."""
    result = client.search(sort="n", offset=offset, limit=limit)
    return [record["n"] for record in result["records"]], result["total"]


def dumped(client: Client) -> list[int]:
    return [int(line.split(",")[1]) for line in client.dump().decode().splitlines()[1:]]


def test_drop_breaks_the_connection_inside_the_body(client: Client) -> None:
    client.portal.faults.append(Fault("drop", on_request=2, times=2))
    full = len(json.dumps(client.query(orderByFields="n"), ensure_ascii=False))
    for fetch in (lambda: client.query(orderByFields="n"), client.dump):
        with pytest.raises(IncompleteRead) as broken:
            fetch()
        assert len(broken.value.partial) > 0
        assert broken.value.expected
    assert len(json.dumps(client.query(orderByFields="n"), ensure_ascii=False)) == full


def test_too_many_requests_says_when_to_come_again(client: Client) -> None:
    client.portal.faults.append(Fault("too_many_requests", retry_after=7))
    response, _ = client.get(f"/{NAME}/FeatureServer/0", f="json")
    assert (response.status, response.getheader("Retry-After")) == (429, "7")
    assert client.layer()["name"] == NAME


def test_server_error_is_not_json(client: Client) -> None:
    client.portal.faults.append(Fault("server_error"))
    response, body = client.get(f"/datastore/dump/{resource_id(NAME)}")
    assert (response.status, response.getheader("Content-Type")) == (500, "text/html")
    assert b"Internal Server Error" in body
    assert dumped(client) == list(range(1, ROWS + 1))


def test_error_inside_http_200_has_the_form_of_each_portal(client: Client) -> None:
    client.portal.faults.append(Fault("error_in_200", times=2))
    assert client.query()["error"]["code"] == 500
    answer = client.action("datastore_search", resource_id=resource_id(NAME))
    assert (answer["success"], answer["error"]["__type"]) == (False, "Internal Server Error")
    assert ckan_page(client) == ([1, 2, 3, 4], ROWS)


def test_truncated_page_lacks_its_end_without_a_flag(client: Client) -> None:
    client.portal.faults.append(Fault("truncated_page", on_request=2))
    assert arcgis_page(client) == ([1, 2, 3, 4], True)
    assert arcgis_page(client, offset=4) == ([5, 6], None)
    assert arcgis_page(client, offset=6) == ([7, 8, 9, 10], None)
    client.portal.faults.append(Fault("truncated_page", times=2, rows=1))
    assert ckan_page(client) == ([1], ROWS)
    assert dumped(client) == [1]
    assert dumped(client) == list(range(1, ROWS + 1))


def test_repeated_page_is_the_one_served_before(client: Client) -> None:
    # The first page has none before it; nor does a repeated one spoil the other portal's pages.
    client.portal.faults.append(Fault("repeated_page"))
    assert arcgis_page(client, offset=0) == ([1, 2, 3, 4], True)
    assert ckan_page(client, offset=4) == ([5, 6, 7, 8], ROWS)
    assert arcgis_page(client, offset=4) == ([1, 2, 3, 4], True)
    assert arcgis_page(client, offset=4) == ([5, 6, 7, 8], True)
    client.portal.faults.append(Fault("repeated_page"))
    assert ckan_page(client, offset=8) == ([5, 6, 7, 8], ROWS)
    assert ckan_page(client, offset=8) == ([9, 10], ROWS)


def test_repeated_page_strikes_paging_by_key_too(client: Client) -> None:
    client.portal.faults.append(Fault("repeated_page"))
    ids = [
        [r["ObjectId"] for r in attributes(client.query(where=where, orderByFields="ObjectId"))]
        for where in ("ObjectId > 0", "ObjectId > 4", "ObjectId > 4")
    ]
    assert ids == [[1, 2, 3, 4], [1, 2, 3, 4], [5, 6, 7, 8]]


@pytest.mark.parametrize(("shift", "claimed"), [(3, ROWS + 3), (-2, ROWS - 2), (-99, 0)])
def test_stale_count_is_off_and_the_rows_are_not(client: Client, shift: int, claimed: int) -> None:
    client.portal.faults.append(Fault("stale_count", times=2, shift=shift))
    assert arcgis_page(client) == ([1, 2, 3, 4], True)  # no count in it: the fault waits
    assert client.query(returnCountOnly="true") == {"count": claimed}
    assert ckan_page(client, limit=20) == (list(range(1, ROWS + 1)), claimed)
    assert client.query(returnCountOnly="true") == {"count": ROWS}


def test_page_limit_ends_every_page_without_a_flag(client: Client) -> None:
    client.portal.faults.append(Fault("page_limit", times=None, rows=3))
    assert arcgis_page(client) == ([1, 2, 3], None)
    assert arcgis_page(client, offset=3) == ([4, 5, 6], None)
    assert ckan_page(client, limit=20) == ([1, 2, 3], ROWS)
    assert dumped(client) == [1, 2, 3]
    assert client.query(returnCountOnly="true") == {"count": ROWS}
    client.portal.faults[:] = [Fault("page_limit")]
    assert arcgis_page(client) == ([1, 2, 3, 4], None)
    assert arcgis_page(client) == ([1, 2, 3, 4], True)


def test_slow_answer_comes_late_and_whole(client: Client) -> None:
    client.portal.faults.append(Fault("slow", seconds=0.3))
    began = time.monotonic()
    assert arcgis_page(client) == ([1, 2, 3, 4], True)
    slow = time.monotonic() - began
    assert slow >= 0.3
    arcgis_page(client)
    assert time.monotonic() - began - slow < 0.3


def test_slow_answer_holds_up_neither_others_nor_the_end() -> None:
    portal = Portal()
    portal.add_table(NAME, pd.DataFrame({"n": [1]}))
    portal.start()
    portal.faults.append(Fault("slow", seconds=60, matching="returnCountOnly"))
    client = Client(portal)
    answers: list[Any] = []
    waiting = Thread(target=lambda: answers.append(client.query(returnCountOnly="true")))
    waiting.start()
    while not portal.requests:
        time.sleep(0.01)
    assert arcgis_page(client) == ([1], None)
    began = time.monotonic()
    portal.stop()
    waiting.join(timeout=10)
    assert time.monotonic() - began < 10
    assert answers == [{"count": 1}]


def test_fault_strikes_the_matching_requests_it_names(client: Client) -> None:
    client.portal.faults.append(
        Fault("server_error", on_request=2, times=2, matching="resultOffset=4")
    )
    path, asked = f"/{NAME}/FeatureServer/0/query", {"f": "json", "where": "1=1"}
    statuses = [
        client.get(path, **asked, resultOffset=offset)[0].status for offset in (4, 0, 4, 0, 4, 4)
    ]
    assert statuses == [200, 200, 500, 200, 500, 200]
    assert [request.faults for request in client.portal.requests] == [
        (),
        (),
        ("server_error",),
        (),
        ("server_error",),
        (),
    ]


def test_faults_of_different_kinds_strike_together(client: Client) -> None:
    client.portal.faults += [
        Fault("stale_count", times=None, shift=1),
        Fault("truncated_page", rows=2),
        Fault("slow", seconds=0.2),
    ]
    began = time.monotonic()
    assert ckan_page(client) == ([1, 2], ROWS + 1)
    assert time.monotonic() - began >= 0.2
    assert ckan_page(client) == ([1, 2, 3, 4], ROWS + 1)


def test_connection_is_kept_after_errors_and_closed_after_a_drop(client: Client) -> None:
    client.portal.faults.append(Fault("server_error"))
    connection = HTTPConnection(urlsplit(client.portal.url).netloc, timeout=10)
    path = f"/{NAME}/FeatureServer/0?f=json"
    connection.request("GET", path)
    assert connection.getresponse().read()
    kept = connection.sock
    connection.request("GET", path)
    assert json.loads(connection.getresponse().read())["name"] == NAME
    assert connection.sock is kept is not None
    connection.close()


def test_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="known: drop, too_many_requests"):
        Fault("earthquake")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="counts from 1"):
        Fault("drop", on_request=0)
