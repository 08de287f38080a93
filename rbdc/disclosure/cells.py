"""Cells: what a published count counts, the same wherever it is printed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

COARSE, STANDARD, DELIVERED = "coarse", "standard", "delivered"


class Months(NamedTuple):
    """A period of whole months, both ends included, counted from January of year 0."""

    first: int
    last: int

    def within(self, other: "Months") -> "Months | None":
        """What of it lies in another period."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        return Months(first, last) if first <= last else None

    def __str__(self) -> str:
        """`2020`, `2020-Q4` or `2020-10` where it is one, else `2020-01/2021-09`."""
        year, month = divmod(self.first, 12)
        length = self.last - self.first + 1
        if length == 12 and month == 0:
            return f"{year}"
        if length == 3 and month % 3 == 0:
            return f"{year}-Q{month // 3 + 1}"
        return _month(self.first) if length == 1 else f"{_month(self.first)}/{_month(self.last)}"


def _month(number: int) -> str:
    return f"{number // 12}-{number % 12 + 1:02d}"


def months_of(text: str) -> Months:
    """Months of a period written as `2020`, `2020-Q4`, `2020-10` or `2020-01/2021-09`.

    Raises:
        ValueError: it is written in another way.
    """
    if "/" in text:
        first, last = (months_of(part) for part in text.split("/"))
        return Months(first.first, last.last)
    year, _, part = text.partition("-")
    start = int(year) * 12
    if not part:
        return Months(start, start + 11)
    length = 3 if part.startswith("Q") else 1
    number = int(part.removeprefix("Q"))
    if not 1 <= number <= 12 // length:
        raise ValueError(f"no year has {part}")
    last = start + length * number - 1
    return Months(last - length + 1, last)


class Code(NamedTuple):
    """A value of a dimension: standard, in the words of the source, or several standard ones."""

    dimension: str
    level: str
    code: str


class Cell(NamedTuple):
    """A count: of what, in which unit, under which filters (by dimension), in which period."""

    measure: str
    unit: str
    filters: tuple[Code, ...]
    period: Months

    def __str__(self) -> str:
        """For a message: `strip_search (person), race_group Black, division 54, 2020`."""
        parts = [f"{code.dimension} {code.code}" for code in self.filters]
        return ", ".join([f"{self.measure} ({self.unit})", *parts, str(self.period)])

    def with_code(self, code: Code) -> "Cell":
        """The part of it that has a code; a code of the same dimension is replaced."""
        others = (one for one in self.filters if one.dimension != code.dimension)
        return Cell(self.measure, self.unit, tuple(sorted((*others, code))), self.period)

    def without(self, dimension: str) -> "Cell":
        """The cell of all values of a dimension."""
        return self._replace(filters=tuple(c for c in self.filters if c.dimension != dimension))


@dataclass(frozen=True)
class Codes:
    """Codes that occur, the standard code of each delivered one, and when each was in use.

    Attributes:
        parent: The code that takes in each code, of the next level up: a standard code takes in
            delivered ones, a coarse one standard ones; None where nothing but the total does.
        counts: Measures, with their units, that are counted by each code: only incidents are of a
            `Multiple race group`.
        used: Months in which a delivered code was in use, where that is less than always.
    """

    parent: Mapping[Code, Code | None]
    counts: Mapping[Code, frozenset[tuple[str, str]]]
    used: Mapping[Code, Months] = field(default_factory=dict)

    @cached_property
    def _children(self) -> dict[Code | str, list[Code]]:
        children: dict[Code | str, list[Code]] = {}
        for code, parent in sorted(self.parent.items(), key=lambda item: item[0]):
            children.setdefault(parent or code.dimension, []).append(code)
        return children

    def children(self, of: Code | str, measure: tuple[str, str]) -> list[Code]:
        """What makes up a dimension or a code, of the next level down, of a measure."""
        return [code for code in self._children.get(of, []) if measure in self.counts[code]]

    def broader(self, code: Code) -> Code | None:
        """The code that takes in another one; None where nothing but the total does."""
        return self.parent.get(code)

    def clipped(self, cell: Cell) -> Cell | None:
        """The cell in the months in which all its codes were in use; None if it can only be 0."""
        period: Months | None = cell.period
        for code in cell.filters:
            if period is not None and code in self.used:
                period = period.within(self.used[code])
        if period is None or period == cell.period:
            return cell if period else None
        return cell._replace(period=period)


def expansions(cell: Cell, codes: Codes, dimensions: Iterable[str]) -> Iterator[list[Cell]]:
    """The ways in which a cell is a sum: over a dimension, or over codes within one of its codes.

    Each way gives every part that can be above 0.
    """
    filtered = {code.dimension: code for code in cell.filters}
    for dimension in dimensions:
        of = filtered.get(dimension, dimension)
        parts = (
            codes.clipped(cell.with_code(code))
            for code in codes.children(of, (cell.measure, cell.unit))
        )
        if found := [part for part in parts if part is not None]:
            yield found
