"""The life of a record: when it is entered, what is wrong with it, when it is corrected or deleted.

No record is given two defects, so that each can be looked for on its own.
"""

import numpy as np

from rbdc.sources.simulator.blocks import Lateness
from rbdc.sources.simulator.draws import Flags, Instants
from rbdc.sources.simulator.encounters import Facts
from rbdc.sources.simulator.values import Strict

# Codes of `defect` in the order of the names; 0 is none.
DEFECTS = (
    "none",
    "duplicate_row",
    "conflicting_row",
    "missing_race",
    "missing_person_id",
    "missing_division",
    "label_drift",
    "impossible_age",
    "unparseable_timestamp",
    "future_timestamp",
    "strip_search_not_booked",
    "unknown_arrest",
    "late_update",
    "deleted",
)
LATE_ENTRY_DAYS = 29  # always before a late correction, which comes after a month
MONTH_DAYS = 31


def draw_lives(
    event: Instants,
    lateness: Lateness,
    rates: Strict | None,
    eligible: dict[str, Flags],
    rng: np.random.Generator,
    sound: Flags | None = None,
) -> Facts:
    """Draw when records are entered, and their defects.

    Args:
        event: when the thing recorded happened.
        lateness: how long records take and how late they change.
        rates: share of rows for each defect, or None for a table without planted defects.
        eligible: for some defects, the rows that can carry them.
        rng: random numbers of this table and day.
        sound: rows that must stay without defect, because another table's defect rests on them.

    Returns:
        entered_at, corrected_at and deleted_at (not a time where neither happens), and `defect`.
    """
    size = len(event)
    delay = rng.exponential(lateness.hours_until_entered * 3600, size)
    late = rng.random(size) < lateness.entered_late
    delay = np.where(late, rng.uniform(1, LATE_ENTRY_DAYS, size) * 86_400, delay)
    delay = np.minimum(delay, LATE_ENTRY_DAYS * 86_400)
    entered = event.astype("M8[s]") + delay.astype(np.int64).astype("m8[s]")
    defect = _draw_defects(size, rates, eligible, sound, rng)
    days = rng.uniform(MONTH_DAYS, lateness.most_days, size)
    change = event.astype("M8[s]") + (days * 86_400).astype(np.int64).astype("m8[s]")
    never = np.datetime64("NaT", "s")
    return {
        "entered_at": entered,
        "defect": defect,
        "corrected_at": np.where(defect == DEFECTS.index("late_update"), change, never),
        "deleted_at": np.where(defect == DEFECTS.index("deleted"), change, never),
    }


def _draw_defects(
    size: int,
    rates: Strict | None,
    eligible: dict[str, Flags],
    sound: Flags | None,
    rng: np.random.Generator,
) -> "np.ndarray[tuple[int], np.dtype[np.int8]]":
    defect = np.zeros(size, dtype=np.int8)
    if rates is None:
        return defect
    free = np.ones(size, dtype=bool) if sound is None else ~sound
    # The rarest conditions choose first, or their few rows would be taken.
    names = sorted(type(rates).model_fields, key=lambda name: name not in eligible)
    for name in names:
        hit = free & (rng.random(size) < getattr(rates, name))
        if name in eligible:
            hit &= eligible[name]
        defect[hit] = DEFECTS.index(name)
        free &= ~hit
    return defect
