"""Tables whose newest record is older than sources.yml allows."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from rbdc.sources.declaration import SourceTable
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory


@dataclass(frozen=True)
class Age:
    """How old what is held of a table is, in days, beside what is allowed."""

    table: SourceTable
    data_as_of: dt.date
    days: int
    allowed: int

    @property
    def is_stale(self) -> bool:
        """Whether that is too old."""
        return self.days > self.allowed


def ages(
    state: StateFolder, tables: Sequence[SourceTable], *, today: dt.date | None = None
) -> list[Age]:
    """The age of every table that declares `fresh_within_days` and holds something.

    Args:
        state: the service's folder.
        tables: what the service declares.
        today: None for a simulated service, whose today is the newest day of any of its tables.
    """
    reach = {table.id: _reach(state, table) for table in tables}
    today = today or max((day for day in reach.values() if day), default=None)
    return [
        Age(table, day, (today - day).days, table.fresh_within_days)
        for table in tables
        if table.fresh_within_days and today and (day := reach[table.id])
    ]


def _reach(state: StateFolder, table: SourceTable) -> dt.date | None:
    accepted = LoadHistory(state, table).last_accepted
    return dt.date.fromisoformat(accepted.data_as_of) if accepted and accepted.data_as_of else None
