"""Random histories of a records system, told to a database, for tests of what nights add up to."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

STYLES = {
    "none": None,  # nothing is ever deleted
    "flag": {"flag": "is_deleted"},
    "tombstones": {
        "tombstones": {
            "source_table": "deleted_records",
            "key": {"search_id": "record_id"},
            "cursor": "deleted_at",
            "where": "table_name = 'strip_searches'",
        }
    },
    "full_key_comparison": "full_key_comparison",
}
# An hour passes, or not: several changes often have the same time.
EVENTS = ("write", "write", "spoil", "lose_time", "delete", "delete", "late", "hour", "night")
histories = st.lists(
    st.tuples(st.sampled_from(EVENTS), st.integers(1, 5)), min_size=4, max_size=30
).filter(lambda events: "night" in [event for event, _ in events])

TABLES = """
    create table strip_searches (search_id {id} primary key, arrest_id varchar(9),
        searched_at varchar(19), search_level integer, items_found integer, updated_at {time},
        is_deleted integer, officer varchar(20));
    create table deleted_records (table_name varchar(20), record_id varchar(9),
        deleted_at varchar(19));
"""


@dataclass
class Story:
    """Tells the events of a history to a database, in SQL that every kind of it understands.

    A search that is spoilt, or whose time of change is lost, must be set aside until it is written
    again. Late changes have a time of half a day ago; they need a window that is read again.
    """

    style: str
    window: bool
    execute: Callable[[str], None]
    now: dt.datetime = dt.datetime(2023, 5, 1)
    told: int = 0
    there: set[int] = field(default_factory=set)

    def begin(self) -> None:
        """One search that is never touched: an empty table would be refused."""
        self._write(0, 3)

    def tell(self, events: Sequence[tuple[str, int]], night: Callable[[], None]) -> None:
        """Tell all events, a `night` by what the caller does at night; the last one is a night."""
        for event, key in [*events, ("night", 0)]:
            self.told += 1
            match event:
                case "hour":
                    self.now += dt.timedelta(hours=1)
                case "night":
                    night()
                case "write":
                    self._write(key, 1 + self.told % 3)
                case "spoil":
                    self._write(key, 9)
                case "lose_time":
                    self._write(key, 1, "null")
                case "late" if self.window:
                    self._write(key, 2, f"'{self.now - dt.timedelta(hours=12)}'")
                case "delete" if key in self.there and self.style != "none":
                    self._delete(key)

    def _write(self, key: int, level: int, time: str = "") -> None:
        self.there.add(key)
        self.execute(
            f"delete from strip_searches where search_id = '{key}'; insert into strip_searches "
            f"values ('{key}', 'A{self.told}', '2023-04-01 10:00:00', {level}, 0, "
            f"{time or self._time}, 0, 'Sgt Example')"
        )

    def _delete(self, key: int) -> None:
        if self.style == "flag":
            self.execute(
                f"update strip_searches set is_deleted = 1, updated_at = {self._time} "
                f"where search_id = '{key}'"
            )
            return
        self.there.remove(key)
        self.execute(f"delete from strip_searches where search_id = '{key}'")
        if self.style == "tombstones":
            self.execute(
                f"insert into deleted_records values ('strip_searches', '{key}', {self._time})"
            )

    @property
    def _time(self) -> str:
        return f"'{self.now}'"
