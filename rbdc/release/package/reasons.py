"""Why a row or value differs from the release before: rules from period, method and symbol."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from rbdc.release.package.content import SYMBOL
from rbdc.release.package.snapshot import Field, Layout, Methods

Reason = Literal["new data", "revision", "correction", "method", "suppression"]
REASONS: tuple[Reason, ...] = ("new data", "revision", "correction", "method", "suppression")

Row = Mapping[str, str]
Months = tuple[int, int]
"""First and last month, counted from year 0."""

# Spelled out: those of the library follow the locale.
_MONTH_NAMES = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


@dataclass(frozen=True)
class Context:
    """What was known before and now; `corrected` names tables with a reviewed correction."""

    old: Methods
    new: Methods
    corrected: frozenset[str] = frozenset()

    @property
    def method_changed(self) -> bool:
        """Whether framework or methods differ."""
        return (self.old.framework_version, self.old.method_version) != (
            self.new.framework_version,
            self.new.method_version,
        )


def value_reason(
    table: str, layout: Layout, field: Field, old: Row, new: Row, context: Context
) -> Reason:
    """Why the value of `field` changed between two rows of the same key.

    In this order: it became hidden or open (suppression); its period has months that the old
    release did not cover (new data); its table was corrected (correction); it is a statistic,
    nothing that it is made from changed in the row, and framework or methods did (method); else
    the source changed what it said before (revision).
    """
    if (old[field.name] == SYMBOL) != (new[field.name] == SYMBOL):
        return "suppression"
    if _has_new_months(layout, new, context):
        return "new data"
    if table in context.corrected:
        return "correction"
    inputs = field.role.get("of", ())
    same_inputs = all(old.get(name) == new.get(name) for name in inputs)
    if field.role.get("role") == "statistic" and context.method_changed and same_inputs:
        return "method"
    return "revision"


def added_reason(table: str, layout: Layout, row: Row, context: Context) -> Reason:
    """Why a row stands in the new release only.

    A row of zeros beside new months completes the grid for a code that occurs for the first time:
    new data, although its own period was covered before.
    """
    if _has_new_months(layout, row, context):
        return "new data"
    counts = layout.of_role("count")
    grown = months_of_extent(context.old.extent) != months_of_extent(context.new.extent)
    if counts and grown and all(row[name] == "0" for name in counts):
        return "new data"
    return removed_reason(table, layout, context)


def removed_reason(table: str, layout: Layout, context: Context) -> Reason:
    """Why a row stands in the old release only."""
    if table in context.corrected:
        return "correction"
    return "method" if context.method_changed and layout.of_role("statistic") else "revision"


def months_of_extent(extent: str) -> Months:
    """`2020-01/2021-12` as first and last month."""
    first, _, last = extent.partition("/")
    return _month(first), _month(last)


def months_of(layout: Layout, row: Row, extent: str) -> Months:
    """The months that a row is about; those of the whole extent if it does not say.

    Calendar parts as columns may be texts of any kind (`Oct-Dec`): what cannot be read leaves the
    next wider part.
    """
    whole = months_of_extent(extent)
    for name in layout.of_role("period"):
        return _parse(row[name]) or whole
    years = [row[name] for name in layout.of_role("year")]
    year = years[0] if years and re.fullmatch(r"\d{4}", years[0]) else ""
    for text in (row[name] for role in ("month", "quarter") for name in layout.of_role(role)):
        name = text.strip().lower()
        if year and name in _MONTH_NAMES:
            month = int(year) * 12 + _MONTH_NAMES.index(name)
            return month, month
        if found := _parse(text):
            return found
    return _parse(year) or _parse(layout.constants.get("period", "")) or whole


def _has_new_months(layout: Layout, row: Row, context: Context) -> bool:
    first, last = months_of(layout, row, context.new.extent)
    begin, end = months_of_extent(context.new.extent)
    first, last = max(first, begin), min(last, end)
    old_begin, old_end = months_of_extent(context.old.extent)
    return first <= last and (first < old_begin or last > old_end)


def _month(text: str) -> int:
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


def _parse(text: str) -> Months | None:
    """A period text as months: `2020`, `2020-Q4`, `2020-10`; None for anything else."""
    if re.fullmatch(r"\d{4}", text):
        return int(text) * 12, int(text) * 12 + 11
    if re.fullmatch(r"\d{4}-Q[1-4]", text):
        first = int(text[:4]) * 12 + 3 * (int(text[-1]) - 1)
        return first, first + 2
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        return _month(text), _month(text)
    return None
