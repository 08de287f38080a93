"""The simulated city: its residents, how often things happen to them, and how officers see them.

What is drawn elsewhere is drawn from the expectations computed here, so the true rates of a
simulation follow from its configuration alone.
"""

import datetime as dt
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.sources.simulator.config import (
    Activity,
    Perception,
    RelativeRates,
    RepeatPeople,
    Residents,
)
from rbdc.sources.simulator.labels import NO_POLICE_LABEL, PERCEIVED_RACES

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Instants = npt.NDArray[np.datetime64]

DIMENSIONS = ("race_group", "gender", "age_group", "division")


def random_stream(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one named part, so that a change in one part leaves the others alone."""
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def count_residents(residents: Residents) -> pd.DataFrame:
    """Residents of every cell of race group × gender × age group × division.

    Returns:
        One row a cell: race_group, gender, age_group, division, residents (whole people that add
        up to `residents.total` exactly).
    """
    cells = pd.MultiIndex.from_product(
        [residents.race_group, residents.gender, residents.age_group, residents.divisions],
        names=DIMENSIONS,
    ).to_frame(index=False)
    share = np.array(
        [
            residents.race_group[group]
            * residents.gender[gender]
            * residents.age_group[age]
            * residents.division[group][division]
            / sum(residents.division[group].values())
            for group, gender, age, division in cells.itertuples(index=False)
        ]
    )
    cells["residents"] = _apportion(residents.total, share)
    return cells


def _apportion(total: int, share: Floats) -> Integers:
    """Whole numbers in proportion to shares that add up to the total (largest remainders)."""
    exact = total * share / share.sum()
    whole = np.floor(exact).astype(np.int64)
    largest = np.argsort(whole - exact, kind="stable")[: total - whole.sum()]
    whole[largest] += 1
    return np.asarray(whole)


def expected_events(cells: pd.DataFrame, rates: RelativeRates, total: float) -> Floats:
    """Expected events of every cell: residents times their relative rates, scaled to a total.

    Args:
        cells: as from `count_residents`.
        rates: relative rates of each dimension; they multiply.
        total: expected events of the whole city.
    """
    events = cells["residents"].to_numpy(dtype=float)
    for dimension in DIMENSIONS:
        events = events * cells[dimension].map(getattr(rates, dimension)).to_numpy(dtype=float)
    return np.asarray(events * total / events.sum())


def repeat_distribution(repeat: RepeatPeople) -> tuple[Integers, Floats]:
    """How many arrests one person has (k = 1 … most), and the chance of each k."""
    times = np.arange(1, repeat.most + 1)
    weight = times.astype(float) ** -repeat.exponent
    return times, weight / weight.sum()


class PerceivedRace:
    """How officers perceive people of each group of residents.

    A person has a usual perceived race: the own group, or for residents without a police label
    one of the seven in proportion to residents. In each encounter the officer's perception can
    differ from it. Races are held as positions in `PERCEIVED_RACES`.
    """

    def __init__(self, residents: Residents, perception: Perception) -> None:
        shares = np.array([residents.race_group[race] for race in PERCEIVED_RACES])
        self._residents: Floats = shares / shares.sum()
        others = np.tile(self._residents, (len(shares), 1))
        np.fill_diagonal(others, 0.0)
        others /= others.sum(axis=1, keepdims=True)
        # [usual race, perceived race]: the chance of a perception in one encounter
        self.in_encounter: Floats = (1 - perception.differs) * np.eye(
            len(shares)
        ) + perception.differs * others

    def usual(self, groups: "pd.Series[str]", rng: np.random.Generator) -> Integers:
        """Usual perceived race of people of the given resident groups."""
        own = groups.map({race: i for i, race in enumerate(PERCEIVED_RACES)}).to_numpy(dtype=float)
        drawn = rng.choice(len(self._residents), size=len(groups), p=self._residents)
        return np.where(groups.to_numpy() == NO_POLICE_LABEL, drawn, own).astype(np.int64)

    def perceive(self, usual: Integers, rng: np.random.Generator) -> Integers:
        """Race that an officer perceives in one encounter with each person."""
        return draw_rows(self.in_encounter[usual], rng)

    def expected(self, cells: pd.DataFrame, events: Floats) -> "pd.Series[float]":
        """Expected events by perceived race, from the expected events of cells of residents."""
        by_group = pd.Series(events).groupby(cells["race_group"].to_numpy()).sum()
        usual = by_group.reindex(list(PERCEIVED_RACES)).to_numpy(dtype=float)
        usual = usual + by_group.get(NO_POLICE_LABEL, 0.0) * self._residents
        return pd.Series(usual @ self.in_encounter, index=list(PERCEIVED_RACES))


def draw_rows(chances: Floats, rng: np.random.Generator) -> Integers:
    """One draw per row of a matrix whose rows are distributions; returns the column's position."""
    drawn = (rng.random(len(chances))[:, None] > chances.cumsum(axis=1)).sum(axis=1)
    return np.asarray(np.minimum(drawn, chances.shape[1] - 1), dtype=np.int64)


def draw_weighted(
    weights: Mapping[Any, float], size: int, rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    """Draw keys in proportion to their weights."""
    keys = np.array(list(weights), dtype=object)
    chance = np.array(list(weights.values()), dtype=float)
    return np.asarray(keys[rng.choice(len(keys), size=size, p=chance / chance.sum())])


def draw_instants(
    activity: Activity, first: dt.date, last: dt.date, size: int, rng: np.random.Generator
) -> Instants:
    """Draw instants from the first to the last day by the weights of months and hours."""
    days = np.arange(np.datetime64(first), np.datetime64(last) + np.timedelta64(1))
    weight = np.array(activity.month)[days.astype("M8[M]").astype(int) % 12]
    day = rng.choice(days, size=size, p=weight / weight.sum())
    hour = np.array(activity.hour)
    seconds = rng.choice(24, size=size, p=hour / hour.sum()) * 3600 + rng.integers(3600, size=size)
    return np.asarray(day.astype("M8[s]") + seconds.astype("m8[s]"))
