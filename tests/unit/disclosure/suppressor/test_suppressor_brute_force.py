"""Patterns of small tables against every pattern there is and every table that could be meant."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.problem import problem_of
from rbdc.disclosure.suppression import CannotProtectError, exposed_cells, suppress
from tests.unit.disclosure.suppressor.tables import all_tables, cells_of, with_margins

MOST = 3


@st.composite
def problems(draw):
    shape = draw(st.sampled_from([(2, 2), (2, 3), (2, 2, 2)]))
    most = MOST if len(shape) == 2 else 2
    size = int(np.prod(shape))
    inner = np.reshape(draw(st.lists(st.integers(0, most), min_size=size, max_size=size)), shape)
    value = with_margins(inner)
    _, relations = cells_of(shape)
    cells = len(value)
    zeros_open = draw(st.booleans())
    secret = (value >= 1) & (value <= draw(st.integers(1, 2)))
    stays = np.array(draw(st.lists(st.booleans(), min_size=cells, max_size=cells)))
    stays_open = (stays if cells > 9 else stays & False) & ~secret
    if zeros_open:
        stays_open |= value == 0
    highest = all_tables(shape, most).max(axis=0)
    return (
        shape,
        most,
        problem_of(
            value,
            relations,
            secret=secret,
            cost=draw(st.lists(st.integers(1, 9), min_size=cells, max_size=cells)),
            lowest=np.where(zeros_open & (value > 0), 1.0, 0.0),
            highest=highest,
            stays_open=stays_open,
        ),
    )


def protects(problem, tables, hidden):
    """Whether every secret cell has two values among the tables that look the same."""
    fits = ((tables == problem.value) | hidden).all(axis=1)
    fits &= ((tables >= problem.lowest) & (tables <= problem.highest)).all(axis=1)
    seen = tables[fits][:, problem.secret]
    return not problem.secret.any() or bool((seen.max(axis=0) > seen.min(axis=0)).all())


def cheapest(problem, tables):
    """The least cost of a pattern that protects, or None."""
    optional = np.flatnonzero(problem.optional)
    if len(optional) > 11 or not protects(problem, tables, ~problem.stays_open):
        return None
    found = np.inf
    for chosen in itertools.product([False, True], repeat=len(optional)):
        hidden = problem.secret.copy()
        hidden[optional] = chosen
        if problem.cost_of(hidden) < found and protects(problem, tables, hidden):
            found = problem.cost_of(hidden)
    return found


@settings(max_examples=60, deadline=None)
@given(problems())
def test_no_pattern_is_cheaper_and_the_found_one_protects(drawn):
    shape, most, problem = drawn
    tables = all_tables(shape, most)
    if not protects(problem, tables, ~problem.stays_open):
        with pytest.raises(CannotProtectError):
            suppress(problem, 20)
        return
    pattern = suppress(problem, 20)
    assert protects(problem, tables, pattern.hidden)
    assert pattern.hidden[problem.secret].all()
    assert not pattern.hidden[problem.stays_open].any()
    assert pattern.is_optimal
    if (least := cheapest(problem, tables)) is not None:
        assert pattern.cost == least


@settings(max_examples=60, deadline=None)
@given(problems(), st.data())
def test_a_cell_comes_out_exactly_if_all_tables_agree_on_it(drawn, data):
    shape, most, problem = drawn
    optional = np.flatnonzero(problem.optional)
    hidden = problem.secret.copy()
    hidden[optional] = data.draw(
        st.lists(st.booleans(), min_size=len(optional), max_size=len(optional))
    )
    exposed = exposed_cells(problem, hidden, whole=True)
    assert (not exposed) == protects(problem, all_tables(shape, most), hidden)
