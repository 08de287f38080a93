"""What the configuration says is what the simulation does, within chance."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.sources.simulator.city import City
from rbdc.sources.simulator.config import Simulation, load_simulation
from rbdc.sources.simulator.draws import WeightedRows, season
from rbdc.sources.simulator.encounters import Encounters, Police
from rbdc.sources.simulator.labels import GENDERS, PERCEIVED_RACES

from .conftest import Changed

# Four standard errors: a right simulation fails about once in 2,000 changes of the seed.
LIMIT = 4.0
UNKNOWN = len(PERCEIVED_RACES)


@pytest.fixture(scope="module")
def config(demo_config: Path) -> Simulation:
    return load_simulation(demo_config)


@pytest.fixture(scope="module")
def city(config: Simulation) -> City:
    return City(config)


@pytest.fixture(scope="module")
def drawn(config: Simulation, city: City) -> Encounters:
    return Police(city).draw(config.period.first_day, config.period.last_day)


@pytest.fixture(scope="module")
def actions(config: Simulation, city: City, drawn: Encounters) -> pd.DataFrame:
    frame = pd.DataFrame(dict(drawn.actions))
    frame["race"] = np.array(PERCEIVED_RACES)[frame["perceived"]]
    frame["kind"] = np.array(list(config.occurrence_categories))[frame["category"]]
    return frame


def assert_agrees(seen: pd.Series, chance: pd.Series, by: pd.Series) -> None:
    """Sums of yes-or-no draws lie within chance of the sums of their chances, in every group."""
    table = pd.DataFrame({"seen": seen, "truth": chance, "v": chance * (1 - chance)}, dtype=float)
    sums = table.groupby(by).sum()
    assert len(sums) > 1
    assert ((sums["seen"] - sums["truth"]).abs() < LIMIT * np.sqrt(sums["v"]) + 1e-9).all()


def test_calls_follow_season_hours_and_shares(
    config: Simulation, city: City, drawn: Encounters
) -> None:
    at = pd.Series(drawn.incidents["happened_at"])
    hours = at.dt.hour.value_counts(normalize=True).sort_index()
    weights = np.array(config.activity.hour)
    assert np.abs(hours.to_numpy() - weights / weights.sum()).max() < 0.01
    assert at.dt.date.min() == config.period.first_day
    assert at.dt.date.max() == config.period.last_day
    assert at.is_monotonic_increasing
    by_type = city.contacts_a_year.sum(axis=(1, 2, 3, 4))
    people = pd.Series(drawn.incidents["people"]).groupby(drawn.incidents["call_type"]).sum()
    days = np.arange(np.datetime64("2022-01-01"), np.datetime64("2024-01-01"))
    truth = by_type * season(config.activity, days).sum() / 365
    # People come in parties: their number varies more than a count would.
    assert (np.abs(people.to_numpy() - truth) < 1.5 * LIMIT * np.sqrt(truth)).all()


def test_people_met_follow_residents_and_relative_rates(city: City, drawn: Encounters) -> None:
    first = pd.Series(drawn.incidents["group"])
    truth = city.contacts_a_year.sum(axis=(0, 2, 3, 4))
    truth = truth / truth.sum() * len(first)
    seen = first.value_counts().sort_index().to_numpy()
    assert (np.abs(seen - truth) < LIMIT * np.sqrt(truth)).all()
    flat = city.residents.sum(axis=(1, 2, 3)) / city.residents.sum() * len(first)
    assert np.abs(seen - flat).max() > 20 * np.sqrt(flat).max()  # the test can tell


def test_action_and_arrest_by_call_type(config: Simulation, actions: pd.DataFrame) -> None:
    calls = list(config.call_types.values())
    plain = actions[[calls[c].apprehension is None for c in actions["call_type"]]]
    chance = plain["call_type"].map(lambda c: calls[c].arrest)
    assert_agrees(plain["arrested"], chance, plain["call_type"])
    # Within call types race makes no difference to an arrest.
    assert_agrees(plain["arrested"], chance, plain["race"])


def test_booking_follows_category_and_race(config: Simulation, actions: pd.DataFrame) -> None:
    arrested = actions[actions["arrested"]]
    kinds = config.occurrence_categories
    chance = arrested["kind"].map({name: kind.booked for name, kind in kinds.items()})
    chance = chance * arrested["race"].map(config.bookings.relative_rate)
    assert np.allclose(chance, arrested["chance_booked"])
    assert_agrees(arrested["booked"], chance, arrested["race"])
    assert_agrees(arrested["booked"], chance, arrested["kind"])


def test_strip_search_follows_category_race_and_policy(
    config: Simulation, actions: pd.DataFrame
) -> None:
    booked = actions[actions["booked"]]
    kinds, change = config.occurrence_categories, config.searches.policy_change
    chance = booked["kind"].map({name: kind.strip_searched for name, kind in kinds.items()})
    chance = chance * booked["race"].map(config.searches.relative_rate)
    after = booked["happened_at"] >= pd.Timestamp(change.date)
    chance = chance.where(~after, chance * booked["race"].map(change.factor))
    assert_agrees(booked["strip_searched"], chance, booked["race"] + after.astype(str))
    assert_agrees(booked["strip_searched"], chance, booked["kind"])
    rates = booked.groupby(after)["strip_searched"].mean()
    assert rates[True] < 0.3 * rates[False]


def test_force_has_no_disparity_where_none_is_configured(
    config: Simulation, changed: Changed, tmp_path: Path
) -> None:
    forced = load_simulation(changed({"use_of_force.relative_rate.Black": 3.0}))
    police = Police(City(forced))
    table = pd.DataFrame(dict(police.draw(dt.date(2022, 1, 1), dt.date(2024, 12, 31)).actions))
    weapons = table["category"] == police.categories.index("Weapons/Homicide")
    black = table["perceived"] == PERCEIVED_RACES.index("Black")
    rates = table.groupby([weapons, black])["force"].mean()
    assert rates[True, True] / rates[True, False] == pytest.approx(1, abs=0.15)
    assert rates[False, True] / rates[False, False] > 2


def test_apprehensions_and_diversions_only_where_they_can_be(
    config: Simulation, city: City, drawn: Encounters
) -> None:
    police = Police(city)
    kind = np.array(police.action_types)[drawn.actions["action_type"]]
    call = np.array(list(config.call_types))[drawn.actions["call_type"]]
    youth = drawn.actions["age_group"] == 0
    assert set(call[kind == "Mental health apprehension"]) == {"Person in crisis"}
    assert set(call[kind == "Child protection apprehension"]) == {"Child welfare"}
    assert youth[kind == "Child protection apprehension"].all()
    assert youth[kind == "Diversion"].all()
    assert (drawn.actions["arrested"] == (kind == "Arrest")).all()
    assert not (drawn.actions["booked"] & ~drawn.actions["arrested"]).any()


def test_people_come_back(drawn: Encounters) -> None:
    arrested = drawn.actions["person"][drawn.actions["arrested"]]
    times = pd.Series(arrested).value_counts()
    assert 1.3 < times.mean() < 2.0
    assert (times == 1).mean() > 0.6
    assert 20 <= times.max() <= 150


def test_perception_differs_between_encounters_as_configured(
    actions: pd.DataFrame, changed: Changed
) -> None:
    assert (actions.groupby("person")["perceived"].nunique() > 1).sum() > 300
    steady = Police(City(load_simulation(changed({"perception.differs": 0}))))
    facts = steady.draw(dt.date(2022, 1, 1), dt.date(2022, 6, 30)).actions
    assert (facts["perceived"] == facts["usual"]).all()
    assert (facts["recorded"] == UNKNOWN).mean() == pytest.approx(0.06, abs=0.01)


def test_people_of_one_contact_meet_in_one_place_at_one_time(drawn: Encounters) -> None:
    frame = pd.DataFrame(dict(drawn.actions))
    company = frame[frame.duplicated("incident_number", keep=False)]
    assert len(company) > 1000
    same = company.groupby("incident_number")[["division", "call_type", "category"]].nunique()
    assert (same == 1).all().all()
    groups = company.groupby("incident_number")["group"].nunique()
    assert 0.1 < (groups > 1).mean() < 0.6


def test_a_day_is_the_same_whenever_it_is_drawn(city: City) -> None:
    day = dt.date(2023, 5, 17)
    one, two = Police(city).draw(day, day), Police(city).draw(day, day)
    for name, values in one.actions.items():
        assert (values == two.actions[name]).all()
    other = Police(city).draw(day + dt.timedelta(1), day + dt.timedelta(1))
    assert len(other.actions["person"]) != len(one.actions["person"])


@given(st.lists(st.lists(st.floats(0, 5), min_size=3, max_size=3), min_size=1, max_size=5))
def test_draws_never_give_a_value_without_weight(table: list[list[float]]) -> None:
    table = [row if sum(row) > 1e-6 else [0.0, 1.0, 0.0] for row in table]
    rows = np.repeat(np.arange(len(table)), 200)
    found = WeightedRows(table).draw(rows, np.random.default_rng(1))
    weight = np.array(table)[rows, found]
    assert (weight > 0).all()


def test_genders_are_drawn_from_residents_times_rates(config: Simulation, city: City) -> None:
    """Conditional draws of gender and age give back the joint expectation."""
    facts = Police(city).draw(dt.date(2022, 1, 1), dt.date(2022, 12, 31)).actions
    seen = np.bincount(facts["gender"], minlength=len(GENDERS)) / len(facts["gender"])
    truth = city.contacts_a_year.sum(axis=(0, 1, 3, 4))
    assert np.abs(seen - truth / truth.sum()).max() < 0.02
