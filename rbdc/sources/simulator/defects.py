"""Defects planted in the records on purpose, each written down so that tests can look for it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.sources.simulator.arrests import Records
from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.world import Integers, random_stream

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
        self.frame = frame.assign(**{c: _as_text(frame[c]) for c in (event, "updated_at")})
        self.key, self.event, self._rng = key, event, rng
        self._instants = frame[event].to_numpy()
        self._free = np.ones(len(frame), dtype=bool)
        self.planted: list[tuple[str, str]] = []
        self.copies: list[pd.DataFrame] = []

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
        self.planted += [(key, defect) for key in self.frame[self.key].iloc[rows]]

    def put(self, column: str, rows: Integers, values: object) -> None:
        """Overwrite a column of some rows."""
        position = self.frame.columns.get_loc(column)
        self.frame.iloc[rows, position] = values  # type: ignore[index]

    def change_late(self, rows: Integers, end: np.datetime64) -> None:
        """Set `updated_at` to an instant more than a month after the event, before the end."""
        room = (end - self._instants[rows] - MONTH).astype("m8[s]").astype(np.int64)
        after = MONTH + (room * self._rng.random(len(rows))).astype(np.int64).astype("m8[s]")
        self.put("updated_at", rows, _as_text(pd.Series(self._instants[rows] + after)))

    def has_room(self, end: np.datetime64) -> Mask:
        """Rows whose event lies at least two months before the records end."""
        return np.asarray(self._instants < end - 2 * MONTH)

    def repeat(self, rows: Integers, **changed: object) -> None:
        """Add copies of rows, with some columns changed."""
        self.copies.append(self.frame.iloc[rows].assign(**changed))

    def finished(self) -> pd.DataFrame:
        """The table with its copies behind the other rows."""
        return pd.concat([self.frame, *self.copies], ignore_index=True)


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
    rates, frame = config.planted_defects.arrests, table.frame
    strip = searches.frame.loc[searches.frame["search_level"] == 3, "arrest_id"]
    stripped = frame["arrest_id"].isin(strip).to_numpy()
    rows = table.take("strip_search_not_booked", rates.strip_search_not_booked, stripped)
    table.put("booked", rows, 0)

    rows = table.take("missing_race", rates.missing_race)
    table.put("perceived_race", rows, _in_turn((None, ""), rows))
    rows = table.take("missing_person_id", rates.missing_person_id)
    table.put("person_id", rows, None)
    rows = table.take("missing_division", rates.missing_division)
    table.put("division", rows, "XX")
    can_drift = frame["perceived_race"].isin(list(DRIFTED)).to_numpy()
    rows = table.take("label_drift", rates.label_drift, can_drift)
    table.put("perceived_race", rows, frame["perceived_race"].iloc[rows].map(DRIFTED).to_numpy())
    rows = table.take("impossible_age", rates.impossible_age)
    table.put("age", rows, _in_turn((208, -4, 999), rows))
    _spoil_timestamps(table, rates.unparseable_timestamp)
    rows = table.take("future_timestamp", rates.future_timestamp)
    table.put("arrested_at", rows, _later(frame["arrested_at"].iloc[rows]))

    table.change_late(table.take("late_update", rates.late_update, table.has_room(end)), end)
    rows = table.take("deleted", rates.deleted, table.has_room(end))
    table.put("is_deleted", rows, 1)
    table.change_late(rows, end)
    # A deleted arrest takes its searches along, or they would be searches without an arrest.
    of_deleted = searches.frame["arrest_id"].isin(frame["arrest_id"].iloc[rows]).to_numpy()
    along = np.flatnonzero(of_deleted)
    searches.note("deleted", along)
    searches.put("is_deleted", along, 1)
    searches.change_late(along, end)

    table.repeat(table.take("duplicate_row", rates.duplicate_row))
    rows = table.take("conflicting_row", rates.conflicting_row)
    codes = config.residents.divisions
    other = [codes[codes.index(code) - 1] for code in frame["division"].iloc[rows]]
    table.repeat(rows, division=other, booked=1 - frame["booked"].iloc[rows])


def _plant_in_searches(config: Simulation, table: _Table, end: np.datetime64) -> None:
    rates, frame = config.planted_defects.strip_searches, table.frame
    rows = table.take("unknown_arrest", rates.unknown_arrest)
    table.put("arrest_id", rows, [f"A9{number:06d}" for number in range(1, len(rows) + 1)])
    _spoil_timestamps(table, rates.unparseable_timestamp)
    table.change_late(table.take("late_update", rates.late_update, table.has_room(end)), end)
    rows = table.take("deleted", rates.deleted, table.has_room(end))
    table.put("is_deleted", rows, 1)
    table.change_late(rows, end)
    table.repeat(table.take("duplicate_row", rates.duplicate_row))
    rows = table.take("conflicting_row", rates.conflicting_row)
    table.repeat(rows, items_found=1 - frame["items_found"].iloc[rows])


def _spoil_timestamps(table: _Table, rate: float) -> None:
    rows = table.take("unparseable_timestamp", rate)
    table.put(table.event, rows, _in_turn(UNPARSEABLE, rows))


def _in_turn(values: Sequence[object], rows: Integers) -> list[object]:
    return [values[i % len(values)] for i in range(len(rows))]


def _later(instants: "pd.Series[str]") -> npt.NDArray[np.object_]:
    return _as_text(pd.Series(instants.to_numpy(dtype="M8[s]") + FAR_FUTURE))


def _as_text(instants: "pd.Series[pd.Timestamp]") -> npt.NDArray[np.object_]:
    """ISO text to the second, `2022-03-01T14:05:00`."""
    return np.datetime_as_string(instants.to_numpy(dtype="M8[s]"), unit="s").astype(object)
