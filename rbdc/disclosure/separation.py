"""Inequalities that every pattern that protects fulfils, found where a relaxed choice breaks them.

x is the share to which a cell is hidden: 0 or 1, or between in the relaxed problem. An attacker
faces relations · d = 0 and −x·(value − lowest) ≤ d ≤ x·(highest − value). Any dual y of the largest
d of a secret cell gives a valid inequality on x (Fischetti & Salazar-González 2001, Management
Science 47, "Solving the cell suppression problem on tabular data with linear constraints":
capacity constraints). Weights above what is needed are cut to it, so the dual is looked for with
limits that are cut alike: far limits would let every share above a thousandth pass.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rbdc.disclosure.moves import enough
from rbdc.disclosure.presolve import needs
from rbdc.disclosure.problem import Indices, Problem
from rbdc.disclosure.solver import attacker_solver
from rbdc.statistics.arrays import BoolArray, FloatArray

# Open cells may move this far, so that the dual does not lean on them where it need not. It must
# not grow with the limits: many small shares of a far limit add up to what is needed.
_ROOM = 1e-6
_AVOID = 100.0  # a cell that is hidden in all likelihood has so many times more room
_ZERO = 1e-9
_BROKEN = 1e-4
_LEANS = 1e-6


@dataclass(frozen=True)
class Cut:
    """Σ weight · x ≥ least; weight of shape (cells,)."""

    weight: FloatArray
    least: float = 1.0


class Separation:
    """One linear programme, solved again and again with other limits and aims.

    Attributes:
        likely: How likely each cell is to be hidden in the end, 0 to 1, shape (cells,): where the
            dual has a choice it leans on others.
    """

    def __init__(self, problem: Problem) -> None:
        """Load the relations."""
        self.problem = problem
        self.secret = np.flatnonzero(needs(problem))
        self.likely = np.zeros(problem.cells)
        self._up = problem.highest - problem.value
        self._down = problem.value - problem.lowest
        self._columns = np.arange(problem.cells, dtype=np.int32)
        self._transposed = problem.relations.T.tocsr()
        self._solver = attacker_solver(problem.relations)
        self._turn = 0

    def cuts(self, share: FloatArray, most: int, deadline: float = np.inf) -> list[Cut]:
        """Inequalities that the share breaks, about so many; none if no secret cell gives one.

        Secret cells take turns: the next call begins where this one ended.

        Args:
            share: how much of each cell is hidden, shape (cells,).
            most: Stop after so many.
            deadline: `time.monotonic()` after which it stops with what it has.
        """
        order = np.roll(self.secret, -self._turn)
        for search in (self._range_cuts, self._useless_cuts, self._side_cuts):
            found: dict[bytes, Cut] = {}
            asked = 0
            for cut in search(share, order, 1.0):
                asked += 1
                if cut is not None:
                    found[cut.weight.tobytes()] = cut
                if len(found) >= most or time.monotonic() > deadline:
                    break
            if found:
                self._turn = (self._turn + asked) % len(self.secret)
                return list(found.values())
        return []

    def cuts_of(self, cells: list[int], share: FloatArray, useful: BoolArray) -> list[Cut]:
        """Inequalities that a whole choice breaks because one of these secret cells comes out.

        Args:
            cells: secret cells.
            share: the choice, 0 or 1, shape (cells,).
            useful: Cells known to move, shape (cells,).
        """
        order = np.array(cells, np.intp)
        unclear = np.where(useful, 0.0, share)
        useless = {
            cut.weight.tobytes(): cut for cut in self._useless_cuts(share, order, 1.0, unclear)
        }
        for search, limit in (
            (self._range_cuts, 1.0),
            (self._side_cuts, 1.0),
            (self._side_cuts, np.inf),
        ):
            found = {cut.weight.tobytes(): cut for cut in search(share, order, limit) if cut}
            if found:
                return list((found | useless).values())
        return list(useless.values())

    def _range_cuts(self, share: FloatArray, order: Indices, limit: float) -> Iterator[Cut | None]:
        """Cuts from the difference of two deviations, which moves at most up + down.

        One programme serves both sides of a cell; it misses what hangs on one side only.
        """
        wide = self._up + self._down
        reach = enough(self.problem.apart)
        reached = np.zeros(self.problem.cells)
        asked_last = -1.0
        for cell in order:
            asked = float(self.problem.apart[cell])
            if asked <= 0 or reached[cell] >= reach[cell]:
                yield None
                continue
            if asked != asked_last:
                self._limit(share, wide, wide, asked * limit)
                asked_last, reached = asked, np.zeros(self.problem.cells)
            deviation, reduced = self._farthest(int(cell), 1.0)
            reached = np.maximum(reached, np.abs(deviation))
            yield self._broken(np.abs(reduced) * wide, asked, share)

    def _useless_cuts(
        self, share: FloatArray, order: Indices, limit: float, unclear: FloatArray | None = None
    ) -> Iterator[Cut]:
        """Cuts from cells that are chosen although they cannot move: those protect nobody."""
        unclear = share if unclear is None else unclear
        wide = np.where(self._up + self._down > 0, 1.0, 0.0)
        reached = np.zeros(self.problem.cells)
        self._limit(share, wide, wide, limit)
        for cell in np.flatnonzero(self.problem.optional & (unclear > 0.1)):
            if reached[cell] >= share[cell] - _BROKEN:
                continue
            deviation, reduced = self._farthest(int(cell), 1.0)
            reached = np.maximum(reached, np.abs(deviation))
            if abs(1.0 - reduced[cell]) < _LEANS:
                continue  # only its own limit holds it
            reduced[cell] = 0.0
            weight = (np.abs(reduced) > 0).astype(float)
            if weight[self.problem.never_read].any():
                continue
            if weight @ share < share[cell] - _BROKEN:
                weight[cell] = -1.0
                yield Cut(weight, 0.0)

    def _side_cuts(self, share: FloatArray, order: Indices, limit: float) -> Iterator[Cut | None]:
        """Cuts from the farthest deviation to each side."""
        problem = self.problem
        above, below, apart = problem.above, problem.below, problem.apart
        high, low, wide = enough(above), enough(below), enough(apart)
        reached = np.zeros((2, self.problem.cells))
        asked_last = -1.0
        for cell in order:
            asked = float(max(above[cell], below[cell], apart[cell]))
            if asked != asked_last:
                self._limit(share, self._down, self._up, asked * limit)
                asked_last, reached = asked, np.zeros((2, self.problem.cells))
            weights = []
            sides = ((float(above[cell]), high[cell]), (float(below[cell]), low[cell]))
            for side, (one, reach) in enumerate(sides):
                up_down = reached[:, cell]
                if up_down[side] >= reach and up_down.sum() >= wide[cell]:
                    continue
                deviation, reduced = self._farthest(int(cell), 1.0 - 2.0 * side)
                reached = np.maximum(reached, [deviation, -deviation])
                weight = np.where(reduced > 0, reduced * self._up, -reduced * self._down)
                weights.append(weight)
                if one > 0:
                    yield self._broken(weight, one, share)
            if len(weights) == 2 and apart[cell] > 0:
                yield self._broken(weights[0] + weights[1], float(apart[cell]), share)
            yield None

    def _limit(self, share: FloatArray, down: FloatArray, up: FloatArray, limit: float) -> None:
        """Set how far each cell may move; cells that nobody reads anyway keep all their room."""
        most = np.where(self.problem.never_read, np.inf, limit)
        room = _ROOM * (1.0 + _AVOID * self.likely)
        lower, upper = (
            np.maximum(share * np.minimum(side, most), np.minimum(side, room))
            for side in (down, up)
        )
        self._solver.changeColsBounds(self.problem.cells, self._columns, -lower, upper)

    def _farthest(self, cell: int, sign: float) -> tuple[FloatArray, FloatArray]:
        """Deviations that move a cell as far as can be, and the reduced costs of all cells."""
        self._solver.changeColCost(cell, -sign)
        self._solver.run()
        solution = self._solver.getSolution()
        self._solver.changeColCost(cell, 0.0)
        # The solver minimises −sign·d: its reduced costs are those of the maximum with other sign.
        # Whatever the row duals are, the inequality made from them is valid.
        reduced = np.asarray(self._transposed @ np.asarray(solution.row_dual), float)
        reduced[cell] += sign
        reduced[np.abs(reduced) < _ZERO] = 0.0
        return np.asarray(solution.col_value), reduced

    def _broken(self, weight: FloatArray, needed: float, share: FloatArray) -> Cut | None:
        """The cut over cells that can be chosen, less what the others give; None if it holds."""
        needed -= float(weight[self.problem.never_read].sum())
        if needed <= _ZERO:
            return None
        chosen = np.where(self.problem.optional, np.minimum(weight / needed, 1.0), 0.0)
        return Cut(chosen) if chosen @ share < 1.0 - _BROKEN else None
