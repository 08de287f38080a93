"""The typed form of `simulation.yml`: everything that makes one simulated service what it is."""

import datetime as dt
from pathlib import Path
from typing import Annotated, Literal

from pydantic import NaiveDatetime, model_validator

from rbdc.config_files import load_config
from rbdc.sources.simulator import provincial_2023
from rbdc.sources.simulator.labels import RESIDENT_GROUPS
from rbdc.sources.simulator.values import (
    ByAge,
    ByGender,
    ByGroup,
    ByRace,
    Count,
    HourWeights,
    MonthWeights,
    PercentByAge,
    PercentByGender,
    PercentByGroup,
    Positive,
    Share,
    Size,
    SizeWeights,
    Strict,
    Text,
    Weight,
    Weights,
    one_per,
    require_keys,
)


class Period(Strict):
    """The days on which things happen, and the instant at which the records are read."""

    first_day: dt.date
    last_day: dt.date
    records_end_at: NaiveDatetime

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        # Searches of the last night, and their entry, fall on the day after.
        earliest = dt.datetime.combine(self.last_day, dt.time()) + dt.timedelta(days=2)
        if self.records_end_at < earliest:
            raise ValueError(f"records_end_at must be {earliest:%Y-%m-%dT%H:%M:%S} or later")
        return self

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return (self.last_day - self.first_day).days + 1


class Residents(Strict):
    """Who lives in the city. Gender and age are the same in every group; divisions are not."""

    total: Size
    source: Text
    vintage: Text
    race_group: PercentByGroup
    gender: PercentByGender
    age_group: PercentByAge
    division: Annotated[dict[str, Weights], one_per(RESIDENT_GROUPS, "group of residents")]

    @property
    def divisions(self) -> list[str]:
        """Codes of the divisions, in the order of the file."""
        return list(self.division[RESIDENT_GROUPS[0]])

    @model_validator(mode="after")
    def _same_divisions(self) -> "Residents":
        for group, weights in self.division.items():
            try:
                require_keys(weights, self.divisions, "division")
            except ValueError as error:
                raise ValueError(f"division.{group} {error}") from None
        return self


class RelativeRates(Strict):
    """How often something happens to a resident, relative to the other values of a dimension."""

    race_group: ByGroup
    gender: ByGender
    age_group: ByAge
    division: Weights


class Activity(Strict):
    """When things happen: weights of the months January to December and of the hours 0 to 23."""

    month: MonthWeights
    hour: HourWeights


class RepeatPeople(Strict):
    """Arrests of one person: k times with a chance in proportion to k ** -exponent."""

    exponent: Positive
    most: Size


class Arrests(Strict):
    """Arrests, before anything that follows from them."""

    per_1000_residents_a_year: Positive
    relative_rate: RelativeRates
    repeat_people: RepeatPeople
    arrested_together: Share
    sex_recorded_x: Share
    officers_per_division: Size
    hours_until_entered: Positive


class OccurrenceCategory(Strict):
    """A kind of arrest: how common, how often booked, how often then strip searched."""

    share: Weight
    booked: Share
    strip_searched: Share


class Perception(Strict):
    """How officers perceive and record race."""

    differs: Share
    recorded_unknown: Share


class Bookings(Strict):
    """Who is booked, by perceived race, given the occurrence category."""

    relative_rate: ByRace


class PolicyChange(Strict):
    """From this day the chance of a strip search is multiplied by `factor`."""

    date: dt.date
    factor: Share


class Searches(Strict):
    """Searches of arrested people; level 3 is a strip search."""

    relative_rate: ByRace
    policy_change: PolicyChange
    searched_again: Share
    level_1: Share
    level_2: Share
    items_found: dict[Literal[1, 2, 3], Share]

    @model_validator(mode="after")
    def _three_levels(self) -> "Searches":
        if set(self.items_found) != {1, 2, 3}:
            raise ValueError("items_found needs the levels 1, 2 and 3")
        return self


class OtherReports(Strict):
    """Reports a year that concern no person and take no part in race analysis."""

    humane_destruction: Count
    animal: Count
    no_interaction: Count


class UseOfForce(Strict):
    """Incidents in which force was reported, and the officers' reports on them."""

    incidents_per_100000_residents_a_year: Positive
    relative_rate: RelativeRates
    people: SizeWeights
    company_of_same_group: Share
    officer_reports: SizeWeights
    officer_reports_on_each_person: Share
    officer_reports_nobody: Share
    dated_next_day: Share
    team_reports: Share
    difficulty_perceiving: Share
    other_reports_a_year: OtherReports


class ArrestDefects(Strict):
    """Share of the rows that can carry a defect and do."""

    duplicate_row: Share
    conflicting_row: Share
    missing_race: Share
    missing_person_id: Share
    missing_division: Share
    label_drift: Share
    impossible_age: Share
    unparseable_timestamp: Share
    future_timestamp: Share
    strip_search_not_booked: Share
    late_update: Share
    deleted: Share


class SearchDefects(Strict):
    """Share of the rows that can carry a defect and do."""

    duplicate_row: Share
    conflicting_row: Share
    unknown_arrest: Share
    unparseable_timestamp: Share
    late_update: Share
    deleted: Share


class PlantedDefects(Strict):
    """What is wrong with the records on purpose."""

    arrests: ArrestDefects
    strip_searches: SearchDefects


class Simulation(Strict):
    """A simulated police service."""

    service: Text
    synthetic: Literal[True]
    seed: Count
    period: Period
    activity: Activity
    residents: Residents
    arrests: Arrests
    occurrence_categories: dict[str, OccurrenceCategory]
    perception: Perception
    bookings: Bookings
    searches: Searches
    use_of_force: UseOfForce
    planted_defects: PlantedDefects

    @property
    def expected_arrests(self) -> float:
        """Expected arrests of the whole city in the whole period."""
        yearly = self.arrests.per_1000_residents_a_year * self.residents.total / 1000
        return yearly * self.period.days / 365

    @property
    def expected_incidents(self) -> float:
        """Expected use-of-force incidents with people in the year of the provincial files."""
        rate = self.use_of_force.incidents_per_100000_residents_a_year
        return rate * self.residents.total / 100_000

    @model_validator(mode="after")
    def _fits_together(self) -> "Simulation":
        for part in ("arrests", "use_of_force"):
            rates: RelativeRates = getattr(self, part).relative_rate
            try:
                require_keys(rates.division, self.residents.divisions, "division of residents")
            except ValueError as error:
                raise ValueError(f"{part}.relative_rate.division {error}") from None
        year = (dt.date(provincial_2023.YEAR, 1, 1), dt.date(provincial_2023.YEAR, 12, 31))
        if not self.period.first_day <= year[0] <= year[1] <= self.period.last_day:
            raise ValueError(
                f"period must hold the whole of {provincial_2023.YEAR}, the year of the provincial "
                "use-of-force reports"
            )
        if not self.period.first_day <= self.searches.policy_change.date <= self.period.last_day:
            raise ValueError("searches.policy_change.date lies outside the period")
        if self.expected_arrests < 100:
            raise ValueError(
                f"only {self.expected_arrests:.0f} arrests are expected: raise residents.total or "
                "arrests.per_1000_residents_a_year until there are 100 or more"
            )
        if sum(kind.share for kind in self.occurrence_categories.values()) <= 0:
            raise ValueError("occurrence_categories needs at least one share above 0")
        for name, kind in self.occurrence_categories.items():
            _probability(f"occurrence_categories.{name}.booked", kind.booked, self.bookings)
            _probability(
                f"occurrence_categories.{name}.strip_searched", kind.strip_searched, self.searches
            )
        return self


def _probability(name: str, chance: float, step: Bookings | Searches) -> None:
    """Refuse a chance that a relative rate lifts above certainty: the truth would be cut off."""
    race, highest = max(step.relative_rate.items(), key=lambda item: item[1])
    if chance * highest > 1:
        raise ValueError(
            f"{name} {chance:g} times the relative rate {highest:g} of {race} is more than 1"
        )


def load_simulation(path: Path) -> Simulation:
    """Read `simulation.yml` of a simulated service.

    Raises:
        ConfigError: the file is absent or does not fit; names the file, the line and the key.
    """
    return load_config(path, Simulation)
