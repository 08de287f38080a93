"""Counting of cells in the warehouse: of any measure, filters and period, printed or not."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import duckdb
import numpy as np
from numpy.typing import NDArray

from rbdc.disclosure.cells import (
    COARSE,
    DELIVERED,
    STANDARD,
    Cell,
    Code,
    Codes,
    Months,
    months_of,
)
from rbdc.errors import RbdcError
from rbdc.sql import identifier, literal

UNITS = "publication.countable_units"
LABELLED = ("race_group", "gender", "age_group", "occurrence_category")


Measure = tuple[str, str]


class Counting:
    """Counts of the measures of a release, taken from one table that is made once."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        extents: Mapping[Measure, Months],
        dimensions: Sequence[str],
        service: str | None,
        coarse: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Reduce the units of the measures to counts.

        Args:
            connection: the warehouse; temporary tables are made in it.
            extents: the months of each measure, an interaction with its unit; nothing outside them
                is counted.
            dimensions: race group and stratifiers that the release uses.
            service: whose units are counted; None for those of all services.
            coarse: of each dimension that a file of records makes coarser the coarse code of each
                standard one.
        """
        self._connection = connection
        self.extents = dict(extents)
        self.dimensions = tuple(dimensions)
        self._columns = {
            (dimension, level): identifier(_column(dimension, level))
            for dimension in dimensions
            for level in (STANDARD, DELIVERED)
            if level == STANDARD or dimension in LABELLED
        }
        self._coarse = dict(coarse or {})
        self._span = Months(
            min(months.first for months in extents.values()),
            max(months.last for months in extents.values()),
        )
        self._keep_spans()
        columns = ", ".join(self._columns.values())
        for dimension, codes in self._coarse.items():
            column = identifier(_column(dimension, COARSE))
            self._columns[dimension, COARSE] = column
            whens = " ".join(f"when {literal(c)} then {literal(of)}" for c, of in codes.items())
            name = identifier(dimension)
            columns += f", case {name} {whens} else {name} end as {column}"
        connection.execute(
            "create or replace temp table counted as "
            f"select interaction, unit, span.first, span.last, {columns}, sum(units)::bigint units "
            f"from {UNITS} join temp.span using (interaction, unit, period) "
            "where $service is null or service = $service group by all",
            {"service": service},
        )

    def _keep_spans(self) -> None:
        """Keep the months of each period within the extent of each measure."""
        periods = self._connection.execute(
            f"select distinct interaction, unit, period from {UNITS} where period is not null"
        ).fetchall()
        self._connection.execute(
            "create or replace temp table span "
            "(interaction text, unit text, period text, first int, last int)"
        )
        for interaction, unit, period in periods:
            extent = self.extents.get((interaction, unit))
            months = months_of(period)
            if extent and months.within(extent) == months:
                self._connection.execute(
                    "insert into span values (?, ?, ?, ?, ?)", [interaction, unit, period, *months]
                )

    @cached_property
    def codes(self) -> Codes:
        """Codes that occur.

        A delivered label which is the only one of its standard label is that standard code. How
        long one was in use is told in whole years, so that it tells nothing of a single record.
        """
        parent: dict[Code, Code | None] = {}
        counts: dict[Code, set[Measure]] = defaultdict(set)
        used: dict[Code, Months] = {}
        for dimension in self.dimensions:
            for *measure, standard in self._distinct("interaction", "unit", identifier(dimension)):
                code, coarse = Code(dimension, STANDARD, standard), None
                if dimension in self._coarse:
                    of = self._coarse[dimension].get(standard, standard)
                    coarse = Code(dimension, COARSE, of)
                    parent[coarse] = None
                    counts[coarse].add((measure[0], measure[1]))
                parent[code] = coarse
                counts[code].add((measure[0], measure[1]))
            for label, standard in self.labels.get(dimension, {}).items():
                if list(self.labels[dimension].values()).count(standard) > 1:
                    parent[Code(dimension, DELIVERED, label)] = Code(dimension, STANDARD, standard)
        for dimension in set(self.dimensions) & set(LABELLED):
            label = self._columns[dimension, DELIVERED]
            for interaction, unit, value, first, last in self._connection.execute(
                f"select interaction, unit, {label}, min(first), max(last) "
                "from counted group by all"
            ).fetchall():
                code = Code(dimension, DELIVERED, value)
                if code in parent:
                    counts[code].add((interaction, unit))
                    years = Months(first // 12 * 12, last // 12 * 12 + 11)
                    before = used.get(code, years)
                    used[code] = Months(
                        min(before.first, years.first), max(before.last, years.last)
                    )
        return Codes(parent, {code: frozenset(found) for code, found in counts.items()}, used)

    def code_of(self, dimension: str, level: str, value: str) -> Code:
        """The code of a value: a delivered label that stands alone is its standard code."""
        code = Code(dimension, level, value)
        if level == STANDARD or code in self.codes.parent:
            return code
        return Code(dimension, STANDARD, self.labels[dimension][value])

    def values(self, dimension: str, level: str, measures: Collection[Measure]) -> list[str]:
        """All values of a dimension at a level that occur in some measures."""
        column = self._columns.get((dimension, level), self._columns[dimension, STANDARD])
        found = self._distinct("interaction", "unit", column)
        return sorted({value for *measure, value in found if tuple(measure) in measures})

    @cached_property
    def labels(self) -> dict[str, dict[str, str]]:
        """Standard value of each delivered label.

        Raises:
            RbdcError: a label stands for two standard values.
        """
        labels: dict[str, dict[str, str]] = {}
        for dimension in sorted(set(self.dimensions) & set(LABELLED)):
            found = labels.setdefault(dimension, {})
            columns = (self._columns[dimension, DELIVERED], identifier(dimension))
            for label, standard in self._distinct(*columns):
                if found.setdefault(label, standard) != standard:
                    raise RbdcError(
                        f"The label {label!r} of {dimension} stands for {found[label]!r} and for "
                        f"{standard!r}; a release with labels as delivered needs one of them. "
                        "Correct labels.csv, or say `labels: standard` in disclosure.yml."
                    )
        return labels

    def _distinct(self, *columns: str) -> list[tuple[str, ...]]:
        where = " and ".join(f"{column} is not null" for column in columns)
        return self._connection.execute(
            f"select distinct {', '.join(columns)} from counted where {where} order by all"
        ).fetchall()

    def has(self, measure: Measure, dimension: str, level: str = STANDARD) -> bool:
        """Whether the source of a measure has a dimension."""
        column = self._columns.get((dimension, level), self._columns[dimension, STANDARD])
        return bool(self._value(f"count({column})", measure))

    def has_months(self, measure: Measure) -> bool:
        """Whether months are known of a measure, not quarters only."""
        return self._value("max(last - first)", measure) == 0

    def _value(self, expression: str, measure: Measure) -> object:
        row = self._connection.execute(
            f"select {expression} from counted where interaction = ? and unit = ?", measure
        ).fetchone()
        return row and row[0]

    def recognised(self, cells: Mapping[Cell, int | None]) -> dict[Cell, int | None]:
        """Cells of another release as this one names them; those it knows nothing of are left out.

        A delivered label that stands alone is its standard code, as in `codes`.
        """
        found: dict[Cell, int | None] = {}
        for cell, count in cells.items():
            dimensions = {code.dimension for code in cell.filters}
            if (cell.measure, cell.unit) in self.extents and dimensions <= set(self.dimensions):
                filters = tuple(sorted(self._recognised_code(code) for code in cell.filters))
                found[cell._replace(filters=filters)] = count
        return found

    def _recognised_code(self, code: Code) -> Code:
        standard = self.labels.get(code.dimension, {}).get(code.code)
        if code in self.codes.parent or standard is None or code.level != DELIVERED:
            return code
        return Code(code.dimension, STANDARD, standard)

    def count(self, cells: Collection[Cell]) -> dict[Cell, int]:
        """True count of each cell; 0 where nothing was found."""
        alike: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Cell]] = defaultdict(list)
        for cell in cells:
            levels = tuple((code.dimension, code.level) for code in cell.filters)
            alike[cell.measure, cell.unit, levels].append(cell)
        counts: dict[Cell, int] = {}
        for (measure, unit, levels), of_kind in alike.items():
            before = self._by_month(measure, unit, levels)
            nothing = np.zeros(self._span.last - self._span.first + 2, dtype=np.int64)
            for cell in of_kind:
                period = cell.period.within(self._span)
                counted = before.get(tuple(code.code for code in cell.filters), nothing)
                first, last = (at - self._span.first for at in period) if period else (0, -1)
                counts[cell] = int(counted[last + 1] - counted[first])
        return counts

    def _by_month(
        self, measure: str, unit: str, levels: tuple[tuple[str, str], ...]
    ) -> Mapping[tuple[str, ...], NDArray[np.int64]]:
        """Of each combination of values what was counted before each month, and in all."""
        columns = "".join(f"{self._columns[level]}, " for level in levels)
        rows = self._connection.execute(
            f"select {columns} first, sum(units) from counted "
            "where interaction = ? and unit = ? group by all",
            [measure, unit],
        ).fetchall()
        months = self._span.last - self._span.first + 1
        found: dict[tuple[str, ...], NDArray[np.int64]] = {}
        for *values, first, units in rows:
            at = found.setdefault(tuple(values), np.zeros(months + 1, dtype=np.int64))
            at[first - self._span.first + 1] += int(units)
        return {values: np.cumsum(counts) for values, counts in found.items()}


def _column(dimension: str, level: str) -> str:
    return {
        COARSE: f"{dimension}_coarse",
        STANDARD: dimension,
        DELIVERED: f"{dimension}_as_delivered",
    }[level]
