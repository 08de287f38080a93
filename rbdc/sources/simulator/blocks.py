"""The blocks of `simulation.yml`: what a simulated city, its people and its police are told by."""

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rbdc.sources.simulator.labels import RESIDENT_GROUPS
from rbdc.sources.simulator.values import (
    ByAge,
    ByGender,
    ByGroup,
    ByRace,
    Count,
    GroupMultipliers,
    HourWeights,
    MonthWeights,
    PercentByAge,
    PercentByGender,
    PercentByGroup,
    Positive,
    Share,
    ShareByRace,
    Size,
    SizeWeights,
    Strict,
    Text,
    Weights,
    one_per,
    require_keys,
)

Origin = Literal["public_call", "officer_initiated"]
ORIGINS: tuple[Origin, ...] = ("public_call", "officer_initiated")
Apprehension = Literal["mental_health", "child_protection"]


class Period(Strict):
    """The days that the records cover at first."""

    first_day: dt.date
    last_day: dt.date

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        return self


class Activity(Strict):
    """When things happen: weights of the months January to December and of the hours 0 to 23."""

    month: MonthWeights
    hour: HourWeights


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


class RepeatContact(Strict):
    """Within a cell of residents, rates go with (quantile + shift) ** -exponent."""

    exponent: Annotated[float, Field(ge=0, lt=1)]
    shift: Positive


class Perception(Strict):
    """How officers perceive and record people."""

    differs: Share
    recorded_unknown: Share
    sex_recorded_x: Share


class RelativeRates(Strict):
    """How often something happens to a resident, relative to the other values of a dimension."""

    race_group: ByGroup
    gender: ByGender
    age_group: ByAge
    division: Weights


class Contacts(Strict):
    """People who meet the police in one way, over everybody."""

    per_1000_residents_a_year: Positive
    relative_rate: RelativeRates


class CallType(Strict):
    """A kind of contact: how common, whom police meet in it, and what comes of it."""

    origin: Origin
    share: Positive
    attended: Share
    enforcement_action: Share
    arrest: Share
    groups: GroupMultipliers = Field(default_factory=dict)
    apprehension: Apprehension | None = None
    becomes: Weights


class EnforcementActions(Strict):
    """Enforcement actions against people whom police met, by perceived race."""

    relative_rate: ByRace
    other_actions: Weights


class Step(Strict):
    """A decision that falls with a chance, times the relative rate of the perceived race."""

    chance: Share
    relative_rate: ByRace


class YouthDiversions(Step):
    """Young people who are diverted from charges."""

    programmes: Weights
    completed: Share


class OccurrenceCategory(Strict):
    """A kind of offence: how often booked, then strip searched; how often force is used."""

    booked: Share
    strip_searched: Share
    use_of_force: Share


class Bookings(Strict):
    """Who is booked at an arrest of the same category, and for how long."""

    relative_rate: ByRace
    median_hours_in_custody: Positive
    custody_outcomes: Weights


class PolicyChange(Strict):
    """From this day the chance of a strip search is multiplied by the factor of the group."""

    date: dt.date
    factor: ShareByRace


class SearchReasons(Strict):
    """Share of strip searches for which each reason is given; reasons do not exclude each other."""

    cause_injury: Share
    assist_escape: Share
    possess_weapons: Share
    possess_evidence: Share


class Searches(Strict):
    """Searches of arrested people; level 3 is a strip search."""

    relative_rate: ByRace
    policy_change: PolicyChange
    searched_again: Share
    level_1: Share
    level_2: Share
    items_found: dict[Literal[1, 2, 3], Share]
    items_found_relative_rate: ByRace
    reasons: SearchReasons

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
    """Use of force at enforcement actions, and the officers' reports on it."""

    relative_rate: ByRace
    no_disparity_in: tuple[str, ...]
    officer_reports: SizeWeights
    officer_reports_on_each_person: Share
    officer_reports_nobody: Share
    dated_next_day: Share
    team_reports: Share
    difficulty_perceiving: Share
    days_until_filed: Positive
    other_reports_a_year: OtherReports


class Lateness(Strict):
    """How long records take, and how late they change."""

    hours_until_entered: Positive
    entered_late: Share
    most_days: Annotated[int, Field(ge=40, le=365)]


class ActionDefects(Strict):
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
    late_update: Share
    deleted: Share


class ArrestDefects(ActionDefects):
    """Those of actions, and one that only arrests can have."""

    strip_search_not_booked: Share


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

    enforcement_actions: ActionDefects
    arrests: ArrestDefects
    strip_searches: SearchDefects
