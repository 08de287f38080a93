"""The solving of one model: bounds, components and exact values for attackers of each level."""

import time
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rbdc.disclosure.attacker.components import components
from rbdc.disclosure.attacker.model import DERIVED, INTEGER, PLAIN, Model
from rbdc.disclosure.attacker.periods import intersect
from rbdc.disclosure.attacker.proofs import proof
from rbdc.disclosure.attacker.solver import (
    Component,
    InfeasibleError,
    OutOfTimeError,
)
from rbdc.disclosure.attacker.system import Bounds, Relations
from rbdc.statistics.arrays import BoolArray

_MOST_CONFLICTS = 100


@dataclass
class Exact:
    """A variable with one possible value, the level of the weakest attacker who knows, and how."""

    value: float
    level: int
    proof: str


@dataclass
class Engine:
    """A model with what was already computed of it."""

    model: Model
    deadline: float
    dropped: frozenset[int] = frozenset()
    exact: dict[int, Exact] = field(default_factory=dict)
    untried: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)
    conflict: str = ""
    conflict_row: int = -1
    relations: Relations = field(init=False)

    def __post_init__(self) -> None:
        self.relations = self.model.system.matrix()

    def known_to(self, level: int) -> tuple[Relations, Bounds]:
        """Relations and bounds of an attacker of a level, after propagation."""
        relations = self.relations.up_to(level, self.dropped)
        low, high = self.model.limits(level)
        bounds = relations.propagate(low, high, whole=level >= INTEGER)
        if level >= DERIVED:
            self._people(relations, bounds)
        return relations, bounds

    def _people(self, relations: Relations, bounds: Bounds) -> None:
        """A count above 0 has at least one person; no person, no count."""
        if not self.model.persons_of:
            return
        persons, counts = np.array(self.model.persons_of).T
        while bounds.conflict < 0:
            present = (bounds.low[counts] >= 1) & (bounds.low[persons] < 1)
            absent = (bounds.high[persons] < 1) & (bounds.high[counts] > 0)
            if not (present.any() or absent.any()):
                return
            bounds.low[persons[present]] = 1
            bounds.high[counts[absent]] = 0
            moved = np.concatenate([persons[present], counts[absent]])
            again = relations.propagate(bounds.low, bounds.high, whole=True, start=moved)
            for old, new in (
                (bounds.low_row, again.low_row),
                (bounds.high_row, again.high_row),
                (bounds.fixed_at, again.fixed_at),
            ):
                old[new >= 0] = new[new >= 0]
            bounds.low, bounds.high, bounds.conflict = again.low, again.high, again.conflict

    def drop_contradictions(self) -> None:
        """Take out relations that published values alone break, and tell each.

        Each is a finding: two tables that cannot both be right.
        """
        for _ in range(_MOST_CONFLICTS):
            relations, bounds = self.known_to(PLAIN)
            if bounds.conflict < 0:
                return
            self.model.contradictions.append(self.describe(relations, bounds, bounds.conflict))
            self.dropped |= {bounds.conflict}
        self.notes.append(
            f"More than {_MOST_CONFLICTS} contradictions; the rest were not looked at."
        )

    def describe(self, relations: Relations, bounds: Bounds, row: int) -> str:
        """A relation that does not hold, in words."""
        terms = relations.terms(row)
        variable = terms[-1][0]
        text = (
            f"{self.model.cell(variable).text()}: {proof_row(self.model, relations, bounds, row)}"
        )
        return f"{self.model.system.label(row)} does not hold. {text}"

    def tie_people(self) -> None:
        """Add `count ≤ highest × persons`, so that no count stands without persons."""
        low, high = self.model.limits(DERIVED)
        bounds = self.relations.up_to(DERIVED, self.dropped).propagate(low, high, whole=True)
        for person, count in self.model.persons_of:
            most = bounds.high[count]
            if bounds.low[person] < 1 and 0 < most <= 1e5:
                self.model.system.relate(
                    [count, person], [1.0, -float(most)], -np.inf, 0.0, DERIVED, "no count alone"
                )
        self.relations = self.model.system.matrix()

    def solve(self, level: int, wanted: BoolArray, low: float, high: float) -> bool:
        """Find all wanted variables with one value for an attacker of this level.

        Args:
            level: The strongest attacker.
            wanted: Which variables matter.
            low: Hidden variables always matter, others only from here
            high: to here.

        Returns:
            Whether there is any solution; without one, nothing can be concluded.
        """
        relations, bounds = self.known_to(level)
        if bounds.conflict >= 0:
            self.conflict = self.describe(relations, bounds, bounds.conflict)
            self.conflict_row = bounds.conflict
            return False
        aims = wanted & (bounds.low <= high) & (bounds.high >= low)
        aims[list(self.model.hidden)] = wanted[list(self.model.hidden)]
        fixed = bounds.fixed()
        for number in np.flatnonzero(aims & fixed):
            text = proof(self.model, relations, bounds, int(number))
            self.exact[int(number)] = Exact(float(bounds.low[number]), level, text)
        self.components = components(relations, bounds)
        for component in self.components:
            positions = np.flatnonzero(aims[component.variables])
            if not len(positions):
                continue
            try:
                self._settle(component, positions, level)
            except InfeasibleError:
                self.exact.clear()
                self.untried.clear()
                size = len(component.variables)
                self.conflict_row = -1
                self.conflict = f"{size} linked cells have no common solution"
                return False
        return True

    def _settle(self, component: Component, positions: NDArray[np.int64], level: int) -> None:
        settled = component.settle(positions, level >= INTEGER, self.deadline)
        way = "integer" if level >= INTEGER else "linear"
        for position, value in settled.exact.items():
            self.exact[int(component.variables[position])] = Exact(
                value, level, f"by {way} programming over {len(component.variables)} cells"
            )
        self.untried |= {int(component.variables[position]) for position in settled.untried}

    def forget_revised(self) -> str:
        """Leave out what earlier releases say around the last conflict, and tell what it was.

        Returns:
            An empty text when there is nothing to leave out.
        """
        if self.conflict_row < 0:
            return ""
        places = [self.model.cell(one) for one, _ in self.relations.terms(self.conflict_row)]
        wrong = []
        for number in self.model.open_before:
            cell = self.model.cell(number)
            if any(
                (cell.measure, cell.unit) == (one.measure, one.unit)
                and intersect(cell.months, one.months)
                for one in places
            ):
                wrong.append(number)
        for number in wrong:
            del self.model.open_before[number]
        if not wrong:
            return ""
        return (
            f"{len(wrong)} counts that only earlier releases have do not fit this one, as if they "
            f"had been revised; they were left out. {self.conflict}"
        )

    def weaken(self, level: int) -> None:
        """Tell of the exact variables which an attacker of a weaker level finds already."""
        left = {number for number, exact in self.exact.items() if exact.level > level}
        if not left:
            return
        relations, bounds = self.known_to(level)
        if bounds.conflict >= 0:
            return
        fixed = bounds.fixed()
        for number in [one for one in left if fixed[one]]:
            text = proof(self.model, relations, bounds, number)
            self.exact[number] = Exact(float(bounds.low[number]), level, text)
            left.discard(number)
        if not left:
            return
        chosen = np.zeros(self.model.system.size, dtype=bool)
        chosen[list(left)] = True
        for component in components(relations, bounds):
            positions = np.flatnonzero(chosen[component.variables])
            if len(positions) and time.monotonic() < self.deadline:
                try:
                    stronger, untried = self.exact, self.untried
                    self.exact, self.untried = dict(stronger), set()
                    self._settle(component, positions, level)
                    if self.untried:
                        self.notes.append("Some exact cells may be found by a weaker attacker too.")
                    self.untried = untried
                except InfeasibleError:
                    self.exact, self.untried = stronger, untried

    def interval(self, component: Component, position: int) -> tuple[float, float] | None:
        """Ends of a variable's interval, None when time is up; see `Component.outer`."""
        try:
            return component.outer(position, self.deadline)
        except OutOfTimeError:
            return None


def proof_row(model: Model, relations: Relations, bounds: Bounds, row: int) -> str:
    """The terms of a relation with their values."""
    words = []
    for variable, factor in relations.terms(row):
        low, high = bounds.low[variable], bounds.high[variable]
        value = f"{low:g}" if low == high else f"({low:g} to {high:g})"
        words.append(f"{'+' if factor > 0 else '−'} {value}")
    return " ".join(words[:20])
