"""Counts of a release against counts of the same rows by pandas, and how codes are named."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.cells import COARSE, DELIVERED, STANDARD, Cell, Code, months_of
from rbdc.errors import RbdcError
from rbdc.release.counting import Counting
from tests.unit.release.small_warehouse import SERVICE, warehouse

ARREST, SEARCH = ("arrest", "person"), ("strip_search", "person")
EXTENT = months_of("2020-01/2021-12")
STANDARD_OF = {"B one": "Black", "B two": "Black", "W": "White", "(empty)": "Unknown"}
AGES = ("17", "18 to 24", "25 to 34")
COARSER = {"17": "younger", "18 to 24": "younger"}

row = st.fixed_dictionaries(
    {
        "interaction": st.sampled_from(["arrest", "strip_search"]),
        "period": st.sampled_from(["2019-12", "2020-01", "2020-05", "2021-Q1", "2021-12"]),
        "race_group_as_delivered": st.sampled_from(sorted(STANDARD_OF)),
        "division": st.sampled_from(["D1", "D2", None]),
        "age_group": st.sampled_from(AGES),
        "service": st.sampled_from([SERVICE, SERVICE, "Peel"]),
        "units": st.integers(1, 20),
    }
).map(lambda one: {**one, "race_group": STANDARD_OF[one["race_group_as_delivered"]]})


def counting(rows, extents=None, service=SERVICE, dimensions=("race_group", "division"), **more):
    extents = extents or {ARREST: EXTENT, SEARCH: months_of("2020-01/2021-09")}
    return Counting(warehouse(rows), extents, dimensions, service, **more)


DIMENSIONS = ("race_group", "division", "age_group")
CODES = [
    *(Code("race_group", STANDARD, one) for one in ("Black", "White", "Unknown")),
    *(Code("race_group", DELIVERED, one) for one in sorted(STANDARD_OF)),
    *(Code("division", STANDARD, one) for one in ("D1", "D2", "D9")),
    *(Code("age_group", COARSE, one) for one in ("younger", "25 to 34")),
]
FILTERS = [(), *((one,) for one in CODES)]
FILTERS += [(a, b) for a, b in product(CODES, repeat=2) if a.dimension < b.dimension]
PERIODS = [EXTENT, *map(months_of, ("2020", "2020-Q1", "2021-Q1", "2020-05"))]
COLUMN = {STANDARD: "", DELIVERED: "_as_delivered", COARSE: "_coarse"}


@settings(max_examples=20, deadline=None)
@given(st.lists(row, min_size=1, max_size=25), st.sampled_from([SERVICE, None]))
def test_every_count_is_that_of_pandas(rows, service):
    found = counting(rows, service=service, dimensions=DIMENSIONS, coarse={"age_group": COARSER})
    frame = pd.DataFrame(rows)
    frame["age_group_coarse"] = frame["age_group"].map(lambda age: COARSER.get(age, age))
    months = frame["period"].map(months_of)
    expected = {}
    for measure, period in product((ARREST, SEARCH), PERIODS):
        within = [
            all(one.within(other) == one for other in (period, found.extents[measure]))
            for one in months
        ]
        counted = frame[np.array(within) & (frame["interaction"] == measure[0])]
        counted = counted if service is None else counted[counted["service"] == service]
        units = counted["units"].to_numpy()
        has = {
            code: (counted[code.dimension + COLUMN[code.level]] == code.code).to_numpy()
            for code in CODES
        }
        for filters in FILTERS:
            chosen = np.logical_and.reduce([has[code] for code in filters] or [units > 0])
            expected[Cell(*measure, filters, period)] = int(units[chosen].sum())
    assert found.count(expected) == expected


ROWS = [
    {"period": "2020-02", "race_group": "Black", "race_group_as_delivered": "B one",
     "division": "D1"},
    {"period": "2021-05", "race_group": "Black", "race_group_as_delivered": "B two",
     "division": "D1"},
    {"period": "2020-02", "race_group": "White", "race_group_as_delivered": "W", "division": "D2"},
    {"period": "2019-01", "race_group": "Brown", "race_group_as_delivered": "X", "division": "D3"},
    {"period": "2021-05", "interaction": "strip_search", "race_group": "White", "division": "D2",
     "race_group_as_delivered": "W"},
]  # fmt: skip
BLACK, WHITE = (Code("race_group", STANDARD, one) for one in ("Black", "White"))
ONE, TWO = (Code("race_group", DELIVERED, one) for one in ("B one", "B two"))


def test_codes_that_occur_and_what_takes_them_in():
    """Brown lies outside the extent; label W, alone in White, is White."""
    codes = counting(ROWS).codes
    assert codes.parent == {
        BLACK: None, WHITE: None, ONE: BLACK, TWO: BLACK,
        Code("division", STANDARD, "D1"): None, Code("division", STANDARD, "D2"): None,
    }  # fmt: skip
    assert codes.counts[BLACK] == codes.counts[ONE] == {ARREST}
    assert codes.counts[WHITE] == {ARREST, SEARCH}


def test_how_long_a_label_was_in_use_is_told_in_whole_years():
    assert counting(ROWS).codes.used == {ONE: months_of("2020"), TWO: months_of("2021")}


def test_a_label_alone_in_its_standard_code_is_that_code():
    found = counting(ROWS)
    assert found.code_of("race_group", DELIVERED, "W") == WHITE
    assert found.code_of("race_group", DELIVERED, "B one") == ONE
    assert found.labels["race_group"] == {"B one": "Black", "B two": "Black", "W": "White"}
    assert found.values("race_group", DELIVERED, [ARREST]) == ["B one", "B two", "W"]
    assert found.values("race_group", STANDARD, [SEARCH]) == ["White"]


def test_a_label_that_stands_for_two_standards_is_refused():
    rows = [*ROWS, {**ROWS[0], "race_group": "White"}]
    with pytest.raises(RbdcError) as refused:
        _ = counting(rows).codes
    message = str(refused.value)
    assert "The label 'B one' of race_group stands for 'Black' and for 'White'" in message
    assert "labels.csv" in message and "`labels: standard`" in message


def test_what_a_source_does_not_have():
    found = counting([*ROWS, {"interaction": "use_of_force", "period": "2021-Q1"}],
                     {ARREST: EXTENT, ("use_of_force", "person"): EXTENT})  # fmt: skip
    assert found.has(ARREST, "division") and not found.has(("use_of_force", "person"), "division")
    assert found.has(ARREST, "race_group", DELIVERED)
    assert found.has_months(ARREST) and not found.has_months(("use_of_force", "person"))


def test_coarse_codes_stand_above_standard_ones():
    rows = [{"period": "2020-02", "age_group": age} for age in AGES]
    codes = counting(rows, dimensions=("age_group",), coarse={"age_group": COARSER}).codes
    young, old = Code("age_group", COARSE, "younger"), Code("age_group", COARSE, "25 to 34")
    assert codes.parent == {
        young: None, old: None,
        **{Code("age_group", STANDARD, age): young for age in AGES[:2]},
        Code("age_group", STANDARD, "25 to 34"): old,
    }  # fmt: skip


def test_cells_of_an_earlier_release_are_named_as_this_one_does():
    """W had a label beside it then, and has none now; what this release does not count is gone."""
    found = counting(ROWS)
    total = Cell(*ARREST, (), months_of("2020"))
    earlier = {
        total: 3,
        total.with_code(Code("race_group", DELIVERED, "W")): 1,
        total.with_code(ONE): None,
        total.with_code(Code("gender", STANDARD, "Male")): 2,
        total._replace(measure="booking"): 2,
    }
    assert found.recognised(earlier) == {
        total: 3, total.with_code(WHITE): 1, total.with_code(ONE): None,
    }  # fmt: skip
