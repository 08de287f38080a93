"""Tables at portals: whole or refused, whatever goes wrong, and the same from every kind."""

import csv
import datetime as dt
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rbdc.errors import SourceError
from rbdc.sources.batch import Period, Request
from rbdc.sources.csv_file import pull as pull_csv
from rbdc.sources.http import Server
from rbdc.sources.simulator.portals import Fault, Portal
from tests.unit.sources.portals import (
    CONNECTORS,
    EDITED,
    NAME,
    PACKAGE,
    RACE,
    RACE_CUT,
    frame,
    landed,
    pages,
    patience,
    publish,
    pull,
    rows,
    table_at,
)

ROWS = 10
either = pytest.mark.parametrize("connector", CONNECTORS)


@pytest.fixture
def portal():
    with Portal(max_record_count=4, rows_max=4) as one:
        publish(one, frame(ROWS))
        yield one


# Every kind of fault: what it strikes first, and what a lasting one must be called.
FAULTS = {
    "drop": ({}, "broke the connection off inside an answer"),
    "too_many_requests": ({}, r"asked for fewer requests and to come back after 1 s \(error 429\)"),
    "server_error": ({}, r"answered with error 500 \(Internal Server Error\)"),
    "error_in_200": ({}, "answered with error 500 inside HTTP 200"),
    "truncated_page": ({}, r"counts 10 rows but served \d \(pages cut short"),
    "repeated_page": ({}, "served a repeated page"),
    "stale_count": ({"on_request": 1}, "counts 11 rows but served 10 .*count that is out of date"),
    "page_limit": ({"rows": 3}, None),  # the next rows are there for who asks: nothing is lost
    "slow": ({"seconds": 0.5}, "did not answer within 0.2 seconds"),
}
# Faults of content that leave no way to the rest.
WORSE = {
    "truncated_page": ({"rows": 0}, r"counts 10 rows but served \d \(pages cut short"),
    "page_limit": ({"rows": 0}, r"counts 10 rows but served \d \(.*page limit without a flag"),
    "stale_count": (
        {"on_request": 1, "shift": -1},
        "counts 9 rows but served 10: its count is out of date",
    ),
}
CASES = [*FAULTS.items(), *WORSE.items()]


@either
@pytest.mark.parametrize(("kind", "fault"), CASES)
@pytest.mark.parametrize("times", [1, 2])
def test_fault_that_passes_costs_no_row(portal, tmp_path, connector, kind, fault, times):
    portal.faults.append(Fault(kind, **{"on_request": 2, "times": times} | fault[0]))
    pulled = pull(portal, connector, tmp_path, wait=patience(timeout=0.2, attempts=3))
    assert rows(pulled) == landed(frame(ROWS))
    assert any(request.faults == (kind,) for request in portal.requests)


@either
@pytest.mark.parametrize(("kind", "fault"), CASES)
def test_fault_that_lasts_is_harmless_or_named(portal, tmp_path, connector, kind, fault):
    changes, message = fault
    portal.faults.append(Fault(kind, **{"on_request": 2, "times": None} | changes))
    wait = patience(timeout=0.2, attempts=3)
    if message is None:
        assert rows(pull(portal, connector, tmp_path, wait=wait)) == landed(frame(ROWS))
        return
    with pytest.raises(SourceError, match=message) as refused:
        pull(portal, connector, tmp_path, wait=wait)
    assert str(refused.value).startswith("Source files, table people (")
    assert "Refresh" in str(refused.value)
    assert list(tmp_path.iterdir()) == []  # part of a table is no delivery


@either
def test_break_in_a_late_page_asks_for_that_page_again(portal, tmp_path, connector):
    portal.replace_table(NAME, frame(30), edited_at=EDITED)
    portal.faults.append(Fault("drop", on_request=9))
    assert rows(pull(portal, connector, tmp_path)) == landed(frame(30))
    asked = [tuple(sorted(query.items())) for query in pages(portal)]
    again = [query for query in asked if asked.count(query) > 1]
    assert len(again) == 2 and len(set(asked)) == len(asked) - 1
    assert again[0] not in asked[:5]


@either
def test_unlisted_values_do_not_leave_the_portal(portal, tmp_path, connector):
    pull(portal, connector, tmp_path)
    for query in pages(portal):
        assert "Secret" not in query.get("outFields", "") + query.get("fields", "")
        assert RACE_CUT in query.get("outFields", "") or RACE in query.get("fields", "")
    files = list(tmp_path.rglob("*"))
    assert files and all(b"PRIVATE" not in file.read_bytes() for file in files)


@either
def test_renamed_column_is_a_sentence_with_what_is_there(portal, tmp_path, connector):
    with pytest.raises(SourceError, match=r"lacks the declared column\(s\) Nope.* Record"):
        pull(portal, connector, tmp_path, columns=["Nope"], key=["Nope"], as_of="2022-01-01")


@either
def test_lost_column_that_may_be_lost_is_null(portal, tmp_path, connector):
    pulled = pull(
        portal,
        connector,
        tmp_path,
        columns=[{"name": "record", "source_name": "Record"}, "gone"],
        as_of="2022-01-01",
        drift={"lost_column": "warn"},
    )
    assert rows(pulled) == [(str(n), None) for n in range(1, ROWS + 1)]


@either
def test_empty_table_is_refused(portal, tmp_path, connector):
    portal.replace_table(NAME, frame(0).astype({"Updated": str}), edited_at=EDITED)
    with pytest.raises(SourceError, match=r"is empty\. Ask the owner of the portal"):
        pull(portal, connector, tmp_path)


@either
def test_portal_that_is_not_there(tmp_path, connector):
    with Portal() as gone:
        pass
    with pytest.raises(SourceError, match="cannot be reached.*check the network"):
        pull(gone, connector, tmp_path)


@either
def test_server_of_another_kind(portal, tmp_path, connector):
    place = {
        "arcgis": {"connector": "arcgis", "url": f"{portal.url}/elsewhere/0"},
        "ckan": {"connector": "ckan", "url": f"{portal.url}/x", "package": "p", "resource": "r"},
    }[connector]
    with pytest.raises(SourceError, match=r"there is no (layer|package p) at .*Correct `url`"):
        pull(portal, connector, tmp_path, portal=place)


@either
def test_table_that_a_portal_need_not_have(portal, tmp_path, connector):
    place = {
        "arcgis": {"connector": "arcgis", "url": f"{portal.url}/OTHER/FeatureServer/0"},
        "ckan": {"connector": "ckan", "url": portal.url, "package": PACKAGE, "resource": "x"},
    }[connector]
    pulled = pull(portal, connector, tmp_path, portal=place, when_absent="skip")
    assert (pulled.delivery, pulled.rows, pulled.parquet) == ("absent", 0, None)
    with pytest.raises(SourceError, match="there is no layer|has no resource x"):
        pull(portal, connector, tmp_path, portal=place)
    # A portal that is out of order is not one without the table.
    portal.faults.append(Fault("server_error", times=None))
    with pytest.raises(SourceError, match="error 500"):
        pull(portal, connector, tmp_path, portal=place, when_absent="skip")


@either
def test_table_that_was_not_edited_is_not_read(portal, tmp_path, connector):
    first = pull(portal, connector, tmp_path / "1")
    assert (first.position.source_rows, first.as_of) == (ROWS, "2021-01-11")
    portal.requests.clear()
    again = pull(portal, connector, tmp_path / "2", since=first.position)
    assert (again.delivery, again.position) == ("none", first.position)
    assert again.columns == first.columns and pages(portal) == []
    # A new date of edit, or another number of rows under the old one, is read.
    portal.replace_table(NAME, frame(ROWS, first=2), edited_at=EDITED + dt.timedelta(seconds=1))
    assert rows(pull(portal, connector, tmp_path / "3", since=first.position)) == landed(
        frame(ROWS, first=2)
    )
    portal.replace_table(NAME, frame(ROWS + 1), edited_at=EDITED)
    assert pull(portal, connector, tmp_path / "4", since=first.position).rows == ROWS + 1


@either
def test_edit_that_the_portal_may_not_show_yet_is_no_mark(portal, tmp_path, connector):
    now = dt.datetime.now(dt.UTC)
    portal.replace_table(NAME, frame(ROWS), edited_at=now)
    first = pull(portal, connector, tmp_path / "1")
    assert first.position.mark is None
    again = pull(portal, connector, tmp_path / "2", since=first.position)
    assert (again.delivery, again.position.checksum) == ("none", first.position.checksum)
    assert list((tmp_path / "2").iterdir()) == []
    portal.replace_table(NAME, frame(ROWS, first=2), edited_at=now)  # under the same date
    changed = pull(portal, connector, tmp_path / "3", since=first.position)
    assert (changed.delivery, rows(changed)) == ("full", landed(frame(ROWS, first=2)))


@either
def test_table_is_read_whole_again_for_a_period(portal, tmp_path, connector):
    first = pull(portal, connector, tmp_path / "1")
    days = Period(dt.date(2021, 1, 1), dt.date(2021, 1, 2))
    again = pull(portal, connector, tmp_path / "2", since=first.position, period=days)
    assert (again.delivery, again.rows, again.position) == ("full", ROWS, first.position)


@either
@pytest.mark.parametrize("edits", [1, 99])
def test_table_edited_while_it_is_read(portal, tmp_path, connector, edits):
    """Old and new rows are never mixed, also where their number stays the same."""
    done = []

    def edit():
        if len(pages(portal)) == 1 + 4 * len(done) and len(done) < edits:
            done.append(None)
            first = 1 + len(done)
            at = EDITED + dt.timedelta(minutes=len(done))
            portal.replace_table(NAME, frame(ROWS, first=first), edited_at=at)

    if edits == 1:
        pulled = pull(portal, connector, tmp_path, wait=patience(edit))
        assert rows(pulled) == landed(frame(ROWS, first=2))
    else:
        with pytest.raises(SourceError, match="was edited while it was read"):
            pull(portal, connector, tmp_path, wait=patience(edit))


@either
@pytest.mark.parametrize(
    "answer",
    [
        {"count": 1, "fields": [{}], "result": {"resources": ["x"]}},
        {"count": 1, "fields": 7, "result": {"resources": 7}},
    ],
)
def test_answers_of_an_unknown_form(portal, tmp_path, connector, monkeypatch, answer):
    monkeypatch.setattr(Server, "get", lambda server, url, **query: answer)
    with pytest.raises(SourceError, match="answers in another form than portals of its kind"):
        pull(portal, connector, tmp_path)


@either
@pytest.mark.parametrize("value", ["\ud800", 2**70])
def test_values_that_no_file_can_hold(portal, tmp_path, connector, monkeypatch, value):
    true = Server.get

    def spoiled(server, url, **query):
        answer = true(server, url, **query)
        records = answer.get("result", {}).get("records", [])
        features = [feature["attributes"] for feature in answer.get("features", [])]
        for rows_, names in ((records, ("_id", RACE)), (features, ("ObjectId", RACE_CUT))):
            for row in rows_[-1:]:
                row[names[0] if isinstance(value, int) else names[1]] = value
        return answer

    monkeypatch.setattr(Server, "get", spoiled)
    with pytest.raises(SourceError, match=r"another form .*\((UnicodeEncode|Overflow)Error\)"):
        pull(portal, connector, tmp_path)


HIDING = {"truncated_page", "page_limit", "repeated_page"}
CELL = st.none() | st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r\ufeff"), max_size=8
)
INSTANT = st.none() | st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)).map(
    lambda one: one.replace(microsecond=0)
)
TABLE = st.lists(
    st.tuples(CELL, st.none() | st.integers(-(2**53), 2**53), INSTANT), min_size=1, max_size=12
)
FAULT = st.builds(
    Fault,
    st.sampled_from([kind for kind in FAULTS if kind != "slow"]),
    on_request=st.integers(1, 8),
    times=st.sampled_from([1, 2, None]),
    shift=st.integers(-2, 2),
    rows=st.none() | st.integers(0, 2),
)
slowly = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def cells_frame(cells) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Record": range(1, len(cells) + 1),
            RACE: pd.array([text for text, _, _ in cells], dtype="string"),
            "Rate": pd.array([number for _, number, _ in cells], dtype="Int64"),
            "Updated": pd.array(
                [None if one is None else one.isoformat() for _, _, one in cells], dtype="string"
            ),
        }
    )


def cells_landed(cells) -> list[tuple[str | None, ...]]:
    def instant(one):
        return one and one.isoformat().removesuffix("T00:00:00")

    return [
        (str(n), text or None, None if number is None else str(number), instant(at))
        for n, (text, number, at) in enumerate(cells, start=1)
    ]


@either
@given(TABLE, st.integers(1, 5), st.lists(FAULT, max_size=3))
@slowly
def test_whatever_goes_wrong_all_rows_are_landed_or_none(tmp_path, connector, cells, page, faults):
    # A count that is too low and pages that end just there are what a smaller table looks like.
    counts_less = any(one.kind == "stale_count" and one.shift < 0 for one in faults)
    assume(not (counts_less and any(one.kind in HIDING for one in faults)))
    with Portal(max_record_count=page, rows_max=page) as portal:
        publish(portal, cells_frame(cells))
        portal.faults += [replace(one) for one in faults]  # a fault counts what it met
        try:
            pulled = pull(portal, connector, tmp_path, wait=patience(attempts=3))
        except SourceError:
            assert faults
            assert not (tmp_path / "rows.parquet").exists()
        else:
            assert rows(pulled) == cells_landed(cells)


@given(TABLE)
@slowly
def test_one_table_is_the_same_from_both_portals_and_a_file(tmp_path, cells):
    header = ["Record", RACE, "Rate", "Updated"]
    with (tmp_path / "people.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *cells_landed(cells)])
    with Portal(max_record_count=5, rows_max=3) as portal:
        publish(portal, cells_frame(cells))
        pulled = [pull(portal, one, tmp_path / one) for one in CONNECTORS]
        declared = table_at(portal, "ckan").model_copy(
            update={"connector": "csv", "path": "people.csv"}
        )
    pulled.append(pull_csv(Request(declared, tmp_path / "csv", tmp_path)))
    assert [rows(one) for one in pulled] == [cells_landed(cells)] * 3
    assert len({one.position.checksum for one in pulled[:2]}) == 1
    assert len({one.as_of for one in pulled}) == 1
