"""The attacker inside the suppressor: how far each secret cell can still move, and cuts if not.

In deviations d from the true values an attacker faces relations · d = 0 and
−x·(value − lowest) ≤ d ≤ x·(highest − value), x the share to which a cell is hidden: 0 or 1, or
between in the relaxed problem. The dual of the largest d of a secret cell is a valid inequality on
x (Fischetti & Salazar-González 2001, Management Science 47, "Solving the cell suppression problem
on tabular data with linear constraints": capacity constraints).
"""

from dataclasses import dataclass

import highspy
import numpy as np

from rbdc.disclosure.problem import Problem
from rbdc.statistics.arrays import BoolArray, FloatArray

# Open cells may move this far, so that the dual does not lean on them where it need not.
_ROOM = 1e-6
_SHORT = 1e-2  # a distance that is missed by less is reached; counts are whole
_ZERO = 1e-9


@dataclass(frozen=True)
class Cut:
    """Σ weight · x ≥ 1; weight of shape (cells,), 0 where x is given."""

    weight: FloatArray


class Attacker:
    """One linear programme, solved again and again with other limits and aims."""

    def __init__(self, problem: Problem) -> None:
        """Load the relations."""
        self.problem = problem
        self._down = problem.value - problem.lowest
        self._up = problem.highest - problem.value
        self._columns = np.arange(problem.cells, dtype=np.int32)
        self._transposed = problem.relations.T.tocsr()
        self._solver = quiet_solver()
        self._solver.passModel(relations_model(problem))

    def cuts(self, share: FloatArray) -> list[Cut]:
        """Inequalities that the hidden share of the cells breaks; none if all are protected."""
        return [cut for cuts in self._broken(share).values() for cut in cuts]

    def unprotected(self, hidden: BoolArray, most: int | None = None) -> list[int]:
        """Secret cells that come out, or the first few of them."""
        return list(self._broken(hidden.astype(float), most))

    def _broken(self, share: FloatArray, most: int | None = None) -> dict[int, list[Cut]]:
        problem = self.problem
        share = np.clip(share, 0.0, 1.0)
        down, up = (
            np.maximum(share * most, np.minimum(most, _ROOM)) for most in (self._down, self._up)
        )
        self._solver.changeColsBounds(problem.cells, self._columns, -down, up)
        reached = np.zeros((2, problem.cells))  # up, down
        broken: dict[int, list[Cut]] = {}
        for cell in np.flatnonzero(problem.secret):
            needs = np.array([problem.above[cell], problem.below[cell]]) - _SHORT
            apart = problem.apart[cell] - _SHORT
            weights = []
            for side in (0, 1):
                got = reached[:, cell]
                if got[side] >= needs[side] and got.sum() >= apart:
                    continue
                deviation, weight = self._farthest(cell, 1.0 - 2.0 * side)
                reached = np.maximum(reached, [deviation, -deviation])
                weights.append(weight)
                if needs[side] > 0 and reached[side, cell] < needs[side]:
                    cut = self._strengthened(weight, needs[side] + _SHORT)
                    broken.setdefault(int(cell), []).append(cut)
            if len(weights) == 2 and reached[:, cell].sum() < apart:
                cut = self._strengthened(weights[0] + weights[1], apart + _SHORT)
                broken.setdefault(int(cell), []).append(cut)
            if most and len(broken) >= most:
                break
        return broken

    def _farthest(self, cell: int, sign: float) -> tuple[FloatArray, FloatArray]:
        """Deviations that move a cell as far as can be, and the weights of the dual bound."""
        self._solver.changeColCost(cell, -sign)
        self._solver.run()
        solution = self._solver.getSolution()
        self._solver.changeColCost(cell, 0.0)
        # The solver minimises −sign·d: its reduced costs are those of the maximum with other sign.
        reduced = self._transposed @ np.asarray(solution.row_dual)
        reduced[cell] += sign
        reduced[np.abs(reduced) < _ZERO] = 0.0
        weight = np.where(reduced > 0, reduced * self._up, -reduced * self._down)
        return np.asarray(solution.col_value), weight

    def _strengthened(self, weight: FloatArray, needed: float) -> Cut:
        """The cut over cells that can be chosen, less what the secret ones give anyway."""
        given = self.problem.never_read
        needed = needed - float(weight[given].sum())
        chosen = np.where(given | self.problem.stays_open, 0.0, weight)
        return Cut(np.minimum(chosen / max(needed, _ZERO), 1.0))


def relations_model(problem: Problem) -> highspy.HighsLp:
    """Relations · d = 0, with nothing to aim at and no room yet."""
    relations = problem.relations.tocsc()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = relations.shape[1], relations.shape[0]
    model.col_cost_ = model.col_lower_ = model.col_upper_ = np.zeros(relations.shape[1])
    model.row_lower_ = model.row_upper_ = np.zeros(relations.shape[0])
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = relations.indptr
    model.a_matrix_.index_ = relations.indices
    model.a_matrix_.value_ = relations.data
    return model


def quiet_solver() -> highspy.Highs:
    """HiGHS that prints nothing and gives the same answer every time."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    return solver
