"""Whatever happens between nights, what increments add up to is what one full pull gives."""

import sqlite3
import tempfile
from pathlib import Path

import duckdb
import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations.gatekeeper import pass_gate, suite_version
from rbdc.sources.declaration import SourceTable, load_sources
from rbdc.store.intake import Place, pull_batch
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql
from rbdc.store.warehouse import open_warehouse, prepare
from tests.postgres import postgres_server
from tests.quality.histories import STYLES, TABLES, Story, histories


@pytest.fixture(scope="module")
def searches(project) -> SourceTable:
    (declared,) = [
        table
        for table in load_sources(project / "services" / "demo").tables
        if table.id == "rms__strip_searches"
    ]
    return declared


@pytest.fixture(scope="module")
def postgres_url():
    with postgres_server() as url:
        yield url


def refreshed(state: StateFolder, table: SourceTable, place: Place) -> None:
    landed = pull_batch(
        state,
        table,
        place,
        lambda: None,
        suite_version=suite_version(table),
        code_version="c",
        run_id="r",
    )
    load = pass_gate(state, table, landed).load
    assert load.balances and load.verdict in ("accepted", "unchanged"), load.reason


def stands(state: StateFolder, table: SourceTable) -> tuple[list, list]:
    """The rows in force, and which rows are set aside and why."""
    history = LoadHistory(state, table)
    current = current_rows_sql(
        table, history.rows_files(), history.gone_files(), with_deleted=False
    )
    rows = duckdb.sql(f"select * exclude (_load_id, _row_number) from ({current}) order by all")
    prepare(state, [table], {}, {})
    with open_warehouse(state.warehouse) as connection:
        aside = connection.execute(
            "select row ->> 'search_id', row ->> 'arrest_id', expectation from quarantine.rows "
            "where resolved_at is null order by all"
        ).fetchall()
    return rows.fetchall(), aside


def lived(table: SourceTable, place: Place, story: Story, events, folder: Path) -> tuple:
    """What stands after a history lived through night by night, and of one pull at its end."""
    nightly, afresh = StateFolder(folder / "nightly"), StateFolder(folder / "afresh")
    story.begin()
    refreshed(nightly, table, place)
    story.tell(events, lambda: refreshed(nightly, table, place))
    refreshed(afresh, table, place)
    return stands(nightly, table), stands(afresh, table)


def declared(table: SourceTable, style: str, window: bool, **changes) -> SourceTable:
    changes |= {"deletions": STYLES[style], "reread": "1 day" if window else "0 days"}
    return SourceTable.model_validate(table.model_dump() | changes)


# A row deleted and put in again, and not read on a later night; one that is spoilt, mended and
# spoilt; late ones.
BACK = [("write", 1), ("night", 0), ("delete", 1), ("write", 1), ("hour", 0), ("write", 2)]
LATER = [("night", 0), ("hour", 0), ("write", 3)]
SPOILT = [("write", 1), ("night", 0), ("spoil", 1), ("night", 0), ("write", 1), ("lose_time", 2)]
LATE = [("write", 1), ("hour", 0), ("night", 0), ("late", 1), ("late", 2), ("night", 0)]


def lived_on_sqlite(style: str, searches: SourceTable, events, window: bool) -> tuple:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = sqlite3.connect(folder / "records.sqlite", isolation_level=None)
        connection.executescript(TABLES.format(id="text", time="text"))
        story = Story(style, window, connection.executescript)
        outcome = lived(declared(searches, style, window), Place(folder), story, events, folder)
        connection.close()
        return outcome


@pytest.mark.parametrize("style", STYLES)
@given(events=histories, window=st.booleans())
@example(events=[*BACK, *LATER], window=False)
@example(events=[*SPOILT, ("night", 0), ("spoil", 1), ("delete", 2)], window=False)
@example(events=LATE, window=True)
@settings(max_examples=2, deadline=None)
def test_nights_add_up_to_a_full_pull_from_sqlite(style, searches, quick_gate, events, window):
    nightly, afresh = lived_on_sqlite(style, searches, events, window)
    assert nightly == afresh


@pytest.mark.long
@pytest.mark.parametrize("style", STYLES)
@given(events=histories, window=st.booleans())
@settings(max_examples=200, deadline=None)
def test_many_histories_add_up_to_a_full_pull(style, searches, quick_gate, events, window):
    nightly, afresh = lived_on_sqlite(style, searches, events, window)
    assert nightly == afresh


@pytest.mark.parametrize("style", STYLES)
@given(events=histories, window=st.booleans())
@settings(max_examples=2, deadline=None)
def test_nights_add_up_to_a_full_pull_from_postgres(
    style, searches, quick_gate, postgres_url, events, window
):
    with (
        tempfile.TemporaryDirectory() as name,
        psycopg.connect(postgres_url, autocommit=True) as connection,
    ):
        connection.execute("drop table if exists strip_searches, deleted_records")
        connection.execute(TABLES.format(id="integer", time="timestamp"))
        story = Story(style, window, connection.execute)
        table = declared(
            searches, style, window, connector="postgres", url_env="RBDC_SOURCE_RMS_URL", path=None
        )
        nightly, afresh = lived(table, Place(url=postgres_url), story, events, Path(name))
        assert nightly == afresh


def test_nights_add_up_with_great_expectations_too(searches, tmp_path):
    connection = sqlite3.connect(tmp_path / "records.sqlite", isolation_level=None)
    connection.executescript(TABLES.format(id="text", time="text"))
    story = Story("tombstones", False, connection.executescript)
    events = [*BACK, *LATER, *SPOILT]
    table = declared(searches, "tombstones", False)
    nightly, afresh = lived(table, Place(tmp_path), story, events, tmp_path)
    assert nightly == afresh
    connection.close()
