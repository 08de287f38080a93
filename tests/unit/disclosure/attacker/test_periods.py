"""Period texts and the atoms of intervals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.disclosure.attacker.periods import atoms, calendar_part, parse_period, period_text
from rbdc.errors import RbdcError

_EXTENT = (2020 * 12, 2021 * 12 + 11)


@pytest.mark.parametrize("text", ["2020", "2020-Q4", "2020-10", "2020-01/2021-12"])
def test_texts_come_back(text: str) -> None:
    assert period_text(parse_period(text, _EXTENT)) == text


def test_all_is_the_extent() -> None:
    assert parse_period("all", _EXTENT) == _EXTENT


@pytest.mark.parametrize("text", ["2020-13", "spring", "20-Q1", "2020-Q5"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(RbdcError, match="not a period"):
        parse_period(text, _EXTENT)


@pytest.mark.parametrize(
    ("role", "text"), [("quarter", "Q4"), ("quarter", "2020-Q4"), ("quarter", "4")]
)
def test_quarters_of_a_year_column(role: str, text: str) -> None:
    year = parse_period("2020", _EXTENT)
    assert period_text(calendar_part(year, role, text, _EXTENT)) == "2020-Q4"


@pytest.mark.parametrize("text", ["October", "oct", "10", "2020-10"])
def test_months_of_a_year_column(text: str) -> None:
    year = parse_period("2020", _EXTENT)
    assert period_text(calendar_part(year, "month", text, _EXTENT)) == "2020-10"


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), min_size=1, max_size=6))
def test_every_interval_is_the_sum_of_its_atoms(spans: list[tuple[int, int]]) -> None:
    intervals = [(first, first + length) for first, length in spans]
    pieces = atoms(intervals)
    months = [month for first, last in pieces for month in range(first, last + 1)]
    assert len(months) == len(set(months))  # no two atoms overlap
    for first, last in intervals:
        inside = [p for p in pieces if first <= p[0] and p[1] <= last]
        assert sum(b - a + 1 for a, b in inside) == last - first + 1
