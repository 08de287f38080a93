"""Figures that publishers printed beside ours, with the reason where they differ."""

import hashlib
import math
from collections.abc import Hashable
from decimal import Decimal
from functools import cache

import pandas as pd

from rbdc.framework.published import ALL_GROUPS, EVERY_VALUE, Counted, Figure, Printed, Published

_COLUMNS = {
    "figure_id": "string",
    "service": "string",
    "published_id": "string",
    "statement": "string",
    "publisher": "string",
    "published_in": "string",
    "status": "string",
    "quantity": "string",
    "race_group": "string",
    "period_type": "string",
    "period": "string",
    "dimension": "string",
    "dimension_value": "string",
    "published_value": "float64",
    "ours": "Float64",
    "difference": "Float64",
    "agrees": "boolean",
    "reason": "string",
    "explained": "bool",
    "source_figures": "string",
}
# Columns by whose values rows are found.
_KEYS = [
    *("interaction", "benchmark", "vintage", "indicator", "unit", "composition_rule"),
    *("period_type", "period", "dimension", "dimension_value", "race_group"),
]


class _NotHeldError(Exception):
    """We have no number to stand beside the printed one; the message says what is missing."""


class _Rows:
    """Rows of one mart of one service, found by text in their key columns; a null is empty."""

    def __init__(self, mart: pd.DataFrame, service: str) -> None:
        rows = mart[(mart["service"] == service).fillna(False).astype(bool)]
        keys = [key for key in _KEYS if key in rows.columns]
        self._rows = rows.assign(**{key: _as_text(rows[key]) for key in keys})
        self.matching = cache(self._matching)

    def _matching(self, *where: tuple[str, str]) -> pd.DataFrame:
        """Rows with these values. Each step is kept, because figures share their first ones."""
        if not where:
            return self._rows
        column, value = where[-1]
        before = self.matching(*where[:-1])
        return before[before[column] == value]

    def has(self, *where: tuple[str, str]) -> bool:
        """Whether any row has these values."""
        return not self.matching(*where).empty


class _Marts:
    """What we hold of a service: counts, benchmarks and figures."""

    def __init__(
        self,
        interaction_counts: pd.DataFrame,
        benchmark_counts: pd.DataFrame,
        figures: pd.DataFrame,
        service: str,
    ) -> None:
        self._interactions = _Rows(interaction_counts, service)
        self._benchmarks = _Rows(benchmark_counts, service)
        self._figures = _Rows(figures, service)

    def count(self, counted: Counted, race_group: str) -> int:
        """Sum of the counts of a group, or of all, over the periods.

        A group, or a value of the dimension, without a row counts zero only where the period is
        held and the name is one that we know: a misspelt one is not held.
        """
        mart = self._benchmarks if counted.benchmark else self._interactions
        group = counted.race_group or race_group
        if group != ALL_GROUPS and not mart.has(("race_group", group)):
            raise _NotHeldError(f"We hold no race group {group}.")
        key = [
            *_what(counted),
            ("unit", counted.unit),
            ("dimension", counted.dimension),
            ("period_type", counted.period_type),
        ]
        stratum = counted.dimension_value
        known = stratum == EVERY_VALUE or bool(
            len(mart.matching(*key, ("dimension_value", stratum)))
        )
        total = 0
        for period in counted.period:
            cell = mart.matching(*key, ("period", period))
            if cell.empty or not known:
                raise _NotHeldError(f"We hold no {_place(counted, period)}.")
            if stratum != EVERY_VALUE:
                cell = cell[cell["dimension_value"] == stratum]
            if group != ALL_GROUPS:
                cell = cell[cell["race_group"] == group]
            if cell["count"].isna().any():
                raise _NotHeldError(f"Our count of {_place(counted, period)} is empty.")
            total += int(cell["count"].sum())
        return total

    def figure(self, figure: Figure, race_group: str) -> tuple[float, str]:
        """Value and figure_id of a row of `indicators.disproportionality`."""
        place = f"figure of {figure.indicator} in {figure.period[0]}"
        if figure.dimension != "all":
            place += f" for {figure.dimension} {figure.dimension_value}"
        found = self._figures.matching(
            ("indicator", figure.indicator),
            ("period_type", figure.period_type),
            ("period", figure.period[0]),
            ("dimension", figure.dimension),
            ("dimension_value", figure.dimension_value),
            ("race_group", race_group),
        )
        if found.empty:
            raise _NotHeldError(f"We hold no {place} for {race_group}.")
        value = found[figure.column].iloc[0]
        if pd.isna(value) or not math.isfinite(value):
            raise _NotHeldError(f"Our {place} has no {figure.column} for {race_group}.")
        return float(value), str(found["figure_id"].iloc[0])


def published_comparison(
    published: Published,
    interaction_counts: pd.DataFrame,
    benchmark_counts: pd.DataFrame,
    figures: pd.DataFrame,
    service: str,
) -> pd.DataFrame:
    """Every printed figure beside ours; one row a figure and race group, in the file's order.

    A figure that we do not have is a row too: ours and agrees are null, and the reason says which
    interaction, period or group is not held.

    Args:
        published: from `load_published`.
        interaction_counts: `interactions.interaction_counts`.
        benchmark_counts: `benchmarks.benchmark_counts`.
        figures: `indicators.disproportionality`.
        service: label of the service, as in the column `service` of all three.
    """
    if not published.figures:  # without copying marts, which may be large
        return pd.DataFrame(columns=list(_COLUMNS)).astype(_COLUMNS)
    marts = _Marts(interaction_counts, benchmark_counts, figures, service)
    rows = [
        _row(published_id, printed, group, value, marts, service)
        for published_id, printed in published.single
        for group, value in printed.rows
    ]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def agrees(ours: float, value: Decimal, to: Decimal, *, about: bool = False) -> bool:
    """Whether ours, rounded as the publisher rounds, is the printed value.

    A tie agrees with both its neighbours, because how a publisher rounds ties is not known.
    `about` allows one step of rounding more or less.
    """
    distance = abs(Decimal(repr(ours)) - value)
    return distance <= (to if about else to / 2)


def _row(
    published_id: str, printed: Printed, group: str, value: Decimal, marts: _Marts, service: str
) -> dict[Hashable, object]:
    ours: float | None = None
    source: str | None = None
    agreed: bool | None = None
    reason = printed.reason
    try:
        ours, source = _ours(printed, group, marts)
        agreed = agrees(ours, value, printed.to, about=printed.about)
        reason = None if agreed else reason
    except _NotHeldError as not_held:
        reason = " ".join([str(not_held), *([reason] if reason else [])])
    quantity, cell = _quantity(printed)
    key = f"{service}|published_comparison|{published_id}|{group}"
    return {
        "figure_id": hashlib.sha256(key.encode()).hexdigest()[:16],
        "service": service,
        "published_id": published_id,
        "statement": printed.statement,
        "publisher": printed.document.publisher,
        "published_in": printed.document.published_in,
        "status": printed.status,
        "quantity": quantity,
        "race_group": group,
        "period_type": cell.period_type,
        "period": ", ".join(cell.period),
        "dimension": cell.dimension,
        "dimension_value": cell.dimension_value,
        "published_value": float(value),
        "ours": ours,
        "difference": None if ours is None else float(Decimal(repr(ours)) - value),
        "agrees": agreed,
        "reason": reason,
        "explained": bool(agreed or reason),
        "source_figures": source,
    }


def _ours(printed: Printed, group: str, marts: _Marts) -> tuple[float, str | None]:
    if printed.count:
        return float(marts.count(printed.count, group)), None
    if printed.figure:
        return marts.figure(printed.figure, group)
    if printed.ratio:
        sides = (printed.ratio.numerator, printed.ratio.denominator)
        return _divided(marts.count(sides[0], group), marts.count(sides[1], group)), None
    assert printed.index
    outcome, benchmark = (
        _divided(marts.count(side, group), marts.count(side, ALL_GROUPS))
        for side in (printed.index.outcome, printed.index.benchmark)
    )
    return _divided(outcome, benchmark), None


def _what(counted: Counted) -> list[tuple[str, str]]:
    if counted.benchmark:
        return [("benchmark", counted.benchmark), ("vintage", counted.vintage or "")]
    return [
        ("interaction", counted.interaction or ""),
        ("composition_rule", counted.composition_rule or ""),
    ]


def _divided(part: float, whole: float) -> float:
    if not whole:
        raise _NotHeldError("Ours would be divided by zero.")
    return part / whole


def _quantity(printed: Printed) -> tuple[str, Counted | Figure]:
    """Plain words for what is compared, and the cell that the row names."""
    if printed.count:
        return f"count of {printed.count.name}", printed.count
    if printed.figure:
        return f"{printed.figure.column} of {printed.figure.indicator}", printed.figure
    if printed.ratio:
        first, second = printed.ratio.numerator, printed.ratio.denominator
        return f"ratio of {first.name} to {second.name}", first
    assert printed.index
    first, second = printed.index.outcome, printed.index.benchmark
    return f"index of {first.name} against {second.name}", first


def _place(counted: Counted, period: str) -> str:
    stratum = ""
    if counted.dimension != "all":
        value = "" if counted.dimension_value == EVERY_VALUE else f" {counted.dimension_value}"
        stratum = f" by {counted.dimension}{value}"
    time = "" if period == "all" else f" in {period}"
    return f"{counted.name}{stratum}{time}"


def _as_text(column: pd.Series) -> pd.Series:
    return column.astype("string").fillna("").astype(object)
