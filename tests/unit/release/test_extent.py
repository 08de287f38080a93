"""The months that a release covers."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.cells import months_of
from rbdc.errors import RbdcError
from rbdc.release.extent import closed_extents, whole_years
from tests.unit.release.small_warehouse import SERVICE, warehouse

ARREST, SEARCH, FORCE = ("arrest", "person"), ("strip_search", "person"), ("use_of_force", "person")
PART_OF = {"strip_search": "booking", "booking": "arrest"}


def extents(reached, until=None, first="2020-02", measures=None, **units):
    """Extents as texts, of arrests from `first` and other measures from months given by name."""
    rows = [{"period": first}, *({"interaction": n, "period": p} for n, p in units.items())]
    reached = reached if isinstance(reached, dict) else {ARREST: reached}
    connection = warehouse(rows, reached)
    measures = measures or reached
    found = closed_extents(connection, measures, PART_OF, SERVICE, until)
    return {measure: str(months) for measure, months in found.items()}


@pytest.mark.parametrize(
    ("reached", "extent"),
    [
        ("2021-12-31", "2020-01/2021-12"),
        ("2021-12-25", "2020-01/2021-12"),  # 6 days without a record may be no gap
        ("2021-12-24", "2020-01/2021-12"),
        ("2021-12-23", "2020-01/2021-09"),
        ("2021-11-01", "2020-01/2021-09"),
        ("2021-10-01", "2020-01/2021-09"),
        ("2021-09-30", "2020-01/2021-09"),
        ("2020-12-31", "2020"),
    ],
)
def test_the_last_closed_quarter(reached, extent):
    assert extents(reached) == {ARREST: extent}


@settings(max_examples=30, deadline=None)
@given(st.dates(dt.date(2020, 4, 1), dt.date(2030, 12, 31)))
def test_no_quarter_is_closed_long_before_its_end(reached):
    connection = warehouse([{"period": "2020-01"}], {ARREST: reached.isoformat()})
    last = closed_extents(connection, [ARREST], {}, SERVICE)[ARREST].last
    end = dt.date((last + 1) // 12, (last + 1) % 12 + 1, 1) - dt.timedelta(days=1)
    assert (last + 1) % 3 == 0 and (end - reached).days <= 7
    after = dt.date((last + 4) // 12, (last + 4) % 12 + 1, 1) - dt.timedelta(days=1)
    assert (after - reached).days > 7


def test_the_first_quarter_is_that_of_the_first_record():
    assert extents("2021-12-31", first="2020-06") == {ARREST: "2020-04/2021-12"}
    assert extents("2021-12-31", first="2020-Q3") == {ARREST: "2020-07/2021-12"}


@pytest.mark.parametrize(
    ("until", "extent"),
    [("2021-Q3", "2020-01/2021-09"), ("2020", "2020"), ("2025", "2020-01/2021-12")],
)
def test_nothing_after_what_is_asked_for(until, extent):
    assert extents("2021-12-31", until) == {ARREST: extent}


@pytest.mark.parametrize(
    "until", ["2021-05", "soon", "", "2021-Q5", "2021-Q0", "2021-15", "2021Q3", "all"]
)
def test_until_is_a_quarter_or_a_year(until):
    with pytest.raises(RbdcError) as refused:
        extents("2021-12-31", until)
    message = str(refused.value)
    assert message == f"UNTIL={until} is no quarter or year: write it as 2021-Q3 or 2021."


@pytest.mark.parametrize("case", [("2020-02-11", None), ("2021-12-31", "2019")])
def test_without_a_closed_quarter_nothing_is_released(case):
    with pytest.raises(RbdcError, match="nothing to release: no quarter is closed") as refused:
        extents(*case)
    assert "Refresh the service" in str(refused.value)


def test_measures_that_are_parts_of_one_another_share_their_months():
    """Strip searches reach less far, and begin later; bookings, between the two, have no record."""
    reached = {ARREST: "2021-12-31", SEARCH: "2021-09-28", FORCE: "2021-06-30"}
    found = extents(reached, strip_search="2020-05", use_of_force="2020-07")
    assert found == {ARREST: "2020-01/2021-09", SEARCH: "2020-01/2021-09",
                     FORCE: "2020-07/2021-06"}  # fmt: skip


def test_a_measure_without_records_is_left_out_and_holds_nobody_up():
    reached = {ARREST: "2021-12-31", SEARCH: "2020-01-31"}
    assert extents(reached) == {ARREST: "2020-01/2021-12"}
    assert extents({ARREST: "2021-12-31"}, measures=[ARREST, FORCE]) == {ARREST: "2020-01/2021-12"}


def test_records_of_other_services_are_not_looked_at():
    connection = warehouse(
        [{"period": "2020-02"}, {"service": "Peel", "period": "2018-01"}], {ARREST: "2021-12-31"}
    )
    assert str(closed_extents(connection, [ARREST], {}, SERVICE)[ARREST]) == "2020-01/2021-12"
    assert str(closed_extents(connection, [ARREST], {}, None)[ARREST]) == "2018-01/2021-12"


@pytest.mark.parametrize(
    ("extent", "years"),
    [
        ("2020-01/2021-12", "2020-01/2021-12"),
        ("2020-01/2021-09", "2020"),
        ("2019-10/2022-03", "2020-01/2021-12"),
        ("2020-04/2021-09", "2020-04/2021-09"),
        ("2021-Q1", "2021-Q1"),
    ],
)
def test_whole_years_of_an_extent_or_itself(extent, years):
    assert str(whole_years(months_of(extent))) == years
