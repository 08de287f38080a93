"""Contacts of some days, and what police decided at each point that followed, as numbers.

Everything is held as arrays of positions, numbers and instants; `records` gives it the form of a
records system.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rbdc.sources.simulator.blocks import ORIGINS
from rbdc.sources.simulator.city import RACES, City
from rbdc.sources.simulator.draws import (
    Flags,
    Floats,
    Instants,
    Integers,
    WeightedRows,
    draw_positions,
    draw_time_of_day,
    random_stream,
    season,
)
from rbdc.sources.simulator.labels import (
    APPREHENSIONS,
    ARREST,
    DIVERSION,
    PERCEIVED_RACES,
)

Facts = dict[str, npt.NDArray[Any]]

UNKNOWN_RACE = RACES  # position after the seven perceived races
YOUTH = 0  # position of the youngest age group
DAY_NUMBERS = 1_000_000  # numbers of incidents and actions of one day
MINUTE = np.timedelta64(60, "s")


@dataclass(frozen=True)
class Encounters:
    """What happened on some days; each table is columns of equal length.

    Attributes:
        incidents: one row a contact: call or stop, attended or not, with its first person.
        actions: one row a person against whom an enforcement action was taken, with every later
            decision and the chance with which it fell (`chance_booked`, `chance_strip_searched`).
        searches: one row a search of an arrested person; `action` is a position in `actions`.
    """

    incidents: Facts
    actions: Facts
    searches: Facts


class Police:
    """The decision rules of a configuration as arrays, and the drawing of days."""

    def __init__(self, city: City) -> None:
        """Prepare the tables of chances."""
        self.city, config = city, city.config
        calls, kinds = config.call_types.values(), config.occurrence_categories
        self.categories = list(kinds)
        self.action_types = [
            ARREST,
            DIVERSION,
            *APPREHENSIONS.values(),
            *config.enforcement_actions.other_actions,
        ]
        self._attended = np.array([call.attended for call in calls])
        self._acted = np.array([call.enforcement_action for call in calls])
        self._arrested = np.array([call.arrest for call in calls])
        self._apprehension = np.array(
            [
                list(APPREHENSIONS).index(call.apprehension) if call.apprehension else -1
                for call in calls
            ]
        )
        self._origin = np.array([ORIGINS.index(call.origin) for call in calls])
        self._becomes = WeightedRows(
            [[call.becomes.get(category, 0.0) for category in kinds] for call in calls]
        )
        self._booked, self._stripped, self._forced = (
            np.array([getattr(kind, step) for kind in kinds.values()])
            for step in ("booked", "strip_searched", "use_of_force")
        )
        self._place = city.place_of_first()
        self._company = city.group_of_company()
        self._gender_and_age = city.gender_and_age()
        self._perceived = WeightedRows(city.perception)
        self._people = np.array(list(config.people_in_a_contact))
        people_weights = np.array(list(config.people_in_a_contact.values()))
        self._mean_people = float(self._people @ people_weights / people_weights.sum())
        by_type = city.contacts_a_year.sum(axis=(1, 2, 3, 4))
        self._types = by_type / by_type.sum()
        self._incidents_a_day = by_type.sum() / 365 / self._mean_people
        self._relative = {
            "acted": by_race(config.enforcement_actions.relative_rate),
            "booked": by_race(config.bookings.relative_rate),
            "stripped": by_race(config.searches.relative_rate),
            "policy": by_race(config.searches.policy_change.factor),
            "found": by_race(config.searches.items_found_relative_rate),
            "forced": by_race(config.use_of_force.relative_rate),
            "diverted": by_race(config.youth_diversions.relative_rate),
        }

    def draw(self, first: dt.date, last: dt.date) -> Encounters:
        """Draw the days from `first` to `last`, in order of time.

        The same days give the same encounters; days drawn one by one differ from days drawn
        together.
        """
        rng = random_stream(self.city.config.seed, "contacts", first, last)
        incidents = self._incidents(first, last, rng)
        people = self._people_met(incidents, rng)
        # The first person of each contact stands in the call's record, if police came.
        start = np.flatnonzero(people["is_first"])
        for name in ("person", "recorded"):
            incidents[name] = people[name][start]
        actions = self._actions(
            incidents, people, random_stream(self.city.config.seed, "actions", first, last)
        )
        searches = self._searches(
            actions, random_stream(self.city.config.seed, "searches", first, last)
        )
        return Encounters(incidents, actions, searches)

    def _incidents(self, first: dt.date, last: dt.date, rng: np.random.Generator) -> Facts:
        config = self.city.config
        days = np.arange(np.datetime64(first, "D"), np.datetime64(last, "D") + 1)
        number = rng.poisson(self._incidents_a_day * season(config.activity, days))
        day = np.repeat(np.arange(len(days)), number)
        size = len(day)
        seconds = draw_time_of_day(config.activity, size, rng)
        seconds = seconds[np.lexsort((seconds, day))]
        call_type = draw_positions(self._types, size, rng)
        attended = rng.random(size) < self._attended[call_type]
        place = self._place.draw(call_type, rng)
        groups, division = np.divmod(place, len(self.city.divisions))
        in_day = np.arange(size) - np.repeat(number.cumsum() - number, number)
        at = days.astype("M8[s]")[day] + seconds.astype("m8[s]")
        return {
            "number": days.astype(np.int64)[day] * DAY_NUMBERS + in_day,
            "happened_at": at,
            "attended_at": at + (2 + rng.exponential(9.0, size)).astype(np.int64) * MINUTE,
            "call_type": call_type,
            "origin": self._origin[call_type],
            "attended": attended,
            "category": self._becomes.draw(call_type, rng),
            "division": division,
            "group": groups,
            "people": self._people[
                draw_positions(list(config.people_in_a_contact.values()), size, rng)
            ],
        }

    def _people_met(self, incidents: Facts, rng: np.random.Generator) -> Facts:
        """One row a person in a contact: incident (position), group, gender, age_group, …."""
        config, city = self.city.config, self.city
        incident = np.repeat(np.arange(len(incidents["people"])), incidents["people"])
        size = len(incident)
        is_first = (
            np.concatenate([[True], incident[1:] != incident[:-1]]) if size else np.ones(0, bool)
        )
        call_type, division = (incidents[name][incident] for name in ("call_type", "division"))
        group = incidents["group"][incident]
        other = np.flatnonzero(~is_first & (rng.random(size) >= config.company_of_same_group))
        divisions = len(city.divisions)
        group[other] = self._company.draw(call_type[other] * divisions + division[other], rng)
        cell = (call_type * len(city.residents) + group) * divisions + division
        gender, age = np.divmod(self._gender_and_age.draw(cell, rng), city.residents.shape[2])
        of_residents = np.ravel_multi_index((group, gender, age, division), city.residents.shape)
        person = city.person_numbers(of_residents, rng.random(size))
        usual = city.usual_race(group, person)
        perceived = self._perceived.draw(usual, rng)
        unknown = rng.random(size) < config.perception.recorded_unknown
        return {
            "incident": incident,
            "is_first": is_first,
            "group": group,
            "gender": gender,
            "age_group": age,
            "person": person,
            "usual": usual,
            "perceived": perceived,
            "recorded": np.where(unknown, UNKNOWN_RACE, perceived),
        }

    def _actions(self, incidents: Facts, people: Facts, rng: np.random.Generator) -> Facts:
        config, relative = self.city.config, self._relative
        call_type = incidents["call_type"][people["incident"]]
        chance = self._acted[call_type] * relative["acted"][people["perceived"]]
        acted = incidents["attended"][people["incident"]] & (rng.random(len(call_type)) < chance)
        facts = {name: values[acted] for name, values in people.items()}
        incident, size = facts["incident"], int(acted.sum())
        for name in ("call_type", "category", "division"):
            facts[name] = incidents[name][incident]
        facts["incident_number"] = incidents["number"][incident]
        facts["incident_at"] = incidents["happened_at"][incident]
        facts["happened_at"] = (
            incidents["attended_at"][incident] + rng.integers(5, 60, size) * MINUTE
        )
        day = incidents["number"][incident] // DAY_NUMBERS
        facts["number"] = day * DAY_NUMBERS + _position_in_run(day)
        facts["born"] = self.city.born(facts["age_group"], facts["person"])
        facts["sex_recorded_x"] = rng.random(size) < config.perception.sex_recorded_x
        # Some officers of a division have far more records than others.
        facts["officer"] = (rng.random(size) ** 2 * config.officers_per_division).astype(int) + 1
        self._decide(facts, rng)
        self._use_force(facts, rng)
        return facts

    def _decide(self, facts: Facts, rng: np.random.Generator) -> None:
        """What the action is, and booking, strip search and custody of people arrested."""
        config, relative = self.city.config, self._relative
        perceived, category, size = facts["perceived"], facts["category"], len(facts["person"])
        youth = facts["age_group"] == YOUTH
        kind = draw_positions(
            list(config.enforcement_actions.other_actions.values()), size, rng
        ) + (len(self.action_types) - len(config.enforcement_actions.other_actions))
        apprehended = np.zeros(size, dtype=bool)
        for position, (name, label) in enumerate(APPREHENSIONS.items()):
            step = config.apprehensions[name]  # type: ignore[index]
            can = self._apprehension[facts["call_type"]] == position
            if name == "child_protection":
                can &= youth
            done = can & (rng.random(size) < step.chance * by_race(step.relative_rate)[perceived])
            kind[done] = self.action_types.index(label)
            apprehended |= done
        arrested = ~apprehended & (rng.random(size) < self._arrested[facts["call_type"]])
        diverted = (
            youth & ~apprehended & ~arrested
            & (rng.random(size) < config.youth_diversions.chance * relative["diverted"][perceived])
        )  # fmt: skip
        kind[diverted] = self.action_types.index(DIVERSION)
        kind[arrested] = self.action_types.index(ARREST)

        chance_booked = self._booked[category] * relative["booked"][perceived]
        booked = arrested & (rng.random(size) < chance_booked)
        chance_stripped = (
            self._stripped[category]
            * relative["stripped"][perceived]
            * np.where(
                after_change(config.searches.policy_change.date, facts["happened_at"]),
                relative["policy"][perceived],
                1.0,
            )
        )
        hours = config.bookings.median_hours_in_custody * np.exp(rng.normal(0, 0.8, size))
        facts |= {
            "action_type": kind,
            "arrested": arrested,
            "chance_booked": np.where(arrested, chance_booked, 0.0),
            "booked": booked,
            "chance_strip_searched": np.where(arrested, chance_booked * chance_stripped, 0.0),
            "strip_searched": booked & (rng.random(size) < chance_stripped),
            "booked_at": facts["happened_at"] + rng.integers(20, 120, size) * MINUTE,
            "custody": (hours * 3600).astype(np.int64).astype("m8[s]"),
            "custody_outcome": draw_positions(
                list(config.bookings.custody_outcomes.values()), size, rng
            ),
            "programme": draw_positions(
                list(config.youth_diversions.programmes.values()), size, rng
            ),
            "completed": rng.random(size) < config.youth_diversions.completed,
        }

    def _use_force(self, facts: Facts, rng: np.random.Generator) -> None:
        """Whether force is used on each person: people of one incident share their luck."""
        rules = self.city.config.use_of_force
        equal = np.array([name in rules.no_disparity_in for name in self.categories])
        relative = np.where(
            equal[facts["category"]], 1.0, self._relative["forced"][facts["perceived"]]
        )
        luck = rng.random(len(relative))
        run_start = np.concatenate([[True], facts["incident"][1:] != facts["incident"][:-1]])
        if len(luck):
            luck = luck[np.flatnonzero(run_start)][run_start.cumsum() - 1]
        facts["chance_force"] = self._forced[facts["category"]] * relative
        facts["force"] = luck < facts["chance_force"]

    def _searches(self, actions: Facts, rng: np.random.Generator) -> Facts:
        """One row a search; an arrest can have several, and a few are strip searched twice."""
        rules, arrested = self.city.config.searches, actions["arrested"]
        size, strip = len(arrested), actions["strip_searched"]
        done = {
            1: [arrested & (rng.random(size) < rules.level_1)],
            2: [arrested & (rng.random(size) < rules.level_2)],
            3: [strip, strip & (rng.random(size) < rules.searched_again)],
        }
        action = np.concatenate([np.flatnonzero(d) for rounds in done.values() for d in rounds])
        level = np.concatenate(
            [np.full(int(d.sum()), level) for level, rounds in done.items() for d in rounds]
        ).astype(np.int64)
        delay = rng.integers(5, 60, size=len(level)) * level  # a strip search waits longest
        at = actions["happened_at"][action] + delay * MINUTE
        order = np.lexsort((level, at, action))
        action, level, at = action[order], level[order], at[order]
        found = np.array([rules.items_found[n] for n in (1, 2, 3)])[level - 1]  # type: ignore[index]
        found = found * self._relative["found"][actions["perceived"][action]]
        facts: Facts = {
            "action": action,
            "level": level,
            "happened_at": at,
            "of_arrest": _position_in_run(action),
            "officer": (
                rng.random(len(level)) ** 2 * self.city.config.officers_per_division
            ).astype(int)
            + 1,
            "items_found": rng.random(len(level)) < found,
        }
        for reason, share in rules.reasons:
            facts[f"reason_{reason}"] = (level == 3) & (rng.random(len(level)) < share)
        return facts


def by_race(values: dict[str, float]) -> Floats:
    """Values in the order of the perceived races."""
    return np.array([values[race] for race in PERCEIVED_RACES])


def after_change(day: dt.date, at: Instants) -> Flags:
    """Whether instants lie on or after a day."""
    return np.asarray(at >= np.datetime64(day))


def _position_in_run(sorted_keys: Integers) -> Integers:
    """Position of each row among the rows of the same key, where equal keys stand together."""
    if not len(sorted_keys):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]]))
    lengths = np.diff(np.append(starts, len(sorted_keys)))
    return np.arange(len(sorted_keys)) - np.repeat(starts, lengths)
