"""All that can be computed from published counts: cells that nobody prints, and every relation."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from rbdc.disclosure.cells import Cell, Code, Codes, Months, expansions

# Measure, unit and filters: a cell without its period.
Family = tuple[str, str, tuple[Code, ...]]


@dataclass(frozen=True)
class Relation:
    """Σ coefficient · cell = 0; a weak one ties two measures by a remainder that nobody prints."""

    terms: tuple[tuple[int, float], ...]
    weak: bool = False


@dataclass(frozen=True)
class Universe:
    """Cells, published or implied, and what ties them.

    Attributes:
        cells: Every cell once; None is a remainder: what the parts printed leave of their whole.
        value: True count of each.
        relations: In positions of `cells`.
    """

    cells: tuple[Cell | None, ...]
    value: tuple[int, ...]
    relations: tuple[Relation, ...]

    def position(self) -> dict[Cell, int]:
        """Where each cell stands."""
        return {cell: at for at, cell in enumerate(self.cells) if cell is not None}


def build_universe(
    published: Iterable[Cell],
    codes: Codes,
    part_of: Mapping[str, str],
    count: Callable[[Collection[Cell]], Mapping[Cell, int]],
) -> Universe:
    """Close published cells under everything that anybody can add up or subtract.

    Two tables are tied by margins that neither prints, years by their quarters, two releases by
    the months that only the later one covers, and a part (strip searches) by its whole (bookings).

    Args:
        published: cells that are printed, in this release or an earlier one, clipped to the months
            in which their codes were in use.
        codes: of all dimensions.
        part_of: the measure of which each measure is a part.
        count: true counts of cells.
    """
    sums = _Sums(codes)
    cells = _closed(set(published), codes, part_of, sums)
    known = count(cells)
    order = sorted(cells)
    position = {cell: at for at, cell in enumerate(order)}
    values = [known[cell] for cell in order]
    names: list[Cell | None] = list(order)
    relations: list[Relation] = []

    def relate(whole: int, parts: list[int], complete: bool, weak: bool = False) -> None:
        if not complete:
            names.append(None)
            values.append(values[whole] - sum(values[part] for part in parts))
            parts = [*parts, len(names) - 1]
        terms = ((whole, -1.0), *((part, 1.0) for part in parts))
        relations.append(Relation(terms, weak))

    for cell in order:
        for parts in sums.of(cell):
            there = [position[part] for part in parts if part in position]
            if there:
                relate(position[cell], there, complete=len(there) == len(parts))
        whole = part_of.get(cell.measure)
        at = position.get(cell._replace(measure=whole)) if whole else None
        if at is not None:
            relate(at, [position[cell]], complete=False, weak=True)
    for cell, atoms in _sums_over_time(order):
        relate(position[cell], [position[atom] for atom in atoms], complete=True)
    return Universe(tuple(names), tuple(values), tuple(relations))


class _Sums:
    """The ways in which each cell is a sum, found once."""

    def __init__(self, codes: Codes) -> None:
        self._codes = codes
        self._dimensions = sorted({code.dimension for code in codes.parent})
        self._found: dict[Cell, list[list[Cell]]] = {}

    def of(self, cell: Cell) -> list[list[Cell]]:
        """See `rbdc.disclosure.cells.expansions`."""
        found = self._found.get(cell)
        if found is None:
            found = self._found[cell] = list(expansions(cell, self._codes, self._dimensions))
        return found


def _closed(cells: set[Cell], codes: Codes, part_of: Mapping[str, str], sums: _Sums) -> set[Cell]:
    """The cells with all their margins, the missing parts of sums, and pieces of their periods."""
    new = cells
    while new:
        found = {margin for cell in new for margin in _margins(cell, codes)}
        found |= _missing_parts(cells | found, sums)
        found |= _shared_periods(cells | found, part_of)
        found |= {atom for _, atoms in _sums_over_time(cells | found) for atom in atoms}
        new = found - cells
        cells = cells | new
    return cells


def _missing_parts(cells: set[Cell], sums: _Sums) -> set[Cell]:
    """Parts of a cell that nobody prints for its period, where another is there for some of it.

    A label that was in use for one year is printed for the whole time: its standard code is then
    a part of the total of that time.
    """
    periods = _periods(cells)
    missing: set[Cell] = set()
    for cell in cells:
        for parts in sums.of(cell):
            absent = [part for part in parts if part not in cells]
            if absent and any(
                period.within(cell.period) == period
                for part in parts
                for period in periods.get(part[:3], ())
            ):
                missing.update(absent)
    return missing


def _shared_periods(cells: set[Cell], part_of: Mapping[str, str]) -> set[Cell]:
    """Cells of a part or its whole in periods of the other that add up from their own.

    Strip searches by quarter and arrests of the year: their sum over the year is at most those.
    """
    periods = _periods(cells)
    found: set[Cell] = set()
    for part in periods:
        measure = part_of.get(part[0])
        whole = (measure, *part[1:]) if measure else None
        if whole is None or whole not in periods:
            continue
        for own, other in ((part, whole), (whole, part)):
            missing = periods[other] - periods[own]
            found |= {Cell(*own, one) for one in missing if _adds_up(one, periods[own])}
    return found


def _adds_up(period: Months, pieces: Collection[Months]) -> bool:
    """Whether a period is the sum of some of the pieces or of what they differ by."""
    cuts = {cut for one in pieces for cut in (one.first, one.last + 1)}
    if not {period.first, period.last + 1} <= cuts:
        return False
    months = {month for one in pieces for month in range(one.first, one.last + 1)}
    return all(month in months for month in range(period.first, period.last + 1))


def _margins(cell: Cell, codes: Codes) -> Iterable[Cell]:
    for code in cell.filters:
        broader = codes.broader(code)
        margin = cell.without(code.dimension) if broader is None else cell.with_code(broader)
        clipped = codes.clipped(margin)
        if clipped is not None:
            yield clipped


def _sums_over_time(cells: Iterable[Cell]) -> Iterable[tuple[Cell, list[Cell]]]:
    """Each cell whose period others cut into pieces, with the cells of those pieces."""
    for family, of_family in _periods(cells).items():
        if len(of_family) == 1:
            continue
        cuts = sorted({cut for one in of_family for cut in (one.first, one.last + 1)})
        for period in sorted(of_family):
            within = [cut for cut in cuts if period.first <= cut <= period.last + 1]
            if len(within) > 2:
                pieces = [Months(start, end - 1) for start, end in pairwise(within)]
                yield Cell(*family, period), [Cell(*family, piece) for piece in pieces]


def _periods(cells: Iterable[Cell]) -> dict[Family, set[Months]]:
    """Periods for which each count of cells exists."""
    periods: dict[Family, set[Months]] = defaultdict(set)
    for cell in cells:
        periods[cell[:3]].add(cell.period)
    return periods
