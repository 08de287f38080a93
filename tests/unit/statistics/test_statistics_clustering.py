"""Design effects from moments against sums over people written out by hand."""

import numpy as np
import pandas as pd
import pytest

from rbdc.statistics.clustering import design_effects
from rbdc.statistics.inputs import read_counts

GROUPS = ["Black", "Indigenous", "Unknown", "White"]


def random_people(seed: int, persons: int = 300) -> pd.DataFrame:
    """Encounters per person and perceived race; some people are perceived in two ways."""
    rng = np.random.default_rng(seed)
    race = rng.choice(GROUPS, persons, p=[0.3, 0.05, 0.1, 0.55])
    n = 1 + rng.geometric(0.4, persons)
    people = pd.DataFrame({"person": range(persons), "race_group": race, "n": n})
    twice = people.sample(40, random_state=seed).assign(
        race_group=lambda frame: rng.choice(GROUPS, len(frame)), n=2
    )
    people = pd.concat([people, twice]).groupby(["person", "race_group"], as_index=False).n.sum()
    people["x"] = rng.binomial(people["n"], rng.beta(0.5, 1.0, len(people)))
    return people


def as_records(people: pd.DataFrame) -> pd.DataFrame:
    """The same events, each record its own person."""
    events = people.loc[people.index.repeat(people["n"])].copy()
    order = events.groupby(level=0).cumcount()
    events["x"] = (order < people["x"].reindex(events.index)).astype(int)
    return events.assign(n=1, person=range(len(events)))


def by_hand(people: pd.DataFrame, group: str, form: str, residents: bool) -> dict[str, float]:
    """Σ over persons, literally, of the squared contributions to the log index and log rate."""
    every = people.groupby("person")[["x", "n"]].sum()
    own = people[people["race_group"] == group].groupby("person")[["x", "n"]].sum()
    own = own.reindex(every.index, fill_value=0)
    x = own.x / own.x.sum() - every.x / every.x.sum()
    n = own.n / own.n.sum() - every.n / every.n.sum()
    rate = own.x / own.x.sum()
    if residents:
        return {"index": float((x**2).sum()), "rate": float((rate**2).sum())}
    rate = rate - own.n / own.n.sum()
    return {"index": float(((x - n) ** 2).sum()), "rate": float((rate**2).sum())}


@pytest.mark.parametrize("form", ["subset", "outside"])
@pytest.mark.parametrize("seed", range(5))
def test_moments_give_the_sums_over_people(cell_of_people, form, seed) -> None:
    people = random_people(seed)
    residents = dict.fromkeys(GROUPS, 10_000) if form == "outside" else None
    counts = cell_of_people(people, form, residents)
    effects = design_effects(read_counts(counts, ("indicator",)), pooled_below=0)
    for row, group in enumerate(counts["race_group"]):
        clustered = by_hand(people, group, form, residents is not None)
        separate = by_hand(as_records(people), group, form, residents is not None)
        for name, got in (("index", effects.index[row]), ("rate", effects.rate[row])):
            assert got == pytest.approx(max(1.0, clustered[name] / separate[name]), rel=1e-9)
    assert max(effects.index) > 1.2
    assert set(effects.variance_method) == {"person_clustered"}


def test_people_who_never_return_have_no_design_effect(cell_of_people) -> None:
    people = as_records(random_people(1))
    effects = design_effects(read_counts(cell_of_people(people), ("indicator",)), pooled_below=0)
    assert effects.index == pytest.approx(1)
    assert effects.rate == pytest.approx(1)


@pytest.mark.parametrize("form", ["subset", "outside"])
def test_small_cells_take_at_least_the_pooled_effect(cell_of_people, form) -> None:
    people = random_people(2)
    residents = dict.fromkeys(GROUPS, 10_000) if form == "outside" else None
    whole = cell_of_people(people, form, residents)
    # One division where nobody comes twice, so that the cell's own effect is 1.
    single = as_records(people).groupby("race_group").head(30)
    division = cell_of_people(single, form, residents, dimension="division", dimension_value="D1")
    division.loc[division["race_group"] == "Indigenous", ["outcome_count", "m_xg_xg"]] = 0.0
    counts = read_counts(pd.concat([whole, division]), ("indicator",))
    sums = np.zeros((2, 2))
    for group in GROUPS:
        x = people.loc[people["race_group"] == group, "x"].sum()
        for row, version in enumerate((people, as_records(people))):
            parts = by_hand(version, group, form, residents is not None)
            sums[row] += x**2 * np.array([parts["index"], parts["rate"]])
    pooled = sums[0] / sums[1]
    effects = design_effects(counts, pooled_below=50)
    inside = (counts["dimension"] == "division").to_numpy()
    assert effects.index[inside] == pytest.approx(pooled[0])
    assert effects.rate[inside] == pytest.approx(pooled[1])
    assert set(effects.variance_method[inside]) == {"person_clustered_pooled"}
    large = ~inside & (counts["outcome_count"] >= 50).to_numpy()
    assert set(effects.variance_method[large]) == {"person_clustered"}


@pytest.mark.parametrize(
    ("key", "first", "second"), [("period", "2021", "2022"), ("service", "Toronto", "Aylmer")]
)
def test_the_pooled_effect_stays_inside_its_service_and_period(
    cell_of_people, key, first, second
) -> None:
    crowded = cell_of_people(random_people(3), **{key: first})
    single = cell_of_people(as_records(random_people(3)), **{key: second})
    counts = read_counts(pd.concat([crowded, single]), ("indicator",))
    effects = design_effects(counts, pooled_below=10**9)
    later = (counts[key] == second).to_numpy()
    assert effects.index[later] == pytest.approx(1)
    assert (effects.index[~later] > 1.05).all()


def test_without_a_person_key_records_are_independent(cell) -> None:
    counts = cell({"White": (400, 2000), "Black": (5, 30), "Indigenous": (0, 10)})
    effects = design_effects(read_counts(counts, ("indicator",)), pooled_below=50)
    assert list(effects.index) == [1, 1, 1]
    assert list(effects.rate) == [1, 1, 1]
    assert set(effects.variance_method) == {"independent_records"}


def test_a_small_cell_keeps_its_own_effect_where_that_is_larger(cell_of_people) -> None:
    whole = cell_of_people(as_records(random_people(4)))
    crowded = random_people(4).groupby("race_group").head(8)
    division = cell_of_people(crowded, dimension="division", dimension_value="D1")
    counts = read_counts(pd.concat([whole, division]), ("indicator",))
    effects = design_effects(counts, pooled_below=50)
    own = design_effects(read_counts(division, ("indicator",)), pooled_below=0)
    assert max(own.index) > 1.5
    assert effects.index[len(whole) :] == pytest.approx(own.index)
    assert "person_clustered" in effects.variance_method[len(whole) :]
