"""Defects planted in the records on purpose, each written down so that tests can look for it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.sources.simulator.arrests import Records
from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.world import Instants, Integers, random_stream

Cells = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

DRIFTED = {"Middle Eastern": "Middle-Eastern", "Black": "BLACK", "White": " White "}
UNPARSEABLE = ("2023-02-30T25:61:00", "not recorded", "13/31/2022 2pm", "")
FAR_FUTURE = np.timedelta64(3650, "D")
MONTH = np.timedelta64(30, "D")


class _Table:
    """A table of the records system, and the rows that still are as they should be.

    No row is given two defects, so that each can be looked for on its own.
    """

    def __init__(self, frame: pd.DataFrame, key: str, event: str, rng: np.random.Generator) -> None:
        self.columns: dict[str, Cells] = {
            name: _as_text(frame[name].to_numpy())
            if name in (event, "updated_at")
            else frame[name].to_numpy(dtype=object, copy=True)
            for name in frame.columns
        }
        self.key, self.event, self._rng = key, event, rng
        self._instants: Instants = frame[event].to_numpy(dtype="M8[s]")
        self._free = np.ones(len(frame), dtype=bool)
        self._copies: list[dict[str, Cells]] = []
        self.planted: list[tuple[str, str]] = []

    def take(self, defect: str, rate: float, eligible: Mask | None = None) -> Integers:
        """Draw rows for a defect and write them down: at least one unless the rate is 0."""
        can = self._free if eligible is None else self._free & eligible
        number = max(1, round(rate * can.sum())) if rate > 0 else 0
        rows = np.sort(self._rng.permutation(np.flatnonzero(can))[:number])
        self.note(defect, rows)
        return rows

    def note(self, defect: str, rows: Integers) -> None:
        """Write down that rows carry a defect."""
        self._free[rows] = False
        self.planted += [(key, defect) for key in self.columns[self.key][rows]]

    def reserve(self, rows: Mask) -> None:
        """Keep rows free of defects, because another table's defect rests on them."""
        self._free &= ~rows

    def put(self, column: str, rows: Integers, values: object) -> None:
        """Overwrite a column of some rows, with one value or one for each."""
        self.columns[column][rows] = values

    def put_in_turn(self, column: str, rows: Integers, values: Sequence[object]) -> None:
        """Overwrite a column of some rows with several values, one after the other."""
        self.put(column, rows, [values[i % len(values)] for i in range(len(rows))])

    def change_late(self, rows: Integers, end: np.datetime64) -> None:
        """Set `updated_at` to an instant more than a month after the event, before the end."""
        room = (end - self._instants[rows] - MONTH).astype("m8[s]").astype(np.int64)
        after = MONTH + (room * self._rng.random(len(rows))).astype(np.int64).astype("m8[s]")
        self.put("updated_at", rows, _as_text(np.add(self._instants[rows], after)))

    def has_room(self, end: np.datetime64) -> Mask:
        """Rows whose event lies at least two months before the records end."""
        return np.asarray(self._instants < end - 2 * MONTH)

    def move_to_future(self, rows: Integers) -> None:
        """Set the event years after the end of the records."""
        self.put(self.event, rows, _as_text(np.add(self._instants[rows], FAR_FUTURE)))

    def repeat(self, rows: Integers, **changed: object) -> None:
        """Add copies of rows, with some columns changed."""
        copy = {name: cells[rows] for name, cells in self.columns.items()}
        for name, values in changed.items():
            copy[name][:] = values
        self._copies.append(copy)

    def finished(self) -> pd.DataFrame:
        """The table with its copies behind the other rows."""
        parts = [pd.DataFrame(part, dtype=object) for part in (self.columns, *self._copies)]
        return pd.concat(parts, ignore_index=True)


def plant_defects(config: Simulation, records: Records) -> tuple[Records, pd.DataFrame]:
    """Plant the configured defects.

    Returns:
        The records with instants as ISO text, and the list of what was planted: table, row_key,
        defect, one row each.
    """
    rng = random_stream(config.seed, "defects")
    end = np.datetime64(config.period.records_end_at, "s")
    arrests = _Table(records.arrests, "arrest_id", "arrested_at", rng)
    searches = _Table(records.strip_searches, "search_id", "searched_at", rng)
    _plant_in_arrests(config, arrests, searches, end)
    _plant_in_searches(config, searches, end)
    planted = pd.DataFrame(
        [("arrests", *row) for row in arrests.planted]
        + [("strip_searches", *row) for row in searches.planted],
        columns=["table", "row_key", "defect"],
    ).sort_values(["table", "defect", "row_key"], ignore_index=True)
    return Records(arrests.finished(), searches.finished()), planted


def _plant_in_arrests(
    config: Simulation, table: _Table, searches: _Table, end: np.datetime64
) -> None:
    rates, columns = config.planted_defects.arrests, table.columns
    strip = searches.columns["arrest_id"][searches.columns["search_level"] == 3]
    stripped = np.isin(columns["arrest_id"], strip)
    rows = table.take("strip_search_not_booked", rates.strip_search_not_booked, stripped)
    table.put("booked", rows, 0)
    searches.reserve(np.isin(searches.columns["arrest_id"], columns["arrest_id"][rows]))

    rows = table.take("missing_race", rates.missing_race)
    table.put_in_turn("perceived_race", rows, (None, ""))
    rows = table.take("missing_person_id", rates.missing_person_id)
    table.put("person_id", rows, None)
    rows = table.take("missing_division", rates.missing_division)
    table.put("division", rows, "XX")
    can_drift = pd.Series(columns["perceived_race"]).isin(DRIFTED).to_numpy()
    rows = table.take("label_drift", rates.label_drift, can_drift)
    table.put("perceived_race", rows, [DRIFTED[race] for race in columns["perceived_race"][rows]])
    rows = table.take("impossible_age", rates.impossible_age)
    table.put_in_turn("age", rows, (208, -4, 999))
    rows = table.take("unparseable_timestamp", rates.unparseable_timestamp)
    table.put_in_turn("arrested_at", rows, UNPARSEABLE)
    table.move_to_future(table.take("future_timestamp", rates.future_timestamp))

    table.change_late(table.take("late_update", rates.late_update, table.has_room(end)), end)
    rows = table.take("deleted", rates.deleted, table.has_room(end))
    table.put("is_deleted", rows, 1)
    table.change_late(rows, end)
    # A deleted arrest takes its searches along, or they would be searches without an arrest.
    along = np.flatnonzero(np.isin(searches.columns["arrest_id"], columns["arrest_id"][rows]))
    searches.note("deleted", along)
    searches.put("is_deleted", along, 1)
    searches.change_late(along, end)

    table.repeat(table.take("duplicate_row", rates.duplicate_row))
    rows = table.take("conflicting_row", rates.conflicting_row)
    codes = config.residents.divisions
    other = [codes[codes.index(code) - 1] for code in columns["division"][rows]]
    table.repeat(rows, division=other, booked=1 - columns["booked"][rows])


def _plant_in_searches(config: Simulation, table: _Table, end: np.datetime64) -> None:
    rates, columns = config.planted_defects.strip_searches, table.columns
    rows = table.take("unknown_arrest", rates.unknown_arrest)
    table.put("arrest_id", rows, [f"UNKNOWN-{number:04d}" for number in range(1, len(rows) + 1)])
    rows = table.take("unparseable_timestamp", rates.unparseable_timestamp)
    table.put_in_turn("searched_at", rows, UNPARSEABLE)
    table.change_late(table.take("late_update", rates.late_update, table.has_room(end)), end)
    rows = table.take("deleted", rates.deleted, table.has_room(end))
    table.put("is_deleted", rows, 1)
    table.change_late(rows, end)
    table.repeat(table.take("duplicate_row", rates.duplicate_row))
    rows = table.take("conflicting_row", rates.conflicting_row)
    table.repeat(rows, items_found=1 - columns["items_found"][rows])


def _as_text(instants: Instants) -> Cells:
    """ISO text to the second, `2022-03-01T14:05:00`."""
    return np.datetime_as_string(instants.astype("M8[s]"), unit="s").astype(object)
