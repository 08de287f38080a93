"""What the gate asks of a suite beyond being sound."""

import pytest

from expectations import gatekeeper
from expectations.gatekeeper import suite_of
from expectations.rules import SuiteError, load_suite
from rbdc.sources.declaration import load_sources
from tests.unit.expectations.batches import rule, write_suite
from tests.unit.sources.tables import csv_table, sqlite_table


def test_every_declared_table_has_a_suite_that_fits_it(project):
    for service in ("demo", "toronto"):
        for table in load_sources(project / "services" / service).tables:
            assert suite_of(table).rules


@pytest.mark.parametrize(
    ("declared", "fits"),
    [
        (rule("one", "unique", "quarantine", columns=["id"]), True),
        (rule("one", "unique", "refuse", columns=["id"]), True),
        (rule("one", "unique", "warn", columns=["id"]), False),
        (rule("one", "unique", "refuse", columns=["id", "gone"]), False),
        (rule("one", "unique", "refuse", columns=["id"], where="gone = '0'"), False),
        (rule("one", "not_null", "refuse", columns=["id"]), False),
    ],
)
def test_a_table_with_a_cursor_needs_its_key_once_in_a_delivery(
    tmp_path, monkeypatch, declared, fits
):
    suite = load_suite(write_suite(tmp_path, declared))
    monkeypatch.setattr(gatekeeper, "load_suite", lambda _: suite)
    assert suite_of(csv_table()) is suite
    if fits:
        assert suite_of(sqlite_table()) is suite
    else:
        with pytest.raises(SuiteError, match="lacks a rule `unique` over id"):
            suite_of(sqlite_table())
