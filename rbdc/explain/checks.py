"""What a figure's numbers come to when they are made again, beside what was published."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rbdc.explain.figure import Figure
from rbdc.explain.queries import Query, queries_of
from rbdc.explain.source import CountSource

# Shares, indices and rates are made of the same whole numbers in the same few steps.
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Check:
    """A count that a query gives now, and the published one."""

    query: Query
    found: int | None
    published: int | None

    @property
    def agrees(self) -> bool:
        """Whether they are the same."""
        return self.found == self.published


@dataclass(frozen=True)
class Arithmetic:
    """A quotient of published counts, in words and as a number, and the published one."""

    column: str
    formula: str
    found: float
    published: float

    @property
    def agrees(self) -> bool:
        """Whether they are the same, but for the rounding of a processor."""
        return math.isclose(self.found, self.published, rel_tol=_TOLERANCE, abs_tol=1e-12)


def checks_of(figure: Figure, source: CountSource) -> list[Check]:
    """Ask every query of a row of `indicators.disproportionality`."""
    return [
        Check(query, source.count(query.sql), figure.number(query.column))
        for query in queries_of(figure, source)
    ]


def arithmetic_of(figure: Figure) -> list[Arithmetic]:
    """Shares, index and rate from the published counts, those that were published."""
    row = figure.row
    x, all_x, n, all_n = (
        int(row[column] or 0)
        for column in ("outcome_count", "outcome_total", "benchmark_count", "benchmark_total")
    )
    quotients: Mapping[str, tuple[str, float]] = {
        "outcome_share": (f"{x:,} / {all_x:,}", _divide(x, all_x)),
        "benchmark_share": (f"{n:,} / {all_n:,}", _divide(n, all_n)),
        "disproportionality_index": (
            f"({x:,} / {all_x:,}) / ({n:,} / {all_n:,})",
            _divide(_divide(x, all_x), _divide(n, all_n)),
        ),
        "rate": (f"{x:,} / {n:,}", _divide(x, n)),
    }
    return [
        Arithmetic(column, formula, found, float(row[column]))
        for column, (formula, found) in quotients.items()
        if row.get(column) is not None
    ]


def _divide(above: float, below: float) -> float:
    return above / below if below else math.nan
