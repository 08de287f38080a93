"""The typed form of `services/<name>/published.yml`: figures that publishers have printed."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from rbdc.config_files import load_config
from rbdc.framework.vocabulary import Interaction, PeriodType, Strict, Text, Unit

ALL_GROUPS = "all"
EVERY_VALUE = "*"
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
# A stratifier, or stratifiers crossed: `gender`, `age_group*gender`.
Stratifier = Annotated[str, Field(pattern=r"^[a-z_]+(\*[a-z_]+)*$")]
Period = Annotated[str, Field(pattern=r"^(all|\d{4}|\d{4}-Q[1-4]|\d{4}-(0[1-9]|1[0-2]))$")]
Periods = Annotated[
    tuple[Period, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
]
FigureColumn = Literal[
    "outcome_count",
    "outcome_total",
    "benchmark_count",
    "benchmark_total",
    "outcome_share",
    "benchmark_share",
    "disproportionality_index",
    "rate",
    "disparity_index",
    "rate_difference",
]


class _Cell(Strict):
    """Where a number of ours stands: periods, and a stratum or all of them."""

    period: Periods = ()
    dimension: Stratifier = "all"
    dimension_value: Text = "all"

    @property
    def period_type(self) -> PeriodType:
        """Kind of the periods, as their names tell; not before there are any."""
        return _period_type(self.period[0])

    @model_validator(mode="after")
    def _sound(self) -> "_Cell":
        if len({_period_type(period) for period in self.period}) > 1:
            raise ValueError("periods that are summed must be of one kind: years, or quarters, …")
        if len(set(self.period)) < len(self.period):
            raise ValueError("a period stands twice and would be counted twice")
        if (self.dimension == "all") != (self.dimension_value == "all"):
            raise ValueError("dimension and dimension_value are both 'all', or neither is")
        return self


class Counted(_Cell):
    """A count of ours: of an interaction, or of a benchmark (residents, with their vintage).

    Several periods are summed; without any, they are the `periods` of the entry.
    `dimension_value: "*"` sums over all values of the dimension. `race_group` is needed only where
    it is another than that of the entry: `all` takes the sum over the groups.
    """

    interaction: Interaction | None = None
    benchmark: Text | None = None
    vintage: Text | None = None
    unit: Unit
    composition_rule: Text | None = None
    race_group: Text | None = None

    @property
    def name(self) -> str:
        """What is counted, with unit and composition rule: no number goes without them."""
        what = self.interaction or f"{self.benchmark} {self.vintage or ''}".strip()
        rule = f", {self.composition_rule}" if self.composition_rule else ""
        return f"{what} ({self.unit}{rule})"

    @model_validator(mode="after")
    def _one_of_two(self) -> "Counted":
        if (self.interaction is None) == (self.benchmark is None):
            raise ValueError("name what is counted: interaction or benchmark, one of the two")
        if self.vintage and not self.benchmark:
            raise ValueError("only a benchmark has a vintage")
        wanted = self.unit == "incident" and self.interaction is not None
        if wanted != (self.composition_rule is not None):
            raise ValueError("an interaction of unit incident, and only that, has composition_rule")
        return self


class Ratio(Strict):
    """A count of ours divided by another."""

    numerator: Counted
    denominator: Counted


class Index(Strict):
    """A group's share of the outcome ÷ its share of the benchmark, made from counts of ours.

    For indices that are no indicator of the framework; a share is of the sum over all groups.
    """

    outcome: Counted
    benchmark: Counted


class Figure(_Cell):
    """A column of `indicators.disproportionality`."""

    indicator: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    column: FigureColumn

    @model_validator(mode="after")
    def _one_row(self) -> "Figure":
        if len(self.period) != 1 or self.dimension_value == EVERY_VALUE:
            raise ValueError("a figure is one row: one period and one dimension_value")
        return self


class Document(Strict):
    """Who printed a figure, and where."""

    publisher: Text
    published_in: Text


class Printed(Strict):
    """One printed figure, or the same for several race groups or periods; and where ours is found.

    `status` says whether the publisher printed the number (`published`) or it was computed by
    others from a file that the publisher put out (`recomputed`). `to` is the step to which the
    number is printed (0.01: two decimals); `about: true` where the publisher itself says so, which
    allows one step more or less. `reason` says why ours differs or must differ.
    """

    statement: Text
    document: Document
    status: Literal["published", "recomputed"]
    value: Decimal | None = None
    race_group: Text = ALL_GROUPS
    groups: dict[Text, Decimal] = Field(default_factory=dict)
    periods: dict[Period, Decimal] = Field(default_factory=dict)
    to: Annotated[Decimal, Field(gt=0)] = Decimal(1)
    about: bool = False
    count: Counted | None = None
    ratio: Ratio | None = None
    index: Index | None = None
    figure: Figure | None = None
    reason: Text | None = None

    @property
    def rows(self) -> list[tuple[str, Decimal]]:
        """The race groups with what was printed for each."""
        return [*self.groups.items()] or [(self.race_group, self.value or Decimal(0))]

    @property
    def _sides(self) -> list[_Cell]:
        ratio, index = self.ratio, self.index
        sides = [self.count, self.figure]
        sides += [ratio.numerator, ratio.denominator] if ratio else []
        sides += [index.outcome, index.benchmark] if index else []
        return [side for side in sides if side]

    @model_validator(mode="after")
    def _values(self) -> "Printed":
        if (self.value is not None) + bool(self.groups) + bool(self.periods) != 1:
            raise ValueError("give a value, or groups or periods with a value each")
        if self.groups and self.race_group != ALL_GROUPS:
            raise ValueError("race_group belongs to a value; groups name their own")
        for value in [self.value or Decimal(0), *self.groups.values(), *self.periods.values()]:
            if value % self.to:
                raise ValueError(f"{value} is printed finer than to: {self.to}")
        return self

    @model_validator(mode="after")
    def _ours(self) -> "Printed":
        kinds = [kind for kind in (self.count, self.ratio, self.index, self.figure) if kind]
        if len(kinds) != 1:
            raise ValueError("say where ours is found: one of count, ratio, index and figure")
        if self.periods and not (self.count and not self.count.period):
            raise ValueError("periods go with a count that has no period of its own")
        if not self.periods and not all(side.period for side in self._sides):
            raise ValueError("say of which period ours is")
        if (self.index or self.figure) and ALL_GROUPS in dict(self.rows):
            raise ValueError("an index or figure is that of a race group: name it")
        if self.index and (self.index.outcome.race_group or self.index.benchmark.race_group):
            raise ValueError("both sides of an index are of the entry's race group")
        return self


class Published(Strict):
    """All printed figures of a service, by id."""

    figures: dict[Slug, Printed] = Field(default_factory=dict)

    @property
    def single(self) -> Iterator[tuple[str, Printed]]:
        """The figures with their ids, one for each of `periods`, whose id ends in the period."""
        for published_id, printed in self.figures.items():
            if not (printed.periods and printed.count):
                yield published_id, printed
                continue
            for period, value in printed.periods.items():
                count = printed.count.model_copy(update={"period": (period,)})
                update = {"periods": {}, "value": value, "count": count}
                yield f"{published_id}-{period.lower()}", printed.model_copy(update=update)

    @model_validator(mode="after")
    def _ids(self) -> "Published":
        ids = [published_id for published_id, _ in self.single]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"a figure of periods has the id of another: {', '.join(twice)}")
        return self


def load_published(service_dir: Path) -> Published:
    """Read `published.yml` of a service; without one, nothing is known to be printed.

    Raises:
        ConfigError: the file does not fit, with its lines.
    """
    path = service_dir / "published.yml"
    return load_config(path, Published) if path.exists() else Published()


def _period_type(period: str) -> PeriodType:
    if period == "all":
        return "all"
    if "Q" in period:
        return "quarter"
    return "month" if "-" in period else "year"
