"""The grid: the cities in which coverage is measured, each the demo with some values changed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.labels import NO_POLICE_LABEL, PERCEIVED_RACES
from rbdc.sources.simulator.truth import Truth

RESIDENTS = 150_000
REFERENCE = "White"
# Risk ratios of the groups against the reference, from 0.4 to 2: once with the high ones in groups
# that the demo's police meet often, once the other way round.
RATIOS: Mapping[str, Mapping[str, float]] = {
    "as in the demo": dict(zip(PERCEIVED_RACES, (2.0, 0.4, 1.5, 0.6, 1.0, 0.8, 1.0), strict=True)),
    "turned round": dict(zip(PERCEIVED_RACES, (0.4, 2.0, 0.6, 1.5, 0.8, 1.2, 1.0), strict=True)),
    "none": dict.fromkeys(PERCEIVED_RACES, 1.0),
}
# Strip searches of arrests in the reference group, so that those of the groups, of arrests and of
# bookings, lie between 2 and 30%; and contacts for each one of the demo, so that arrests of
# residents rise along with them.
LEVELS: Mapping[float, float] = {0.05: 1.0, 0.07: 1.5, 0.09: 2.5}


@dataclass(frozen=True)
class Point:
    """One city of the grid.

    Attributes:
        strip_search_rate: strip searches of arrests in the reference group.
        contacts: contacts for each one of the demo.
        disparity: a key of `RATIOS`; under `none` there is no disparity at any point.
        alone: everybody meets police alone and is always perceived alike, so that an incident of
            use of force has the race group of a person and its truth can be told.
        config: the configuration, which still needs a seed and a year.
    """

    strip_search_rate: float
    contacts: float
    disparity: str
    alone: bool
    config: Simulation

    @property
    def null(self) -> bool:
        """Whether there is nothing to be found."""
        return self.disparity == "none"

    def of_year(self, year: int, seed: int) -> Simulation:
        """The configuration of one year with its seed."""
        days = {"first_day": dt.date(year, 1, 1), "last_day": dt.date(year, 12, 31)}
        # Every group has the factor 1, so that the day of the change is without meaning.
        change = {"searches.policy_change.date": dt.date(year, 10, 1)}
        return with_changes(self.config, {"seed": seed, "period": days, **change})


def make_grid(demo: Simulation) -> list[Point]:
    """All points: each level with each disparity, in company and alone by turns."""
    points = []
    for number, (rate, contacts) in enumerate(LEVELS.items()):
        for turn, disparity in enumerate(RATIOS):
            alone = disparity == "none" or (number + turn) % 2 == 0
            config = with_changes(demo, _changes(demo, rate, contacts, disparity, alone))
            points.append(Point(rate, contacts, disparity, alone, config))
    return points


def with_changes(config: Simulation, changes: Mapping[str, object]) -> Simulation:
    """A configuration with some values changed, named by dotted keys, and checked anew.

    Raises:
        ValueError: the values do not fit together.
    """
    content: dict[str, Any] = config.model_dump()
    for key, value in changes.items():
        *parents, last = key.split(".")
        block = content
        for parent in parents:
            block = block[parent]
        block[last] = value
    return Simulation.model_validate(content)


def _changes(
    demo: Simulation, rate: float, contacts: float, disparity: str, alone: bool
) -> dict[str, object]:
    ratios, equal = RATIOS[disparity], RATIOS["none"]
    changes: dict[str, object] = {
        "residents.total": RESIDENTS,
        "searches.relative_rate": ratios,
        "searches.policy_change.factor": equal,
        # Contacts carry the ratios; further steps on the way to an outcome would multiply them.
        **{f"call_types.{name}.groups": {} for name in demo.call_types},
        "enforcement_actions.relative_rate": equal,
        **{f"apprehensions.{name}.relative_rate": equal for name in demo.apprehensions},
        "bookings.relative_rate": equal,
        "use_of_force.relative_rate": equal,
        # Sound records: what is wrong with records is tested elsewhere.
        "planted_defects": {
            table: dict.fromkeys(rates, 0.0)
            for table, rates in demo.planted_defects.model_dump().items()
        },
    }
    for origin, block in demo.contacts.items():
        changes[f"contacts.{origin}.per_1000_residents_a_year"] = (
            block.per_1000_residents_a_year * contacts
        )
        changes[f"contacts.{origin}.relative_rate.race_group"] = {**ratios, NO_POLICE_LABEL: 1.0}
    scale = rate / _strip_searches_of_arrests(demo)
    for name, kind in demo.occurrence_categories.items():
        changes[f"occurrence_categories.{name}.strip_searched"] = kind.strip_searched * scale
    if alone:
        changes |= {"people_in_a_contact": {1: 1.0}, "perception.differs": 0.0}
    if disparity == "none":
        changes |= _no_disparity(demo)
    return changes


def _strip_searches_of_arrests(demo: Simulation) -> float:
    """Share of the reference group's arrests with a strip search, before the policy change."""
    truth, before = Truth(demo), demo.searches.policy_change.date - dt.timedelta(days=1)
    searched, arrested = (
        truth.expected(name, before, before)[REFERENCE] for name in ("strip_search", "arrest")
    )
    return float(searched / arrested)


def _no_disparity(demo: Simulation) -> dict[str, object]:
    """Groups alike also in where they live, race always known, and nobody without police label."""
    shares = dict(demo.residents.race_group)
    shares[REFERENCE] += shares[NO_POLICE_LABEL]
    shares[NO_POLICE_LABEL] = 0.0
    return {
        "residents.race_group": shares,
        "residents.division": dict.fromkeys(shares, demo.residents.division[REFERENCE]),
        "perception.recorded_unknown": 0.0,
    }
