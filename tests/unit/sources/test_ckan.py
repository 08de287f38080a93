"""CKAN resources: how they are found, paged by offset, dated, and what is no resource."""

import pytest

from rbdc.errors import SourceError
from rbdc.sources import ckan
from rbdc.sources.batch import Request
from rbdc.sources.ckan import _date_text, _error_in
from rbdc.sources.portal import plain_text
from rbdc.sources.simulator.portals import Portal, resource_id
from rbdc.sources.simulator.portals import ckan as simulated
from tests.unit.sources import portals
from tests.unit.sources.portals import (
    EDITED,
    NAME,
    PACKAGE,
    RACE,
    frame,
    landed,
    pages,
    patience,
    publish,
    rows,
)


@pytest.fixture
def portal():
    with Portal(rows_max=4) as one:
        publish(one, frame(10))
        yield one


def pull(at, folder, **changes):
    return portals.pull(at, "ckan", folder, **changes)


def place(portal, **changes):
    return {"connector": "ckan", "url": portal.url, "package": PACKAGE, "resource": NAME} | changes


def changed_package(monkeypatch, *resources):
    """Let packages list their resource with some properties changed, once for each of them."""
    true = simulated._package

    def package(*arguments):
        shown = true(*arguments)
        first = shown["resources"][0]
        return {**shown, "resources": [{**first, **changes} for changes in resources]}

    monkeypatch.setattr(simulated, "_package", package)


@pytest.mark.parametrize("resource", [NAME, NAME.lower(), f" {NAME} ", resource_id(NAME)])
def test_resource_is_found_by_name_in_any_case_or_by_id(portal, tmp_path, resource):
    pulled = pull(portal, tmp_path, portal=place(portal, resource=resource, url=portal.url + "/"))
    assert rows(pulled) == landed(frame(10))
    assert pulled.columns == {
        "_id": "int",
        "Record": "int8",
        RACE: "text",
        "Secret": "text",
        "Rate": "float8",
        "Updated": "timestamp",
    }


def test_table_goes_before_a_download_of_the_same_name(portal, tmp_path, monkeypatch):
    changed_package(monkeypatch, {"id": "other", "datastore_active": False, "format": "XML"}, {})
    assert pull(portal, tmp_path).rows == 10


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resource": "nope"}, f"has no resource nope.*there are: {NAME}"),
        ({"package": "nope"}, "there is no package nope at .*Correct `url` or `package`"),
    ],
)
def test_what_is_not_there_is_named(portal, tmp_path, changes, message):
    with pytest.raises(SourceError, match=message):
        pull(portal, tmp_path, portal=place(portal, **changes))


def test_several_resources_of_one_name(portal, tmp_path, monkeypatch):
    changed_package(monkeypatch, {"id": "one"}, {"id": "two"})
    with pytest.raises(SourceError, match=r"several resources .*Put the id .*: one, two\."):
        pull(portal, tmp_path)


def test_resource_that_is_a_file_only(portal, tmp_path, monkeypatch):
    changed_package(monkeypatch, {"id": "file", "datastore_active": False})
    with pytest.raises(SourceError, match="is a file that the portal's datastore does not hold"):
        pull(portal, tmp_path)


def test_table_of_another_connector(tmp_path):
    with pytest.raises(ValueError, match="not at a CKAN portal"), Portal() as portal:
        ckan.pull(Request(portals.table_at(portal, "arcgis"), tmp_path))


def test_pages_begin_with_the_row_that_the_last_one_ended_with(portal, tmp_path):
    pull(portal, tmp_path)
    asked = pages(portal)
    assert [query["offset"] for query in asked] == ["0", "3", "6", "9", "10"]
    assert {query["fields"] for query in asked} == {f"Record,{RACE},Rate,Updated,_id"}
    assert {query["sort"] for query in asked} == {"_id"}


def test_rows_that_move_under_the_pages_are_noticed(portal, tmp_path):
    """One row goes and another comes: their number and the date of edit stay as they were."""
    moved = frame(11).iloc[[0, *range(2, 11)]].reset_index(drop=True)
    done = []

    def edit():
        if len(pages(portal)) == 2 and not done:
            done.append(True)
            portal.replace_table(NAME, moved, edited_at=EDITED)
            # The simulated portal numbers a new version anew; here rows keep their ids.
            portal._tables[NAME]._connection.execute("update data set row_id = c0")

    assert rows(pull(portal, tmp_path, wait=patience(edit))) == landed(moved)
    assert done


@pytest.mark.parametrize(
    "changes",
    [
        {"url_type": "datastore"},  # rows change there without a new date
        {"last_modified": None, "metadata_modified": EDITED.isoformat()},
        {"last_modified": "lately"},
    ],
)
def test_date_that_says_nothing_of_the_rows_is_no_mark(portal, tmp_path, monkeypatch, changes):
    changed_package(monkeypatch, changes)
    first = pull(portal, tmp_path / "1")
    assert first.position.mark is None
    portal.replace_table(NAME, frame(10, first=2), edited_at=EDITED)
    again = pull(portal, tmp_path / "2", since=first.position)
    assert rows(again) == landed(frame(10, first=2))


def test_date_without_a_zone_is_utc(portal, tmp_path, monkeypatch):
    changed_package(monkeypatch, {"last_modified": "2022-03-01T14:05:00"})
    assert pull(portal, tmp_path).position.mark == "edited 2022-03-01T14:05:00+00:00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2021-06-01T00:00:00", "2021-06-01"),
        ("2020-01-02T03:04:05", "2020-01-02T03:04:05"),
        ("2021-06-01T00:00:00.25", "2021-06-01T00:00:00.25"),
        ("2021-12-31T23:59:59-05:00", "2022-01-01T04:59:59"),
        ("infinity", "infinity"),
        (None, None),
    ],
)
def test_dates(value, text):
    assert _date_text(value) == text


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"success": True, "result": {}}, None),
        (
            {"success": False, "error": {"__type": "Not Found Error", "message": "Not found"}},
            (404, "Not Found Error: Not found"),
        ),
        (
            {"success": False, "error": {"__type": "Validation Error", "fields": ["no x", "no y"]}},
            (409, "Validation Error: no x no y"),
        ),
        ({"success": False, "error": {"__type": "Odd Error"}}, (500, "Odd Error: ")),
        ({"success": False}, (500, "no message")),
    ],
)
def test_errors_of_actions(content, error):
    assert _error_in(content) == error


def test_values_are_written_as_a_csv_file_has_them():
    values = [True, False, 0, 12, 3.0, -0.5, "007", "", " ", None, ["é"], {"a": 1}]
    assert [plain_text(value) for value in values] == [
        *("1", "0", "0", "12", "3", "-0.5", "007", None, " ", None, '["é"]', '{"a": 1}')
    ]
