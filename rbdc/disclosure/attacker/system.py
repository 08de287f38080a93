"""Unknown numbers, linear relations among them, and the bounds that follow step by step."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rbdc.statistics.arrays import BoolArray, FloatArray

IntArray = NDArray[np.int64]

TOLERANCE = 1e-6


@dataclass
class Bounds:
    """Lowest and highest value of every variable and the relations that last moved them.

    `low_row` and `high_row` are −1 where the bound was given; `fixed_at` is the number of the
    sweep after which both bounds met (−1: they did not). `conflict` is a relation that cannot
    hold, or −1.
    """

    low: FloatArray
    high: FloatArray
    low_row: IntArray
    high_row: IntArray
    fixed_at: IntArray
    conflict: int = -1

    def fixed(self) -> BoolArray:
        """Which variables have one value only."""
        return np.asarray(self.high - self.low <= TOLERANCE)


@dataclass
class System:
    """Variables ≥ 0 and relations `lowest ≤ Σ factor × variable ≤ highest`, each of a level.

    A level is the number of the weakest attacker who knows of the relation.
    """

    low: list[FloatArray] = field(default_factory=list)
    high: list[FloatArray] = field(default_factory=list)
    size: int = 0
    rows: int = 0
    _members: list[IntArray] = field(default_factory=list)
    _factors: list[FloatArray] = field(default_factory=list)
    _numbers: list[IntArray] = field(default_factory=list)
    _lowest: list[FloatArray] = field(default_factory=list)
    _highest: list[FloatArray] = field(default_factory=list)
    _levels: list[IntArray] = field(default_factory=list)
    _labels: list[tuple[int, str]] = field(default_factory=list)

    def variables(self, number: int, low: float = 0.0, high: float = np.inf) -> IntArray:
        """Add variables; gives their numbers."""
        new = np.arange(self.size, self.size + number, dtype=np.int64)
        self.low.append(np.full(number, low))
        self.high.append(np.full(number, high))
        self.size += number
        return new

    def relate(
        self,
        members: ArrayLike,
        factors: ArrayLike,
        lowest: float,
        highest: float,
        level: int = 0,
        label: str = "",
    ) -> None:
        """Add relations of one shape.

        Args:
            members: Numbers of variables, one relation per row, or one relation; −1 is no term.
            factors: A factor per column of `members`.
            lowest: Smallest value of the sum of factor times variable.
            highest: Largest value of that sum.
            level: The weakest attacker who knows of it.
            label: What the relation is, for proofs.
        """
        table = np.atleast_2d(np.asarray(members, dtype=np.int64))
        weights = np.broadcast_to(np.asarray(factors, float), table.shape)
        present = table >= 0
        numbers = np.broadcast_to(
            np.arange(self.rows, self.rows + len(table))[:, None], table.shape
        )
        self._members.append(table[present])
        self._factors.append(weights[present])
        self._numbers.append(numbers[present])
        self._lowest.append(np.full(len(table), float(lowest)))
        self._highest.append(np.full(len(table), float(highest)))
        self._levels.append(np.full(len(table), level, dtype=np.int64))
        self._labels.append((self.rows, label))
        self.rows += len(table)

    def label(self, row: int) -> str:
        """What a relation is."""
        starts = [start for start, _ in self._labels]
        return self._labels[int(np.searchsorted(starts, row, side="right")) - 1][1]

    def matrix(self) -> "Relations":
        """All relations so far as arrays."""

        def joined(parts: list[NDArray[np.generic]], kind: type) -> NDArray[np.generic]:
            return np.concatenate(parts) if parts else np.zeros(0, dtype=kind)

        return Relations(
            size=self.size,
            members=joined(self._members, np.int64),  # type: ignore[arg-type]
            factors=joined(self._factors, np.float64),  # type: ignore[arg-type]
            numbers=joined(self._numbers, np.int64),  # type: ignore[arg-type]
            lowest=joined(self._lowest, np.float64),  # type: ignore[arg-type]
            highest=joined(self._highest, np.float64),  # type: ignore[arg-type]
            levels=joined(self._levels, np.int64),  # type: ignore[arg-type]
        )

    def given(self) -> tuple[FloatArray, FloatArray]:
        """The bounds with which the variables were made."""
        if not self.size:
            return np.zeros(0), np.zeros(0)
        return np.concatenate(self.low), np.concatenate(self.high)


@dataclass(frozen=True)
class Relations:
    """Relations as a sparse matrix in coordinates, ordered by relation.

    `members`, `factors` and `numbers` hold variable, factor and relation of each term; `lowest`,
    `highest` and `levels` have one value per relation.
    """

    size: int
    members: IntArray
    factors: FloatArray
    numbers: IntArray
    lowest: FloatArray
    highest: FloatArray
    levels: IntArray

    def up_to(self, level: int, dropped: frozenset[int] = frozenset()) -> "Relations":
        """Only what an attacker of this level knows; numbers of relations stay."""
        keep = (self.levels <= level)[self.numbers]
        if dropped:
            keep &= ~np.isin(self.numbers, list(dropped))
        return Relations(
            self.size,
            self.members[keep],
            self.factors[keep],
            self.numbers[keep],
            self.lowest,
            self.highest,
            self.levels,
        )

    def terms(self, row: int) -> list[tuple[int, float]]:
        """Variables and factors of one relation."""
        start, stop = np.searchsorted(self.numbers, [row, row + 1])
        return list(
            zip(self.members[start:stop].tolist(), self.factors[start:stop].tolist(), strict=True)
        )

    def propagate(
        self,
        low: FloatArray,
        high: FloatArray,
        whole: bool,
        sweeps: int = 200,
        start: NDArray[np.int64] | None = None,
    ) -> Bounds:
        """Tighten bounds relation by relation until nothing moves.

        Args:
            low: Lowest value per variable, shape (size,).
            high: Highest value, infinite where unknown.
            whole: Whether values are whole numbers, so that bounds may be rounded inwards.
            sweeps: Most passes over the relations; stopping early only leaves bounds wider.
            start: Variables that moved since bounds were last at rest (None: all).
        """
        bounds = Bounds(
            low.copy(),
            high.copy(),
            np.full(self.size, -1, dtype=np.int64),
            np.full(self.size, -1, dtype=np.int64),
            np.full(self.size, -1, dtype=np.int64),
        )
        bounds.fixed_at[bounds.fixed()] = 0
        changed = np.ones(self.size, dtype=bool)
        if start is not None:
            changed[:] = False
            changed[start] = True
        rows = len(self.lowest)
        for sweep in range(1, sweeps + 1):
            touched = np.zeros(rows, dtype=bool)
            touched[self.numbers[changed[self.members]]] = True
            terms = np.flatnonzero(touched[self.numbers])
            if not len(terms):
                break
            changed = self._sweep(terms, bounds, whole)
            if bounds.conflict >= 0:
                break
            bounds.fixed_at[bounds.fixed() & (bounds.fixed_at < 0)] = sweep
        return bounds

    def _sweep(self, terms: NDArray[np.int64], bounds: Bounds, whole: bool) -> BoolArray:
        j, a, r = self.members[terms], self.factors[terms], self.numbers[terms]
        rows = len(self.lowest)
        positive = a > 0
        at_low, at_high = a * bounds.low[j], a * bounds.high[j]
        least, most = np.where(positive, at_low, at_high), np.where(positive, at_high, at_low)
        rest_least, sum_least = _rest(least, r, rows, -np.inf)
        rest_most, sum_most = _rest(most, r, rows, np.inf)
        slack = TOLERANCE * (1 + np.abs(np.where(np.isfinite(sum_least), sum_least, 0)))
        bad = (sum_least > self.highest + slack) | (sum_most < self.lowest - slack)
        if bad[r].any():
            bounds.conflict = int(r[np.flatnonzero(bad[r])[0]])
            return np.zeros(self.size, dtype=bool)
        top, bottom = (self.highest[r] - rest_least) / a, (self.lowest[r] - rest_most) / a
        upper, lower = np.where(positive, top, bottom), np.where(positive, bottom, top)
        if whole:
            upper, lower = np.floor(upper + TOLERANCE), np.ceil(lower - TOLERANCE)
        new_high, new_low = bounds.high.copy(), bounds.low.copy()
        np.minimum.at(new_high, j, upper)
        np.maximum.at(new_low, j, lower)
        higher, lower_than = new_low > bounds.low + TOLERANCE, new_high < bounds.high - TOLERANCE
        crossed = new_low > new_high + TOLERANCE * (1 + np.abs(new_high))
        moved = higher | lower_than
        hit = higher[j] & (lower == new_low[j])
        bounds.low_row[j[hit]] = r[hit]
        hit = lower_than[j] & (upper == new_high[j])
        bounds.high_row[j[hit]] = r[hit]
        if crossed.any():
            variable = int(np.flatnonzero(crossed)[0])
            bounds.conflict = int(max(bounds.low_row[variable], bounds.high_row[variable]))
            return np.zeros(self.size, dtype=bool)
        bounds.low[higher] = new_low[higher]
        bounds.high[lower_than] = new_high[lower_than]
        close = moved & (bounds.high - bounds.low <= TOLERANCE)
        middle = np.round((bounds.low + bounds.high) / 2)
        snap = close & (np.abs(middle - bounds.low) <= TOLERANCE)
        bounds.low[snap] = bounds.high[snap] = middle[snap]
        return np.asarray(moved)


def _rest(
    values: FloatArray, rows: NDArray[np.int64], number: int, endless: float
) -> tuple[FloatArray, FloatArray]:
    """Sum of the other terms of each term's relation, and of all its terms; may be `endless`."""
    infinite = np.isinf(values)
    finite = np.where(infinite, 0.0, values)
    sums = np.bincount(rows, finite, number)
    many = np.bincount(rows, infinite, number)
    rest = np.where(many[rows] - infinite > 0.5, endless, sums[rows] - finite)
    return rest, np.where(many > 0.5, endless, sums)
