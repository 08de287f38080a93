"""Cells that follow from printed ones, and relations that hold whatever the data are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.cells import STANDARD, Cell, Code, months_of
from rbdc.disclosure.universe import build_universe
from tests.unit.release.microdata import (
    ARREST,
    EXTENT,
    PART_OF,
    SEARCH,
    Data,
    Record,
    codes,
    data,
    printed,
    tables,
)

SHORTER = months_of("2020-01/2021-09")
HOW = settings(max_examples=60, deadline=None)


def universe_of(cells, found):
    return build_universe(cells, codes(), PART_OF, found.count)


@HOW
@given(data(), tables(), tables(1), st.booleans())
def test_every_relation_holds_of_the_true_counts(found, now, before, has_before):
    cells = printed(now) | (printed(before, SHORTER) if has_before else set())
    universe = universe_of(cells, found)
    for relation in universe.relations:
        assert sum(weight * universe.value[at] for at, weight in relation.terms) == 0
    named = {cell: universe.value[at] for cell, at in universe.position().items()}
    assert named == found.count(named)
    remainders = [v for c, v in zip(universe.cells, universe.value, strict=True) if c is None]
    assert all(value >= 0 for value in remainders)


@HOW
@given(data(), tables(), tables(1))
def test_every_margin_and_every_printed_cell_is_there(found, now, before):
    cells = printed(now) | printed(before, SHORTER)
    there = set(universe_of(cells, found).position())
    assert there >= cells
    known = codes()
    for cell in there:
        for code in cell.filters:
            broader = known.broader(code)
            margin = cell.with_code(broader) if broader else cell.without(code.dimension)
            assert (known.clipped(margin) or margin) in there, (cell, margin)


@HOW
@given(data(), tables())
def test_the_order_in_which_cells_come_changes_nothing(found, now):
    cells = printed(now)
    assert universe_of(sorted(cells), found) == universe_of(sorted(cells, reverse=True), found)


def total(measure=ARREST, period=EXTENT, *filters):
    return Cell(*measure, filters, period)


def relation(universe, cell):
    """The parts of a cell that are named, in each of its relations."""
    at = universe.position()[cell]
    return {
        frozenset(str(universe.cells[one]) for one, weight in each.terms if weight > 0)
        for each in universe.relations
        if (at, -1.0) in each.terms
    }


NOTHING = Data({})


def test_two_extents_are_tied_by_the_quarter_that_only_one_covers():
    universe = universe_of({total(), total(ARREST, SHORTER)}, NOTHING)
    assert relation(universe, total()) == {
        frozenset({"arrest (person), 2020-01/2021-09", "arrest (person), 2021-Q4"})
    }


def test_a_year_is_tied_to_its_quarters_and_all_to_its_years():
    chosen = [(ARREST, (("division", STANDARD),), kind) for kind in ("all", "year", "quarter")]
    universe = universe_of(printed(chosen), NOTHING)
    quarters = [frozenset(f"arrest (person), {y}-Q{q}" for q in range(1, 5)) for y in (2020, 2021)]
    assert quarters[0] in relation(universe, total(ARREST, months_of("2020")))
    assert quarters[0] | quarters[1] in relation(universe, total())


def test_parts_are_tied_to_their_whole_by_what_nobody_prints():
    found = Data({Record("W", "D1", 0, searched=True): 2, Record("W", "D1", 0, searched=False): 5})
    universe = universe_of({total(), total(SEARCH)}, found)
    assert universe.cells.count(None) == 1 and universe.value[universe.cells.index(None)] == 5
    assert [one.weak for one in universe.relations] == [True]


def test_labels_of_single_years_are_tied_to_their_group_over_the_whole_time():
    """`B old` (2020) and `B new` (2021) are printed for the whole time; Black is their sum."""
    by_label = (ARREST, (("race_group", "delivered"),), "all")
    universe = universe_of(printed([by_label]), NOTHING)
    black = total(ARREST, EXTENT, Code("race_group", STANDARD, "Black"))
    named = {str(cell) for cell in universe.cells if cell}
    assert "arrest (person), race_group B old, 2020" in named
    assert "arrest (person), race_group Black, 2020" in named  # the part of `B old` is all of it
    years = frozenset(f"arrest (person), race_group Black, {year}" for year in (2020, 2021))
    assert years in relation(universe, black)
