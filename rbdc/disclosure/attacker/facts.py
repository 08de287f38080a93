"""What each table says about cells: rows and columns of counts turned into facts."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from rbdc.disclosure.attacker.codes import DELIVERED, LEVELS, STANDARD, Codes
from rbdc.disclosure.attacker.folder import FEWER, Field, Release, Table
from rbdc.disclosure.attacker.periods import (
    Interval,
    calendar_part,
    intersect,
    parse_period,
    period_text,
)
from rbdc.errors import RbdcError

Filter = tuple[str, str, str]
"""Dimension, level, code."""

PERSONS = "people behind "


class Cell(NamedTuple):
    """A number of a measure in a unit, its filters in order of dimension, and its months."""

    measure: str
    unit: str
    filters: tuple[Filter, ...]
    months: Interval

    def text(self) -> str:
        """The cell in words, for reports."""
        where = ", ".join(f"{dimension} = {code}" for dimension, _, code in self.filters)
        return f"{self.measure} ({self.unit}), {where or 'total'}, {period_text(self.months)}"


@dataclass(frozen=True)
class Fact:
    """One published value of a cell; `low == high` where it is open and exact."""

    cell: Cell
    table: str
    row: int
    column: str
    hidden: bool
    low: float
    high: float
    symbol: str = ""


@dataclass
class Facts:
    """All facts of a release; `by_place` finds one by table, column and row."""

    facts: list[Fact] = field(default_factory=list)
    by_place: dict[tuple[str, str, int], Fact] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)


@dataclass
class _Row:
    """What a row says about all of its counts."""

    filters: dict[str, tuple[str, str]]
    months: Interval
    nobody: bool  # its filters exclude each other, so that only 0 is possible


def read_facts(release: Release, codes: Codes) -> Facts:
    """Facts of every table of counts or figures of a release.

    Args:
        release: The release as read.
        codes: The codes of all releases together; codes of dimensions without a list are added.
    """
    found = Facts()
    for table in release.tables:
        if table.kind in ("counts", "figures"):
            _TableReader(release, table, codes, found).read()
    return found


class _TableReader:
    """Turns the rows of one table into facts and counts its problems."""

    def __init__(self, release: Release, table: Table, codes: Codes, found: Facts) -> None:
        self.release, self.table, self.codes, self.found = release, table, codes, found
        self.problems: Counter[str] = Counter()
        self.columns: dict[str, list[str]] = {
            one: table.frame[one].astype(str).tolist() for one in table.frame.columns
        }
        self.periods: dict[tuple[str, ...], Interval | None] = {}
        self.counts = table.with_role("count")
        self.persons = table.with_role("persons")

    def read(self) -> None:
        for row in range(len(self.table.frame)):
            about = self._row(row)
            if about is None:
                continue
            for column in self.counts:
                self._count(column, row, about)
            for column in self.persons:
                self._persons(column, row)
        for text, rows in self.problems.items():
            self.found.problems.append(f"{self.table.name}: {text} ({rows} rows).")

    def _row(self, row: int) -> _Row | None:
        months = self._months(row)
        if months is None:
            return None
        filters: dict[str, tuple[str, str]] = {}
        nobody = False
        for one in self.table.with_role("dimension"):
            text = self.columns[one.name][row]
            if text == one.options.get("total"):
                continue
            name, level = str(one.options["dimension"]), str(one.options.get("level", STANDARD))
            if not self._known(name, level, text, one.name):
                return None
            if name in filters:  # the same dimension at two levels
                both = _both_levels(self.codes, name, filters[name], (level, text))
                nobody = nobody or both is None
                filters[name] = both or filters[name]
            else:
                filters[name] = level, text
        for name, text in self._pairs(row):
            if not self._known(name, STANDARD, text, "dimension_value"):
                return None
            both = (STANDARD, text)
            if name in filters and filters[name] != both:
                merged = _both_levels(self.codes, name, filters[name], both)
                nobody = nobody or merged is None
                both = merged or both
            filters[name] = both
        return _Row(filters, months, nobody)

    def _pairs(self, row: int) -> list[tuple[str, str]]:
        pairs = []
        names, values = (
            self.table.with_role("dimension_name"),
            self.table.with_role("dimension_value"),
        )
        for name, value in zip(names, values, strict=False):
            dimension, text = self.columns[name.name][row], self.columns[value.name][row]
            if dimension.lower() in ("all", "total", ""):
                continue
            crossed, parts = dimension.split("*"), text.split("|")
            if len(crossed) == 1:
                parts = [text]
            if len(crossed) != len(parts):
                self.problems[f"'{text}' does not fit the crossing {dimension}"] += 1
                continue
            pairs += [
                (part, code)
                for part, code in zip(crossed, parts, strict=True)
                if code != value.options.get("total")
            ]
        return pairs

    def _known(self, dimension: str, level: str, code: str, column: str) -> bool:
        if code == "" or code in self.release.symbols:
            self.problems[f"column {column} has no code"] += 1
            return False
        if level not in LEVELS:
            self.problems[f"column {column} has the unknown level '{level}'"] += 1
            return False
        if not self.codes.know(dimension, level, code):
            self.problems[f"'{code}' of {column} is not in the list of codes"] += 1
            return False
        return True

    def _months(self, row: int) -> Interval | None:
        parts = self.table.with_role("period", "year", "quarter", "month")
        texts = tuple(self.columns[one.name][row] for one in parts)
        if texts not in self.periods:
            self.periods[texts] = self._interval(parts, texts)
        if self.periods[texts] is None:
            self.problems[f"the period {' '.join(texts)} cannot be understood"] += 1
        return self.periods[texts]

    def _interval(self, parts: list[Field], texts: tuple[str, ...]) -> Interval | None:
        extent = self.release.extent
        order = {"period": 0, "year": 1, "quarter": 2, "month": 3}
        months: Interval | None = extent
        year: Interval | None = None
        try:
            if "period" in self.table.constants:
                months = parse_period(str(self.table.constants["period"]), extent)
            ordered = sorted(zip(parts, texts, strict=True), key=lambda one: order[one[0].role])
            for column, text in ordered:
                if text == column.options.get("total"):
                    continue
                part = calendar_part(year, column.role, text, extent)
                if column.role == "year" and text.lower() not in ("all", "total"):
                    year = part
                months = intersect(months, part) if months else None
        except RbdcError:
            return None
        return intersect(months, extent) if months else None

    def _count(self, column: Field, row: int, about: _Row) -> None:
        text = self.columns[column.name][row].strip()
        if text == "":
            return
        measure = self._name("measure", column, row)
        unit = self._name("unit", column, row)
        if not measure or not unit:
            self.problems[f"column {column.name} has no measure or unit"] += 1
            return
        if unit in column.options.get("reference_units", ()):
            if text in self.release.symbols:
                self.problems[f"column {column.name} hides a public count"] += 1
            return
        without = set(column.options.get("without", ()))
        filters = {name: one for name, one in about.filters.items() if name not in without}
        value = self._value(text, self.release.rounding)
        if value is None:
            self.problems[f"'{text}' in {column.name} is neither a count nor a symbol"] += 1
            return
        hidden, low, high, symbol = value
        cell = clipped(self.codes, measure, unit, filters, about.months)
        counted = all(
            self.codes.dimensions[name].can_count(*one, measure, unit)
            for name, one in filters.items()
        )
        if about.nobody or not counted or cell is None:  # no month or label is left
            if low > 0:
                self.found.contradictions.append(
                    f"{self.table.name} row {row + 2}: {column.name} is {text}, but its labels "
                    "exclude each other or never occur in the period."
                )
            return
        self._add(Fact(cell, self.table.name, row, column.name, hidden, low, high, symbol))

    def _persons(self, column: Field, row: int) -> None:
        behind = self.found.by_place.get((self.table.name, str(column.options.get("of")), row))
        text = self.columns[column.name][row].strip()
        value = self._value(text, self.release.rounding) if text else None
        if behind is None:
            if value is not None and value[2] > 0:
                self.problems[f"column {column.name} stands without its count"] += 1
            return
        if value is None:
            if text:
                self.problems[f"'{text}' in {column.name} is neither a count nor a symbol"] += 1
            return
        cell = behind.cell._replace(measure=PERSONS + behind.cell.measure)
        self._add(Fact(cell, self.table.name, row, column.name, *value))

    def _add(self, fact: Fact) -> None:
        self.found.facts.append(fact)
        self.found.by_place[fact.table, fact.column, fact.row] = fact

    def _name(self, what: str, column: Field, row: int) -> str:
        if what in column.options:
            return str(column.options[what])
        if f"{what}_column" in column.options:
            return self.columns[str(column.options[f"{what}_column"])][row]
        for one in self.table.with_role(what):
            text = self.columns[one.name][row]
            return str(one.options.get("codes", {}).get(text, text))
        return str(self.table.constants.get(what, ""))

    def _value(self, text: str, base: int) -> tuple[bool, float, float, str] | None:
        if found := re.fullmatch(FEWER, text):
            return True, 0.0, float(found[1]) - 1, text
        if text in self.release.symbols:
            return True, 0.0, float("inf"), text
        try:
            number = float(text)
        except ValueError:
            return None
        if number < 0 or not number.is_integer():
            return None
        if base > 1:  # a rounded count stands for all that could round to it
            return True, *rounded_interval(number, base), "rounded"
        return False, number, number, ""


def clipped(
    codes: Codes,
    measure: str,
    unit: str,
    filters: Mapping[str, tuple[str, str]],
    months: Interval,
) -> Cell | None:
    """The cell with its months cut to those in which its delivered codes are valid, if any."""
    for dimension, (level, code) in filters.items():
        if level == DELIVERED and code in codes.dimensions[dimension].months:
            both = intersect(months, codes.dimensions[dimension].months[code])
            if both is None:
                return None
            months = both
    ordered = tuple(sorted((name, level, code) for name, (level, code) in filters.items()))
    return Cell(measure, unit, ordered, months)


def rounded_interval(number: float, base: int, steps: int = 0) -> tuple[float, float]:
    """What a count rounded to a multiple of a base may have been.

    Args:
        number: The rounded count.
        base: Of the rounding.
        steps: How many multiples beyond the nearest two the rounding may use.

    Source: Handbook on Statistical Disclosure Control, 2nd ed., section 5.5.
    """
    reach = (steps + 1) * base - 1
    return max(0.0, number - reach), number + reach


def _both_levels(
    codes: Codes, dimension: str, one: tuple[str, str], other: tuple[str, str]
) -> tuple[str, str] | None:
    """The narrower of two filters on one dimension, or None when they exclude each other."""
    if one == other:
        return one
    if one[0] == other[0]:
        return None
    standard, delivered = (one, other) if one[0] == STANDARD else (other, one)
    parent = codes.dimensions[dimension].parent.get(delivered[1])
    return delivered if parent == standard[1] else None
