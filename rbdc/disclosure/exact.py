"""The cheapest pattern of one part: cutting planes, then integer programmes."""

import time

import numpy as np

from rbdc.disclosure.greedy import Greedy
from rbdc.disclosure.master import Master
from rbdc.disclosure.moves import Moves
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.separation import Cut, Separation
from rbdc.disclosure.whole import WholeMoves
from rbdc.statistics.arrays import BoolArray, FloatArray

SAME = 1e-6  # costs that differ by less, relatively, are equal
_LIFTS_LITTLE = 1e-4  # relaxed rounds that lift the bound by less than this share end
_PATIENCE = 8
_ROUGH = 0.01  # gap up to which the first integer programmes are solved
_MENDING = 0.3  # share of the time for patterns that protect; the rest is for the bound


class Search:
    """What is known of one part: a pattern that protects, and a bound.

    Attributes:
        best: Pattern that protects, shape (cells,).
    """

    def __init__(self, problem: Problem, *, whole: bool) -> None:
        """Take the problem of a part, which can be protected.

        Args:
            problem: of the part.
            whole: The attacker knows that cells are whole numbers.
        """
        self.problem = problem
        self.best: BoolArray = ~problem.stays_open
        self._moves = Moves(problem)
        self._whole = WholeMoves(problem) if whole else None
        self._separation = Separation(problem)
        self._greedy = Greedy(problem)
        self._master = Master(problem)
        self._share: FloatArray = np.zeros(problem.cells)

    @property
    def cost(self) -> float:
        """Cost of the best pattern."""
        return self.problem.cost_of(self.best)

    @property
    def bound(self) -> float:
        """No pattern that protects costs less."""
        return min(self._master.bound, self.cost)

    @property
    def is_done(self) -> bool:
        """Whether no pattern that protects costs less than the best."""
        return self.cost - self._master.bound <= SAME * max(1.0, self.cost)

    def begin_with(self, hidden: BoolArray, deadline: float, latest: float) -> bool:
        """Mend a pattern that may protect already, and keep it; answer whether it did protect.

        Args:
            hidden: shape (cells,).
            deadline: as for `run`.
            latest: as for `run`.
        """
        if self._keep(hidden):
            return True
        self._keep(self._greedy.pattern(self._moves, hidden, self._share, deadline, latest))
        return False

    def run(self, deadline: float, latest: float) -> None:
        """Search until the best pattern is the cheapest, or time runs out.

        Args:
            deadline: `time.monotonic()` at which the search ends.
            latest: The same for the first pattern, whose lack would mean to hide everything.
        """
        began = time.monotonic()
        self._relax(began + 0.6 * (deadline - began))
        first = self._greedy.pattern(self._moves, self._share >= 0.5, self._share, deadline, latest)
        self._keep(first)
        gap, mending = _ROUGH, 0.0
        while not self.is_done and time.monotonic() < deadline:
            hidden = self._master.whole(gap, deadline)
            if hidden is None:
                break
            if self._keep(hidden):
                gap = 0.0
                continue
            mended = self._mended(hidden, deadline)
            if mended is not None and mending < _MENDING * (time.monotonic() - began):
                since = time.monotonic()
                self._keep(self._greedy.without_needless(self._moves, mended, deadline))
                mending += time.monotonic() - since

    def _keep(self, hidden: BoolArray) -> bool:
        """Keep a pattern if it protects and is cheaper; answer whether it protects."""
        if self._moves.exposed(hidden, most=1):
            return False
        if self.problem.cost_of(hidden) >= self.cost:
            return True
        pinned = self._whole.pinned(hidden, self._moves) if self._whole else []
        if self._whole and pinned:
            # No part of this pattern protects either.
            self._master.add([Cut((self.problem.optional & ~hidden).astype(float))])
            hidden = self._whole.opened(pinned, hidden, self._moves)
        if self.problem.cost_of(hidden) < self.cost:
            self.best = hidden
        return not pinned

    def _mended(self, hidden: BoolArray, deadline: float) -> BoolArray | None:
        """Add the cuts that a choice breaks, and extend it at the least cost, until it protects."""
        while True:
            unsure, useful = self._moves.unsure(hidden)
            cuts = self._separation.cuts_of(unsure, hidden.astype(float), useful)
            if not cuts:
                return None if self._moves.exposed(hidden, most=1) else hidden
            if time.monotonic() > deadline:
                return None
            self._master.add(cuts)
            useless = np.any([cut.weight < 0 for cut in cuts], axis=0)
            extended = self._master.extended(hidden & ~useless, deadline)
            if extended is None:
                return None
            hidden = extended

    def _relax(self, deadline: float) -> None:
        """Solve the relaxed problem."""
        master = self._master
        batch = max(20, len(self._separation.secret) // 8)
        little = 0
        share = master.relaxed()
        while time.monotonic() < deadline and little < _PATIENCE:
            before = master.bound
            if not master.bridges(share):
                cuts = self._separation.cuts(share, batch, deadline)
                if not cuts:
                    break
                master.add(cuts)
            share = master.relaxed()
            lifted = master.bound - before > _LIFTS_LITTLE * max(1.0, before)
            little = 0 if lifted else little + 1
        self._share = np.clip(share, 0.0, 1.0)
        self._separation.likely = self._share
