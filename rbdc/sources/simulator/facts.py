"""From encounters to the facts of each table of the records system, as Arrow tables."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rbdc.sources.simulator.blocks import ORIGINS
from rbdc.sources.simulator.draws import (
    Flags,
    Instants,
    Integers,
    hashed_uniform,
    random_stream,
)
from rbdc.sources.simulator.encounters import DAY_NUMBERS, Encounters, Facts, Police
from rbdc.sources.simulator.force_reports import incident_prefix
from rbdc.sources.simulator.labels import (
    APPREHENSIONS,
    DIVERSION,
    FIRST_NAMES,
    LAST_NAMES,
    PERCEIVED_RACES,
    UNKNOWN,
)
from rbdc.sources.simulator.lives import DEFECTS, draw_lives
from rbdc.sources.simulator.records import (
    ARRESTS,
    BOOKINGS,
    CALLS,
    CHILD_PROTECTION_APPREHENSIONS,
    ENFORCEMENT_ACTIONS,
    MENTAL_HEALTH_APPREHENSIONS,
    OCCURRENCES,
    STRIP_SEARCHES,
    YOUTH_DIVERSIONS,
)
from rbdc.sources.simulator.values import Strict

_RACES = (*PERCEIVED_RACES, UNKNOWN)
_DRIFTING = [_RACES.index(race) for race in ("Middle Eastern", "Black", "White")]
_NAMES = [f"{first} {last}" for first in FIRST_NAMES for last in LAST_NAMES]
_SEXES = ("F", "M", "X")
# Multiplication by a number prime to the modulus gives every resident another number, so that the
# id of a person does not tell how often police met them.
_PERSON_IDS, _SHUFFLE = 1_000_000_000, 387_420_489
_NEVER = np.datetime64("NaT", "s")
_HOUR = np.timedelta64(3600, "s")


class Clerk:
    """Keeps the books of the simulated police: what is written down of encounters, and when."""

    def __init__(self, police: Police) -> None:
        """Take the police whose encounters are recorded."""
        self.police, self.city = police, police.city
        self.config = police.city.config

    def record(self, first: dt.date, last: dt.date) -> dict[str, Facts]:
        """Facts of every table for the encounters of some days, by the name of the table."""
        seen = self.police.draw(first, last)
        days = (first, last)
        incidents = self._incidents(seen)
        acted = np.isin(seen.incidents["number"], seen.actions["incident_number"])
        actions = self._actions(seen.actions)
        arrested = seen.actions["arrested"]
        arrests = self._with_life(
            ARRESTS.name,
            days,
            _rows(actions, arrested),
            self.config.planted_defects.arrests,
            strip_search_not_booked=seen.actions["strip_searched"][arrested],
        )
        tables = {
            CALLS.name: self._with_life(CALLS.name, days, incidents, None),
            OCCURRENCES.name: self._with_life(
                OCCURRENCES.name, days, _rows(incidents, acted), None
            ),
            ENFORCEMENT_ACTIONS.name: self._with_life(
                ENFORCEMENT_ACTIONS.name,
                days,
                actions,
                self.config.planted_defects.enforcement_actions,
            ),
            ARRESTS.name: arrests,
            BOOKINGS.name: self._bookings(days, actions, seen.actions["booked"]),
            STRIP_SEARCHES.name: self._searches(days, seen, arrested, arrests),
        }
        for table, label in (
            (YOUTH_DIVERSIONS, DIVERSION),
            (MENTAL_HEALTH_APPREHENSIONS, APPREHENSIONS["mental_health"]),
            (CHILD_PROTECTION_APPREHENSIONS, APPREHENSIONS["child_protection"]),
        ):
            kind = seen.actions["action_type"] == self.police.action_types.index(label)
            tables[table.name] = self._with_life(table.name, days, _rows(actions, kind), None)
        _complete_later(tables[YOUTH_DIVERSIONS.name], self.config.lateness.most_days)
        return tables

    def _incidents(self, seen: Encounters) -> Facts:
        facts = seen.incidents
        kept = (
            "number",
            "happened_at",
            "attended_at",
            "call_type",
            "origin",
            "division",
            "category",
        )
        return {
            **{name: facts[name] for name in kept},
            "attended": facts["attended"].astype(np.int8),
            "person": _person_id(facts["person"]),
            "race": facts["recorded"],
        }

    def _actions(self, facts: Facts) -> Facts:
        seed, person = self.config.seed, facts["person"]
        first, last = (
            (hashed_uniform(person, seed, name) * len(names)).astype(np.int64)
            for name, names in (("first name", FIRST_NAMES), ("last name", LAST_NAMES))
        )
        kept = (
            "number",
            "incident_number",
            "happened_at",
            "call_type",
            "category",
            "division",
            "officer",
        )
        later = ("action_type", "booked_at", "custody", "custody_outcome", "programme")
        return {
            **{name: facts[name] for name in (*kept, *later)},
            "person": _person_id(person),
            "person_name": first * len(LAST_NAMES) + last,
            "born": facts["born"],
            "sex": np.where(facts["sex_recorded_x"], 2, facts["gender"]),
            "age": _age(facts["born"], facts["happened_at"]),
            "race": facts["recorded"],
            "booked": facts["booked"].astype(np.int8),
            "completed": facts["completed"].astype(np.int8),
            "force": facts["force"].astype(np.int8),
        }

    def _bookings(self, days: tuple[dt.date, dt.date], actions: Facts, booked: Flags) -> Facts:
        rows = _rows(actions, booked)
        rows["happened_at"] = rows["booked_at"]
        facts = self._with_life(BOOKINGS.name, days, rows, None)
        facts["custody_ended_at"] = facts["happened_at"] + facts["custody"]
        # The second version of a booking, with the end of custody, follows within the hour.
        facts["corrected_at"] = np.maximum(facts["custody_ended_at"], facts["entered_at"]) + _HOUR
        return facts

    def _searches(
        self, days: tuple[dt.date, dt.date], seen: Encounters, arrested: Flags, arrests: Facts
    ) -> Facts:
        action = seen.searches["action"]
        # Position among the arrests of each search's action.
        arrest = arrested.cumsum()[action] - 1
        number = seen.actions["number"][action]
        day = number // DAY_NUMBERS
        starts = np.searchsorted(day, day, side="left")
        facts = {
            "number": day * DAY_NUMBERS + np.arange(len(day)) - starts,
            "arrest_number": number,
            "happened_at": seen.searches["happened_at"],
            "level": seen.searches["level"],
            "division": seen.actions["division"][action],
            "officer": seen.searches["officer"],
            **{
                name: values.astype(np.int8)
                for name, values in seen.searches.items()
                if name.startswith(("reason_", "items_"))
            },
        }
        facts = self._with_life(
            STRIP_SEARCHES.name,
            days,
            facts,
            self.config.planted_defects.strip_searches,
            sound=arrests["defect"][arrest] > 0,
        )
        # A deleted arrest takes its searches along, or they would be searches without an arrest.
        with_arrest = ~np.isnat(arrests["deleted_at"][arrest])
        facts["deleted_at"] = np.where(
            with_arrest,
            np.maximum(arrests["deleted_at"][arrest], facts["entered_at"]),
            facts["deleted_at"],
        )
        facts["defect"][with_arrest] = DEFECTS.index("deleted")
        return facts

    def _with_life(
        self,
        table: str,
        days: tuple[dt.date, dt.date],
        facts: Facts,
        rates: Strict | None,
        sound: Flags | None = None,
        **eligible: Flags,
    ) -> Facts:
        rng = random_stream(self.config.seed, f"life of {table}", *days)
        if rates is not None and "race" in facts:
            eligible["label_drift"] = np.isin(facts["race"], _DRIFTING)
        life = draw_lives(facts["happened_at"], self.config.lateness, rates, eligible, rng, sound)
        return facts | life

    def labelled(self, facts: Facts) -> pa.Table:
        """Facts with the labels that their positions stand for, and with the copies of rows."""
        facts = _with_copies(facts)
        divisions, categories = self.city.divisions, self.police.categories
        labels: dict[str, Sequence[str]] = {
            "race": _RACES,
            "sex": _SEXES,
            "person_name": _NAMES,
            "division": divisions,
            "category": categories,
            "call_type": list(self.config.call_types),
            "origin": ORIGINS,
            "action_type": self.police.action_types,
            "custody_outcome": list(self.config.bookings.custody_outcomes),
            "programme": list(self.config.youth_diversions.programmes),
            "defect": DEFECTS,
        }
        # What stands in a conflicting copy, and in a record before it was corrected.
        other = {
            "next_division": ("division", divisions),
            "first_category": ("category", categories),
        }
        columns = {name: _column(values, labels.get(name)) for name, values in facts.items()}
        for name, (column, known) in other.items():
            if column in facts:
                columns[name] = _column((facts[column] + 1) % len(known), known)
        if "force" in facts:
            prefix = incident_prefix(self.config.service)
            columns["incident_prefix"] = _column(np.zeros(len(facts["force"])), [prefix])
        return pa.table(columns)


def _column(values: npt.NDArray[Any], labels: Sequence[str] | None) -> pa.Array:
    if labels is None:
        return pa.array(values)
    return pa.DictionaryArray.from_arrays(pa.array(values.astype(np.int32)), pa.array(labels))


def _rows(facts: Facts, which: Flags) -> Facts:
    return {name: values[which] for name, values in facts.items()}


def _with_copies(facts: Facts) -> Facts:
    """Each row that stands twice a second time, behind the others, marked as `copy`."""
    defect = facts["defect"]
    twice = np.isin(defect, [DEFECTS.index("duplicate_row"), DEFECTS.index("conflicting_row")])
    copies = np.arange(len(defect) + int(twice.sum())) >= len(defect)
    both = {name: np.concatenate([values, values[twice]]) for name, values in facts.items()}
    return both | {"copy": copies}


def _person_id(numbers: Integers) -> Integers:
    return np.asarray((numbers + 1) * _SHUFFLE % _PERSON_IDS)


def _complete_later(facts: Facts, most_days: int) -> None:
    """A diversion's second version, with its outcome, follows after weeks."""
    days = 30 + facts["number"] % (most_days - 30)
    facts["corrected_at"] = facts["happened_at"] + days.astype("m8[D]").astype("m8[s]")


def _age(born: Instants, at: Instants) -> Integers:
    """Age in full years."""
    birthday, today = (
        days.astype("M8[M]").astype(np.int64) % 12 * 32
        + (days - days.astype("M8[M]").astype("M8[D]")).astype(np.int64)
        for days in (born.astype("M8[D]"), at.astype("M8[D]"))
    )
    years = at.astype("M8[Y]").astype(np.int64) - born.astype("M8[Y]").astype(np.int64)
    return np.asarray(years - (today < birthday))
