"""Periods as texts, cells that are the same however they are made, and codes within codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.disclosure.cells import (
    COARSE,
    DELIVERED,
    STANDARD,
    Cell,
    Code,
    Codes,
    Months,
    expansions,
    months_of,
)

months = st.integers(2000 * 12, 2040 * 12)
periods = st.builds(lambda first, length: Months(first, first + length), months, st.integers(0, 60))
YEAR = months_of("2020")
ARREST = ("arrest", "person")


@given(periods)
def test_a_period_and_its_text(period):
    assert months_of(str(period)) == period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2020", 24240, 24251),
        ("2020-Q1", 24240, 24242),
        ("2020-Q4", 24249, 24251),
        ("2020-10", 24249, 24249),
        ("2020-01/2021-09", 24240, 24260),
    ],
)
def test_texts_of_periods(text, first, last):
    assert months_of(text) == (first, last) and str(Months(first, last)) == text


def test_a_long_way_to_write_a_year_is_the_same_period():
    assert months_of("2020-01/2020-12") == months_of("2020-Q1/2020-Q4") == YEAR


@pytest.mark.parametrize(
    "text", ["", "all", "2020-Q", "Q1-2020", "2020-x", "2020-Q5", "2020-Q0", "2020-13", "2020-00"]
)
def test_other_texts_are_no_period(text):
    with pytest.raises(ValueError):
        months_of(text)


@given(periods, periods)
def test_what_two_periods_share(one, other):
    shared = set(range(one.first, one.last + 1)) & set(range(other.first, other.last + 1))
    found = one.within(other)
    assert found == other.within(one)
    assert shared == (set(range(found.first, found.last + 1)) if found else set())


codes_of = st.builds(
    Code,
    st.sampled_from(["race_group", "division", "gender"]),
    st.sampled_from([STANDARD, DELIVERED]),
    st.sampled_from(["A", "B"]),
)


@given(st.lists(codes_of, max_size=5), st.randoms())
def test_a_cell_is_the_same_in_whatever_order_its_codes_come(chosen, random):
    by_dimension = {code.dimension: code for code in chosen}
    shuffled = list(by_dimension.values())
    random.shuffle(shuffled)
    one = other = Cell("arrest", "person", (), YEAR)
    for code in chosen:  # a later code of a dimension takes the place of an earlier one
        one = one.with_code(code)
    for code in shuffled:
        other = other.with_code(code)
    assert one == other and list(one.filters) == sorted(by_dimension.values())
    for code in shuffled:
        other = other.without(code.dimension)
    assert other == Cell("arrest", "person", (), YEAR)


def test_a_cell_in_a_message():
    cell = Cell("strip_search", "person", (), YEAR).with_code(Code("division", STANDARD, "54"))
    assert str(cell) == "strip_search (person), division 54, 2020"


BLACK, WHITE = (Code("race_group", STANDARD, one) for one in ("Black", "White"))
OLD, NEW = (Code("race_group", DELIVERED, one) for one in ("old", "new"))
OTHERS = Code("age_group", COARSE, "younger")
YOUNG, YOUNGER = (Code("age_group", STANDARD, one) for one in ("17", "18 to 24"))
KNOWN = Codes(
    {BLACK: None, WHITE: None, OLD: BLACK, NEW: BLACK, OTHERS: None, YOUNG: OTHERS,
     YOUNGER: OTHERS},
    {one: frozenset({ARREST}) for one in (BLACK, OLD, NEW, OTHERS, YOUNG, YOUNGER)}
    | {WHITE: frozenset({ARREST, ("use_of_force", "incident")})},
    {OLD: months_of("2020"), NEW: months_of("2021")},
)  # fmt: skip


def test_codes_within_codes():
    assert KNOWN.children("race_group", ARREST) == [BLACK, WHITE]
    assert KNOWN.children(BLACK, ARREST) == [NEW, OLD]
    assert KNOWN.children("age_group", ARREST) == [OTHERS]
    assert KNOWN.children(OTHERS, ARREST) == [YOUNG, YOUNGER]
    assert KNOWN.children("race_group", ("use_of_force", "incident")) == [WHITE]
    assert (KNOWN.broader(OLD), KNOWN.broader(YOUNG), KNOWN.broader(WHITE)) == (BLACK, OTHERS, None)


def test_a_label_counts_in_the_months_in_which_it_was_in_use():
    both = Cell(*ARREST, (OLD,), months_of("2020-01/2021-12"))
    assert KNOWN.clipped(both) == both._replace(period=YEAR)
    assert KNOWN.clipped(both._replace(period=months_of("2021"))) is None
    assert KNOWN.clipped(both._replace(filters=(BLACK,))) == both._replace(filters=(BLACK,))


def test_the_ways_in_which_a_cell_is_a_sum():
    total = Cell(*ARREST, (), months_of("2021"))
    by_race, by_age = (
        [total.with_code(BLACK), total.with_code(WHITE)],
        [total.with_code(OTHERS)],
    )
    assert list(expansions(total, KNOWN, ["age_group", "race_group"])) == [by_age, by_race]
    # Of the two labels only one was in use in 2021; nothing stands within it.
    of_black = list(expansions(total.with_code(BLACK), KNOWN, ["race_group"]))
    assert of_black == [[total.with_code(NEW)]]
    assert list(expansions(total.with_code(NEW), KNOWN, ["race_group"])) == []
