"""Kinds of rule about tables of the warehouse, judged once a layer is built."""

from abc import abstractmethod
from typing import Annotated, Literal

from pydantic import Field, model_validator

from expectations.rule_base import Numbers, Rule

Relation = Annotated[str, Field(pattern=r"^[a-z_]+\.[a-z][a-z0-9_]*$")]
# A band needs that many days to be compared with; fewer say nothing.
_PEERS_NEEDED = 8
# Days of a weekday in other seasons differ: they are compared within this distance in the year.
_SEASON_DAYS = 60


class WarehouseRule(Rule):
    """A rule about a table of the warehouse; `about` names it, `<schema>.<table>`.

    Queries are DuckDB's and read the warehouse; the readable marts of the last good run are
    `published.<schema>.<table>`, empty before the first one.
    """

    action: Literal["refuse", "warn", "info"]
    about: Relation

    @abstractmethod
    def query(self) -> str:
        """Query that gives one row for each thing that breaks the rule."""


class NothingFound(WarehouseRule):
    """The query `sql` finds no row; `finds` says what a row of it is, in the plural."""

    kind: Literal["nothing_found"]
    finds: Annotated[str, Field(min_length=3)]
    sql: str

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return f"{self.finds}: 0"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        return f"{self.finds}: {count:,}"

    def query(self) -> str:
        """See `WarehouseRule`."""
        return f"select 1 as found from ({self.sql}\n)"


class ShareAtMost(WarehouseRule):
    """Of `whole` things at most the share `max_share` are `part`; `sql` gives these two numbers.

    Less than `min_whole` things are not judged: a share of a handful says nothing.
    """

    kind: Literal["share_at_most"]
    sql: str
    max_share: Annotated[float, Field(ge=0, lt=1)]
    min_whole: Annotated[int, Field(ge=1)] = 1

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return f"at most {self.max_share:.1%}"

    def query(self) -> str:
        """See `WarehouseRule`; gives the parts if they are too many."""
        return (
            f"select unnest(range(part::bigint)) as found from ({self.sql}\n) "
            f"where whole >= {self.min_whole} and part > {self.max_share!r} * whole"
        )

    def measure(self) -> str:
        """See `Rule`."""
        return f"select part, whole from ({self.sql}\n)"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        part, whole = (number or 0 for number in numbers)
        share = f"{part / whole:.1%}" if whole else "none"
        return f"{share} ({part:,.0f} of {whole:,.0f})"


class VolumeInBand(WarehouseRule):
    """Each of the newest `days` days has about as many records as such days had before.

    A day is compared with the same weekday within 60 days of it in the year, over all years before
    the days that are judged: it may be `tolerance` robust standard deviations away from their
    median (1.4826 × the median absolute deviation, and never less than that of a Poisson count,
    the root of the median). The newest `settling` days are left out: late records still come.
    """

    kind: Literal["volume_in_band"]
    date: str
    days: Annotated[int, Field(ge=1, le=366)] = 28
    settling: Annotated[int, Field(ge=0)] = 3
    tolerance: Annotated[float, Field(gt=0)] = 5

    @property
    def limit(self) -> str:
        """See `Rule`."""
        return f"each of {self.days} days within {self.tolerance:g} deviations of its median"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        return f"{count:,} of {self.days} days outside"

    def query(self) -> str:
        """See `WarehouseRule`; days on which nothing happened count as such."""
        return f"""
with counted as (
    select cast({self.date} as date) as day, count(*) as records
    from {self.about} where {self.date} is not null group by all
),
reach as (
    -- From where days are dense: one record of long ago is no history of empty days.
    select
        min(day) filter (reached >= 0.001 * everything) as first_day,
        max(day) - {self.settling} as last_day
    from (
        select
            day,
            sum(records) over (order by day) as reached,
            sum(records) over () as everything
        from counted
    )
),
days as (
    select cast(unnest(generate_series(first_day, last_day, interval 1 day)) as date) as day
    from reach
),
daily as (
    select days.day, coalesce(counted.records, 0) as records
    from days left join counted using (day)
),
history as (select * from daily where day <= (select last_day - {self.days} from reach)),
compared as (
    select
        judged.day,
        judged.records,
        count(*) as peers,
        median(history.records) as middle,
        mad(history.records) as spread
    from (select * from daily where day > (select last_day - {self.days} from reach)) as judged
    inner join history
        on dayofweek(history.day) = dayofweek(judged.day)
        and least(
            abs(dayofyear(history.day) - dayofyear(judged.day)),
            365 - abs(dayofyear(history.day) - dayofyear(judged.day))
        ) <= {_SEASON_DAYS}
    group by all
)
select day as found from compared
where peers >= {_PEERS_NEEDED}
    and abs(records - middle) > {self.tolerance!r} * greatest(1.4826 * spread, sqrt(middle), 1)
"""


class ValueBetween(WarehouseRule):
    """The single number that `sql` gives lies from `min` to `max`; a missing one does not."""

    kind: Literal["value_between"]
    sql: str
    min: float | None = None
    max: float | None = None

    @property
    def limit(self) -> str:
        """See `Rule`."""
        low = f"at least {self.min:g}" if self.min is not None else ""
        high = f"at most {self.max:g}" if self.max is not None else ""
        return " and ".join(filter(None, (low, high)))

    def query(self) -> str:
        """See `WarehouseRule`."""
        low = f" and value >= {self.min!r}" if self.min is not None else ""
        high = f" and value <= {self.max!r}" if self.max is not None else ""
        return (
            f"select 1 as found from (select ({self.sql}\n) as value) "
            f"where (value is not null{low}{high}) is not true"
        )

    def measure(self) -> str:
        """See `Rule`."""
        return f"select ({self.sql}\n)"

    def observed(self, count: int, rows: int, numbers: Numbers = ()) -> str:
        """See `Rule`."""
        (value,) = numbers
        return "nothing" if value is None else f"{value:,.6g}"

    @model_validator(mode="after")
    def _bounded(self) -> "ValueBetween":
        if self.min is None and self.max is None:
            raise ValueError("needs min or max")
        return self
