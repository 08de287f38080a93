"""The typed form of `services/<name>/disclosure.yml`: what a release publishes and hides."""

import datetime as dt
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from rbdc.config_files import ProblemsError, load_config
from rbdc.disclosure.known_names import KnownNames, known_names
from rbdc.disclosure.policy_checks import problems_of
from rbdc.disclosure.policy_records import Records
from rbdc.framework.model import Framework, load_framework
from rbdc.framework.vocabulary import Interaction, Name, PeriodType, Strict, Text, Unit

# Names of other files of a release.
RESERVED = frozenset({"codes", "measures", "records", "figures"})


class Rule(Strict):
    """Which counts are hidden, and what an attacker may be left with.

    Attributes:
        hide_counts_from: the least count that is hidden; `zeros` rules on 0.
        hide_counts_to: the greatest count that is hidden.
        zeros: whether a count of 0 is shown or hidden.
        apart: how far the least and the greatest value that an attacker can find for a hidden
            count must lie apart; 1 prevents exact disclosure.
        group_disclosure_below: where all of a group smaller than this have an outcome, the
            outcome's count is hidden; 0 leaves it off.
        coalition: how many people may put together what they know of themselves.
    """

    hide_counts_from: int
    hide_counts_to: int
    zeros: Literal["open", "hidden"]
    apart: int
    group_disclosure_below: Annotated[int, Field(ge=0)]
    coalition: Annotated[int, Field(ge=0)]

    def hides(self, count: int) -> bool:
        """Whether the count is hidden for its own size (a primary)."""
        if count == 0:
            return self.zeros == "hidden"
        return self.hide_counts_from <= count <= self.hide_counts_to

    def tells_of_group(self, count: int, group: int) -> bool:
        """Whether a count of `group` people says of each that they have the outcome.

        Args:
            count: people with the outcome.
            group: people of the same filters in the measure that holds it.
        """
        return 0 < count == group < self.group_disclosure_below

    @model_validator(mode="after")
    def _sound(self) -> "Rule":
        problems: list[tuple[tuple[int | str, ...], str]] = []
        if self.hide_counts_from < 1:
            problems.append(
                (("hide_counts_from",), "give 1; whether zeros are hidden is said by zeros")
            )
        if self.hide_counts_to < self.hide_counts_from:
            problems.append(
                (
                    ("hide_counts_to",),
                    f"the thresholds stand the wrong way round: {self.hide_counts_to} lies below "
                    f"hide_counts_from {self.hide_counts_from}",
                )
            )
        elif self.hide_counts_from > 1:
            problems.append(
                (
                    ("hide_counts_from",),
                    f"counts under {self.hide_counts_from} would be shown, and they tell more than "
                    "those that are hidden: give 1",
                )
            )
        if self.apart < 1:
            problems.append(
                (("apart",), f"apart {self.apart} lets a hidden count be found exactly: give 1")
            )
        if self.coalition > self.hide_counts_to:
            problems.append(
                (
                    ("coalition",),
                    f"{self.coalition} people together find the last one in a count of "
                    f"{self.coalition + 1}, which is shown: give at most hide_counts_to",
                )
            )
        if problems:
            raise ProblemsError(problems)
        return self


class KeepOpen(Strict):
    """Cells that should stay open: those filtered by no other dimensions than these.

    `filtered_by: [race_group]` are totals of race groups and totals of all; `[]` are only these.
    """

    filtered_by: tuple[Name, ...]
    weight: Annotated[float, Field(ge=1)]


class Cost(Strict):
    """What is lost with a cell: its `value`, or `one` whatever its value, times a weight."""

    by: Literal["value", "one"]
    keep_open_first: tuple[KeepOpen, ...] = ()

    def of(self, count: int, filters: Collection[str]) -> float:
        """Information that is lost if the cell is hidden, always above 0.

        Args:
            count: the cell's count.
            filters: names of the dimensions that the cell is filtered by.
        """
        weights = [one.weight for one in self.keep_open_first if set(filters) <= {*one.filtered_by}]
        # A zero costs as much as a one: hiding it is not free.
        return (max(count, 1) if self.by == "value" else 1) * max(weights, default=1.0)


class Protect(Strict):
    """How counts are protected: hidden, or rounded to a base so that tables still add up.

    `small_counts_only` hides nothing but small counts: for proof that the attack then refuses.
    """

    method: Literal["suppression", "controlled_rounding", "small_counts_only"]
    base: int = 5

    @field_validator("base")
    @classmethod
    def _base(cls, value: int) -> int:
        if value not in (3, 5):
            raise ValueError(f"base {value} is not in use for counts of people: give 3 or 5")
        return value


class CountsTable(Strict):
    """A table of counts: all combinations of the codes of `by`, with all margins.

    With `labels: delivered` the dimensions of which the source has its own labels show these, and
    the others (a division) their only codes.
    """

    table: Name
    title: Text
    title_fr: Text
    counts: tuple[Interaction, ...] = Field(min_length=1)
    unit: Unit
    by: tuple[Name, ...] = Field(min_length=1)
    labels: Literal["standard", "delivered"] = "standard"
    periods: tuple[PeriodType, ...] = Field(min_length=1)

    def level_of(self, dimension: str, known: KnownNames) -> Literal["standard", "delivered"]:
        """The level of a dimension's codes in this table."""
        return self.labels if dimension in known.delivered else "standard"

    @field_validator("table")
    @classmethod
    def _free(cls, value: str) -> str:
        if value in RESERVED:
            raise ValueError(f"'{value}' is a file that every release can have: give another name")
        return value

    @field_validator("counts", "by", "periods")
    @classmethod
    def _once(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise ValueError(f"{', '.join(twice)} stands twice")
        return values


class Figures(Strict):
    """Figures of `indicators.disproportionality` to release, with both counts behind each."""

    periods: tuple[PeriodType, ...] = Field(min_length=1)
    dimensions: tuple[Text, ...] = Field(min_length=1)
    indicators: Literal["all"] | tuple[Name, ...] = "all"

    def holds(self, indicator: str, period_type: str, dimension: str) -> bool:
        """Whether the figure is of this family."""
        return (
            (self.indicators == "all" or indicator in self.indicators)
            and period_type in self.periods
            and dimension in self.dimensions
        )


class Licence(Strict):
    """The licence that the release is given under."""

    name: Text
    title: Text
    title_fr: Text
    url: Annotated[str, Field(pattern=r"^https://\S+$")]


class Publisher(Strict):
    """Who publishes the release."""

    name: Text
    url: Annotated[str, Field(pattern=r"^https://\S+$")] | None = None


class Contact(Strict):
    """Whom to ask or tell of an error."""

    name: Text
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class Publication(Strict):
    """What the package says of itself, in English and French."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    title_fr: Text
    description: Text
    description_fr: Text
    publisher: Publisher
    contact: Contact
    licence: Licence
    attribution: tuple[Text, ...] = Field(min_length=1)
    keywords: tuple[Text, ...] = Field(min_length=1)
    keywords_fr: tuple[Text, ...] = Field(min_length=1)


class Policy(Strict):
    """The whole disclosure policy of one service."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    approved_by: Text
    fixed_on: dt.date
    rule: Rule
    cost: Cost
    build: Literal["nightly", "on_request"] = "on_request"
    time_limit_seconds: Annotated[int, Field(ge=1, le=3600)]
    protect: Protect
    tables: tuple[CountsTable, ...] = ()
    figures: tuple[Figures, ...] = ()
    summary_tables: bool
    records: Records
    publication: Publication

    def releases_figure(self, indicator: str, period_type: str, dimension: str) -> bool:
        """Whether any family of figures holds this one."""
        return any(family.holds(indicator, period_type, dimension) for family in self.figures)

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> "Policy":
        if isinstance(info.context, KnownNames) and (problems := problems_of(self, info.context)):
            raise ProblemsError(problems)
        return self


def load_policy(service_dir: Path, framework: Framework | None = None) -> Policy:
    """Read `disclosure.yml` of a service and hold it against framework and labels.

    Args:
        service_dir: `services/<name>`.
        framework: the service's framework, read from its file where not given.

    Raises:
        ConfigError: the file is absent, does not fit, or contradicts itself or the framework;
            every problem is named with its line.
    """
    known = known_names(service_dir, framework or load_framework(service_dir))
    return load_config(service_dir / "disclosure.yml", Policy, context=known)
