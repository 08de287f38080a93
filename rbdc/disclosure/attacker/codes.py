"""Codes of the dimensions: levels, parents and the months in which a code may occur."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import pandas as pd

from rbdc.disclosure.attacker.periods import ALWAYS, Interval, parse_period
from rbdc.errors import RbdcError

COARSE, STANDARD, DELIVERED = "coarse", "standard", "delivered"
LEVELS = (COARSE, STANDARD, DELIVERED)


@dataclass
class Dimension:
    """The codes of one dimension.

    Delivered codes lie in standard ones (`parent`); standard ones in coarse ones (`coarse_of`),
    where a file of records made the dimension coarser. `counts`: which measures are counted
    by a code, written as `arrest/person`, where the list says so. `months`: when a delivered code
    was in use.
    `complete`: whether the list comes from a code list, so that its standard codes add up to the
    total; codes that only tables showed may lack others.
    """

    coarse: list[str] = field(default_factory=list)
    coarse_of: dict[str, str] = field(default_factory=dict)
    counts: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    standard: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    parent: dict[str, str] = field(default_factory=dict)
    months: dict[str, Interval] = field(default_factory=dict)
    complete: bool = False

    def level(self, name: str) -> list[str]:
        """The codes of one level."""
        return {COARSE: self.coarse, STANDARD: self.standard, DELIVERED: self.delivered}[name]

    def above(self, level: str) -> str | None:
        """The next level up; None where only the total is above."""
        if level == DELIVERED:
            return STANDARD
        return COARSE if level == STANDARD and self.coarse else None

    def taken_in(self, level: str) -> dict[str, str]:
        """The code of the next level up of each code of a level."""
        return self.parent if level == DELIVERED else self.coarse_of

    def can_count(self, level: str, code: str, measure: str, unit: str) -> bool:
        """Whether a measure can be counted by a code."""
        measures = self.counts.get((level, code))
        return not measures or f"{measure}/{unit}" in measures


@dataclass
class Codes:
    """The dimensions of a release by name."""

    dimensions: dict[str, Dimension] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name, made when it is new."""
        return self.dimensions.setdefault(name, Dimension())

    def of_measure(self, measure: str, unit: str) -> "Codes":
        """The codes by which a measure can be counted."""
        dimensions = self.dimensions.items()
        return Codes({name: _of_measure(one, measure, unit) for name, one in dimensions})

    def know(self, dimension: str, level: str, code: str) -> bool:
        """Whether the code is listed; one of a dimension without a list is added to it."""
        found = self.dimension(dimension)
        codes = found.level(level)
        if code in codes:
            return True
        if found.complete:
            return False
        codes.append(code)
        return True


def read_codes(frame: pd.DataFrame, codes: Codes) -> None:
    """Add the rows of a code list (see `rbdc.release.lists.codes_table`).

    Raises:
        RbdcError: a column, level or month is not as it should be.
    """
    needed = ["dimension", "level", "code", "parent", "first_month", "last_month"]
    if missing := [column for column in needed if column not in frame.columns]:
        raise RbdcError(f"the code list lacks {', '.join(missing)}.")
    for name, level, code, parent, first, last in frame[needed].itertuples(index=False):
        if level not in LEVELS:
            raise RbdcError(f"code {code} of {name} has the unknown level '{level}'.")
        dimension = codes.dimension(name)
        dimension.complete = True
        if code not in dimension.level(level):
            dimension.level(level).append(code)
        if level == STANDARD and parent:
            dimension.coarse_of[code] = parent
        if level == DELIVERED:
            if parent:
                dimension.parent[code] = parent
            dimension.months[code] = (
                parse_period(first, ALWAYS)[0] if first else ALWAYS[0],
                parse_period(last, ALWAYS)[1] if last else ALWAYS[1],
            )
    if "counts" in frame.columns:
        keys = frame[["dimension", "level", "code", "counts"]]
        for name, level, code, measures in keys.itertuples(index=False):
            codes.dimension(name).counts[level, code] = frozenset(measures.split())
    for name, dimension in codes.dimensions.items():
        if dimension.coarse and set(dimension.standard) != set(dimension.coarse_of):
            raise RbdcError(f"not every standard code of {name} lies in a coarse one.")
        for code in dimension.delivered:
            if dimension.parent.get(code) not in dimension.standard:
                raise RbdcError(f"the delivered code {code} of {name} has no known parent.")


def merge(newest: Codes, earlier: Iterable[tuple[str, Codes]]) -> Codes:
    """One list for all releases: that of the newest, with codes that only earlier ones have."""
    both = Codes(newest.dimensions, list(newest.notices))
    for release, codes in earlier:
        for name, old in codes.dimensions.items():
            now = both.dimension(name)
            for key, measures in old.counts.items():
                now.counts[key] = now.counts.get(key, measures) | measures
            for code in old.standard:
                if code not in now.standard:
                    now.standard.append(code)
                    if now.coarse:
                        now.coarse.append(code)
                        now.coarse_of[code] = code
                    both.notices.append(f"{name}: only {release} has the code '{code}'.")
            for code in old.delivered:
                months = old.months.get(code, ALWAYS)
                if code not in now.delivered:
                    now.delivered.append(code)
                    now.parent[code] = old.parent[code]
                    now.months[code] = months
                    both.notices.append(f"{name}: only {release} has the code '{code}'.")
                    continue
                if now.parent[code] != old.parent[code]:
                    both.notices.append(
                        f"{name}: '{code}' maps to {now.parent[code]}; in {release} to "
                        f"{old.parent[code]}."
                    )
                mine = now.months.get(code, ALWAYS)
                now.months[code] = min(mine[0], months[0]), max(mine[1], months[1])
            now.complete = now.complete or old.complete
    return both


def _of_measure(dimension: Dimension, measure: str, unit: str) -> Dimension:
    def kept(level: str) -> list[str]:
        codes = dimension.level(level)
        return [code for code in codes if dimension.can_count(level, code, measure, unit)]

    return replace(
        dimension, coarse=kept(COARSE), standard=kept(STANDARD), delivered=kept(DELIVERED)
    )
