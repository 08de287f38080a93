"""Protection against an attacker who knows that all cells are whole numbers.

A cell can have room for broken numbers only, such as a = b = c with a + b + c even. Extreme
deviations of tables are nearly always whole; only where one is not is an integer programme solved.
"""

import highspy
import numpy as np
from scipy import sparse

from rbdc.disclosure.moves import Moves, enough
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.solver import is_optimal, model_of, quiet_solver
from rbdc.statistics.arrays import BoolArray, FloatArray

_SECONDS = 20.0  # for one cell; if it is not enough the cell counts as coming out
_FAR = 1e6


class WholeMoves:
    """Whole deviations of one problem."""

    def __init__(self, problem: Problem) -> None:
        """Take the problem; limits are cut to whole deviations."""
        self.problem = problem
        self._up = np.minimum(np.floor(problem.highest - problem.value + 1e-9), _FAR)
        self._down = np.minimum(np.floor(problem.value - problem.lowest + 1e-9), _FAR)

    def pinned(self, hidden: BoolArray, moves: Moves) -> list[int]:
        """Secret cells that come out to this attacker, though not to one who allows fractions.

        Args:
            hidden: A pattern that protects against fractions, shape (cells,).
            moves: of the same problem.
        """
        unsure = moves.without_whole_move(hidden)
        return [cell for cell in unsure if not self._can_move(cell, hidden)]

    def opened(self, cells: list[int], hidden: BoolArray, moves: Moves) -> BoolArray:
        """The pattern with the cheapest cells added that let these secret cells move."""
        for cell in cells:
            if not self._can_move(cell, hidden):
                hidden = hidden | self._way(cell, hidden)
        still = moves.without_whole_move(hidden)
        if any(not self._can_move(cell, hidden) for cell in still):
            return ~self.problem.stays_open
        return hidden

    def _can_move(self, cell: int, hidden: BoolArray) -> bool:
        above, below, apart = (
            float(enough(asked)[cell])
            for asked in (self.problem.above, self.problem.below, self.problem.apart)
        )
        up = self._farthest(cell, 1.0, hidden)
        if up >= max(above, apart) and below <= 0:
            return True
        down = self._farthest(cell, -1.0, hidden)
        return up >= above and down >= below and up + down >= apart

    def _farthest(self, cell: int, sign: float, hidden: BoolArray) -> float:
        """How far a cell can move to one side."""
        at = np.flatnonzero(hidden)
        relations = self.problem.relations[:, at]
        rows = np.zeros(relations.shape[0])
        aim = np.where(at == cell, -sign, 0.0)
        solver = quiet_solver()
        model = model_of(relations, aim, -self._down[at], self._up[at], rows, rows)
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(at)
        solver.passModel(model)
        solver.setOptionValue("time_limit", _SECONDS)
        solver.run()
        if not is_optimal(solver):
            return 0.0
        return -float(solver.getInfo().objective_function_value)

    def _way(self, cell: int, hidden: BoolArray) -> BoolArray:
        """Cells to hide so that one can move: fixed costs, whole deviations.

        Raises no error where there is no way: then everything that may be hidden is.
        """
        problem = self.problem
        below, above = problem.below[cell], problem.above[cell]
        ways = []
        for sign, asked, other in ((1.0, above, below), (-1.0, below, above)):
            far = max(asked, problem.apart[cell] - other)
            way = self._one_way(cell, sign, far, hidden) if far > 0 else None
            if way is not None:
                ways.append((asked > 0, way))
        if not ways:
            return ~problem.stays_open
        asked_for = [way for asked, way in ways if asked]
        chosen: BoolArray = np.any(
            asked_for or [min((w for _, w in ways), key=problem.cost_of)], axis=0
        )
        return chosen

    def _one_way(self, cell: int, sign: float, far: float, hidden: BoolArray) -> BoolArray | None:
        problem, cells = self.problem, self.problem.cells
        relations = problem.relations
        one = sparse.identity(cells, format="csr")
        nothing = sparse.csr_matrix((relations.shape[0], cells))
        up = np.where(problem.stays_open, 0.0, self._up)
        down = np.where(problem.stays_open, 0.0, self._down)
        # Columns: deviations, then whether a cell is hidden.
        rows = sparse.csr_matrix(
            sparse.vstack(
                [
                    sparse.hstack([relations, nothing]),
                    sparse.hstack([one, sparse.csr_matrix(sparse.diags(-up))]),
                    sparse.hstack([one, sparse.csr_matrix(sparse.diags(down))]),
                ]
            )
        )
        endless = np.full(cells, np.inf)
        zeros = np.zeros(relations.shape[0])
        row_lower = np.concatenate([zeros, -endless, np.zeros(cells)])
        row_upper = np.concatenate([zeros, np.zeros(cells), endless])
        lower, upper = -down, up.copy()
        if sign > 0:
            lower[cell] = far
        else:
            upper[cell] = -far
        if lower[cell] > upper[cell]:
            return None
        cost = np.concatenate([np.zeros(cells), np.where(hidden, 0.0, problem.cost)])
        model = model_of(
            rows,
            cost,
            np.concatenate([lower, hidden.astype(float)]),
            np.concatenate([upper, np.ones(cells)]),
            row_lower,
            row_upper,
        )
        model.integrality_ = [highspy.HighsVarType.kInteger] * (2 * cells)
        solver = quiet_solver()
        solver.passModel(model)
        solver.setOptionValue("time_limit", _SECONDS)
        solver.run()
        values: FloatArray = np.asarray(solver.getSolution().col_value)
        if len(values) == 0 or not is_optimal(solver):
            return None
        chosen: BoolArray = values[cells:] > 0.5
        return chosen & ~problem.stays_open
