"""Arrests of the simulated service, and the searches of arrested people, before any defect."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.labels import AGE_GROUPS, PERCEIVED_RACES, UNKNOWN
from rbdc.sources.simulator.world import (
    Floats,
    Instants,
    Integers,
    PerceivedRace,
    count_residents,
    draw_instants,
    draw_weighted,
    expected_events,
    random_stream,
    repeat_distribution,
)

# Names of trees and birds: no combination can be mistaken for somebody real.
FIRST_NAMES = np.array(
    [
        "Alder",
        "Aspen",
        "Birch",
        "Cedar",
        "Elm",
        "Hazel",
        "Juniper",
        "Laurel",
        "Linden",
        "Maple",
        "Rowan",
        "Willow",
    ],
    dtype=object,
)
LAST_NAMES = np.array(
    [
        "Crane",
        "Egret",
        "Falcon",
        "Finch",
        "Grebe",
        "Heron",
        "Kestrel",
        "Loon",
        "Osprey",
        "Plover",
        "Tern",
        "Wren",
    ],
    dtype=object,
)


@dataclass(frozen=True)
class Records:
    """The two tables of the records system; instants are datetime64[s], missing is None."""

    arrests: pd.DataFrame
    strip_searches: pd.DataFrame


def make_records(config: Simulation) -> Records:
    """Draw people, their arrests, bookings and searches.

    Returns:
        Tables with the columns of the records system; rows are in order of time and keys follow
        that order.
    """
    rng = random_stream(config.seed, "arrests")
    people = _arrested_people(config, rng)
    arrests = _arrests(config, people, rng)
    searches = _searches(config, arrests, random_stream(config.seed, "searches"))
    return Records(arrests.drop(columns=["perceived", "strip_searched"]), searches)


def _arrested_people(config: Simulation, rng: np.random.Generator) -> pd.DataFrame:
    """One row a person who is arrested at least once, with the number of arrests in `times`."""
    cells = count_residents(config.residents)
    events = expected_events(cells, config.arrests.relative_rate, config.expected_arrests)
    times, chance = repeat_distribution(config.arrests.repeat_people)
    # Poisson people with k arrests each: the expected arrests of a cell stay exactly `events`.
    number = rng.poisson(events / (times @ chance))
    people = cells.loc[np.repeat(cells.index, number)].reset_index(drop=True)
    people = people.iloc[rng.permutation(len(people))].reset_index(drop=True)
    size = len(people)
    people["times"] = rng.choice(times, size=size, p=chance)
    people["usual"] = PerceivedRace(config.residents, config.perception).usual(
        people["race_group"], rng
    )
    first, last = (rng.integers(len(names), size=size) for names in (FIRST_NAMES, LAST_NAMES))
    people["person_name"] = FIRST_NAMES[first] + " " + LAST_NAMES[last]
    youngest, oldest = (
        people["age_group"].map({g: ages[i] for g, ages in AGE_GROUPS.items()}) for i in (0, 1)
    )
    age_at_middle = youngest + rng.random(size) * (oldest + 1 - youngest)
    middle = np.datetime64(config.period.first_day) + np.timedelta64(config.period.days // 2)
    people["born"] = middle - (age_at_middle * 365.25).astype("int64").to_numpy().astype("m8[D]")
    people["person_id"] = [f"P{number:07d}" for number in range(1, size + 1)]
    return people


def _arrests(config: Simulation, people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    arrests = people.loc[np.repeat(people.index, people["times"])].reset_index(drop=True)
    size = len(arrests)
    arrests["arrested_at"] = draw_instants(
        config.activity, config.period.first_day, config.period.last_day, size, rng
    )
    arrests = arrests.sort_values("arrested_at", kind="stable", ignore_index=True)
    arrested_at = arrests["arrested_at"].to_numpy()

    perception = PerceivedRace(config.residents, config.perception)
    perceived = perception.perceive(arrests["usual"].to_numpy(), rng)
    recorded = np.array(PERCEIVED_RACES, dtype=object)[perceived]
    recorded[rng.random(size) < config.perception.recorded_unknown] = UNKNOWN
    sex = arrests["gender"].str[0].to_numpy(dtype=object)
    sex[rng.random(size) < config.arrests.sex_recorded_x] = "X"

    kinds = config.occurrence_categories
    category = draw_weighted({name: kind.share for name, kind in kinds.items()}, size, rng)
    booked = rng.random(size) < _chance(
        category, {n: k.booked for n, k in kinds.items()}, perceived, config.bookings.relative_rate
    )
    searched = rng.random(size) < _chance(
        category,
        {name: kind.strip_searched for name, kind in kinds.items()},
        perceived,
        config.searches.relative_rate,
    ) * _policy_factor(config, arrested_at)

    together = rng.random(size) < config.arrests.arrested_together
    occurrence = np.maximum(np.cumsum(~together), 1)
    return pd.DataFrame(
        {
            "arrest_id": [f"A{number:07d}" for number in range(1, size + 1)],
            "occurrence_id": [f"LK-{number:07d}" for number in occurrence],
            "person_id": arrests["person_id"].astype(object),
            "officer_id": _officers(config, arrests["division"], rng),
            "person_name": arrests["person_name"].astype(object),
            "date_of_birth": np.datetime_as_string(arrests["born"].to_numpy().astype("M8[D]")),
            "arrested_at": arrested_at,
            "perceived_race": recorded,
            "sex": sex,
            "age": _age(arrests["born"].to_numpy(), arrested_at),
            "division": arrests["division"].astype(object),
            "occurrence_category": category,
            "booked": booked.astype(int),
            "updated_at": _entered(config, arrested_at, rng),
            "is_deleted": 0,
            "perceived": perceived,
            "strip_searched": booked & searched,
        }
    )


def _searches(config: Simulation, arrests: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row a search; an arrest can have several, and a few are strip searched twice."""
    rules, size = config.searches, len(arrests)
    strip = arrests["strip_searched"].to_numpy()
    done = {
        1: [rng.random(size) < rules.level_1],
        2: [rng.random(size) < rules.level_2],
        3: [strip, strip & (rng.random(size) < rules.searched_again)],
    }
    of_arrest = np.concatenate([np.flatnonzero(d) for rounds in done.values() for d in rounds])
    level = np.concatenate(
        [np.full(d.sum(), level) for level, rounds in done.items() for d in rounds]
    )
    delay = rng.integers(5, 60, size=len(level)) * 60 * level  # a strip search waits longest
    searched_at = arrests["arrested_at"].to_numpy()[of_arrest] + delay.astype("m8[s]")
    order = np.lexsort((level, of_arrest, searched_at))
    of_arrest, level, searched_at = of_arrest[order], level[order], searched_at[order]
    found = pd.Series(level).map(rules.items_found).to_numpy(dtype=float)
    return pd.DataFrame(
        {
            "search_id": [f"S{number:07d}" for number in range(1, len(level) + 1)],
            "arrest_id": arrests["arrest_id"].to_numpy()[of_arrest],
            "officer_id": _officers(config, arrests["division"].iloc[of_arrest], rng),
            "searched_at": searched_at,
            "search_level": level,
            "items_found": (rng.random(len(level)) < found).astype(int),
            "updated_at": _entered(config, searched_at, rng),
            "is_deleted": 0,
        }
    )


def _chance(
    category: npt.NDArray[np.object_],
    by_category: dict[str, float],
    perceived: Integers,
    by_race: dict[str, float],
) -> Floats:
    """Chance of a step: that of the occurrence category times the race's relative rate."""
    relative = np.array([by_race[race] for race in PERCEIVED_RACES])
    return np.asarray(
        pd.Series(category).map(by_category).to_numpy(dtype=float) * relative[perceived]
    )


def _policy_factor(config: Simulation, instants: Instants) -> Floats:
    change = config.searches.policy_change
    return np.where(instants >= np.datetime64(change.date), change.factor, 1.0)


def _officers(
    config: Simulation, division: "pd.Series[str]", rng: np.random.Generator
) -> list[str]:
    """An officer of the division; some officers have far more records than others."""
    share = rng.random(len(division)) ** 2
    number = (share * config.arrests.officers_per_division).astype(int) + 1
    return [f"{code}-{badge:03d}" for code, badge in zip(division, number, strict=True)]


def _entered(config: Simulation, event: Instants, rng: np.random.Generator) -> Instants:
    """When a record was last changed: some hours after the event, never after the records end."""
    delay = rng.exponential(config.arrests.hours_until_entered * 3600, size=len(event))
    entered = event + delay.astype("int64").astype("m8[s]")
    return np.asarray(np.minimum(entered, np.datetime64(config.period.records_end_at, "s")))


def _age(born: Instants, at: Instants) -> Integers:
    """Age in full years."""
    birth, day = pd.DatetimeIndex(born), pd.DatetimeIndex(at)
    before_birthday = (day.month < birth.month) | (
        (day.month == birth.month) & (day.day < birth.day)
    )
    return np.asarray(day.year - birth.year - before_birthday.astype(int), dtype=np.int64)
