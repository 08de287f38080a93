"""What the configuration says is what the simulation does, within chance."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rbdc.sources.simulator.arrests import make_records
from rbdc.sources.simulator.config import Simulation, load_simulation
from rbdc.sources.simulator.force_reports import make_force_reports
from rbdc.sources.simulator.labels import PERCEIVED_RACES
from rbdc.sources.simulator.world import PerceivedRace, count_residents, expected_events

from .conftest import Changed, Simulated

# Four standard errors: a right simulation fails about once in 2,000 changes of the seed.
LIMIT = 4.0


@pytest.fixture(scope="module")
def config(demo_config: Path) -> Simulation:
    return load_simulation(demo_config)


@pytest.fixture(scope="module")
def arrests(config: Simulation) -> pd.DataFrame:
    """Arrests before defects, with `strip`: strip searched at least once; known race only."""
    records = make_records(config)
    searches = records.strip_searches
    stripped = searches.loc[searches["search_level"] == 3, "arrest_id"]
    table = records.arrests.assign(strip=records.arrests["arrest_id"].isin(stripped))
    return table[table["perceived_race"].isin(PERCEIVED_RACES)]


def test_arrests_follow_residents_and_relative_rates(
    config: Simulation, arrests: pd.DataFrame
) -> None:
    cells = count_residents(config.residents)
    events = expected_events(cells, config.arrests.relative_rate, config.expected_arrests)
    truth = PerceivedRace(config.residents, config.perception).expected(cells, events)
    truth *= 1 - config.perception.recorded_unknown
    seen = arrests["perceived_race"].value_counts().reindex(truth.index)
    # The variance of a count of repeat people is the sum of their squared numbers of arrests.
    times = arrests.groupby(["perceived_race", "person_id"]).size()
    error = np.sqrt((times**2).groupby(level=0).sum()).reindex(truth.index)
    assert ((seen - truth).abs() < LIMIT * error).all()
    # The test can tell: without a disparity, Black and Indigenous people would be far fewer.
    flat = truth.sum() * pd.Series(config.residents.race_group).reindex(truth.index) / 100
    assert (seen - flat)[["Black", "Indigenous"]].min() > LIMIT * error.max()


def test_division_rates(config: Simulation, arrests: pd.DataFrame) -> None:
    cells = count_residents(config.residents)
    events = expected_events(cells, config.arrests.relative_rate, config.expected_arrests)
    truth = pd.Series(events).groupby(cells["division"]).sum()
    truth *= 1 - config.perception.recorded_unknown
    seen = arrests["division"].value_counts().reindex(truth.index)
    times = arrests.groupby(["division", "person_id"]).size()
    error = np.sqrt((times**2).groupby(level=0).sum()).reindex(truth.index)
    assert ((seen - truth).abs() < LIMIT * error).all()


@pytest.mark.parametrize("step", ["booked", "strip_searched"])
def test_steps_after_arrest_follow_category_race_and_policy(
    config: Simulation, arrests: pd.DataFrame, step: str
) -> None:
    kinds = config.occurrence_categories
    chance = arrests["occurrence_category"].map({n: getattr(k, step) for n, k in kinds.items()})
    if step == "booked":
        done = arrests["booked"] == 1
        chance = chance * arrests["perceived_race"].map(config.bookings.relative_rate)
    else:
        arrests = arrests[arrests["booked"] == 1]
        chance = chance[arrests.index]
        done = arrests["strip"]
        change = config.searches.policy_change
        after = arrests["arrested_at"] >= pd.Timestamp(change.date)
        chance = chance * arrests["perceived_race"].map(config.searches.relative_rate)
        chance = chance.where(~after, chance * change.factor)
    table = pd.DataFrame(
        {"seen": done, "truth": chance, "variance": chance * (1 - chance)}, dtype=float
    )
    for dimension in ("perceived_race", "occurrence_category"):
        sums = table.groupby(arrests[dimension]).sum()
        assert ((sums["seen"] - sums["truth"]).abs() < LIMIT * np.sqrt(sums["variance"])).all()


def test_strip_searches_fall_with_the_policy(config: Simulation, arrests: pd.DataFrame) -> None:
    after = arrests["arrested_at"] >= pd.Timestamp(config.searches.policy_change.date)
    before_rate, after_rate = (
        arrests.loc[~after, "strip"].mean(),
        arrests.loc[after, "strip"].mean(),
    )
    assert 0.24 < before_rate < 0.30
    assert after_rate / before_rate == pytest.approx(config.searches.policy_change.factor, rel=0.1)


def test_people_come_back(config: Simulation, arrests: pd.DataFrame) -> None:
    times = arrests["person_id"].value_counts()
    assert 1.4 < times.mean() < 2.0
    assert (times == 1).mean() > 0.6
    assert 20 <= times.max() <= config.arrests.repeat_people.most


def test_perception_differs_between_encounters_as_configured(
    arrests: pd.DataFrame, changed: Changed
) -> None:
    assert (arrests.groupby("person_id")["perceived_race"].nunique() > 1).sum() > 300
    steady = load_simulation(changed({"perception.differs": 0, "residents.total": 60_000}))
    table = make_records(steady).arrests
    known = table[table["perceived_race"] != "Unknown"]
    assert known.groupby("person_id")["perceived_race"].nunique().max() == 1
    share = (table["perceived_race"] == "Unknown").mean()
    assert share == pytest.approx(steady.perception.recorded_unknown, abs=0.02)


def test_season_and_hours(config: Simulation, arrests: pd.DataFrame) -> None:
    hours = arrests["arrested_at"].dt.hour.value_counts(normalize=True).sort_index()
    weights = np.array(config.activity.hour)
    assert np.abs(hours.to_numpy() - weights / weights.sum()).max() < 0.01
    days = pd.Series(arrests["arrested_at"].dt.date.unique())
    assert (days.min(), days.max()) == (config.period.first_day, config.period.last_day)


def test_force_follows_relative_rates(changed: Changed) -> None:
    alone = {
        "use_of_force.people": {1: 1},
        "use_of_force.officer_reports": {1: 1},
        "use_of_force.incidents_per_100000_residents_a_year": 2_000,
        "perception.differs": 0,
    }
    config = load_simulation(changed(alone))
    cells = count_residents(config.residents)
    events = expected_events(cells, config.use_of_force.relative_rate, config.expected_incidents)
    truth = PerceivedRace(config.residents, config.perception).expected(cells, events)
    seen = make_force_reports(config).individuals["Race"].value_counts().reindex(truth.index)
    assert ((seen - truth).abs() < LIMIT * np.sqrt(truth)).all()


def test_force_reports_have_the_traits_of_the_real_ones(demo: Simulated) -> None:
    main = demo.csv("provincial/uof_main_records_2023.csv")
    people = demo.csv("provincial/uof_individual_records_2023.csv")
    assert main["BatchFileName"].is_unique
    assert not people.duplicated(["BatchFileName", "Indiv_Index"]).any()
    included = main["Inclusion_SOLGEN_ARA_Analysis"] == "Yes"
    assert (included == (main["InteractionType"] == "Interaction with Individual(s)")).all()
    assert set(main.loc[~included, "InteractionType"]) == {
        "",
        "Interaction with Animal",
        "No Interaction with Individual(s)",
    }
    number = people.groupby("BatchFileName").size()
    stated = main[included].set_index("BatchFileName")["NumberIndividuals"].astype(int)
    pd.testing.assert_series_equal(
        number.sort_index(), stated.sort_index(), check_names=False, check_index_type=False
    )
    assert (main["ReportType"] == "Team").any()
    assert main["Date"].between("2023-01-01", "2023-12-31").all()

    seen = people.merge(main[["BatchFileName", "IncidentNumber"]], on="BatchFileName")
    reports = seen.groupby("IncidentNumber")["BatchFileName"].nunique()
    assert (reports > 1).any()
    assert (number > 1).any()
    one_person_each = seen.groupby("IncidentNumber")["Indiv_Index"].apply(lambda i: {*i} == {"1"})
    races = seen.groupby("IncidentNumber")["Race"].nunique()
    # One person whom two officers perceive differently.
    assert (races[one_person_each] > 1).any()
    mixed = main.groupby("IncidentNumber")["Inclusion_SOLGEN_ARA_Analysis"].nunique()
    assert (mixed > 1).any()
