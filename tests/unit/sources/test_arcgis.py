"""ArcGIS layers: their names and aliases, row ids, dates, and what is no layer."""

import duckdb
import pandas as pd
import pytest

from rbdc.errors import SourceError
from rbdc.sources import arcgis
from rbdc.sources.arcgis import _date_text, _error_in, _spellings
from rbdc.sources.batch import Request
from rbdc.sources.simulator.portals import Fault, Portal
from rbdc.sources.simulator.portals import arcgis as simulated
from tests.unit.sources import portals
from tests.unit.sources.portals import (
    EDITED,
    NAME,
    RACE,
    RACE_CUT,
    frame,
    landed,
    pages,
    publish,
    rows,
)


@pytest.fixture
def portal():
    with Portal(max_record_count=4) as one:
        publish(one, frame(10))
        yield one


def pull(at, folder, **changes):
    return portals.pull(at, "arcgis", folder, **changes)


def changed_layer(monkeypatch, **changes):
    """Let the server describe its layers otherwise; None takes a property away."""
    true = simulated._layer

    def layer(*arguments):
        described = {**true(*arguments), **changes}
        return {name: value for name, value in described.items() if value is not None}

    monkeypatch.setattr(simulated, "_layer", layer)


@pytest.mark.parametrize("spelling", [RACE, RACE_CUT])
def test_columns_are_found_by_their_name_or_their_alias(portal, tmp_path, spelling):
    columns = [
        {"name": "record", "source_name": "Record"},
        {"name": "race", "source_names": ["no such name", spelling]},
    ]
    pulled = pull(portal, tmp_path, columns=columns, as_of="2022-01-01")
    assert rows(pulled) == [row[:2] for row in landed(frame(10))]
    assert pages(portal)[0]["outFields"] == f"Record,{RACE_CUT},ObjectId"
    assert pulled.columns == {
        "Record": "esriFieldTypeInteger",
        RACE_CUT: "esriFieldTypeString",
        "Secret": "esriFieldTypeString",
        "Rate": "esriFieldTypeDouble",
        "Updated": "esriFieldTypeDate",
        "ObjectId": "esriFieldTypeOID",
    }


def test_name_goes_before_an_alias_and_an_alias_of_two_fields_says_nothing():
    fields = [
        {"name": "A", "alias": "B"},
        {"name": "B", "alias": "Both"},
        {"name": "C", "alias": "Both"},
        {"name": "D"},
    ]
    assert _spellings(fields) == {"A": "A", "B": "B", "C": "C", "D": "D"}


def test_pages_go_on_after_the_last_row_id_and_rows_keep_their_ids(portal, tmp_path):
    table = frame(5).assign(ObjectId=[700, 2, 31, 4, 30])
    portal.replace_table(NAME, table, edited_at=EDITED)
    pulled = pull(portal, tmp_path)
    found = duckdb.sql(f"select record, _row_number from '{pulled.parquet}' order by 2").fetchall()
    assert found == [("2", 2), ("4", 4), ("5", 30), ("3", 31), ("1", 700)]
    asked = pages(portal)
    wheres = [query["where"] for query in asked]
    assert wheres == ["1=1", "ObjectId > 31", "ObjectId > 700"]
    assert {query["resultRecordCount"] for query in asked} == {"4"}
    assert {query["returnGeometry"] for query in asked} == {"false"}
    assert not any("resultOffset" in query for query in asked)


@pytest.mark.parametrize(
    "changes",
    [
        {"maxRecordCount": 1000},  # more than the server gives
        {"maxRecordCount": None, "objectIdField": None, "advancedQueryCapabilities": None},
    ],
)
def test_layer_that_describes_itself_wrongly_or_hardly(portal, tmp_path, monkeypatch, changes):
    changed_layer(monkeypatch, **changes)
    assert rows(pull(portal, tmp_path)) == landed(frame(10))


def test_without_a_date_of_edit_the_rows_themselves_are_compared(portal, tmp_path, monkeypatch):
    changed_layer(monkeypatch, editingInfo=None)
    first = pull(portal, tmp_path / "1")
    assert first.position.mark is None
    assert pull(portal, tmp_path / "2", since=first.position).delivery == "none"
    portal.replace_table(NAME, frame(10, first=2), edited_at=EDITED)
    again = pull(portal, tmp_path / "3", since=first.position)
    assert rows(again) == landed(frame(10, first=2))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        (f"{NAME}/FeatureServer/1", "there is no layer at .*/1 .*Correct `url`"),
        ("OTHER/FeatureServer/0", "there is no layer at .*OTHER.*Correct `url`"),
        (f"{NAME}/FeatureServer", "is not a layer with fields.*ends with the number of a layer"),
    ],
)
def test_url_of_no_layer(portal, tmp_path, path, message):
    place = {"connector": "arcgis", "url": f"{portal.url}/{path}"}
    with pytest.raises(SourceError, match=message):
        pull(portal, tmp_path, portal=place)


def test_table_of_another_connector(tmp_path):
    with pytest.raises(ValueError, match="not at an ArcGIS portal"), Portal() as portal:
        arcgis.pull(Request(portals.table_at(portal, "ckan"), tmp_path))


def test_rows_without_order_are_refused(portal, tmp_path, monkeypatch):
    """As from a server that ignores what it is asked to sort by."""
    monkeypatch.setattr(simulated, "_order", lambda text, fields: [])
    with pytest.raises(SourceError, match=r"does not keep its rows in the order|repeated page"):
        pull(portal, tmp_path)


def test_page_limit_is_overcome_by_asking_on(portal, tmp_path):
    portal.faults.append(Fault("page_limit", times=None, rows=1))
    assert rows(pull(portal, tmp_path)) == landed(frame(10))
    assert len(pages(portal)) == 11


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "1970-01-01"),
        (1622505600000, "2021-06-01"),
        (1577934245000, "2020-01-02T03:04:05"),
        (1622505600250, "2021-06-01T00:00:00.25"),
        (1577934245000.0, "2020-01-02T03:04:05"),
        (-86400000, "1969-12-31"),
        (-62135596800000, "0001-01-01"),
        (10**18, "1000000000000000000"),
        (None, None),
        ("2021-06-01", "2021-06-01"),
    ],
)
def test_dates(milliseconds, text):
    assert _date_text(milliseconds) == text


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"count": 3}, None),
        (
            {"error": {"code": 499, "message": "Token Required", "details": []}},
            (499, "Token Required"),
        ),
        (
            {"error": {"code": 400, "message": "Invalid URL", "details": ["Invalid URL", "x"]}},
            (400, "Invalid URL x"),
        ),
        ({"error": {}}, (500, "no message")),
        ({"error": "down"}, (500, "down")),
    ],
)
def test_errors_inside_an_answer(content, error):
    assert _error_in(content) == error


def test_numbers_are_written_as_a_csv_file_has_them(tmp_path):
    table = pd.DataFrame({"Record": [1, 2, 3, 4], "n": [6042273.0, 0.1, 1e300, None]})
    with Portal() as portal:
        publish(portal, table.assign(Updated=None).astype({"Updated": "string"}))
        columns = [{"name": "record", "source_name": "Record"}, "n"]
        pulled = pull(portal, tmp_path, columns=columns, as_of="2022-01-01")
    assert [row[1] for row in rows(pulled)] == ["6042273", "0.1", "1e+300", None]
