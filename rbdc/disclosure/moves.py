"""How far the secret cells can still move when a pattern is published.

In deviations d from the true values an attacker faces relations · d = 0, with d = 0 for the cells
that are open and lowest − value ≤ d ≤ highest − value for the others.
"""

import numpy as np

from rbdc.disclosure.presolve import needs, pattern_of
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.solver import attacker_solver, is_optimal
from rbdc.statistics.arrays import BoolArray, FloatArray

_MOVED = 1e-7
_KEPT = 300_000  # numbers of known moves that are kept at most
_TOGETHER = 4  # attempts to move many cells at once


def enough(asked: FloatArray) -> FloatArray:
    """What counts as a distance that is reached: solvers are a little inexact."""
    return asked - np.minimum(0.01 * asked, 0.01)


class Moves:
    """Checks patterns of one problem; a move that was found serves all later patterns it fits."""

    def __init__(self, problem: Problem) -> None:
        """Load the relations."""
        self.problem = problem
        self.secret = np.flatnonzero(needs(problem))
        self._down = problem.value - problem.lowest
        self._up = problem.highest - problem.value
        self._above, self._below, self._apart = (
            enough(asked[self.secret]) for asked in (problem.above, problem.below, problem.apart)
        )
        self._columns = np.arange(problem.cells, dtype=np.int32)
        self._solver = attacker_solver(problem.relations)
        self._random = np.random.default_rng(0)
        self._kept = max(200, _KEPT // (len(self.secret) + 1))
        self._uses: list[int] = []  # of each known move the moved cells, as the bits of a number
        self._moves: list[FloatArray] = []
        self._are_whole: list[bool] = []
        self._pattern = pattern_of(problem.relations)

    def exposed(self, hidden: BoolArray, most: int | None = None) -> list[int]:
        """Secret cells that come out if these cells are hidden, or the first few of them.

        Args:
            hidden: shape (cells,).
            most: Stop after so many.
        """
        up, down = self._reached_before(hidden)
        if self._safe(up, down).all():
            return []
        known = self._known_by_sums(hidden)[self.secret] & ~self._safe(up, down)
        out: list[int] = self.secret[known].tolist()
        if most and len(out) >= most:
            return out[:most]
        self._allow(hidden)
        found: list[FloatArray] = []
        self._move_together(hidden, up, down, found)
        for place in np.flatnonzero(~self._safe(up, down) & ~known):
            for sign in (1.0, -1.0):
                if not self._safe(up, down)[place]:
                    self._reach(self._farthest(int(self.secret[place]), sign), up, down, found)
            if not self._safe(up, down)[place]:
                out.append(int(self.secret[place]))
                if most and len(out) >= most:
                    break
        self._keep(found)
        return sorted(out)

    def unsure(self, hidden: BoolArray) -> tuple[list[int], BoolArray]:
        """Secret cells that no quickly found move protects, and all cells that known moves use.

        Args:
            hidden: shape (cells,).
        """
        up, down = self._reached_before(hidden)
        self._allow(hidden)
        found: list[FloatArray] = []
        self._move_together(hidden, up, down, found)
        self._keep(found)
        closed, used = _bits(~hidden), 0
        for uses in self._uses:
            if not uses & closed:
                used |= uses
        cells: list[int] = self.secret[~self._safe(up, down)].tolist()
        return cells, _flags(used, self.problem.cells)

    def without_whole_move(self, hidden: BoolArray) -> list[int]:
        """Secret cells of which no move in whole numbers is known that reaches what is asked.

        Args:
            hidden: A pattern that protects, shape (cells,).
        """
        up, down = self._reached_before(hidden, only_whole=True)
        self._allow(hidden)
        found: list[FloatArray] = []
        for place in np.flatnonzero(~self._safe(up, down)):
            for sign in (1.0, -1.0):
                if not self._safe(up, down)[place]:
                    move = self._farthest(int(self.secret[place]), sign)
                    if _is_whole(move):
                        self._reach(move, up, down, found)
        self._keep(found)
        unsure: list[int] = self.secret[~self._safe(up, down)].tolist()
        return unsure

    def interval(self, hidden: BoolArray, cell: int) -> tuple[float, float]:
        """Least and greatest value that an attacker finds possible for a cell."""
        if not hidden[cell]:
            return float(self.problem.value[cell]), float(self.problem.value[cell])
        self._allow(hidden)
        low, high = (float(self._farthest(cell, sign)[cell]) for sign in (-1.0, 1.0))
        return self.problem.value[cell] + low, self.problem.value[cell] + high

    def _known_by_sums(self, hidden: BoolArray) -> BoolArray:
        """Cells that come out one after the other, each alone in some sum."""
        known = ~hidden
        while True:
            unknown = (~known).astype(float)
            alone = (self._pattern @ unknown == 1).astype(float)
            found = (self._pattern.T @ alone > 0) & ~known
            if not found.any():
                return known
            known |= found

    def _safe(self, up: FloatArray, down: FloatArray) -> BoolArray:
        return (up >= self._above) & (down >= self._below) & (up + down >= self._apart)

    def _allow(self, hidden: BoolArray) -> None:
        """Give room to the hidden cells only."""
        lower, upper = np.where(hidden, -self._down, 0.0), np.where(hidden, self._up, 0.0)
        self._solver.changeColsBounds(self.problem.cells, self._columns, lower, upper)

    def _farthest(self, cell: int, sign: float) -> FloatArray:
        """Deviations that move a cell as far as can be."""
        self._solver.changeColCost(cell, -sign)
        self._solver.run()
        deviation = np.asarray(self._solver.getSolution().col_value)
        solved = is_optimal(self._solver)
        self._solver.changeColCost(cell, 0.0)
        # What failed is never taken for a move that protects.
        return deviation if solved else np.zeros(self.problem.cells)

    def _move_together(
        self, hidden: BoolArray, up: FloatArray, down: FloatArray, found: list[FloatArray]
    ) -> None:
        """Move as many cells as go at once, each no farther than it must."""
        secret = self.secret.astype(np.int32)
        far = np.maximum(np.maximum(self._above, self._below), self._apart) * 1.02
        for _ in range(_TOGETHER):
            open_questions = ~self._safe(up, down)
            if open_questions.sum() < 8:
                break
            lower, upper = -np.minimum(self._down[secret], far), np.minimum(self._up[secret], far)
            self._solver.changeColsBounds(len(secret), secret, lower, upper)
            sides = self._random.choice([-1.0, 1.0], len(secret))
            aims = np.where(open_questions, sides * self._random.uniform(1, 2, len(secret)), 0.0)
            self._solver.changeColsCost(len(secret), secret, aims)
            self._solver.run()
            deviation = np.asarray(self._solver.getSolution().col_value)
            if is_optimal(self._solver):
                self._reach(deviation, up, down, found)
            self._solver.changeColsCost(len(secret), secret, np.zeros(len(secret)))
            if self._safe(up, down).sum() - (~open_questions).sum() < open_questions.sum() / 10:
                break
        self._allow(hidden)

    def _reach(
        self, deviation: FloatArray, up: FloatArray, down: FloatArray, found: list[FloatArray]
    ) -> None:
        moved = deviation[self.secret]
        np.maximum(up, moved, out=up)
        np.maximum(down, -moved, out=down)
        found.append(deviation)

    def _reached_before(
        self, hidden: BoolArray, *, only_whole: bool = False
    ) -> tuple[FloatArray, FloatArray]:
        """How far up and down the known moves lead that need no open cell."""
        closed = _bits(~hidden)
        known = zip(self._uses, self._moves, self._are_whole, strict=True)
        fits = [move for uses, move, whole in known if not uses & closed and whole >= only_whole]
        moves = np.array(fits or [np.zeros(len(self.secret))])
        return np.maximum(moves.max(axis=0), 0.0), np.maximum(-moves.min(axis=0), 0.0)

    def _keep(self, found: list[FloatArray]) -> None:
        self._uses += [_bits(np.abs(move) > _MOVED) for move in found]
        self._moves += [move[self.secret] for move in found]
        self._are_whole += [_is_whole(move) for move in found]
        del self._uses[: -self._kept], self._moves[: -self._kept], self._are_whole[: -self._kept]


def _bits(flags: BoolArray) -> int:
    return int.from_bytes(np.packbits(flags).tobytes(), "big")


def _flags(bits: int, cells: int) -> BoolArray:
    size = (cells + 7) // 8
    packed = np.frombuffer(bits.to_bytes(size, "big"), np.uint8)
    return np.unpackbits(packed, count=cells).astype(bool)


def _is_whole(move: FloatArray) -> bool:
    return bool((np.abs(move - np.round(move)) < _MOVED).all())
