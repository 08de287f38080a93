"""Which counts a release prints: rows of its tables, and the cell behind each count."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from rbdc.disclosure.cells import DELIVERED, STANDARD, Cell, Code, Months
from rbdc.release.counting import LABELLED, Counting, Measure
from rbdc.release.extent import whole_years
from rbdc.statistics.arrays import BoolArray

ALL = "All"
RACE = "race_group"


@dataclass(frozen=True, eq=False)
class PrintedCounts:
    """A table of counts before protection.

    Attributes:
        frame: Period and values of the dimensions, one row a combination.
        cells: Of each measure the cell of each row; None where its months were not counted.
    """

    frame: pd.DataFrame
    cells: dict[Measure, list[Cell | None]]

    def all_cells(self) -> Iterator[Cell]:
        """Every cell that the table prints."""
        return (cell for column in self.cells.values() for cell in column if cell is not None)


def column_of(dimension: str, level: str) -> str:
    """The column of a dimension: with the source's own labels it says so."""
    return dimension if level_of(dimension, level) == STANDARD else f"{dimension}_as_delivered"


def level_of(dimension: str, level: str) -> str:
    """The level at which a dimension is printed: delivered only where it has such labels."""
    return DELIVERED if level == DELIVERED and dimension in LABELLED else STANDARD


def printed_counts(
    counting: Counting,
    measures: Sequence[Measure],
    dimensions: Sequence[str],
    level: str,
    period_types: Iterable[str],
) -> PrintedCounts | None:
    """All combinations of the codes of some dimensions, with margins, in each period.

    Args:
        counting: of the warehouse.
        measures: what is counted; those without a dimension are left out.
        dimensions: by which.
        level: the level of their values.
        period_types: `all`, `year`, `quarter`, `month`.

    Returns:
        None if no measure has all dimensions.
    """
    counted = [
        measure
        for measure in measures
        if measure in counting.extents
        and all(counting.has(measure, name, level_of(name, level)) for name in dimensions)
    ]
    if not counted:
        return None
    values = [[ALL, *counting.values(name, level, counted)] for name in dimensions]
    periods = sorted(
        {
            (period_type, text)
            for measure in counted
            for period_type in period_types
            for text in _periods(counting, measure, period_type)
        }
    )
    columns = ["period_type", "period", *(column_of(name, level) for name in dimensions)]
    rows = [(*period, *row) for period in periods for row in product(*values)]
    cells = {
        measure: [
            _cell(counting, measure, dimensions, level, period, row)
            for period in periods
            for row in product(*values)
        ]
        for measure in counted
    }
    return PrintedCounts(pd.DataFrame(rows, columns=columns, dtype="string"), cells)


def cell_at(
    counting: Counting, measure: Measure, period_type: str, period: str, filters: Sequence[Code]
) -> Cell | None:
    """The cell of some filters in a period as printed; None outside the months of the measure.

    A cell in which no record can be, because a label was not in use then, keeps its own period.
    """
    months = period_months(counting, measure, period_type, period)
    if months is None:
        return None
    cell = Cell(*measure, tuple(sorted(filters)), months)
    return counting.codes.clipped(cell) or cell


def period_months(
    counting: Counting, measure: Measure, period_type: str, period: str
) -> Months | None:
    """Months of a printed period of a measure, `all` being all whole years; None outside them."""
    extent = counting.extents.get(measure)
    if extent is None:
        return None
    if period_type == "all":
        years = whole_years(extent)
        return years if period in ("all", str(years)) else None
    return next((months for text, months in _named(extent, period_type) if text == period), None)


def _periods(counting: Counting, measure: Measure, period_type: str) -> list[str]:
    if period_type == "all":
        # In full: another release covers other years.
        return [str(whole_years(counting.extents[measure]))]
    if period_type == "month" and not counting.has_months(measure):
        return []
    return [text for text, _ in _named(counting.extents[measure], period_type)]


def _named(extent: Months, period_type: str) -> Iterator[tuple[str, Months]]:
    """Whole years, quarters or months of an extent."""
    length = {"year": 12, "quarter": 3, "month": 1}[period_type]
    first = -(-extent.first // length) * length
    for start in range(first, extent.last - length + 2, length):
        months = Months(start, start + length - 1)
        yield str(months), months


def _cell(
    counting: Counting,
    measure: Measure,
    dimensions: Sequence[str],
    level: str,
    period: tuple[str, str],
    row: Sequence[str],
) -> Cell | None:
    filters = [
        counting.code_of(name, level_of(name, level), value)
        for name, value in zip(dimensions, row, strict=True)
        if value != ALL
    ]
    return cell_at(counting, measure, *period, filters)


def counts_of(cells: Sequence[Cell | None], count: Mapping[Cell, int]) -> "pd.Series[int]":
    """Counts of a column of cells, missing where nothing was counted."""
    values = [None if cell is None else count[cell] for cell in cells]
    return pd.Series(values, dtype="Int64")


def hidden_in(cells: Sequence[Cell | None], hidden: Collection[Cell]) -> BoolArray:
    """Which cells of a column are hidden."""
    return np.array([cell in hidden for cell in cells], dtype=bool)
