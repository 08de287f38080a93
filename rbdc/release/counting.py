"""Counting of cells in the warehouse: of any measure, filters and period, printed or not."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

import duckdb
import numpy as np

from rbdc.disclosure.cells import DELIVERED, STANDARD, Cell, Code, Codes, Months, months_of
from rbdc.sql import identifier, literal

UNITS = "publication.countable_units"
LABELLED = ("race_group", "gender", "age_group", "occurrence_category")


class Counting:
    """Counts of the measures of a release, taken from one table that is made once."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        measures: Collection[tuple[str, str]],
        dimensions: Sequence[str],
        extent: Months,
    ) -> None:
        """Reduce the units of the measures to counts.

        Args:
            connection: the warehouse; a temporary table is made in it.
            measures: interactions with their units.
            dimensions: race group and stratifiers that the release uses.
            extent: months of the release; what lies outside is not counted.
        """
        self._connection = connection
        self.extent = extent
        self.dimensions = tuple(dimensions)
        self._columns = {
            (dimension, level): identifier(_column(dimension, level))
            for dimension in dimensions
            for level in (STANDARD, DELIVERED)
            if level == STANDARD or dimension in LABELLED
        }
        wanted = ", ".join(f"({literal(m)}, {literal(unit)})" for m, unit in sorted(measures))
        columns = ", ".join(self._columns.values())
        connection.execute(
            f"create or replace temp table counted as "
            f"select interaction, unit, period, {columns}, sum(units)::bigint as units "
            f"from {UNITS} where (interaction, unit) in ({wanted}) and period is not null "
            f"group by all"
        )
        periods = connection.execute("select distinct period from counted").fetchall()
        connection.execute("create or replace temp table span (period text, first int, last int)")
        rows = [(text, *months_of(text)) for (text,) in periods]
        rows = [row for row in rows if extent.first <= row[1] and row[2] <= extent.last]
        if rows:
            connection.executemany("insert into span values (?, ?, ?)", rows)

    @cached_property
    def codes(self) -> Codes:
        """Codes that occur within the extent.

        A delivered label which is the only one of its standard label is that standard code. How
        long one was in use is told in whole years, so that it tells nothing of a single record.
        """
        parent: dict[Code, str | None] = {}
        used: dict[Code, Months] = {}
        for dimension in self.dimensions:
            standard = identifier(dimension)
            for (code,) in self._connection.execute(
                f"select distinct {standard} from counted join span using (period) "
                f"where {standard} is not null"
            ).fetchall():
                parent[Code(dimension, STANDARD, code)] = None
            if dimension not in LABELLED:
                continue
            label = self._columns[dimension, DELIVERED]
            found = self._connection.execute(
                f"select {standard}, {label}, min(first), max(last), "
                f"count(*) over (partition by {standard}), "
                f"count(*) over (partition by {label}) "
                f"from counted join span using (period) where {label} is not null group by all"
            ).fetchall()
            for of, code, first, last, siblings, parents in found:
                if siblings == 1 or parents > 1:
                    continue
                delivered = Code(dimension, DELIVERED, code)
                parent[delivered] = of
                years = Months(first // 12 * 12, last // 12 * 12 + 11).within(self.extent)
                if years and years != self.extent:
                    used[delivered] = years
        return Codes(parent, used)

    def code_of(self, dimension: str, level: str, value: str) -> Code:
        """The code of a value: a delivered label that stands alone is its standard code."""
        code = Code(dimension, level, value)
        if level == STANDARD or code in self.codes.parent:
            return code
        return Code(dimension, STANDARD, self._standard[dimension][value])

    def values(self, dimension: str, level: str) -> list[str]:
        """All values of a dimension at a level."""
        if level == DELIVERED and dimension in LABELLED:
            return sorted(self._standard[dimension])
        return sorted(
            code.code
            for code in self.codes.parent
            if code.dimension == dimension and code.level == STANDARD
        )

    @cached_property
    def _standard(self) -> dict[str, dict[str, str]]:
        """Standard value of each delivered label."""
        labels: dict[str, dict[str, str]] = {}
        for dimension in set(self.dimensions) & set(LABELLED):
            labels[dimension] = dict(
                self._connection.execute(
                    f"select distinct {self._columns[dimension, DELIVERED]}, "
                    f"{identifier(dimension)} from counted join span using (period) "
                    f"where {identifier(dimension)} is not null"
                ).fetchall()
            )
        return labels

    def has(self, measure: str, unit: str, dimension: str) -> bool:
        """Whether the source of a measure has a dimension."""
        row = self._connection.execute(
            f"select count({identifier(dimension)}) from counted join span using (period) "
            "where interaction = ? and unit = ?",
            [measure, unit],
        ).fetchone()
        return bool(row and row[0])

    def has_months(self, measure: str, unit: str) -> bool:
        """Whether months are known of a measure, not quarters only."""
        row = self._connection.execute(
            "select max(last - first) from counted join span using (period) "
            "where interaction = ? and unit = ?",
            [measure, unit],
        ).fetchone()
        return row is not None and row[0] == 0

    def count(self, cells: Collection[Cell]) -> dict[Cell, int]:
        """True count of each cell; 0 where nothing was found."""
        alike: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[Cell]] = defaultdict(list)
        for cell in cells:
            levels = tuple((code.dimension, code.level) for code in cell.filters)
            alike[cell.measure, cell.unit, levels].append(cell)
        counts: dict[Cell, int] = {}
        for (measure, unit, levels), of_kind in alike.items():
            by_month = self._by_month(measure, unit, levels)
            nothing = np.zeros(self.extent.last - self.extent.first + 2, dtype=np.int64)
            for cell in of_kind:
                upto = by_month.get(tuple(code.code for code in cell.filters), nothing)
                first = cell.period.first - self.extent.first
                last = cell.period.last - self.extent.first
                counts[cell] = int(upto[last + 1] - upto[first])
        return counts

    def _by_month(
        self, measure: str, unit: str, levels: tuple[tuple[str, str], ...]
    ) -> Mapping[tuple[str, ...], "np.ndarray[tuple[int], np.dtype[np.int64]]"]:
        """Of each combination of values what was counted before each month, and in all."""
        columns = "".join(f"{self._columns[level]}, " for level in levels)
        rows = self._connection.execute(
            f"select {columns} first, sum(units) from counted join span using (period) "
            "where interaction = ? and unit = ? group by all",
            [measure, unit],
        ).fetchall()
        months = self.extent.last - self.extent.first + 1
        found: dict[tuple[str, ...], np.ndarray[tuple[int], np.dtype[np.int64]]] = {}
        for *values, first, units in rows:
            at = found.setdefault(tuple(values), np.zeros(months + 1, dtype=np.int64))
            at[first - self.extent.first + 1] += int(units)
        return {values: np.cumsum(counts) for values, counts in found.items()}


def _column(dimension: str, level: str) -> str:
    return dimension if level == STANDARD else f"{dimension}_as_delivered"
