"""Everything that releases publish as one system: variables of cells, their bounds by attacker."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rbdc.disclosure.attacker.codes import Codes
from rbdc.disclosure.attacker.facts import PERSONS, Cell, Fact, Facts
from rbdc.disclosure.attacker.folder import FEWER, Release
from rbdc.disclosure.attacker.lattice import Lattice
from rbdc.disclosure.attacker.records import count_records
from rbdc.disclosure.attacker.system import System
from rbdc.statistics.arrays import BoolArray, FloatArray

PLAIN, INTEGER, RULE, DERIVED, CROSS = range(5)
"""Attackers from weak to strong; each knows all that the weaker ones know."""

MOST_VARIABLES = 1_500_000


@dataclass
class Published:
    """One value of a variable that can simply be read, with where."""

    value: float
    where: str


@dataclass
class Model:
    """The system of a release and its predecessors.

    `open_now` and `open_before` are values to be read in this and in earlier releases; `hidden`
    are variables that this release hides, with the tables; `bounds` are (variable, lowest,
    highest, level) of everything else that is known.
    """

    system: System
    lattices: dict[tuple[str, str], Lattice]
    release: Release
    people: dict[Cell, int] = field(default_factory=dict)
    people_cells: dict[int, Cell] = field(default_factory=dict)
    open_now: dict[int, Published] = field(default_factory=dict)
    open_before: dict[int, Published] = field(default_factory=dict)
    hidden: dict[int, list[str]] = field(default_factory=dict)
    counted: dict[int, Published] = field(default_factory=dict)
    bounds: list[tuple[int, float, float, int]] = field(default_factory=list)
    symbols: dict[int, str] = field(default_factory=dict)
    persons_of: list[tuple[int, int]] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    revisions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def cell(self, number: int) -> Cell:
        """The cell of a variable."""
        if number in self.people_cells:
            return self.people_cells[number]
        for lattice in self.lattices.values():
            if (cell := lattice.cell(number)) is not None:
                return cell
        raise KeyError(number)

    def number(self, cell: Cell) -> int:
        """The variable of a published cell."""
        if cell.measure.startswith(PERSONS):
            return self.people[cell]
        return self.lattices[cell.measure, cell.unit].number(cell)

    def limits(self, level: int) -> tuple[FloatArray, FloatArray]:
        """Bounds of all variables as an attacker of this level knows them."""
        low, high = self.system.given()
        for number, least, most, needed in self.bounds:
            if needed <= level:
                low[number], high[number] = max(low[number], least), min(high[number], most)
        sources = [self.open_now, self.counted]
        if level >= CROSS:
            sources.insert(0, self.open_before)  # this release has the last word
        for source in sources:
            for number, published in source.items():
                low[number] = high[number] = published.value
        return low, high

    def targets(self) -> BoolArray:
        """Variables that nobody can simply read, hidden or implied: an attacker's aims."""
        wanted = np.ones(self.system.size, dtype=bool)
        wanted[list(self.open_now)] = False
        return wanted


def build_model(
    release: Release,
    facts: Facts,
    earlier: Sequence[tuple[Release, Facts]],
    codes: Codes,
) -> Model:
    """Variables and relations of everything published.

    Args:
        release: The release under attack.
        facts: Its facts.
        earlier: Earlier releases with their facts, newest last.
        codes: The codes of all releases.
    """
    every = [*facts.facts, *(fact for _, one in earlier for fact in one.facts)]
    cells: dict[tuple[str, str], set[Cell]] = {}
    for fact in every:
        if not fact.cell.measure.startswith(PERSONS):
            cells.setdefault((fact.cell.measure, fact.cell.unit), set()).add(fact.cell)
    lattices = {key: Lattice(*key, chosen, codes) for key, chosen in sorted(cells.items())}
    nested = [
        (lattices[part], lattices[whole]) for part, whole in _nested(release.part_of, lattices)
    ]
    for _ in nested:  # as often as the chain may be long
        for part_lattice, whole_lattice in nested:
            part_lattice.share(whole_lattice)
    model = Model(System(), lattices, release)
    for lattice in lattices.values():
        if model.system.size + lattice.size() > MOST_VARIABLES:
            model.problems.append(
                f"{lattice.measure} ({lattice.unit}) implies {lattice.size():,} cells, too many; "
                "its margins were not attacked."
            )
            lattice.intervals = {
                shape: months
                for shape, months in lattice.intervals.items()
                if shape in lattice.published
            }
        lattice.build(model.system)
    for part_lattice, whole_lattice in nested:
        _relate_nested(part_lattice, whole_lattice, model.system)
    _add_people(model, every)
    _read(model, facts.facts, release, model.open_now, PLAIN)
    for before, its in earlier:
        _read(model, its.facts, before, model.open_before, CROSS)
    _find_revisions(model)
    _add_rule(model, release)
    for level, one in [(PLAIN, release), *((CROSS, before) for before, _ in earlier)]:
        for number, low, high, where in count_records(one, lattices, codes, model.problems):
            if low == high:
                target = model.counted if level == PLAIN else model.open_before
                target.setdefault(number, Published(low, where))
            else:
                model.bounds.append((number, low, high, level))
    return model


def _nested(
    part_of: dict[tuple[str, str], tuple[str, str]], lattices: Iterable[tuple[str, str]]
) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """Every pair of part and whole that both are counted, also across measures that are not."""
    known, pairs = set(lattices), []
    for part in sorted(known):
        seen, whole = {part}, part_of.get(part)
        while whole and whole not in seen:
            if whole in known:
                pairs.append((part, whole))
            seen.add(whole)
            whole = part_of.get(whole)
    return pairs


def _relate_nested(part: Lattice, whole: Lattice, system: System) -> None:
    label = f"{part.measure} ≤ {whole.measure}"
    for shape in sorted(part.intervals.keys() & whole.intervals.keys()):
        own, its = part.common(whole, shape)
        for months in sorted(part.intervals[shape] & whole.intervals[shape]):
            pairs = np.stack(
                [part.grid(shape, months)[own].ravel(), whole.grid(shape, months)[its].ravel()],
                axis=1,
            )
            system.relate(pairs[(pairs >= 0).all(axis=1)], [1.0, -1.0], -np.inf, 0.0, PLAIN, label)


def _add_people(model: Model, every: Iterable[Fact]) -> None:
    """A variable for each number of persons, and what ties it to the count in front of it."""
    for fact in every:
        cell = fact.cell
        if not cell.measure.startswith(PERSONS) or cell in model.people:
            continue
        number = int(model.system.variables(1)[0])
        model.people[cell] = number
        model.people_cells[number] = cell
        count = model.number(cell._replace(measure=cell.measure.removeprefix(PERSONS)))
        model.persons_of.append((number, count))
        model.system.relate([number, count], [1.0, -1.0], -np.inf, 0.0, DERIVED, "persons ≤ count")


def _read(
    model: Model,
    facts: Iterable[Fact],
    release: Release,
    readable: dict[int, Published],
    level: int,
) -> None:
    for fact in facts:
        number = model.number(fact.cell)
        where = f"{fact.table} row {fact.row + 2}"
        if level == CROSS:
            where = f"{release.name}: {where}"
        if fact.symbol == "rounded":  # every cell is blurred, none is hidden
            model.bounds.append((number, fact.low, fact.high, level))
            continue
        if fact.hidden:
            if level == PLAIN:
                tables = model.hidden.setdefault(number, [])
                if fact.table not in tables:
                    tables.append(fact.table)
                model.symbols[number] = fact.symbol
            least = float(max(1, release.hidden_from)) if release.zeros_open else 0.0
            # a symbol such as <5 also has a highest value
            model.bounds.append((number, least, fact.high, max(level, RULE)))
            continue
        known = readable.get(number)
        if known is None:
            readable[number] = Published(fact.low, where)
        elif known.value != fact.low and level == PLAIN:
            model.contradictions.append(
                f"{fact.cell.text()} is {known.value:.0f} in {known.where} and {fact.low:.0f} in "
                f"{where}."
            )
        elif known.value != fact.low:
            model.revisions.append(
                f"{fact.cell.text()} is {known.value:.0f} in {known.where} and {fact.low:.0f} in "
                f"{where}; the later one is used."
            )
            readable[number] = Published(fact.low, where)


def _find_revisions(model: Model) -> None:
    """Cells that this release publishes with another value than the earlier ones."""
    for number, now in model.open_now.items():
        before = model.open_before.get(number)
        if before is None:
            continue
        if before.value != now.value:
            model.revisions.append(
                f"{model.cell(number).text()} was {before.value:.0f} ({before.where}) and is "
                f"{now.value:.0f} ({now.where}); the two are kept apart."
            )
        del model.open_before[number]


def _add_rule(model: Model, release: Release) -> None:
    """The upper bound of primaries, where the symbols in the files tell which those are."""
    used = [one for one in release.used_symbols() if not re.fullmatch(FEWER, one)]
    if len(used) < 2:
        return
    labels = {symbol: release.symbols[symbol].lower() for symbol in used}
    secondary = {s for s, label in labels.items() if "second" in label or "complement" in label}
    primary = {s for s, label in labels.items() if "primar" in label} or set(used) - secondary
    if not secondary and len(primary) == len(used):
        primary = {used[0]}  # the labels do not tell; the first is the likeliest guess
    for number, symbol in model.symbols.items():
        if symbol in primary:
            model.bounds.append((number, 0.0, float(release.hidden_to), RULE))
