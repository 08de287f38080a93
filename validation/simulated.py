"""Simulated years of a city drawn anew each: raw tables, and the chance that every arrest had.

Who the residents are is chance too. The simulator's city holds the same people with the same rates
whatever the seed; here every resident's rate is drawn, so that a few people who come again and
again move a group's count from seed to seed, as they would from one city or year to another. That
is the variation which the estimates' person-clustered variance claims to cover.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from rbdc.sources.simulator import provincial_2023 as form
from rbdc.sources.simulator.city import City
from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.draws import Floats, Integers, random_stream
from rbdc.sources.simulator.encounters import Facts, Police
from rbdc.sources.simulator.facts import Clerk
from rbdc.sources.simulator.force_reports import make_force_reports
from rbdc.sources.simulator.labels import GENDERS, PERCEIVED_RACES, UNKNOWN
from rbdc.sources.simulator.records import (
    ARRESTS,
    ENFORCEMENT_ACTIONS,
    STRIP_SEARCHES,
    RecordsTable,
)
from rbdc.sources.simulator.truth import OTHER_GENDER
from validation.warehouse import connect_quietly


class DrawnCity(City):
    """A city whose residents are drawn: expected numbers are those of `City`, in the mean."""

    def __init__(self, config: Simulation) -> None:
        """Draw every resident's rate with the configuration's seed."""
        super().__init__(config)
        repeat = config.repeat_contact
        quantile = random_stream(config.seed, "residents").random(config.residents.total)
        rate = (quantile + repeat.shift) ** -repeat.exponent
        power = 1 - repeat.exponent
        mean = ((1 + repeat.shift) ** power - repeat.shift**power) / power
        self._cumulated: Floats = np.concatenate([[0.0], rate.cumsum()])
        start = self._first_number
        self._start, self._end = start, start + self._flat_residents
        total = self._cumulated[self._end] - self._cumulated[self._start]
        expected = self._flat_residents * mean
        busy = np.divide(total, expected, out=np.zeros_like(total), where=expected > 0)
        self.contacts_a_year = self.contacts_a_year * busy.reshape(self.residents.shape)

    def person_numbers(self, cells: Integers, uniform: Floats) -> Integers:
        """Number of the resident whom a contact in a cell meets, in proportion to their rates."""
        low, high = self._cumulated[self._start[cells]], self._cumulated[self._end[cells]]
        found = np.searchsorted(self._cumulated, low + uniform * (high - low), side="right") - 1
        return np.asarray(np.clip(found, self._start[cells], self._end[cells] - 1))


@dataclass(frozen=True)
class Records:
    """Raw tables of a year or several, and one row an arrest with its labels and chances.

    Attributes:
        raw: tables for schema raw, as the records would be landed.
        arrests: race_group, division, gender, occurrence_category, year, quarter; booked; the
            chance_strip_searched that the arrest had, and chance_if_booked: the same given that
            the person was booked.
    """

    raw: dict[str, pa.Table]
    arrests: pd.DataFrame


def simulate_years(configs: Iterable[Simulation]) -> Records:
    """Draw the period of every configuration, each a calendar year of its own with its own people.

    That the ids of people come again in another year does not matter: no figure spans years.

    Args:
        configs: the same city each, with different seeds and years.
    """
    years = [_simulate_year(config) for config in configs]
    raw = {name: pa.concat_tables([year.raw[name] for year in years]) for name in years[0].raw}
    return Records(raw, pd.concat([year.arrests for year in years], ignore_index=True))


def simulate_city(config: Simulation) -> dict[str, pa.Table]:
    """Draw the whole period of a configuration: its raw tables, enforcement actions among them."""
    police = Police(DrawnCity(config))
    clerk = Clerk(police)
    first, last = config.period.first_day, config.period.last_day
    facts = clerk.record(first, last)
    tables = (ARRESTS, STRIP_SEARCHES, ENFORCEMENT_ACTIONS)
    return _records(clerk, facts, tables) | _force_reports(police, police.draw(first, last).actions)


def _simulate_year(config: Simulation) -> Records:
    police = Police(DrawnCity(config))
    clerk = Clerk(police)
    first, last = config.period.first_day, config.period.last_day
    facts = clerk.record(first, last)
    # The same days give the same encounters.
    actions = police.draw(first, last).actions
    return Records(
        _records(clerk, facts, (ARRESTS, STRIP_SEARCHES)) | _force_reports(police, actions),
        _arrests(clerk, facts[ARRESTS.name], actions),
    )


def _records(
    clerk: Clerk, facts: dict[str, Facts], of: Sequence[RecordsTable]
) -> dict[str, pa.Table]:
    """The records that the indicators compared rest on, once all that comes late has come."""
    most = clerk.config.lateness.most_days
    until = clerk.config.period.last_day + dt.timedelta(days=2 * most)
    tables = {}
    with connect_quietly() as connection:
        for table in of:
            connection.register("facts", clerk.labelled(facts[table.name]))
            changes = table.changes_sql("facts", None, f"timestamp '{until}'")
            tables[f"rms__{table.name}"] = connection.execute(changes).to_arrow_table()
    return tables


def _force_reports(police: Police, actions: Facts) -> dict[str, pa.Table]:
    """Reports on the use of force of the whole year, as if it were one long month."""
    force = {name: values[actions["force"]] for name, values in actions.items()}
    reports = make_force_reports(police, police.city.config.period.first_day, force)
    return {
        f"provincial_use_of_force__{kind}_records": pa.table(
            {name: sheet.column(name) for name in form.header(shape) if name != form.ROW_NUMBER}
        )
        for kind, sheet, shape in (
            ("main", reports.main, form.MAIN),
            ("individual", reports.individuals, form.INDIVIDUAL),
        )
    }


def _arrests(clerk: Clerk, arrests: Facts, actions: Facts) -> pd.DataFrame:
    arrested = actions["arrested"]
    at = pd.DatetimeIndex(arrests["happened_at"])
    year = at.year.astype(str)
    chance, booked = (
        actions[name][arrested] for name in ("chance_strip_searched", "chance_booked")
    )
    return pd.DataFrame(
        {
            "race_group": np.array([*PERCEIVED_RACES, UNKNOWN])[arrests["race"]],
            "division": np.array(clerk.city.divisions)[arrests["division"]],
            "gender": np.array([*GENDERS, OTHER_GENDER])[arrests["sex"]],
            "occurrence_category": np.array(clerk.police.categories)[arrests["category"]],
            "year": year,
            "quarter": year + "-Q" + at.quarter.astype(str),
            "booked": arrests["booked"] == 1,
            "chance_strip_searched": chance,
            "chance_if_booked": np.divide(
                chance, booked, out=np.zeros_like(chance), where=booked > 0
            ),
        }
    )
