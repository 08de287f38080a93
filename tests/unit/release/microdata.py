"""Small invented records with nested measures and labels in use for some years, and their counts.

Arrests, some with a strip search, by race (in two labels a group), division and quarter of 2020 and
2021. Counts are taken one record at a time, in another way than any code under test.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from hypothesis import strategies as st

from rbdc.disclosure.cells import DELIVERED, STANDARD, Cell, Code, Codes, Months, months_of

ARREST, SEARCH = ("arrest", "person"), ("strip_search", "person")
PART_OF = {"strip_search": "arrest"}
EXTENT = months_of("2020-01/2021-12")
GROUP_OF = {"B old": "Black", "B new": "Black", "W": "White", "W also": "White"}
USED = {"B old": months_of("2020"), "B new": months_of("2021"), "W also": months_of("2021")}
DIVISIONS = ("D1", "D2")


@dataclass(frozen=True, order=True)
class Record:
    """One arrest; `quarter` counts from 0 = 2020-Q1."""

    label: str
    division: str
    quarter: int
    searched: bool

    @property
    def months(self) -> Months:
        first = EXTENT.first + 3 * self.quarter
        return Months(first, first + 2)

    def is_in(self, cell: Cell) -> bool:
        values = {
            ("race_group", STANDARD): GROUP_OF[self.label],
            ("race_group", DELIVERED): self.label,
            ("division", STANDARD): self.division,
        }
        return (
            (self.searched or cell.measure == "arrest")
            and cell.period.first <= self.months.first
            and self.months.last <= cell.period.last
            and all(values[code.dimension, code.level] == code.code for code in cell.filters)
        )


POSSIBLE = tuple(
    Record(label, division, quarter, searched)
    for label, division, quarter, searched in product(GROUP_OF, DIVISIONS, range(8), (True, False))
    if Record(label, division, quarter, searched).months.within(USED.get(label, EXTENT))
)
"""Every kind of record that there can be."""


def codes() -> Codes:
    """All codes, whether a record has them or not."""
    both = frozenset({ARREST, SEARCH})
    race = {Code("race_group", DELIVERED, label): Code("race_group", STANDARD, group)
            for label, group in GROUP_OF.items()}  # fmt: skip
    parent: dict[Code, Code | None] = dict(race)
    parent |= dict.fromkeys(race.values())
    parent |= {Code("division", STANDARD, one): None for one in DIVISIONS}
    used = {Code("race_group", DELIVERED, label): months for label, months in USED.items()}
    return Codes(parent, dict.fromkeys(parent, both), used)


@dataclass(frozen=True)
class Data:
    """How many records there are of each kind."""

    number: dict[Record, int]

    def count(self, cells: Collection[Cell]) -> dict[Cell, int]:
        """True count of each cell."""
        return {
            cell: sum(n for record, n in self.number.items() if record.is_in(cell))
            for cell in cells
        }


@st.composite
def data(draw: st.DrawFn, most: int = 12, kinds: Sequence[Record] = POSSIBLE) -> Data:
    """Few kinds of records, small numbers and large ones."""
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=most, unique=True))
    numbers = st.one_of(st.integers(1, 3), st.integers(1, 30))
    return Data({record: draw(numbers) for record in sorted(chosen)})


Table = tuple[tuple[str, str], tuple[tuple[str, str], ...], str]
"""Measure, dimensions with their levels, and period type."""


@st.composite
def tables(draw: st.DrawFn, most: int = 3) -> list[Table]:
    """Some tables as a policy names them."""
    race = draw(st.sampled_from([STANDARD, DELIVERED]))
    by = st.sampled_from(
        [
            (("race_group", race),),
            (("race_group", STANDARD),),
            (("division", STANDARD),),
            (("division", STANDARD), ("race_group", race)),
        ]
    )
    one = st.tuples(
        st.sampled_from([ARREST, SEARCH]), by, st.sampled_from(["all", "year", "quarter"])
    )
    return draw(st.lists(one, min_size=1, max_size=most, unique=True))


def printed(chosen: Iterable[Table], extent: Months = EXTENT) -> set[Cell]:
    """Cells of some tables with their margins, in the months in which their codes were in use."""
    known = codes()
    found: set[Cell] = set()
    for measure, by, period_type in chosen:
        values = [[None, *(c for c in known.parent if (c.dimension, c.level) == one)] for one in by]
        for filters in product(*values):
            for period in periods(period_type, extent):
                chosen_codes = tuple(sorted(code for code in filters if code))
                cell = Cell(*measure, chosen_codes, period)
                found.add(known.clipped(cell) or cell)
    return found


def periods(period_type: str, extent: Months) -> list[Months]:
    """Whole periods of an extent that begins with a year."""
    if period_type == "all":
        return [extent]
    length = {"year": 12, "quarter": 3}[period_type]
    starts = range(extent.first, extent.last - length + 2, length)
    return [Months(start, start + length - 1) for start in starts]
