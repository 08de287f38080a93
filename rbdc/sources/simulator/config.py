"""The typed form of `simulation.yml`: everything that makes one simulated service what it is."""

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from rbdc.config_files import load_config
from rbdc.sources.simulator import provincial_2023
from rbdc.sources.simulator.labels import (
    AGE_GROUPS,
    GENDERS,
    PERCEIVED_RACES,
    RESIDENT_GROUPS,
)

Value = TypeVar("Value")
Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]


def _exactly(values: Mapping[str, Value], expected: Iterable[str], what: str) -> None:
    """Refuse a mapping whose keys are not the expected ones, naming the difference."""
    expected = list(expected)
    missing = [key for key in expected if key not in values]
    unknown = [key for key in values if key not in expected]
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has unknown {', '.join(unknown)}"] if unknown else []
        raise ValueError(f"needs one value per {what}: {' and '.join(parts)}")


def _keyed(expected: Iterable[str], what: str) -> AfterValidator:
    def check(values: dict[str, Value]) -> dict[str, Value]:
        _exactly(values, expected, what)
        return values

    return AfterValidator(check)


def _some_weight(values: dict[str, float]) -> dict[str, float]:
    if sum(values.values()) <= 0:
        raise ValueError("needs at least one weight above 0")
    return values


def _to_hundred(values: dict[str, float]) -> dict[str, float]:
    if abs(sum(values.values()) - 100) > 1e-6:
        raise ValueError(f"percentages must add up to 100, not {sum(values.values()):g}")
    return values


def _of_length(length: int) -> AfterValidator:
    def check(values: tuple[float, ...]) -> tuple[float, ...]:
        if len(values) != length or sum(values) <= 0:
            raise ValueError(f"needs {length} weights, at least one of them above 0")
        return values

    return AfterValidator(check)


ByGroup = Annotated[dict[str, Weight], _keyed(RESIDENT_GROUPS, "group of residents")]
ByRace = Annotated[dict[str, Weight], _keyed(PERCEIVED_RACES, "perceived race")]
ByGender = Annotated[dict[str, Weight], _keyed(GENDERS, "gender")]
ByAge = Annotated[dict[str, Weight], _keyed(AGE_GROUPS, "age group")]
Weights = Annotated[dict[str, Weight], AfterValidator(_some_weight)]
CountWeights = Annotated[dict[Size, Weight], Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(_Strict):
    """The days on which things happen, and the instant at which the records are read."""

    first_day: dt.date
    last_day: dt.date
    records_end_at: dt.datetime

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        if self.records_end_at < dt.datetime.combine(self.last_day, dt.time.max.replace(microsecond=0)):
            raise ValueError("records_end_at must not lie before the end of last_day")
        return self

    @property
    def days(self) -> int:
        """Length of the period in days."""
        return (self.last_day - self.first_day).days + 1


class Residents(_Strict):
    """Who lives in the city. Gender and age are the same in every group; divisions are not."""

    total: Size
    source: str
    vintage: str
    race_group: Annotated[ByGroup, AfterValidator(_to_hundred)]
    gender: Annotated[ByGender, AfterValidator(_to_hundred)]
    age_group: Annotated[ByAge, AfterValidator(_to_hundred)]
    division: Annotated[
        dict[str, Weights], _keyed(RESIDENT_GROUPS, "group of residents"), Field(min_length=1)
    ]

    @property
    def divisions(self) -> list[str]:
        """Codes of the divisions, in the order of the file."""
        return list(self.division[RESIDENT_GROUPS[0]])

    @model_validator(mode="after")
    def _same_divisions(self) -> "Residents":
        for group, weights in self.division.items():
            try:
                _exactly(weights, self.divisions, "division")
            except ValueError as error:
                raise ValueError(f"division.{group} {error}") from None
        return self


class RelativeRates(_Strict):
    """How often something happens to a resident, relative to the other values of a dimension."""

    race_group: ByGroup
    gender: ByGender
    age_group: ByAge
    division: Weights


class Activity(_Strict):
    """When things happen: weights of the months January to December and of the hours 0 to 23."""

    month: Annotated[tuple[Weight, ...], _of_length(12)]
    hour: Annotated[tuple[Weight, ...], _of_length(24)]


class RepeatPeople(_Strict):
    """Arrests of one person: k times with a chance in proportion to k ** -exponent."""

    exponent: Annotated[float, Field(gt=1)]
    most: Size


class Arrests(_Strict):
    """Arrests, before anything that follows from them."""

    per_1000_residents_a_year: Annotated[float, Field(gt=0)]
    relative_rate: RelativeRates
    repeat_people: RepeatPeople
    arrested_together: Share
    sex_recorded_x: Share
    officers_per_division: Size
    hours_until_entered: Annotated[float, Field(gt=0)]


class OccurrenceCategory(_Strict):
    """A kind of arrest: how common, how often booked, how often then strip searched."""

    share: Weight
    booked: Share
    strip_searched: Share


class Perception(_Strict):
    """How officers perceive and record race."""

    differs: Share
    recorded_unknown: Share


class Bookings(_Strict):
    """Who is booked, by perceived race, given the occurrence category."""

    relative_rate: ByRace


class PolicyChange(_Strict):
    """From this day the chance of a strip search is multiplied by `factor`."""

    date: dt.date
    factor: Share


class Searches(_Strict):
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


class OtherReports(_Strict):
    """Reports a year that concern no person and take no part in race analysis."""

    humane_destruction: Count
    animal: Count
    no_interaction: Count


class UseOfForce(_Strict):
    """Incidents in which force was reported, and the officers' reports on them."""

    incidents_per_100000_residents_a_year: Annotated[float, Field(gt=0)]
    relative_rate: RelativeRates
    people: CountWeights
    company_of_same_group: Share
    officer_reports: CountWeights
    officer_reports_on_each_person: Share
    officer_reports_nobody: Share
    dated_next_day: Share
    team_reports: Share
    difficulty_perceiving: Share
    other_reports_a_year: OtherReports


class ArrestDefects(_Strict):
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


class SearchDefects(_Strict):
    """Share of the rows that can carry a defect and do."""

    duplicate_row: Share
    conflicting_row: Share
    unknown_arrest: Share
    unparseable_timestamp: Share
    late_update: Share
    deleted: Share


class PlantedDefects(_Strict):
    """What is wrong with the records on purpose."""

    arrests: ArrestDefects
    strip_searches: SearchDefects


class Simulation(_Strict):
    """A simulated police service."""

    service: Annotated[str, Field(min_length=1)]
    synthetic: Literal[True]
    seed: Count
    period: Period
    activity: Activity
    residents: Residents
    arrests: Arrests
    occurrence_categories: Annotated[dict[str, OccurrenceCategory], Field(min_length=1)]
    perception: Perception
    bookings: Bookings
    searches: Searches
    use_of_force: UseOfForce
    planted_defects: PlantedDefects

    @model_validator(mode="after")
    def _fits_together(self) -> "Simulation":
        for part in ("arrests", "use_of_force"):
            rates: RelativeRates = getattr(self, part).relative_rate
            try:
                _exactly(rates.division, self.residents.divisions, "division of residents")
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
