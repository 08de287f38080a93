"""Kinds of rule that each row passes or fails; only these can set rows aside."""

import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from expectations.rule_base import Columns, Rule
from rbdc.sql import identifier, literal


class RowRule(Rule):
    """A rule that each row passes or fails; the only sort that can set rows aside.

    `where` narrows the rule to the rows for which that SQL condition is true.
    """

    where: str | None = None

    @abstractmethod
    def condition(self) -> str:
        """SQL condition, true for a row that breaks the rule; null counts as false."""

    @property
    def broken(self) -> str:
        """SQL of whether a row of the relation `cleaned` breaks the rule, true or false.

        It stands in a select list: a WHERE clause cannot hold a window function.
        """
        condition = f"({self.condition()}\n)"
        if self.where:
            condition += f" and ({self.where}\n)"
        return f"({condition}) is true"


class _ColumnsRule(RowRule):
    """A row rule about some columns; a row fails if any of them does."""

    columns: Columns

    @property
    def columns_named(self) -> tuple[str, ...]:
        """See `Rule`."""
        return self.columns


class NotNull(_ColumnsRule):
    """None of the columns is missing."""

    kind: Literal["not_null"]

    def condition(self) -> str:
        """See `RowRule`."""
        return _any_of(self.columns, lambda column: f"{column} is null")


class ValuesInSet(_ColumnsRule):
    """Each value, where there is one, is one of `values`."""

    kind: Literal["values_in_set"]
    values: Annotated[tuple[str, ...], Field(min_length=1)]

    def condition(self) -> str:
        """See `RowRule`."""
        values = ", ".join(literal(value) for value in self.values)
        return _any_of(self.columns, lambda column: f"{column} not in ({values})")


class Matches(_ColumnsRule):
    """Each value, where there is one, fits the regular expression as a whole."""

    kind: Literal["matches"]
    pattern: str

    def condition(self) -> str:
        """See `RowRule`."""
        pattern = literal(self.pattern)
        return _any_of(self.columns, lambda column: f"not regexp_full_match({column}, {pattern})")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"not a regular expression ({error})") from None
        return pattern


class ParsesAs(_ColumnsRule):
    """Each value, where there is one, can be read as `type`.

    A `date` may carry a time. `1,234` and `6042273.0` are numbers, and integers.
    """

    kind: Literal["parses_as"]
    type: Literal["date", "integer", "number"]

    def condition(self) -> str:
        """See `RowRule`."""
        return _any_of(self.columns, _UNREADABLE[self.type])


class Between(_ColumnsRule):
    """Each value, where there is one, is a number from `min` to `max`, both included."""

    kind: Literal["between"]
    min: float | None = None
    max: float | None = None

    def condition(self) -> str:
        """See `RowRule`; text that is not a number is outside."""
        low = "" if self.min is None else f" and number >= {self.min!r}"
        high = "" if self.max is None else f" and number <= {self.max!r}"

        def outside(column: str) -> str:
            inside = f"isfinite(number){low}{high}".replace("number", _number(column))
            return f"{column} is not null and not coalesce({inside}, false)"

        return _any_of(self.columns, outside)

    @model_validator(mode="after")
    def _bounded(self) -> "Between":
        if self.min is None and self.max is None:
            raise ValueError("needs min or max")
        return self


class Unique(_ColumnsRule):
    """The columns together identify a row; the first row in the source's order is the one to keep.

    Missing equals missing, but a row in which all the columns are missing is not judged.
    """

    kind: Literal["unique"]

    def condition(self) -> str:
        """See `RowRule`; true for every row of a key but the first."""
        key = ", ".join(identifier(column) for column in self.columns)
        among = f"where {self.where}\n" if self.where else ""
        # Grouping costs a quarter of what numbering the rows of each key in a window costs.
        return (
            f"coalesce({key}) is not null and _row_number not in "
            f"(select min(_row_number) from cleaned {among} group by {key})"
        )


class RowsWhere(RowRule):
    """No row meets the SQL condition `sql`, which may use window functions."""

    kind: Literal["rows_where"]
    sql: str

    def condition(self) -> str:
        """See `RowRule`."""
        return self.sql


def _number(column: str) -> str:
    # Separators of thousands differ from row to row in real files; most values have none, and to
    # look for them takes ten times as long as to read a number.
    separators = literal(", \u00a0\u202f")
    digits = f"translate({column}, {separators}, '')"
    return f"coalesce(try_cast({column} as double), try_cast({digits} as double))"


_UNREADABLE: dict[str, Callable[[str], str]] = {
    "date": lambda column: f"{column} is not null and try_cast({column} as timestamp) is null",
    "integer": lambda column: (
        f"{column} is not null and not coalesce({_number(column)} % 1 = 0, false)"
    ),
    "number": lambda column: (
        f"{column} is not null and not coalesce(isfinite({_number(column)}), false)"
    ),
}


def _any_of(columns: Sequence[str], condition: Callable[[str], str]) -> str:
    """The condition of each column, its name quoted, joined by `or`."""
    return " or ".join(f"({condition(identifier(column))})" for column in columns)
