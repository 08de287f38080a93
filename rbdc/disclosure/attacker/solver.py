"""Linear and integer programs over one connected component: which variables can still vary."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rbdc.disclosure.attacker.quiet import Quiet
from rbdc.disclosure.attacker.system import Relations
from rbdc.statistics.arrays import FloatArray

CAP = 1e6
"""An unknown without an upper bound is tried up to here; higher adds nothing to the answer."""

_SAME = 1e-5
_BEYOND = 1e-3
_STILL = 3
_POINTS = 1000


class OutOfTimeError(Exception):
    """The deadline passed before a program was solved."""


class InfeasibleError(Exception):
    """No values satisfy all relations."""


@dataclass
class Settled:
    """What is known of the wanted variables: one value, at least two, or not tried in time."""

    exact: dict[int, float] = field(default_factory=dict)
    free: set[int] = field(default_factory=set)
    untried: set[int] = field(default_factory=set)


@dataclass
class Component:
    """Variables that relations connect after fixed ones are replaced by their values.

    `variables` are their numbers in the system, shape (n,); `matrix` has one row per relation;
    `points` are whole-number solutions found so far, shape (found, n).
    """

    variables: NDArray[np.int64]
    matrix: sparse.csr_array
    lowest: FloatArray
    highest: FloatArray
    low: FloatArray
    high: FloatArray
    points: FloatArray = field(init=False)
    _programs: dict[bool, highspy.Highs] = field(default_factory=dict)
    _raised: int | None = None
    _columns: sparse.csc_array | None = None
    _store: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        self._store = np.zeros((0, len(self.variables)))
        self.points = self._store

    def settle(
        self, wanted: NDArray[np.int64], whole: bool, deadline: float, seed: int = 1
    ) -> Settled:
        """Tell for each wanted variable whether it has one value, and which.

        Two integer points (or points, for plain linear programs) in which a variable differs
        prove that it is free; one program proves it for many variables at once. A linear form
        with random weights that has one value only proves that all its variables have one value.

        Args:
            wanted: Positions in `variables`.
            whole: Whether only whole numbers count.
            deadline: `time.monotonic()` after which to stop.
            seed: Of the random weights.

        Raises:
            InfeasibleError: no solution at all.
        """
        settled = Settled()
        if not self.matrix.shape[0]:  # nothing but bounds, which leave at least two values
            settled.free = {int(position) for position in wanted}
            return settled
        generator = np.random.default_rng(seed)
        left = np.asarray(wanted)
        low, high = np.full(len(self.variables), np.inf), np.full(len(self.variables), -np.inf)
        still = 0
        try:
            if whole and len(seen := self._known()):
                low[left], high[left] = seen[:, left].min(axis=0), seen[:, left].max(axis=0)
            else:
                point = self._any(whole, deadline)
                low, high = point.copy(), point.copy()
            while len(left := left[~(high[left] - low[left] > _SAME)]):
                weights = generator.uniform(1, 2, len(left)) * generator.choice([-1, 1], len(left))
                points = [
                    self._beyond(left, sign * weights, low[left], whole, deadline)
                    for sign in (1.0, -1.0)
                ]
                for one in points:
                    if one is not None:
                        low, high = np.minimum(low, one), np.maximum(high, one)
                moved = bool((high[left] - low[left] > _SAME).any())
                still = 0 if moved else still + 1
                if all(one is None for one in points) or still > _STILL:
                    settled.exact = {int(n): float(np.round(low[n], 6)) for n in left}
                    break
        except OutOfTimeError:
            settled.untried = {int(position) for position in left}
        done = settled.exact.keys() | settled.untried
        settled.free = {int(one) for one in wanted if int(one) not in done}
        return settled

    def _known(self) -> FloatArray:
        """Whole-number solutions found so far that fit the raised variable."""
        if self._raised is None:
            return self.points
        fit = self.points[:, self._raised] >= self.low[self._raised] - 1e-6
        return np.asarray(self.points[fit])

    def _any(self, whole: bool, deadline: float) -> FloatArray:
        """Any solution."""
        nothing = np.zeros(0, dtype=np.int64)
        return self.optimum(nothing, np.zeros(0), whole, deadline)[1]

    def _beyond(
        self,
        positions: NDArray[np.int64],
        weights: FloatArray,
        known: FloatArray,
        whole: bool,
        deadline: float,
    ) -> FloatArray | None:
        """A solution where a linear form is larger than for the known values, or None.

        The linear program is tried first, as its vertices are whole more often than not; then
        an integer program around the vertex; then the whole one, which is slow.
        """
        start = float(weights @ known)

        def larger(point: FloatArray) -> bool:
            return float(weights @ (point[positions] - known)) > _BEYOND

        point = self._run(False, positions, weights, deadline)[1]
        if not larger(point):
            return None
        if not whole:
            return point
        rounded = np.round(point)
        if not (np.abs(point - rounded).max(initial=0) < _SAME and self._fits(rounded)):
            with self._near(point) as possible:
                found = None
                if possible:
                    with suppress(InfeasibleError):
                        found = self._run(True, positions, weights, deadline, start + _BEYOND)[1]
            if found is None or not larger(np.round(found)):
                found = self._run(True, positions, weights, deadline, start + _BEYOND)[1]
            rounded = np.round(found)
        self._keep(rounded)
        return rounded if larger(rounded) else None

    @contextmanager
    def _near(self, point: FloatArray) -> Iterator[bool]:
        """For a while, integer programs only change variables close to fractions of a point."""
        rounded = np.round(point)
        loose = np.abs(point - rounded) > _SAME
        for _ in range(1):
            rows = np.asarray(abs(self.matrix) @ loose.astype(float)) > 0
            loose = np.asarray(abs(self.matrix).T @ rows.astype(float)) > 0
        number = len(self.variables)
        if loose.sum() > number / 2 or not (
            (rounded >= self.low - 1e-6).all() and (rounded <= self.high + 1e-6).all()
        ):
            yield False
            return
        if True not in self._programs:
            self._programs[True] = self._program(True)
        program = self._programs[True]
        every = np.arange(number, dtype=np.int32)
        most = np.minimum(self.high, np.maximum(CAP, self.low))
        low, high = np.where(loose, self.low, rounded), np.where(loose, most, rounded)
        program.changeColsBounds(number, every, low, high)
        try:
            yield True
        finally:
            program.changeColsBounds(number, every, self.low, most)

    def optimum(
        self,
        positions: NDArray[np.int64],
        weights: FloatArray,
        whole: bool,
        deadline: float,
    ) -> tuple[float, FloatArray]:
        """Largest value of a linear form and a point that has it.

        Args:
            positions: Variables of the form.
            weights: Their weights.
            whole: Whether the point must be of whole numbers; the linear program is tried
                first, as its vertices are whole more often than not.
            deadline: `time.monotonic()` after which to stop.

        Raises:
            OutOfTimeError, InfeasibleError: as they say.
        """
        value, point = self._run(False, positions, weights, deadline)
        if not whole:
            return value, point
        rounded = np.round(point)
        if np.abs(point - rounded).max(initial=0) < _SAME and self._fits(rounded):
            self._keep(rounded)
            return value, rounded
        value, point = self._run(True, positions, weights, deadline)
        rounded = np.round(point)
        self._keep(rounded)
        return value, rounded

    def interval(self, position: int, whole: bool, deadline: float) -> tuple[float, float]:
        """Lowest and highest value of one variable; infinite where nothing bounds it.

        Raises:
            OutOfTimeError, InfeasibleError: as they say.
        """
        one = np.array([position])
        low = -self.optimum(one, np.array([-1.0]), whole, deadline)[0]
        high = self.optimum(one, np.array([1.0]), whole, deadline)[0]
        return low, np.inf if high >= CAP - 0.5 and np.isinf(self.high[position]) else high

    def outer(self, position: int, deadline: float) -> tuple[float, float]:
        """Whole numbers between which a variable lies, by linear programs rounded inwards.

        Never narrower than the exact interval of whole numbers, and equal to it wherever a
        vertex is whole. Ends that a known solution already reaches need no program.

        Raises:
            OutOfTimeError, InfeasibleError: as they say.
        """
        ends = []
        one = np.array([position])
        seen = self.points[:, position]
        for sign, limit in ((-1.0, self.low[position]), (1.0, self.high[position])):
            if len(seen) and (sign * seen).max() >= sign * limit - 1e-6:
                ends.append(float(limit))
                continue
            value, point = self._run(False, one, np.array([sign]), deadline)
            ends.append(sign * float(np.floor(value + 1e-6)))
            if self._fits(np.round(point)):
                self._keep(np.round(point))
                seen = self.points[:, position]
        low, high = ends
        return low, np.inf if high >= CAP - 0.5 and np.isinf(self.high[position]) else high

    def _keep(self, point: FloatArray) -> None:
        number = len(self.points)
        if number >= _POINTS:
            return
        if number == len(self._store):
            larger = np.zeros((max(8, 2 * number), len(self.variables)))
            larger[:number] = self._store
            self._store = larger
        self._store[number] = point
        self.points = self._store[: number + 1]

    def _fits(self, point: FloatArray) -> bool:
        sums = self.matrix @ point
        return bool(
            (sums >= self.lowest - 1e-6).all()
            and (sums <= self.highest + 1e-6).all()
            and (point >= self.low - 1e-6).all()
            and (point <= self.high + 1e-6).all()
        )

    def spread(self, rounds: int, deadline: float) -> None:
        """Collect solutions in random directions, which later spare many programs.

        Raises:
            InfeasibleError: no solution at all.
        """
        generator = np.random.default_rng(7)
        every = np.arange(len(self.variables))
        with suppress(OutOfTimeError):
            point = self._any(True, deadline)
            for _ in range(rounds):
                weights = generator.uniform(0, 1, len(every)) * generator.choice(
                    [-1, 1], len(every)
                )
                self._beyond(every, weights, point, True, deadline)

    @contextmanager
    def raised(self, position: int, lowest: float) -> Iterator[None]:
        """For a while, one variable is at least `lowest`."""
        before, self._raised = self.low[position], position
        self.low[position] = max(before, lowest)
        self._apply(position)
        try:
            yield
        finally:
            self.low[position], self._raised = before, None
            self._apply(position)

    def _apply(self, position: int) -> None:
        for program in self._programs.values():
            program.changeColBounds(position, self.low[position], self._most(position))

    def _most(self, position: int) -> float:
        return float(min(self.high[position], max(CAP, self.low[position])))

    def relations(self) -> Relations:
        """The component as a system of its own, for propagation."""
        terms = sparse.coo_array(self.matrix)
        order = np.argsort(terms.coords[0], kind="stable")
        return Relations(
            len(self.variables),
            terms.coords[1][order].astype(np.int64),
            terms.data[order],
            terms.coords[0][order].astype(np.int64),
            self.lowest,
            self.highest,
            np.zeros(len(self.lowest), dtype=np.int64),
        )

    def neighbours(self, position: int) -> NDArray[np.int64]:
        """Variables that share a relation with one."""
        if self._columns is None:
            self._columns = sparse.csc_array(self.matrix)
        start, stop = self._columns.indptr[position : position + 2]
        rows = self.matrix[self._columns.indices[start:stop]]
        found: NDArray[np.int64] = np.unique(rows.indices).astype(np.int64)
        others: NDArray[np.int64] = found[found != position]
        return others

    def _run(
        self,
        whole: bool,
        positions: NDArray[np.int64],
        weights: FloatArray,
        deadline: float,
        enough: float = np.inf,
    ) -> tuple[float, FloatArray]:
        left = deadline - time.monotonic()
        if left <= 0:
            raise OutOfTimeError
        if whole not in self._programs:
            self._programs[whole] = self._program(whole)
        program = self._programs[whole]
        number = len(self.variables)
        costs = np.zeros(number)
        costs[positions] = -weights
        program.changeColsCost(number, np.arange(number, dtype=np.int32), costs)
        program.setOptionValue("time_limit", float(program.getRunTime() + left))
        program.setOptionValue("objective_target", -enough)
        program.run()
        status = program.getModelStatus()
        if status in (
            highspy.HighsModelStatus.kInfeasible,
            highspy.HighsModelStatus.kUnboundedOrInfeasible,
        ):
            raise InfeasibleError
        if status not in (
            highspy.HighsModelStatus.kOptimal,
            highspy.HighsModelStatus.kObjectiveTarget,
        ):
            raise OutOfTimeError
        point = np.asarray(program.getSolution().col_value, float)
        return float(-costs @ (np.round(point) if whole else point)), point

    def _program(self, whole: bool) -> highspy.Highs:
        program = Quiet()
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("mip_rel_gap", 0.0),
            ("mip_abs_gap", 1e-6),
        ):
            program.setOptionValue(name, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.variables), self.matrix.shape[0]
        model.col_cost_ = np.zeros(len(self.variables))
        model.col_lower_ = self.low
        model.col_upper_ = np.minimum(self.high, np.maximum(CAP, self.low))
        model.row_lower_, model.row_upper_ = self.lowest, self.highest
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = self.matrix.data.astype(float)
        if whole:
            model.integrality_ = [highspy.HighsVarType.kInteger] * len(self.variables)
        program.passModel(model)
        return program
