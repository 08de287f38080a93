"""Kinds of rule about a batch as a whole, which cannot point at rows to set aside."""

from abc import abstractmethod
from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from expectations.rule_base import Columns, Numbers, Rule
from rbdc.sql import identifier


class TableRule(Rule):
    """A rule about the batch as a whole, so that it cannot point at rows to set aside."""

    action: Literal["refuse", "warn", "info"]

    @abstractmethod
    def unexpected_sql(self, cleaned: str) -> str:
        """Query that gives one row for each thing that breaks the rule.

        Args:
            cleaned: a query that gives the cleaned batch.
        """


class GroupsWhere(TableRule):
    """No group of rows with the same `by` meets the SQL condition `having` (aggregates)."""

    kind: Literal["groups_where"]
    by: Columns
    having: str
    counts: ClassVar[str] = "group"

    @property
    def columns_named(self) -> tuple[str, ...]:
        """See `Rule`."""
        return self.by

    def unexpected_sql(self, cleaned: str) -> str:
        """See `TableRule`; groups in which a column of `by` is missing are not judged."""
        by = ", ".join(identifier(column) for column in self.by)
        present = " and ".join(f"{identifier(column)} is not null" for column in self.by)
        return (
            f"with cleaned as ({cleaned}) select 1 as found from cleaned where {present} "
            f"group by {by} having ({self.having}\n)"
        )


class TableWhere(TableRule):
    """The query `sql` over `cleaned`, which gives a single value, gives true."""

    kind: Literal["table_where"]
    sql: str
    counts: ClassVar[str] = "batch"

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return "must hold"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        return "does not hold" if count else "holds"

    def unexpected_sql(self, cleaned: str) -> str:
        """See `TableRule`; an unknown answer (null) breaks the rule."""
        return f"with cleaned as ({cleaned}) select 1 as found where ({self.sql}\n) is not true"


class RowCount(TableRule):
    """The batch has from `min` to `max` rows, both included."""

    kind: Literal["row_count"]
    min: Annotated[int, Field(ge=0)] | None = None
    max: Annotated[int, Field(ge=0)] | None = None
    counts: ClassVar[str] = "batch"

    @property
    def limit(self) -> str:
        """See `Rule`."""
        low = f"at least {self.min:,}" if self.min is not None else ""
        high = f"at most {self.max:,}" if self.max is not None else ""
        return " and ".join(filter(None, (low, high))) + " rows"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        return f"{rows:,} row{'' if rows == 1 else 's'}"

    def unexpected_sql(self, cleaned: str) -> str:
        """See `TableRule`."""
        outside = [f"count(*) < {self.min}"] if self.min is not None else []
        outside += [f"count(*) > {self.max}"] if self.max is not None else []
        return (
            f"with cleaned as ({cleaned}) select 1 as found from cleaned "
            f"having {' or '.join(outside)}"
        )

    @model_validator(mode="after")
    def _bounded(self) -> "RowCount":
        if self.min is None and self.max is None:
            raise ValueError("needs min or max")
        return self


class CompleteGrid(TableRule):
    """Every combination of the labels of `axes` stands exactly once; case does not count.

    An axis is a column, or several that belong together, such as a kind and its description. How
    many labels an axis should have, a grid cannot know: declare its size with `row_count`.
    """

    kind: Literal["complete_grid"]
    axes: Annotated[tuple[str | Columns, ...], Field(min_length=2)]
    counts: ClassVar[str] = "combination"

    @property
    def columns_named(self) -> tuple[str, ...]:
        """See `Rule`."""
        return tuple(column for axis in self._axes for column in axis)

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return "each combination once"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        return f"{super().observed(count, rows)} missing or repeated"

    def unexpected_sql(self, cleaned: str) -> str:
        """See `TableRule`; a missing label is a label like any other."""
        columns = [identifier(column) for column in self.columns_named]
        folded = ", ".join(f"lower({column}) as {column}" for column in columns)
        grid = " cross join ".join(
            f"(select distinct {', '.join(map(identifier, axis))} from folded)"
            for axis in self._axes
        )
        same = " and ".join(f"grid.{c} is not distinct from counted.{c}" for c in columns)
        return (
            f"with cleaned as ({cleaned}), folded as (select {folded} from cleaned), "
            f"grid as (select * from {grid}), "
            f"counted as (select {', '.join(columns)}, count(*) as times from folded group by all) "
            f"select 1 as found from grid left join counted on {same} "
            "where counted.times is distinct from 1"
        )

    @property
    def _axes(self) -> tuple[tuple[str, ...], ...]:
        return tuple((axis,) if isinstance(axis, str) else axis for axis in self.axes)


class RowShare(TableRule):
    """At most the share `max_share` (0 to 1) of the rows meets the SQL condition `sql`.

    Batches of fewer than `min_rows` rows are not judged: a share of a handful says nothing.
    """

    kind: Literal["row_share"]
    sql: str
    max_share: Annotated[float, Field(ge=0, lt=1)]
    min_rows: Annotated[int, Field(ge=1)] = 1

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return f"at most {self.max_share:.0%} of rows"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`; a share within the limit is not counted."""
        return f"{count / rows:.1%} of rows ({count:,})" if count else "within the limit"

    def unexpected_sql(self, cleaned: str) -> str:
        """See `TableRule`; gives the rows that meet the condition if they are too many."""
        return (
            f"with cleaned as ({cleaned}), "
            f"judged as (select ({self.sql}\n) is true as found from cleaned) "
            f"select 1 as found from judged where found and (select count(*) >= {self.min_rows} "
            f"and count(*) filter (found) > {self.max_share!r} * count(*) from judged)"
        )


class RowsAgainstHeld(TableRule):
    """The batch has at least the share `min_share` of the rows that raw holds of the table.

    Only what was accepted as the table is declared now counts: a new `schema_reviewed` in
    sources.yml is how somebody says that fewer rows are right.
    """

    kind: Literal["rows_against_held"]
    min_share: Annotated[float, Field(gt=0, le=1)]
    counts: ClassVar[str] = "batch"

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return f"at least {self.min_share:.0%} of the rows held"

    def unexpected_sql(self, cleaned: str) -> str:
        """See `TableRule`."""
        return (
            f"with cleaned as ({cleaned}) select 1 as found from cleaned "
            f"having count(*) < {self.min_share!r} * (select count(*) from held)"
        )

    def measure(self) -> str:
        """See `Rule`."""
        return "select count(*) from held"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        held = int(next(iter(numbers), None) or 0)
        return f"{rows:,} rows; {held:,} are held" if held else f"{rows:,} rows; none are held"
