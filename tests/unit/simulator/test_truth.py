"""The computed truth is what is drawn, within chance; and a wrong truth would be told from it."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rbdc.sources.simulator.city import City
from rbdc.sources.simulator.config import Simulation, load_simulation
from rbdc.sources.simulator.encounters import Police
from rbdc.sources.simulator.labels import AGE_GROUPS, GENDERS, PERCEIVED_RACES, UNKNOWN
from rbdc.sources.simulator.truth import DIMENSIONS, OTHER_GENDER, STEPS, Truth, index, main

from .conftest import Changed

# Four standard errors: of the two thousand numbers compared, a right truth misses none in nine of
# ten changes of the seed. Smaller numbers are left out, because they are not nearly normal.
LIMIT, SMALL = 4.0, 25
# Part of a year, so that season matters, on both sides of the policy change; a city in which small
# errors can be told.
FIRST, LAST = dt.date(2022, 4, 1), dt.date(2022, 11, 30)
RESIDENTS = 6_000_000

Drawn = dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def config(demo_config: Path) -> Simulation:
    """The demo as a larger city."""
    demo = load_simulation(demo_config)
    residents = demo.residents.model_copy(update={"total": RESIDENTS})
    return demo.model_copy(update={"residents": residents})


@pytest.fixture(scope="module")
def drawn(config: Simulation) -> Drawn:
    """One row a person (for calls, a call) of each interaction, with its labels."""
    police = Police(City(config))
    seen = police.draw(FIRST, LAST)
    names = np.array([*PERCEIVED_RACES, UNKNOWN])
    labels = {
        "call_type": ("call_type", np.array(list(config.call_types))),
        "occurrence_category": ("category", np.array(police.categories)),
        "race_group": ("recorded", names),
        "division": ("division", np.array(police.city.divisions)),
    }

    def frame(facts: dict[str, np.ndarray]) -> pd.DataFrame:
        return pd.DataFrame({name: of[facts[key]] for name, (key, of) in labels.items()})

    actions = frame(seen.actions)
    actions["age_group"] = np.array(list(AGE_GROUPS))[seen.actions["age_group"]]
    actions["gender"] = np.where(
        seen.actions["sex_recorded_x"], OTHER_GENDER, np.array(GENDERS)[seen.actions["gender"]]
    )
    actions["person"], actions["incident"] = seen.actions["person"], seen.actions["incident_number"]
    kind = np.array(police.action_types)[seen.actions["action_type"]]
    calls = frame(seen.incidents)
    calls["person"], calls["incident"] = seen.incidents["person"], seen.incidents["number"]
    return {
        "call_attended": calls[seen.incidents["attended"]],
        "enforcement_action": actions,
        "arrest": actions[seen.actions["arrested"]],
        "booking": actions[seen.actions["booked"]],
        "strip_search": actions[seen.actions["strip_searched"]],
        "youth_diversion": actions[kind == "Diversion"],
        "mental_health_apprehension": actions[kind == "Mental health apprehension"],
        "child_protection_apprehension": actions[kind == "Child protection apprehension"],
        "use_of_force": actions[seen.actions["force"]],
    }


def misses(truth: Truth, drawn: Drawn, interaction: str) -> pd.Series:
    """Distance of each drawn number from the truth in standard errors, by what is counted.

    People come again, and people of one contact share place and race: the variance of a count is
    the sum of squared numbers of each person, and of each contact, less the count itself.
    """
    rows, parts = drawn[interaction], {}
    for dimension in (d for d in DIMENSIONS if d in rows):
        keys = ["race_group", dimension]
        expected = truth.expected(interaction, FIRST, LAST, [dimension])
        counted = rows.groupby(keys).size().reindex(expected.index, fill_value=0)
        squares = sum(
            (rows.groupby([*keys, cluster]).size() ** 2).groupby(keys).sum()
            for cluster in ("person", "incident")
        )
        variance = (squares - counted).reindex(expected.index).fillna(0).clip(lower=expected)
        distance = ((counted - expected) / np.sqrt(variance))[expected >= SMALL]
        parts[dimension] = distance.rename_axis(["race_group", "value"])
    return pd.concat(parts)


@pytest.mark.parametrize("interaction", [name for name in STEPS if name != "contact"])
def test_drawn_numbers_lie_around_the_truth(
    config: Simulation, drawn: Drawn, interaction: str
) -> None:
    distance = misses(Truth(config), drawn, interaction)
    assert len(distance) >= 5
    assert distance.abs().max() < LIMIT, distance[distance.abs() >= LIMIT]


def test_people_in_contacts_lie_around_the_truth(config: Simulation) -> None:
    police = Police(City(config))
    incidents = police.draw(FIRST, LAST).incidents
    places = np.array(police.city.divisions)[incidents["division"]]
    people = pd.Series(incidents["people"]).groupby(places)
    truth = Truth(config).expected("contact", FIRST, LAST, ["division"]).groupby("division").sum()
    error = (people.sum() - truth) / np.sqrt(people.agg(lambda n: (n**2).sum()))
    assert error.abs().max() < LIMIT
    # Contacts counted as if each had one person would be told.
    assert ((people.size() - truth) / np.sqrt(truth)).abs().min() > LIMIT


WRONG = {
    "apprehended people can be arrested": (
        {"apprehensions.mental_health.chance": 0.0},
        "arrest",
    ),
    "arrested youth can be diverted": (
        {"call_types.Domestic dispute.arrest": 0.0},
        "youth_diversion",
    ),
    "people arrested are strip searched as if booked": (
        {"occurrence_categories.Warrant.booked": 1.0 / 1.15},
        "strip_search",
    ),
    "the policy changed two weeks later": (
        {"searches.policy_change.date": dt.date(2022, 10, 15)},
        "strip_search",
    ),
    "no season": ({"activity.month": [1.0] * 12}, "enforcement_action"),
    "race is always known": ({"perception.recorded_unknown": 0.0}, "enforcement_action"),
    "race is always seen alike": ({"perception.differs": 0.0}, "enforcement_action"),
    "no disparity in whom police meet in assaults": (
        {"call_types.Assault.groups": {}},
        "enforcement_action",
    ),
    "a disparity in weapons and homicide": ({"use_of_force.no_disparity_in": []}, "use_of_force"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_truth_is_told(changed: Changed, drawn: Drawn, wrong: str) -> None:
    changes, interaction = WRONG[wrong]
    truth = Truth(load_simulation(changed({"residents.total": RESIDENTS, **changes})))
    assert misses(truth, drawn, interaction).abs().max() > LIMIT


def test_index_of_one_where_the_configuration_has_no_disparity(config: Simulation) -> None:
    truth = Truth(config)
    arrest, action = (
        truth.expected(name, FIRST, LAST, ["call_type"]) for name in ("arrest", STEPS["arrest"])
    )
    for call, rules in config.call_types.items():
        one = index(arrest.xs(call, level="call_type"), action.xs(call, level="call_type"))
        assert (np.ptp(one) < 1e-12) == (rules.apprehension is None)
    overall = index(arrest.groupby("race_group").sum(), action.groupby("race_group").sum())
    assert overall["Black"] > 1.01

    within = "occurrence_category"
    force, action = (
        truth.expected(name, FIRST, LAST, [within]) for name in ("use_of_force", STEPS["arrest"])
    )
    equal = config.use_of_force.no_disparity_in
    for category in config.occurrence_categories:
        one = index(force.xs(category, level=within), action.xs(category, level=within))
        assert (np.ptp(one) < 1e-12) == (category in equal)


def test_dimensions_and_periods_add_up(config: Simulation) -> None:
    truth = Truth(config)
    day = dt.timedelta(days=1)
    for interaction in STEPS:
        whole = truth.expected(interaction, FIRST, LAST)
        for dimension in DIMENSIONS:
            parts = truth.expected(interaction, FIRST, LAST, [dimension])
            pd.testing.assert_series_equal(parts.groupby("race_group", sort=False).sum(), whole)
        change = config.searches.policy_change.date
        halves = truth.expected(interaction, FIRST, change - day) + truth.expected(
            interaction, change, LAST
        )
        pd.testing.assert_series_equal(halves, whole)


def test_residents_are_those_of_the_city(config: Simulation) -> None:
    truth = Truth(config)
    assert truth.residents().sum() == config.residents.total
    assert truth.residents(["division"])["Black", "D2"] == pytest.approx(
        RESIDENTS * 0.11 * 0.26, abs=14
    )
    with pytest.raises(ValueError, match="residents have no call_type"):
        truth.residents(["call_type"])


def test_the_command_prints_indices_before_and_after(
    demo_config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(demo_config)]) == 0
    printed = capsys.readouterr().out
    line = next(x for x in printed.splitlines() if x.startswith("arrest / enforcement_action"))
    truth = Truth(load_simulation(demo_config))
    first, last = dt.date(2022, 1, 1), dt.date(2022, 9, 30)
    arrest, action = (truth.expected(n, first, last) for n in ("arrest", "enforcement_action"))
    assert line.split()[3] == f"{arrest.sum():,.0f}"
    assert line.split()[4] == f"{index(arrest, action)['Black']:.3f}"


def test_the_command_explains_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "none.yml")]) == 2
    assert "does not exist" in capsys.readouterr().err
