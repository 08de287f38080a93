"""Which cells to hide so that secret ones cannot be computed, at the least loss."""

import time
from dataclasses import dataclass

import highspy
import numpy as np

from rbdc.disclosure.greedy import Greedy
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.separation import Attacker, Cut, quiet_solver
from rbdc.errors import RbdcError
from rbdc.statistics.arrays import BoolArray, FloatArray

_SAME = 1e-6  # costs that differ by less, relatively, are equal
_LIFTS_LITTLE = 1e-4  # relaxed rounds that lift the bound by less than this share end
_PATIENCE = 5


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
        return self.cost - self.least_cost <= _SAME * max(1.0, self.cost)

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
        self.cells = cells
        self.names = [problem.name_of(cell) for cell in cells]
        shown = ", ".join(self.names[:5]) + (", …" if len(cells) > 5 else "")
        super().__init__(
            f"{len(cells)} secret cells come out even if all others that may be are hidden: "
            f"{shown}. Let other cells be hidden, publish fewer tables, or ask for less protection."
        )


def suppress(problem: Problem, seconds: float = 60.0, *, whole: bool = True) -> Pattern:
    """Find the pattern of least cost, or within the time the cheapest that was found.

    Cutting planes on the relaxed problem, a greedy pattern led by it, then integer programmes until
    one of them protects (Fischetti & Salazar-González 2001). The time limit is looked at between
    steps; a pattern that protects is always returned.

    Args:
        problem: cells and relations.
        seconds: Time limit.
        whole: The attacker knows that all cells are whole numbers.

    Raises:
        CannotProtectError: not even hiding everything protects.
    """
    began = time.monotonic()
    deadline = began + seconds
    attacker = Attacker(problem)
    if exposed := attacker.unprotected(~problem.stays_open):
        raise CannotProtectError(problem, exposed)
    master = _Master(problem)
    share, bound = _relaxed(problem, attacker, master, deadline)
    greedy = Greedy(problem)
    best = greedy.pattern(attacker, share, began + 0.9 * seconds)
    while problem.cost_of(best) - bound > _SAME * max(1.0, bound) and time.monotonic() < deadline:
        hidden, bound = master.integer(best, bound, deadline)
        if hidden is None:
            break
        cuts = attacker.cuts(hidden.astype(float))
        master.add(cuts)
        if not cuts:
            best = min(best, hidden, key=problem.cost_of)
            continue
        mended = greedy.pattern(attacker, hidden.astype(float), time.monotonic())
        best = min(best, mended, key=problem.cost_of)
    cost = problem.cost_of(best)
    return Pattern(best, cost, min(bound, cost), time.monotonic() - began)


def _relaxed(
    problem: Problem, attacker: Attacker, master: "_Master", deadline: float
) -> tuple[FloatArray, float]:
    """Solution of the relaxed problem, and its cost, which no pattern can undercut."""
    share, bound = master.relaxed()
    little = 0
    while time.monotonic() < deadline and little < _PATIENCE:
        cuts = attacker.cuts(share)
        if not cuts and not master.bridges(share):
            break
        master.add(cuts)
        share, lifted = master.relaxed()
        little = little + 1 if lifted - bound <= _LIFTS_LITTLE * max(1.0, bound) else 0
        bound = max(bound, lifted)
    return share, bound


class _Master:
    """Choice of cells at the least cost under all cuts so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._columns = np.arange(problem.cells, dtype=np.int32)
        self._relations = problem.relations.tocsr()
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = problem.cells, 0
        model.col_cost_ = np.where(problem.already_hidden | problem.unpublished, 0.0, problem.cost)
        model.col_lower_ = problem.never_read.astype(float)
        model.col_upper_ = (~problem.stays_open).astype(float)
        model.row_lower_ = model.row_upper_ = np.zeros(0)
        model.a_matrix_.start_ = np.zeros(problem.cells + 1, np.int32)
        self._solver = quiet_solver()
        self._solver.passModel(model)
        self._bridged: set[tuple[int, int]] = set()

    def add(self, cuts: list[Cut]) -> None:
        for cut in cuts:
            at = np.flatnonzero(cut.weight > _SAME).astype(np.int32)
            self._solver.addRow(1.0, highspy.kHighsInf, len(at), at, cut.weight[at])

    def bridges(self, share: FloatArray) -> int:
        """Add that nobody hides a single cell of a relation, where the share breaks it."""
        added = 0
        indptr, indices = self._relations.indptr, self._relations.indices
        for row in range(self._relations.shape[0]):
            at = indices[indptr[row] : indptr[row + 1]].astype(np.int32)
            total = share[at].sum()
            for cell in at[share[at] > total - share[at] + _SAME]:
                if (row, int(cell)) in self._bridged:
                    continue
                self._bridged.add((row, int(cell)))
                weight = np.where(at == cell, -1.0, 1.0)
                self._solver.addRow(0.0, highspy.kHighsInf, len(at), at, weight)
                added += 1
        return added

    def relaxed(self) -> tuple[FloatArray, float]:
        """Share of each cell, and the cost."""
        self._solver.run()
        share = np.asarray(self._solver.getSolution().col_value)
        return share, float(self._solver.getInfo().objective_function_value)

    def integer(
        self, best: BoolArray, bound: float, deadline: float
    ) -> tuple[BoolArray | None, float]:
        """The cheapest whole choice and a bound, or None in place of it when time runs out."""
        solver, cells = self._solver, self.problem.cells
        kinds = np.full(cells, highspy.HighsVarType.kInteger)
        solver.changeColsIntegrality(cells, self._columns, kinds)
        solver.setOptionValue(
            "time_limit", solver.getRunTime() + max(deadline - time.monotonic(), 0.1)
        )
        start = highspy.HighsSolution()
        start.col_value = list(best.astype(float))
        solver.setSolution(start)
        solver.run()
        info = solver.getInfo()
        bound = max(bound, float(info.mip_dual_bound))
        done = solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        hidden = np.asarray(solver.getSolution().col_value) > 0.5 if done else None
        solver.changeColsIntegrality(
            cells, self._columns, np.full(cells, highspy.HighsVarType.kContinuous)
        )
        return hidden, bound
