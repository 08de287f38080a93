"""The simulated city: its residents, how often they meet the police, and how officers see them.

Everything here follows from the configuration without chance; what is drawn elsewhere is drawn
from the expectations computed here, so that the truth of a simulation can be computed too.
"""

import numpy as np
import pandas as pd

from rbdc.sources.simulator.blocks import Perception, RelativeRates, Residents
from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.draws import Floats, Instants, Integers, WeightedRows, hashed_uniform
from rbdc.sources.simulator.labels import AGE_GROUPS, PERCEIVED_RACES

DIMENSIONS = ("race_group", "gender", "age_group", "division")
RACES = len(PERCEIVED_RACES)


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


def perception_matrix(residents: Residents, perception: Perception) -> Floats:
    """Chance of each perceived race in one encounter, by usual race: [usual, perceived]."""
    shares = np.array([residents.race_group[race] for race in PERCEIVED_RACES])
    others = np.tile(shares, (RACES, 1))
    np.fill_diagonal(others, 0.0)
    others /= others.sum(axis=1, keepdims=True)
    return np.asarray((1 - perception.differs) * np.eye(RACES) + perception.differs * others)


class City:
    """The city as arrays. Axes: call type, race group, gender, age group, division.

    Attributes:
        residents: whole people, by race group, gender, age group, division.
        contacts_a_year: expected people in contacts in 365 days, by call type and cell.
        perception: see `perception_matrix`.
    """

    def __init__(self, config: Simulation) -> None:
        """Work out the expectations of a configuration."""
        self.config = config
        people = config.residents
        self.divisions = people.divisions
        shape = (len(people.race_group), len(people.gender), len(AGE_GROUPS), len(self.divisions))
        counted = count_residents(people)["residents"].to_numpy()
        self.residents: Integers = counted.reshape(shape)
        self.contacts_a_year = np.stack([self._of_call_type(name) for name in config.call_types])
        self.perception = perception_matrix(people, config.perception)
        self.usual_without_label: Floats = np.array(
            [people.race_group[race] for race in PERCEIVED_RACES]
        )
        self._first_number = np.concatenate([[0], counted.cumsum()[:-1]])
        self._flat_residents = counted

    def _of_call_type(self, name: str) -> Floats:
        """Expected people in contacts of one call type in a year, by cell."""
        call = self.config.call_types[name]
        contacts = self.config.contacts[call.origin]
        rates = _cell_rates(contacts.relative_rate, self.config.residents) * self.residents
        total = contacts.per_1000_residents_a_year * self.config.residents.total / 1000
        weights = {
            other: one.share * (rates * self._multiplier(other)).sum()
            for other, one in self.config.call_types.items()
            if one.origin == call.origin
        }
        mine = call.share * rates * self._multiplier(name)
        return np.asarray(total * mine / sum(weights.values()))

    def _multiplier(self, call_type: str) -> Floats:
        groups = self.config.call_types[call_type].groups
        of_group = [groups.get(group, 1.0) for group in self.config.residents.race_group]
        return np.array(of_group)[:, None, None, None]

    def person_numbers(self, cells: Integers, uniform: Floats) -> Integers:
        """Number of the resident whom a contact in a cell meets, from a uniform draw for each.

        The inverse of the distribution whose density at quantile q is (q + shift) ** -exponent.

        Args:
            cells: positions in the flattened array of residents.
            uniform: values in [0, 1).
        """
        repeat = self.config.repeat_contact
        power, shift = 1 - repeat.exponent, repeat.shift
        low, high = shift**power, (1 + shift) ** power
        quantile = (low + uniform * (high - low)) ** (1 / power) - shift
        inside = np.floor(np.clip(quantile, 0, 1) * self._flat_residents[cells]).astype(np.int64)
        return np.asarray(
            self._first_number[cells] + np.minimum(inside, self._flat_residents[cells] - 1)
        )

    def usual_race(self, groups: Integers, numbers: Integers) -> Integers:
        """Race as which officers usually perceive a resident.

        The own group, or for residents without a police label one of the seven in proportion to
        residents.
        """
        shares = self.usual_without_label.cumsum() / self.usual_without_label.sum()
        uniform = hashed_uniform(numbers, self.config.seed, "usual race")
        drawn = np.minimum(np.searchsorted(shares, uniform, side="right"), RACES - 1)
        return np.where(groups < RACES, groups, drawn).astype(np.int64)

    def born(self, age_groups: Integers, numbers: Integers) -> Instants:
        """Day of birth of residents: their age group holds a year after the simulation began."""
        youngest, oldest = (np.array([ages[i] for ages in AGE_GROUPS.values()]) for i in (0, 1))
        uniform = hashed_uniform(numbers, self.config.seed, "age")
        years = youngest[age_groups] + uniform * (oldest + 1 - youngest)[age_groups]
        middle = np.datetime64(self.config.period.first_day) + np.timedelta64(365, "D")
        return np.asarray(middle - (years * 365.25).astype(np.int64).astype("m8[D]"))

    def place_of_first(self) -> WeightedRows:
        """Flattened (group, division) of a contact's first person, by call type."""
        by_place = self.contacts_a_year.sum(axis=(2, 3))
        return WeightedRows(by_place.reshape(len(by_place), -1))

    def group_of_company(self) -> WeightedRows:
        """Group of a further person, by flattened (call type, division)."""
        by_group = self.contacts_a_year.sum(axis=(2, 3)).transpose(0, 2, 1)
        return WeightedRows(by_group.reshape(-1, by_group.shape[-1]))

    def gender_and_age(self) -> WeightedRows:
        """Flattened (gender, age group), by flattened (call type, group, division)."""
        table = self.contacts_a_year.transpose(0, 1, 4, 2, 3)
        return WeightedRows(table.reshape(-1, table.shape[3] * table.shape[4]))


def _cell_rates(rates: RelativeRates, residents: Residents) -> Floats:
    """Product of the relative rates of the four dimensions, by cell."""
    axes = (
        [rates.race_group[group] for group in residents.race_group],
        [rates.gender[gender] for gender in residents.gender],
        [rates.age_group[age] for age in residents.age_group],
        [rates.division[division] for division in residents.divisions],
    )
    product = np.ones(())
    for values in axes:
        product = np.multiply.outer(product, np.array(values))
    return np.asarray(product)
