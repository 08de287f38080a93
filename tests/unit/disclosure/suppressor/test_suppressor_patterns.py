"""Remembered patterns: taken over for the same problem only, and only if they protect."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rbdc.disclosure.cells import Cell, Code, Codes, Months
from rbdc.disclosure.patterns import FROM_RELEASE, FROM_STATE, SEARCHED, Patterns, Printed
from rbdc.disclosure.problem import problem_of
from rbdc.disclosure.protection import Rule, only_small, protect
from rbdc.disclosure.suppression import CannotProtectError, exposed_cells, suppress
from tests.unit.disclosure.suppressor.tables import cells_of, with_margins

SECONDS = 5.0
YEAR = Months(2020 * 12, 2020 * 12 + 11)
DIMENSIONS = ("race_group", "division")


def table_of(inner):
    """Cells and problem of a table of two dimensions in which 1 to 4 are secret."""
    codes, relations = cells_of(inner.shape)
    value = with_margins(inner)
    cells = [
        Cell(
            "arrest",
            "person",
            tuple(
                Code(name, "standard", str(one))
                for name, one in sorted(zip(DIMENSIONS, code, strict=True))
                if one is not None
            ),
            YEAR,
        )
        for code in codes
    ]
    secret = (value > 0) & (value < 5)
    return cells, problem_of(value, relations, secret=secret)


inners = st.lists(st.integers(0, 12), min_size=9, max_size=9).map(
    lambda counts: np.array(counts).reshape(3, 3)
)


def searched(problem):
    try:
        return suppress(problem, SECONDS)
    except CannotProtectError:
        assume(False)


@settings(max_examples=40, deadline=None)
@given(inner=inners, at=st.integers(0, 15), by=st.integers(1, 3))
def test_only_the_same_problem_has_the_pattern(tmp_path_factory, inner, at, by):
    cells, problem = table_of(inner)
    pattern = searched(problem)
    patterns = Patterns(tmp_path_factory.mktemp("patterns"))
    assert patterns.recall(problem, cells, SECONDS) is None
    patterns.keep(problem, cells, SECONDS, pattern)
    found, origin = patterns.recall(problem, cells, SECONDS)
    assert (found.hidden == pattern.hidden).all() and origin == FROM_STATE
    assert (found.least_cost, found.method) == (pattern.least_cost, pattern.method)
    cost, value = problem.cost.copy(), inner.copy()
    cost[at] += by
    value[at % 3, at % 2] += by
    others = [
        (replace(problem, cost=cost), cells, SECONDS),
        (table_of(value)[1], cells, SECONDS),
        (problem, cells, SECONDS + by),
        (problem, [cells[0]._replace(unit="incident"), *cells[1:]], SECONDS),
        (replace(problem, relations=2 * problem.relations), cells, SECONDS),
    ]
    assert [patterns.recall(*other) for other in others] == [None] * 5


@settings(max_examples=40, deadline=None)
@given(inner=inners, dropped=st.sets(st.integers(0, 15), min_size=1))
def test_what_does_not_protect_is_not_taken_over(tmp_path_factory, inner, dropped):
    cells, problem = table_of(inner)
    pattern = searched(problem)
    less = pattern.hidden.copy()
    less[list(dropped)] = False
    less |= problem.never_read
    folder = tmp_path_factory.mktemp("patterns")
    Patterns(folder).keep(problem, cells, SECONDS, replace(pattern, hidden=less))
    printed = {
        cell: None if hides else int(value)
        for cell, hides, value in zip(cells, less, problem.value, strict=True)
    }
    protects = not exposed_cells(problem, less, whole=True)
    for patterns in (
        Patterns(folder),
        Patterns(folder, Printed(printed, 0.0)),
        Patterns(folder / "none", Printed(printed, 0.0)),
    ):
        found = patterns.recall(problem, cells, SECONDS)
        assert (found is not None) == protects
        if found:
            assert (found[0].hidden == less).all()


HARD = np.array([[3, 20, 31], [15, 2, 40], [22, 17, 50]])


def test_the_release_has_the_last_word_on_its_own_pattern(tmp_path):
    cells, problem = table_of(HARD)
    pattern = suppress(problem, SECONDS)
    Patterns(tmp_path).keep(problem, cells, SECONDS, pattern)
    everything = dict.fromkeys(cells)
    found, origin = Patterns(tmp_path, Printed(everything, 0.25)).recall(problem, cells, SECONDS)
    assert origin == FROM_RELEASE and found.hidden.all()
    assert found.least_cost == 0.75 * found.cost and found.method != pattern.method
    same = {cell: None if h else 1 for cell, h in zip(cells, pattern.hidden, strict=True)}
    found, origin = Patterns(tmp_path, Printed(same, 0.0)).recall(problem, cells, SECONDS)
    assert origin == FROM_STATE and (found.hidden == pattern.hidden).all()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"hidden": 3, "least_cost": 1}', "\x00"])
def test_a_broken_file_is_as_none(tmp_path, text):
    cells, problem = table_of(HARD)
    Patterns(tmp_path).keep(problem, cells, SECONDS, suppress(problem, SECONDS))
    (file,) = tmp_path.iterdir()
    file.write_text(text)
    assert Patterns(tmp_path).recall(problem, cells, SECONDS) is None


def test_a_file_that_names_other_cells_is_as_none(tmp_path):
    cells, problem = table_of(HARD)
    Patterns(tmp_path).keep(problem, cells, SECONDS, suppress(problem, SECONDS))
    (file,) = tmp_path.iterdir()
    held = json.loads(file.read_text())
    file.write_text(json.dumps({**held, "hidden": [*held["hidden"], "arrest (person); 1999"]}))
    assert Patterns(tmp_path).recall(problem, cells, SECONDS) is None


def protected(patterns, inner=HARD):
    cells, _ = table_of(inner)
    value = dict(zip(cells, with_margins(inner), strict=True))
    codes = sorted({code for cell in cells for code in cell.filters})
    known = Codes(dict.fromkeys(codes), dict.fromkeys(codes, frozenset({("arrest", "person")})))
    return protect(
        cells,
        known,
        {},
        lambda asked: {cell: int(value[cell]) for cell in asked},
        Rule(),
        lambda cell, count: max(count, 1),
        seconds=SECONDS,
        remembered=patterns,
    )


def test_protection_is_the_same_again_without_a_search(tmp_path, monkeypatch):
    first = protected(Patterns(tmp_path))
    assert first.origin == SEARCHED and first == protected(None)
    monkeypatch.setattr("rbdc.disclosure.protection.suppress", None)
    again = protected(Patterns(tmp_path))
    assert again == replace(first, origin=FROM_STATE)
    printed = {cell: None if cell in first.hidden else 9 for cell in table_of(HARD)[0]}
    apart = protected(Patterns(tmp_path / "elsewhere", Printed(printed, first.gap)))
    assert apart == replace(first, origin=FROM_RELEASE)


@settings(deadline=None)
@given(cost=st.integers(1, 10**6), least=st.floats(0, 1))
def test_a_printed_gap_gives_the_same_gap_again(cost, least):
    made = replace(protected(None), cost=float(cost), least_cost=cost * least)
    again = replace(made, least_cost=cost * (1 - made.gap))
    assert again.gap == made.gap
    assert 0 <= made.gap <= 1 and made.gap >= 1 - least - 2e-6


def test_where_only_small_counts_are_hidden_nothing_is_searched_or_rounded():
    cells, problem = table_of(HARD)
    value = dict(zip(cells, problem.value, strict=True))
    found = only_small(cells, lambda asked: {cell: int(value[cell]) for cell in asked}, Rule())
    assert found.origin == "no search" and found.rounded is None
    assert found.hidden == {cell for cell in cells if 0 < value[cell] < 5}
