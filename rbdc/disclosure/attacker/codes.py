"""Codes of the dimensions: levels, parents and the months in which a code may occur."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from rbdc.disclosure.attacker.periods import ALWAYS, Interval, parse_period
from rbdc.errors import RbdcError

STANDARD, DELIVERED = "standard", "delivered"


@dataclass
class Dimension:
    """The codes of one dimension.

    `complete`: whether the list comes from a code list, so that its standard codes add up to the
    total; codes that only tables showed may lack others.
    """

    standard: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    parent: dict[str, str] = field(default_factory=dict)
    months: dict[str, Interval] = field(default_factory=dict)
    complete: bool = False

    def level(self, name: str) -> list[str]:
        """The codes of one level."""
        return self.standard if name == STANDARD else self.delivered


@dataclass
class Codes:
    """The dimensions of a release by name."""

    dimensions: dict[str, Dimension] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name, made when it is new."""
        return self.dimensions.setdefault(name, Dimension())

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
    """Add the rows of a code list (dimension, level, code, parent, first_month, last_month).

    Raises:
        RbdcError: a column, level or month is not as it should be.
    """
    needed = ["dimension", "level", "code", "parent", "first_month", "last_month"]
    if missing := [column for column in needed if column not in frame.columns]:
        raise RbdcError(f"the code list lacks {', '.join(missing)}.")
    for name, level, code, parent, first, last in frame[needed].itertuples(index=False):
        if level not in (STANDARD, DELIVERED):
            raise RbdcError(f"code {code} of {name} has the unknown level '{level}'.")
        dimension = codes.dimension(name)
        dimension.complete = True
        if code not in dimension.level(level):
            dimension.level(level).append(code)
        if level == DELIVERED:
            if parent:
                dimension.parent[code] = parent
            dimension.months[code] = (
                parse_period(first, ALWAYS)[0] if first else ALWAYS[0],
                parse_period(last, ALWAYS)[1] if last else ALWAYS[1],
            )
    for name, dimension in codes.dimensions.items():
        for code in dimension.delivered:
            if dimension.parent.get(code) not in dimension.standard:
                raise RbdcError(f"the delivered code {code} of {name} has no known parent.")


def merge(newest: Codes, earlier: Iterable[tuple[str, Codes]]) -> Codes:
    """One list for all releases: that of the newest, with codes that only earlier ones have."""
    both = Codes(newest.dimensions, list(newest.notices))
    for release, codes in earlier:
        for name, old in codes.dimensions.items():
            now = both.dimension(name)
            for code in old.standard:
                if code not in now.standard:
                    now.standard.append(code)
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
