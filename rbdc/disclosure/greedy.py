"""A pattern that protects, found step by step: cheap, and rarely the cheapest."""

import time

import highspy
import numpy as np

from rbdc.disclosure.problem import Problem
from rbdc.disclosure.separation import Attacker, quiet_solver
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
        relations = problem.relations.tocsc()
        cells = problem.cells
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = 2 * cells, relations.shape[0]
        model.col_cost_ = np.zeros(2 * cells)
        model.col_lower_ = np.zeros(2 * cells)
        self._most = np.where(
            np.tile(problem.stays_open, 2),
            0.0,
            np.concatenate([problem.highest - problem.value, problem.value - problem.lowest]),
        )
        model.col_upper_ = self._most
        model.row_lower_ = model.row_upper_ = np.zeros(relations.shape[0])
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = np.concatenate(
            [relations.indptr, relations.indptr[1:] + relations.nnz]
        )
        model.a_matrix_.index_ = np.tile(relations.indices, 2)
        model.a_matrix_.value_ = np.concatenate([relations.data, -relations.data])
        self._solver = quiet_solver()
        self._solver.passModel(model)
        self._columns = np.arange(2 * cells, dtype=np.int32)

    def pattern(self, attacker: Attacker, led_by: FloatArray, deadline: float) -> BoolArray:
        """A pattern that protects every secret cell.

        Args:
            attacker: of the same problem.
            led_by: Share of each cell that a relaxed solution hides: those are cheaper here.
            deadline: `time.monotonic()` after which needless cells are no longer looked for.
        """
        problem = self.problem
        hidden = problem.never_read.copy()
        price = problem.cost * (1.0 - 0.99 * np.clip(led_by, 0.0, 1.0))
        while unprotected := attacker.unprotected(hidden):
            for cell in sorted(unprotected, key=lambda c: -problem.value[c]):
                hidden |= self._opened_to(cell, np.where(hidden, problem.cost * _FREE, price))
        return self._without_needless(attacker, hidden, deadline)

    def _opened_to(self, cell: int, price: FloatArray) -> BoolArray:
        """Cells to hide so that one secret cell can move as far as it must."""
        problem = self.problem
        self._solver.changeColsCost(len(self._columns), self._columns, np.tile(price, 2))
        above, below = problem.above[cell], problem.below[cell]
        moves = [(cell, above), (cell + problem.cells, below)]
        if above <= 0 and below <= 0:
            moves = [(column, problem.apart[cell]) for column, _ in moves]
            found = [self._way(*move) for move in moves]
            possible = [way for way in found if way is not None]
            return min(possible, key=lambda way: float(price[way].sum()))
        ways = [self._way(*move) for move in moves if move[1] > 0]
        return np.any([way for way in ways if way is not None], axis=0)

    def _way(self, column: int, distance: float) -> BoolArray | None:
        """Cells that move when one column is moved by a distance; None if it cannot be."""
        cells = self.problem.cells
        other = (column + cells) % (2 * cells)
        if distance > self._most[column]:
            return None
        self._solver.changeColBounds(column, distance, self._most[column])
        self._solver.changeColBounds(other, 0.0, 0.0)
        self._solver.run()
        solved = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        moved = np.asarray(self._solver.getSolution().col_value) > _MOVED
        self._solver.changeColBounds(column, 0.0, self._most[column])
        self._solver.changeColBounds(other, 0.0, self._most[other])
        return moved[:cells] | moved[cells:] if solved else None

    def _without_needless(
        self, attacker: Attacker, hidden: BoolArray, deadline: float
    ) -> BoolArray:
        """The pattern without cells that need not be hidden, the dearest first."""
        added = np.flatnonzero(hidden & self.problem.optional)
        for cell in added[np.argsort(-self.problem.cost[added], kind="stable")]:
            if time.monotonic() > deadline:
                break
            hidden[cell] = False
            if attacker.unprotected(hidden, most=1):
                hidden[cell] = True
        return hidden
