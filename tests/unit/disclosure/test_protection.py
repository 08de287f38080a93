"""What is hidden of a release: enough, whatever attackers know, and nothing where nothing is small.

What protects is judged in another way than it was found: for every small count the least and the
greatest value are sought among all records that agree with everything that is printed.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import Bounds, LinearConstraint, milp

from rbdc.disclosure.cells import STANDARD, Cell, Code, Codes, months_of
from rbdc.disclosure.protection import (
    Already,
    PolicyCannotBeMetError,
    Rule,
    only_small,
    protect,
)
from rbdc.disclosure.universe import build_universe
from tests.unit.release.microdata import (
    ARREST,
    EXTENT,
    PART_OF,
    POSSIBLE,
    SEARCH,
    codes,
    data,
    printed,
    tables,
)

RULE = Rule(1, 4)
SHORTER = months_of("2020-01/2021-09")
MOST = 10_000  # a bound on each kind of record, for the solver alone


def cost(_, count):
    return float(max(count, 1))


def release(cells, found, already=None, rule=RULE):
    return protect(cells, codes(), PART_OF, found.count, rule, cost, already, seconds=2)


def matrix(cells):
    """Which kinds of records each cell counts."""
    return np.array([[record.is_in(cell) for record in POSSIBLE] for cell in cells], float)


def exact(secret, releases, found):
    """Cells with one value among all records that agree with releases (printed, hidden).

    An open count is its value; a hidden one is at least 1, as zeros are open.
    """
    count = found.count({cell for cells, _ in releases for cell in cells} | set(secret))
    cells = sorted({cell for one, _ in releases for cell in one})
    hidden_in_all = {c for c in cells if all(c in h for one, h in releases if c in one)}
    low = [1 if cell in hidden_in_all else count[cell] for cell in cells]
    high = [np.inf if cell in hidden_in_all else count[cell] for cell in cells]
    agrees = LinearConstraint(matrix(cells), low, high)
    pinned = []
    for cell, row in zip(secret, matrix(secret), strict=True):
        ends = [
            milp(sign * row, constraints=agrees, bounds=Bounds(0, MOST), integrality=1)
            for sign in (1, -1)
        ]
        assert all(one.success for one in ends)
        if round(ends[0].fun) == round(-ends[1].fun):
            pinned.append(cell)
    return pinned


def small(cells, found):
    """All small counts that somebody could want: printed ones and those that follow."""
    universe = build_universe(cells, codes(), PART_OF, found.count)
    return [c for c, v in zip(universe.cells, universe.value, strict=True) if c and RULE.hides(v)]


@settings(max_examples=40, deadline=None)
@given(data(), tables())
def test_no_small_count_comes_out_of_a_release(found, chosen):
    cells = printed(chosen)
    hidden = release(cells, found).hidden
    count = found.count(cells)
    assert hidden >= {cell for cell in cells if RULE.hides(count[cell])}
    assert hidden <= {cell for cell in cells if count[cell] > 0}  # zeros are open
    assert exact(small(cells, found), [(cells, hidden)], found) == []


@settings(max_examples=40, deadline=None)
@given(data(), tables(2), tables(2))
def test_no_small_count_comes_out_of_two_releases(found, first, second):
    """The later one covers a quarter more, and not the same tables."""
    before, now = printed(first, SHORTER), printed(second)
    earlier = release(before, found).hidden
    count = found.count(before)
    known = {cell: None if cell in earlier else count[cell] for cell in before}
    try:
        hidden = release(now, found, Already(known)).hidden
    except PolicyCannotBeMetError:
        return  # refused: an earlier part of a year cannot be protected beside zeros of the whole
    assert all((cell in hidden) == (known[cell] is None) for cell in now & before)
    secret = small(now | before, found)
    assert exact(secret, [(before, earlier), (now, hidden)], found) == []


def test_the_search_for_exact_counts_finds_what_small_counts_alone_give_away():
    """Proof that the two tests above can fail."""
    found = Counts({(): 30, BLACK: 3, WHITE: 27})
    black = TOTAL.with_code(BLACK)
    cells = [TOTAL, black, TOTAL.with_code(WHITE)]
    assert exact([black], [(cells, {black})], found) == [black]
    assert exact([black], [(cells, set(cells))], found) == []


# --- single properties, of counts by race alone

BLACK, WHITE = (Code("race_group", STANDARD, one) for one in ("Black", "White"))
GROUPS = Codes(
    {BLACK: None, WHITE: None}, dict.fromkeys((BLACK, WHITE), frozenset({ARREST, SEARCH}))
)
TOTAL = Cell(*ARREST, (), EXTENT)
SEARCHES = Cell(*SEARCH, (), EXTENT)


class Counts:
    """Counts as they are given: by filters, measure or cell, whichever says most; 0 otherwise."""

    def __init__(self, given):
        self.given = given

    def count(self, cells):
        return {cell: self._one(cell) for cell in cells}

    def _one(self, cell):
        code = cell.filters[0] if cell.filters else ()
        return self.given.get(cell, self.given.get((cell.measure, code), self.given.get(code, 0)))


def by_race(given, already=None, rule=RULE, cells=None):
    cells = cells or [TOTAL, TOTAL.with_code(BLACK), TOTAL.with_code(WHITE)]
    return protect(cells, GROUPS, PART_OF, Counts(given).count, rule, cost, already, seconds=2)


def test_nothing_is_hidden_where_nothing_is_small():
    found = by_race({(): 30, BLACK: 5, WHITE: 25})
    assert (found.hidden, found.primary, found.cost, found.method) == (frozenset(), 0, 0, "optimal")
    assert (found.printed, found.implied, found.disclosed_before) == (3, 0, 0)


def test_a_zero_is_open_and_gives_nothing_to_hide():
    assert by_race({(): 25, BLACK: 0, WHITE: 25}).hidden == frozenset()


def test_a_small_count_is_hidden_with_the_cheapest_that_protects_it():
    found = by_race({(): 30, BLACK: 3, WHITE: 27})
    assert found.hidden == {TOTAL.with_code(BLACK), TOTAL.with_code(WHITE)}
    assert (found.primary, found.cost, found.least_cost) == (1, 30, 30)


def test_hidden_zeros_are_hidden():
    found = by_race({(): 25, BLACK: 0, WHITE: 25}, rule=Rule(1, 4, "hidden"))
    assert TOTAL.with_code(BLACK) in found.hidden and len(found.hidden) > 1


# Two releases: 2020-01/2021-09 first, then a quarter more.
BEFORE = TOTAL._replace(period=SHORTER)
QUARTER = months_of("2021-Q4")


def of_quarter(few):
    """100 arrests in the earlier release and a few more in the quarter after it."""
    return {BEFORE: 100, TOTAL: 100 + few, TOTAL._replace(period=QUARTER): few}


def test_a_total_is_hidden_that_would_tell_of_the_few_of_a_new_quarter():
    found = by_race(of_quarter(2), Already({BEFORE: 100}), cells=[TOTAL])
    assert found.hidden == {TOTAL} and found.primary == 0


def test_a_total_of_many_more_is_open():
    assert by_race(of_quarter(9), Already({BEFORE: 100}), cells=[TOTAL]).hidden == frozenset()


def test_without_an_earlier_release_the_same_total_is_open():
    assert by_race(of_quarter(2), cells=[TOTAL]).hidden == frozenset()


def test_what_an_earlier_release_printed_stays_open_and_is_counted():
    given = {(): 30, BLACK: 3, WHITE: 27}
    found = by_race(given, Already({TOTAL.with_code(code): given[code] for code in (BLACK, WHITE)}))
    assert (found.hidden, found.disclosed_before) == (frozenset(), 1)


def test_what_an_earlier_release_printed_is_not_hidden_to_protect_others():
    """White was printed: the total is hidden instead, dear as it is."""
    given = {(): 30, BLACK: 3, WHITE: 27}
    found = by_race(given, Already({TOTAL.with_code(WHITE): 27}))
    assert found.hidden == {TOTAL.with_code(BLACK), TOTAL}


def test_what_an_earlier_release_hid_stays_hidden():
    cells = [TOTAL.with_code(BLACK), TOTAL.with_code(WHITE)]
    found = by_race({(): 60, BLACK: 30, WHITE: 30}, Already({cells[0]: None}), cells=cells)
    assert found.hidden == {cells[0]} and found.primary == 0


def test_what_an_earlier_release_hid_in_vain_may_be_printed():
    """Total and White are open: everybody can compute Black, which is not small any more."""
    given = {(): 60, BLACK: 30, WHITE: 30}
    earlier = {TOTAL: 60, TOTAL.with_code(WHITE): 30, TOTAL.with_code(BLACK): None}
    assert by_race(given, Already(earlier)).hidden == frozenset()


@pytest.mark.parametrize(("old", "hides"), [(58, True), (62, True), (60, False), (50, False)])
def test_a_count_that_was_revised_by_few_is_hidden(old, hides):
    """Old and new count would tell of the few records between them."""
    found = by_race({(): 60}, Already({TOTAL: old}), cells=[TOTAL])
    assert (found.hidden == {TOTAL}) == hides


def test_nothing_is_concluded_from_a_count_that_was_revised():
    """50 then, 60 now: the later quarter has not 102 - 50."""
    found = by_race({BEFORE: 60, TOTAL: 62, TOTAL._replace(period=QUARTER): 2},
                    Already({BEFORE: 50}), cells=[TOTAL])  # fmt: skip
    assert found.hidden == frozenset()


def test_records_that_give_a_secret_count_away_are_refused_with_choices():
    given = {(): 30, BLACK: 3, WHITE: 27}
    with pytest.raises(PolicyCannotBeMetError) as refused:
        by_race(given, Already(in_records=frozenset({TOTAL.with_code(BLACK)})))
    message = str(refused.value)
    assert "the file of records gives away 1 counts that the rule hides" in message
    assert "arrest (person), race_group Black, 2020-01/2021-12" in message
    assert "Choices in disclosure.yml: do not release records; or generalise" in message


def test_records_that_leave_nothing_to_hide_behind_are_refused_with_choices():
    given = {(): 30, BLACK: 3, WHITE: 27}
    in_records = frozenset({TOTAL, TOTAL.with_code(WHITE)})
    with pytest.raises(PolicyCannotBeMetError) as refused:
        by_race(given, Already(in_records=in_records))
    message = str(refused.value)
    assert "race_group Black" in message and "the file of records gives other counts" in message
    assert "Choices" in message and "do not release records" in message
    assert "race_group White" not in message


def test_earlier_releases_that_leave_nothing_to_hide_behind_are_refused_with_choices():
    given = {(): 30, BLACK: 3, WHITE: 27}
    earlier = {TOTAL: 30, TOTAL.with_code(WHITE): 27}
    with pytest.raises(PolicyCannotBeMetError, match="what earlier releases printed") as refused:
        by_race(given, Already(earlier))
    assert "as they were (same extent)" in str(refused.value)


def test_records_that_agree_with_open_tables_are_no_reason_to_hide():
    given = {(): 30, BLACK: 5, WHITE: 25}
    cells = [TOTAL.with_code(code) for code in (BLACK, WHITE)]
    assert by_race(given, Already(in_records=frozenset({TOTAL, *cells}))).hidden == frozenset()


GROUP = {
    **{("arrest", BLACK): 7, ("arrest", WHITE): 33, ("arrest", ()): 40},
    **{("strip_search", BLACK): 7, ("strip_search", WHITE): 13, ("strip_search", ()): 20},
}
BOTH = [cell.with_code(code) for cell in (TOTAL, SEARCHES) for code in (BLACK, WHITE)]


def test_an_outcome_of_everybody_in_a_small_group_is_hidden():
    found = by_race(GROUP, rule=Rule(1, 4, group_below=8), cells=[TOTAL, SEARCHES, *BOTH])
    assert SEARCHES.with_code(BLACK) in found.hidden
    assert SEARCHES in found.hidden or SEARCHES.with_code(WHITE) in found.hidden
    assert not {TOTAL, *BOTH[:2]} & found.hidden  # that they were arrested is no secret


@pytest.mark.parametrize("below", [0, 7])
def test_a_larger_group_or_no_such_rule_hides_nothing(below):
    found = by_race(GROUP, rule=Rule(1, 4, group_below=below), cells=[TOTAL, SEARCHES, *BOTH])
    assert found.hidden == frozenset()


def test_not_quite_everybody_is_no_group_disclosure():
    given = {**GROUP, ("strip_search", BLACK): 6, ("strip_search", WHITE): 14}
    found = by_race(given, rule=Rule(1, 4, group_below=8), cells=[TOTAL, SEARCHES, *BOTH])
    assert found.hidden == frozenset()


def test_small_counts_only():
    given = {(): 30, BLACK: 3, WHITE: 27}
    cells = [TOTAL, TOTAL.with_code(BLACK), TOTAL.with_code(WHITE)]
    found = only_small(cells, Counts(given).count, RULE)
    assert (found.hidden, found.primary, found.printed) == ({cells[1]}, 1, 3)
    assert "others give them away" in found.method
