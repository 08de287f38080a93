"""The choice of cells at the least cost under all inequalities found so far."""

import time

import highspy
import numpy as np
from scipy import sparse

from rbdc.disclosure.presolve import needs
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.separation import Cut
from rbdc.disclosure.solver import is_optimal, model_of, quiet_solver
from rbdc.statistics.arrays import BoolArray, FloatArray

_SAME = 1e-6
_ROUGH = 1e-3


class Master:
    """min Σ cost · x under the cuts, x relaxed or whole.

    Attributes:
        bound: No pattern that protects costs less.
    """

    def __init__(self, problem: Problem) -> None:
        """Begin without a cut."""
        self.problem = problem
        self.bound = 0.0
        self._columns = np.arange(problem.cells, dtype=np.int32)
        self._relations = problem.relations.tocsr()
        free = problem.already_hidden | problem.unpublished
        cost = np.where(free, 0.0, problem.cost)
        self._whole_costs = bool((cost == np.round(cost)).all())
        none = np.zeros(0)
        lower, upper = problem.never_read.astype(float), (~problem.stays_open).astype(float)
        self._solver = quiet_solver()
        empty = sparse.csr_matrix((0, problem.cells))
        self._solver.passModel(model_of(empty, cost, lower, upper, none, none))
        self._useful = problem.optional | needs(problem)
        self._bridged: set[tuple[int, int]] = set()

    def add(self, cuts: list[Cut]) -> None:
        """Take inequalities in."""
        for cut in cuts:
            at = np.flatnonzero(np.abs(cut.weight) > _SAME).astype(np.int32)
            self._solver.addRow(cut.least, highspy.kHighsInf, len(at), at, cut.weight[at])

    def bridges(self, share: FloatArray) -> int:
        """Add, where the share breaks it, that nobody hides a single cell of a relation.

        A cell that is alone comes out; hiding it is no use to any other.
        """
        added = 0
        indptr, indices = self._relations.indptr, self._relations.indices
        for row in range(self._relations.shape[0]):
            at = indices[indptr[row] : indptr[row + 1]].astype(np.int32)
            total = share[at].sum()
            for cell in at[self._useful[at] & (2.0 * share[at] > total + _SAME)]:
                if (row, int(cell)) in self._bridged:
                    continue
                self._bridged.add((row, int(cell)))
                weight = np.where(at == cell, -1.0, 1.0)
                self._solver.addRow(0.0, highspy.kHighsInf, len(at), at, weight)
                added += 1
        return added

    def relaxed(self) -> FloatArray:
        """Share of each cell in the cheapest relaxed choice."""
        self._solver.run()
        self._raise(float(self._solver.getInfo().objective_function_value))
        return np.asarray(self._solver.getSolution().col_value)

    def extended(self, kept: BoolArray, deadline: float) -> BoolArray | None:
        """A cheap whole choice that hides at least these cells; None when time runs out."""
        lower = (kept | self.problem.never_read).astype(float)
        upper = (~self.problem.stays_open).astype(float)
        bound, cells = self.bound, self.problem.cells
        self._solver.changeColsBounds(cells, self._columns, lower, upper)
        chosen = self.whole(_ROUGH, deadline)
        lower = self.problem.never_read.astype(float)
        self._solver.changeColsBounds(cells, self._columns, lower, upper)
        self.bound = bound
        return chosen

    def whole(self, gap: float, deadline: float) -> BoolArray | None:
        """A whole choice within a relative gap of the cheapest; None when time runs out.

        Args:
            gap: 0 for the cheapest.
            deadline: `time.monotonic()`.
        """
        solver, cells = self._solver, self.problem.cells
        integer = np.full(cells, highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(cells, self._columns, integer)
        left = max(deadline - time.monotonic(), 0.1)
        solver.setOptionValue("time_limit", solver.getRunTime() + left)
        solver.setOptionValue("mip_rel_gap", gap)
        solver.run()
        self._raise(float(solver.getInfo().mip_dual_bound))
        chosen = np.asarray(solver.getSolution().col_value) > 0.5
        done = is_optimal(solver)
        continuous = np.full(cells, highspy.HighsVarType.kContinuous)
        solver.changeColsIntegrality(cells, self._columns, continuous)
        return chosen if done else None

    def _raise(self, bound: float) -> None:
        if np.isfinite(bound):
            if self._whole_costs:
                bound = float(np.ceil(bound - 1e-4))
            self.bound = max(self.bound, bound)
