"""A pattern that protects, found step by step: cheap, and rarely the cheapest."""

import time

import numpy as np
from scipy import sparse

from rbdc.disclosure.moves import Moves
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.solver import is_optimal, model_of, quiet_solver
from rbdc.statistics.arrays import BoolArray, FloatArray

_MOVED = 1e-6
_FREE = 1e-4  # share of the cost that a hidden cell still has: shorter ways win ties


class Greedy:
    """Hides, for one secret cell after the other, the cheapest cells that let it move.

    The cheapest way is the linear programme min Σ cost·|d| with relations · d = 0 and the secret
    cell moved as far as it must (Kelly, Golden & Assad 1992, Networks 22, "Cell suppression:
    disclosure protection for sensitive tabular data").
    """

    def __init__(self, problem: Problem) -> None:
        """Load the relations, with a column for each direction of each cell."""
        self.problem = problem
        most = np.concatenate([problem.highest - problem.value, problem.value - problem.lowest])
        self._most = np.where(np.tile(problem.stays_open, 2), 0.0, most)
        rows = np.zeros(problem.relations.shape[0])
        both = sparse.hstack([problem.relations, -problem.relations]).tocsr()
        self._solver = quiet_solver()
        self._solver.passModel(
            model_of(both, np.zeros(len(most)), np.zeros(len(most)), self._most, rows, rows)
        )
        self._columns = np.arange(2 * problem.cells, dtype=np.int32)

    def pattern(
        self,
        moves: Moves,
        hidden: BoolArray,
        likely: FloatArray,
        deadline: float,
        latest: float,
    ) -> BoolArray:
        """A pattern that protects every secret cell.

        Args:
            moves: of the same problem.
            hidden: Where to begin, shape (cells,).
            likely: Share of each cell that a relaxed solution hides: those are cheaper here.
            deadline: `time.monotonic()` after which needless cells are no longer looked for.
            latest: The same after which, if not all is protected by then, everything that may be
                is hidden.
        """
        hidden = hidden | self.problem.never_read
        price = self._price(likely)
        while exposed := moves.exposed(hidden):
            for cell in sorted(exposed, key=lambda c: -self.problem.value[c]):
                if time.monotonic() > latest:
                    return ~self.problem.stays_open
                hidden = hidden | self._opened_to(cell, hidden, price)
        return self.without_needless(moves, hidden, deadline)

    def without_needless(self, moves: Moves, hidden: BoolArray, deadline: float) -> BoolArray:
        """A pattern that protects, without cells that need not be hidden, the dearest first."""
        hidden = hidden.copy()
        added = np.flatnonzero(hidden & self.problem.optional)
        for cell in added[np.argsort(-self.problem.cost[added], kind="stable")]:
            if time.monotonic() > deadline:
                break
            hidden[cell] = False
            if moves.exposed(hidden, most=1):
                hidden[cell] = True
        return hidden

    def _price(self, likely: FloatArray) -> FloatArray:
        price = np.where(self.problem.optional, self.problem.cost, 0.0)
        return np.maximum(price * (1.0 - 0.99 * np.clip(likely, 0.0, 1.0)), _FREE)

    def _opened_to(self, cell: int, hidden: BoolArray, price: FloatArray) -> BoolArray:
        """Cells to hide so that one secret cell can move as far as it must."""
        problem = self.problem
        price = np.where(hidden, price * _FREE, price)
        self._solver.changeColsCost(len(self._columns), self._columns, np.tile(price, 2))
        above, below, apart = problem.above[cell], problem.below[cell], problem.apart[cell]
        up, down = cell, cell + problem.cells
        ways = [
            way
            for column, distance in ((up, above), (down, below))
            if distance > 0 and (way := self._way(column, distance)) is not None
        ]
        if above + below < apart:
            sides = [self._way(up, apart - below), self._way(down, apart - above)]
            possible = [way for way in sides if way is not None]
            if possible:
                ways.append(min(possible, key=lambda way: float(price[way].sum())))
        return np.any(ways, axis=0) if ways else ~problem.stays_open

    def _way(self, column: int, distance: float) -> BoolArray | None:
        """Cells that move when one column is moved by a distance; None if it cannot be."""
        cells = self.problem.cells
        other = (column + cells) % (2 * cells)
        if distance > self._most[column]:
            return None
        self._solver.changeColBounds(column, distance, self._most[column])
        self._solver.changeColBounds(other, 0.0, 0.0)
        self._solver.run()
        moved: BoolArray = np.asarray(self._solver.getSolution().col_value) > _MOVED
        solved = is_optimal(self._solver)
        self._solver.changeColBounds(column, 0.0, self._most[column])
        self._solver.changeColBounds(other, 0.0, self._most[other])
        return moved[:cells] | moved[cells:] if solved else None
