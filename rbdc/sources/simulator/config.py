"""The typed form of `simulation.yml` as a whole, and the checks that need more than one block."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from rbdc.config_files import load_config
from rbdc.sources.simulator.blocks import (
    ORIGINS,
    Activity,
    Apprehension,
    Bookings,
    CallType,
    Contacts,
    EnforcementActions,
    Lateness,
    OccurrenceCategory,
    Origin,
    Perception,
    Period,
    PlantedDefects,
    RepeatContact,
    Residents,
    Searches,
    Step,
    UseOfForce,
    YouthDiversions,
)
from rbdc.sources.simulator.values import (
    Count,
    Share,
    Size,
    SizeWeights,
    Strict,
    Text,
    require_keys,
)


class Simulation(Strict):
    """A simulated police service."""

    service: Text
    synthetic: Literal[True]
    seed: Count
    period: Period
    activity: Activity
    residents: Residents
    repeat_contact: RepeatContact
    perception: Perception
    contacts: dict[Origin, Contacts]
    people_in_a_contact: SizeWeights
    company_of_same_group: Share
    officers_per_division: Size
    call_types: dict[str, CallType]
    enforcement_actions: EnforcementActions
    apprehensions: dict[Apprehension, Step]
    youth_diversions: YouthDiversions
    occurrence_categories: dict[str, OccurrenceCategory]
    bookings: Bookings
    searches: Searches
    use_of_force: UseOfForce
    lateness: Lateness
    planted_defects: PlantedDefects

    @model_validator(mode="after")
    def _fits_together(self) -> "Simulation":
        require_keys(self.contacts, ORIGINS, "way of contact in contacts,")
        require_keys(self.apprehensions, ("mental_health", "child_protection"), "apprehension")
        for origin, contacts in self.contacts.items():
            try:
                require_keys(
                    contacts.relative_rate.division,
                    self.residents.divisions,
                    "division of residents",
                )
            except ValueError as error:
                raise ValueError(f"contacts.{origin}.relative_rate.division {error}") from None
            if all(call.origin != origin for call in self.call_types.values()):
                raise ValueError(f"call_types needs one of origin {origin}")
        for name, call in self.call_types.items():
            self._known_categories(f"call_types.{name}.becomes", call.becomes)
        self._known_categories("use_of_force.no_disparity_in", self.use_of_force.no_disparity_in)
        if not self.period.first_day <= self.searches.policy_change.date <= self.period.last_day:
            raise ValueError("searches.policy_change.date lies outside the period")
        for name, chance, rates in self._chances():
            race, highest = max(rates.items(), key=lambda item: item[1])
            # A chance cut off at certainty would not be the truth that the file states.
            if chance * highest > 1:
                raise ValueError(
                    f"{name} {chance:g} times the relative rate {highest:g} of {race} is more "
                    "than 1"
                )
        return self

    def _known_categories(
        self, name: str, categories: "Mapping[str, float] | tuple[str, ...]"
    ) -> None:
        unknown = [c for c in categories if c not in self.occurrence_categories]
        if unknown:
            raise ValueError(f"{name}: {', '.join(unknown)} is no occurrence category")

    def _chances(self) -> list[tuple[str, float, Mapping[str, float]]]:
        """Every chance that a relative rate of perceived races multiplies."""
        actions, searches = self.enforcement_actions.relative_rate, self.searches
        return [
            *(
                (f"call_types.{name}.enforcement_action", call.enforcement_action, actions)
                for name, call in self.call_types.items()
            ),
            *(
                (f"apprehensions.{name}.chance", step.chance, step.relative_rate)
                for name, step in self.apprehensions.items()
            ),
            (
                "youth_diversions.chance",
                self.youth_diversions.chance,
                self.youth_diversions.relative_rate,
            ),
            *(
                (f"occurrence_categories.{name}.{step}", getattr(kind, step), rates)
                for name, kind in self.occurrence_categories.items()
                for step, rates in (
                    ("booked", self.bookings.relative_rate),
                    ("strip_searched", searches.relative_rate),
                    ("use_of_force", self.use_of_force.relative_rate),
                )
            ),
            *(
                (f"searches.items_found.{level}", chance, searches.items_found_relative_rate)
                for level, chance in searches.items_found.items()
            ),
        ]


def load_simulation(path: Path) -> Simulation:
    """Read `simulation.yml` of a simulated service.

    Raises:
        ConfigError: the file is absent or does not fit; names the file, the line and the key.
    """
    return load_config(path, Simulation)
