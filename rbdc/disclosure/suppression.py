"""Which cells to hide so that secret ones cannot be computed, at the least loss."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rbdc.disclosure.exact import SAME, Search
from rbdc.disclosure.moves import Moves
from rbdc.disclosure.presolve import Part, Presolved, needs, presolved, without_weak
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.whole import WholeMoves
from rbdc.errors import RbdcError
from rbdc.statistics.arrays import BoolArray

_SMALL = 2500  # cells up to which linked parts are searched as a whole after they are mended


@dataclass(frozen=True)
class Pattern:
    """What to hide.

    Attributes:
        hidden: Cells that nobody reads: chosen ones, secret ones, those hidden already and those
            unpublished, shape (cells,).
        cost: Sum of the costs of those that are newly hidden.
        least_cost: No pattern that protects costs less than this.
        seconds: Time taken.
    """

    hidden: BoolArray
    cost: float
    least_cost: float
    seconds: float

    @property
    def is_optimal(self) -> bool:
        """Whether no pattern that protects costs less."""
        return self.cost - self.least_cost <= SAME * max(1.0, self.cost)

    @property
    def method(self) -> str:
        """How good the pattern is, in words for a report."""
        return "optimal" if self.is_optimal else "best within the time limit"


class CannotProtectError(RbdcError):
    """Cells that come out although everything that may be hidden is.

    Attributes:
        cells: Their positions.
        names: Their names.
    """

    def __init__(self, problem: Problem, cells: list[int]) -> None:
        """Name the cells of a problem."""
        self.cells = cells
        self.names = [problem.name_of(cell) for cell in cells]
        shown = ", ".join(self.names[:5]) + (", …" if len(cells) > 5 else "")
        super().__init__(
            f"{len(cells)} secret cells come out even if all others that may be are hidden: "
            f"{shown}. Let other cells be hidden, publish fewer tables, or ask for less protection."
        )


def suppress(problem: Problem, seconds: float = 60.0, *, whole: bool = True) -> Pattern:
    """Find the pattern of least cost, or within the time the cheapest that was found.

    Each part of the problem is solved exactly by cutting planes, first without the weak relations
    (Fischetti & Salazar-González 2001). Where the result does not hold with them, or not for an
    attacker who knows that cells are whole numbers, it is mended. The time limit is looked at
    between steps; a pattern that protects is always returned.

    Args:
        problem: cells and relations.
        seconds: Time limit.
        whole: The attacker knows that all cells are whole numbers.

    Raises:
        CannotProtectError: not even hiding everything protects.
    """
    began = time.monotonic()
    whole = whole and bool((problem.value == np.round(problem.value)).all())
    everything = presolved(problem)
    weak = bool(problem.weak.any())
    alone = presolved(without_weak(problem)) if weak else everything
    if exposed := _exposed(alone, problem, ~problem.stays_open):
        raise CannotProtectError(problem, exposed)
    hidden = problem.never_read
    bound = given = problem.cost_of(problem.secret & ~needs(problem))
    end = began + (0.7 if weak else 1.0) * seconds
    for part, deadline in _shared_out(alone.parts, end):
        search = Search(part.problem, whole=whole)
        search.run(deadline, deadline + seconds)
        part.whole(search.best, hidden)
        bound += search.bound
    if weak:
        apart, hidden = hidden, problem.never_read
        linked = given
        for part, deadline in _shared_out(everything.parts, began + seconds):
            search = Search(part.problem, whole=whole)
            own = part.of_whole(apart)
            protected = search.begin_with(own, deadline, deadline + seconds)
            if not protected and part.problem.cells <= _SMALL and time.monotonic() < deadline:
                search.run(deadline, deadline + seconds)
            part.whole(search.best, hidden)
            linked += search.bound
        bound = max(bound, linked)
    if exposed := _exposed(everything, problem, hidden, whole=whole):
        raise CannotProtectError(problem, exposed)
    cost = problem.cost_of(hidden)
    return Pattern(hidden, cost, min(bound, cost), time.monotonic() - began)


def exposed_cells(problem: Problem, hidden: BoolArray, *, whole: bool = False) -> list[int]:
    """Secret cells that come out of a pattern to an attacker who uses all relations.

    Args:
        problem: cells and relations.
        hidden: What is not printed; cells that nobody reads anyway count as hidden.
        whole: The attacker knows that all cells are whole numbers.
    """
    return _exposed(presolved(problem), problem, hidden | problem.never_read, whole=whole)


def _exposed(
    small: Presolved, problem: Problem, hidden: BoolArray, *, whole: bool = False
) -> list[int]:
    exposed = list(small.exposed)
    asked = np.flatnonzero(needs(problem))
    for part in small.parts:
        moves, own = Moves(part.problem), part.of_whole(hidden)
        groups = moves.exposed(own)
        if whole and not groups:
            groups = WholeMoves(part.problem).pinned(own, moves)
        members = part.cells[np.isin(part.group, groups)]
        exposed += np.intersect1d(members, asked).tolist()
    return sorted(exposed)


def _shared_out(parts: list[Part], end: float) -> Iterator[tuple[Part, float]]:
    """Each part, the smallest first, with its share of the time that is left then."""
    parts = sorted(parts, key=lambda part: part.problem.cells)
    weights = [float(part.problem.cells) ** 2 for part in parts]
    for place, part in enumerate(parts):
        now = time.monotonic()
        yield part, now + max(end - now, 0.0) * weights[place] / sum(weights[place:])
