"""Single properties of patterns."""

from dataclasses import replace

import numpy as np
import pytest

from rbdc.disclosure.problem import problem_of, relations_of
from rbdc.disclosure.suppression import CannotProtectError, exposed_cells, suppress
from tests.unit.disclosure.suppressor.tables import cells_of, with_margins


def table(inner, **given):
    value = with_margins(np.array(inner))
    _, relations = cells_of(np.shape(inner))
    given = {"secret": (value >= 1) & (value <= 4), "stays_open": value == 0} | given
    return problem_of(value, relations, lowest=np.minimum(value, 1), **given)


def chain(value, rows, **given):
    return problem_of(value, relations_of(rows, len(value)), **given)


def random_table(seed, shape=(6, 5, 3)):
    return table(np.random.default_rng(seed).poisson(3, shape))


def test_a_table_of_zeros_hides_nothing():
    problem = table(np.zeros((3, 3), int))
    pattern = suppress(problem, 5)
    assert not pattern.hidden.any()
    assert (pattern.cost, pattern.least_cost, pattern.method) == (0, 0, "optimal")


@pytest.mark.parametrize("seed", [1, 2])
def test_without_time_the_pattern_protects_and_with_time_it_is_not_worse(seed):
    problem = random_table(seed)
    hasty, slow = suppress(problem, 0.0), suppress(problem, 10)
    assert not exposed_cells(problem, hasty.hidden)
    assert not exposed_cells(problem, slow.hidden)
    assert slow.cost <= hasty.cost
    assert hasty.least_cost <= slow.cost
    assert slow.hidden[problem.secret].all()


def test_the_same_problem_has_the_same_pattern():
    first, second = (suppress(random_table(3), 20) for _ in range(2))
    assert (first.hidden == second.hidden).all()


def test_primaries_alone_do_not_protect():
    problem = table([[2, 9], [8, 7]])
    assert exposed_cells(problem, problem.secret) == [0]
    assert suppress(problem, 5).hidden.sum() == 4


def test_what_cannot_be_protected_is_named():
    problem = chain([2, 8, 10], [[(0, 1), (1, 1), (2, -1)]], secret=[1, 0, 0],
                    stays_open=[0, 1, 1], names=["two", "eight", "ten"])  # fmt: skip
    with pytest.raises(CannotProtectError, match="two") as caught:
        suppress(problem, 5)
    assert caught.value.cells == [0]
    assert caught.value.names == ["two"]


def test_an_unpublished_margin_of_two_does_not_come_out():
    # 10 and 12 are printed; nobody prints their difference.
    rows = [[(0, 1), (2, 1), (1, -1)]]
    problem = chain([10, 12, 2], rows, secret=[0, 0, 1], unpublished=[0, 0, 1])
    assert exposed_cells(problem, problem.never_read) == [2]
    pattern = suppress(problem, 5)
    assert pattern.hidden.tolist() == [True, False, True]
    assert pattern.cost == 10


def test_unpublished_cells_protect_for_nothing():
    rows = [[(0, 1), (1, 1), (2, -1)]]
    printed = chain([2, 8, 10], rows, secret=[1, 0, 0])
    assert suppress(printed, 5).cost == 10
    pattern = suppress(replace(printed, unpublished=np.array([False, True, False])), 5)
    assert (pattern.cost, pattern.least_cost) == (2, 2)


def test_cells_hidden_before_stay_hidden_and_cost_nothing():
    rows = [[(0, 1), (1, 1), (2, 1), (3, -1)]]
    problem = chain([2, 5, 8, 15], rows, secret=[1, 0, 0, 0], already_hidden=[0, 0, 1, 0])
    pattern = suppress(problem, 5)
    assert pattern.hidden.tolist() == [True, False, True, False]
    assert pattern.cost == 2
    again = suppress(replace(problem, already_hidden=np.array([True, False, True, False])), 5)
    assert again.cost == 0


def test_weak_relations_hold_in_the_end():
    # Two tables; the link says: cell 0 plus a slack of 0 to 3 is cell 3.
    rows = [[(0, 1), (1, 1), (2, -1)], [(3, 1), (4, 1), (5, -1)], [(0, 1), (6, 1), (3, -1)]]
    value = [2, 5, 7, 2, 6, 8, 0]
    problem = chain(value, rows, secret=[1, 0, 0, 0, 0, 0, 0], weak=[0, 0, 1],
                    unpublished=[0, 0, 0, 0, 0, 0, 1],
                    highest=[9, 9, 9, 9, 9, 9, 0])  # fmt: skip
    apart = suppress(replace(problem, relations=problem.relations[:2], weak=problem.weak[:2]), 5)
    assert not apart.hidden[3]
    pattern = suppress(problem, 5)
    assert pattern.hidden[3]
    assert not exposed_cells(problem, pattern.hidden)
    strong = suppress(replace(problem, weak=np.zeros(3, bool)), 5)
    assert pattern.cost == strong.cost


def test_an_attacker_who_knows_that_cells_are_whole():
    # 1 + 2 · 1 + 4 = 7: if the first two are hidden the first is 1 or a fraction.
    problem = chain([1, 1, 4], [[(0, 1), (1, 2), (2, 1)]], secret=[1, 0, 0], cost=[1, 1, 10],
                    highest=[2, 10, 10])  # fmt: skip
    broken = suppress(problem, 5, whole=False)
    assert broken.hidden.tolist() == [True, True, False]
    assert exposed_cells(problem, broken.hidden) == []
    assert exposed_cells(problem, broken.hidden, whole=True) == [0]
    pattern = suppress(problem, 5)
    assert pattern.hidden.tolist() == [True, False, True]
    assert pattern.is_optimal


def test_whole_numbers_can_make_protection_impossible():
    problem = chain([1, 1], [[(0, 1), (1, 2)]], secret=[1, 0], highest=[2, 10])
    assert suppress(problem, 5, whole=False).hidden.all()
    with pytest.raises(CannotProtectError):
        suppress(problem, 5)


@pytest.mark.parametrize(("below", "above"), [(3, 0), (0, 3), (2, 2)])
def test_protection_to_one_side(below, above):
    problem = table([[4, 9, 6], [8, 7, 9]], below=below, above=above, apart=0)
    problem = replace(problem, lowest=np.zeros(problem.cells))
    pattern = suppress(problem, 5)
    assert pattern.is_optimal
    assert not exposed_cells(problem, pattern.hidden)
    far = replace(problem, below=problem.below + 50 * (problem.below > 0),
                  above=problem.above + 500 * (problem.above > 0))  # fmt: skip
    assert exposed_cells(far, pattern.hidden) == [0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"lowest": 5.0},
        {"cost": 0.0},
        {"secret": [1, 0, 0], "stays_open": [1, 0, 0]},
        {"unpublished": [0, 1, 0], "stays_open": [0, 1, 0]},
    ],
)
def test_what_contradicts_itself_is_refused(wrong):
    with pytest.raises(ValueError, match="cell|cost"):
        chain([2, 8, 10], [[(0, 1), (1, 1), (2, -1)]], **({"secret": [1, 0, 0]} | wrong))


def test_cells_that_move_together_are_hidden_together_and_ask_only_for_secret_ones():
    # 0 and 1 are equal; what 1 would ask if it were secret does not count.
    rows = [[(0, 1), (1, -1)], [(0, 1), (2, 1), (3, -1)]]
    problem = chain([2, 2, 6, 8], rows, secret=[1, 0, 0, 0], apart=[1, 99, 0, 0], highest=9)
    pattern = suppress(problem, 5)
    assert pattern.hidden.tolist() == [True, True, True, False]
    assert pattern.is_optimal
