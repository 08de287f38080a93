"""Period texts of a release as intervals of months, and the atoms that intervals divide into."""

import itertools
import re
from collections.abc import Iterable

from rbdc.errors import RbdcError

Interval = tuple[int, int]
"""First and last month, both included, as year × 12 + month − 1."""

ALWAYS: Interval = (-(10**6), 10**6)

_MONTHS = [
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
]


def parse_period(text: str, extent: Interval) -> Interval:
    """An interval of months from `2020`, `2020-Q4`, `2020-10`, `a/b` or `all` (the extent).

    Raises:
        RbdcError: the text is none of these.
    """
    text = text.strip()
    if text.lower() in ("all", "total", ""):
        return extent
    if "/" in text:
        first, last = text.split("/", 1)
        return parse_period(first, extent)[0], parse_period(last, extent)[1]
    if re.fullmatch(r"\d{4}", text):
        return int(text) * 12, int(text) * 12 + 11
    if found := re.fullmatch(r"(\d{4})-?Q([1-4])", text):
        start = int(found[1]) * 12 + (int(found[2]) - 1) * 3
        return start, start + 2
    if (found := re.fullmatch(r"(\d{4})-(\d{2})(-\d{2})?", text)) and 1 <= int(found[2]) <= 12:
        month = int(found[1]) * 12 + int(found[2]) - 1
        return month, month
    raise RbdcError(f"'{text}' is not a period; write 2020, 2020-Q4, 2020-10 or all.")


def calendar_part(year: Interval | None, role: str, text: str, extent: Interval) -> Interval:
    """The interval of one calendar column, whose text may need the year of another column.

    Args:
        year: Months of the row's year, when a year column came first.
        role: `year`, `quarter` or `month`.
        text: The value, such as `2020-Q4`, `Q4`, `2020-10`, `October` or `10`.
        extent: What `all` means.

    Raises:
        RbdcError: the text cannot be understood.
    """
    if year is not None and role != "year" and text.lower() not in ("all", "total"):
        start = year[0] - year[0] % 12
        if role == "quarter" and (found := re.fullmatch(r"Q?([1-4])", text)):
            return start + (int(found[1]) - 1) * 3, start + int(found[1]) * 3 - 1
        if role == "month":
            if re.fullmatch(r"\d{1,2}", text) and 1 <= int(text) <= 12:
                return start + int(text) - 1, start + int(text) - 1
            for number, name in enumerate(_MONTHS):
                if text.lower() in (name, name[:3]):
                    return start + number, start + number
    return parse_period(text, extent)


def period_text(interval: Interval) -> str:
    """The shortest text of an interval: a year, a quarter, a month or `2020-01/2021-12`."""
    first, last = interval
    if interval == ALWAYS:
        return "all"
    if first % 12 == 0 and last == first + 11:
        return str(first // 12)
    if first % 3 == 0 and last == first + 2:
        return f"{first // 12}-Q{first % 12 // 3 + 1}"
    if first == last:
        return _month(first)
    return f"{_month(first)}/{_month(last)}"


def _month(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def intersect(one: Interval, other: Interval) -> Interval | None:
    """The months in both, or None."""
    both = max(one[0], other[0]), min(one[1], other[1])
    return both if both[0] <= both[1] else None


def atoms(intervals: Iterable[Interval]) -> list[Interval]:
    """The smallest pieces between all the ends of the intervals that at least one of them covers.

    Every interval is the sum of the atoms within it.
    """
    chosen = sorted(set(intervals))
    cuts = sorted({first for first, _ in chosen} | {last + 1 for _, last in chosen})
    return [
        (start, after - 1)
        for start, after in itertools.pairwise(cuts)
        if any(first <= start and after - 1 <= last for first, last in chosen)
    ]
