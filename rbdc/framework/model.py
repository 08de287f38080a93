"""The typed form of `services/<name>/framework.yml`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from rbdc.config_files import ProblemsError, load_config
from rbdc.framework.consistency import problems_of
from rbdc.framework.questions import (
    Concept,
    Hypothesis,
    Limit,
    Pathway,
    PolicyChange,
    Principle,
    UnitMeaning,
)
from rbdc.framework.vocabulary import (
    Interaction,
    Name,
    PeriodType,
    Share,
    Strict,
    Text,
    Unit,
    is_dimension,
)

# The population tables that a service supplies, the only ones with strata.
_SUPPLIED = "population.residents"


class RaceGroup(Strict):
    """A race group and the units that can hold it; `unknown` marks missing race.

    A group that no unit can hold stands for counts published without race: it has no index.
    """

    group: Text
    french: Text | None = None
    held_by: tuple[Unit, ...]
    unknown: bool = False


class CensusLine(Strict):
    """A line of a census profile, found by topic and characteristic, never by position."""

    topic: Text
    characteristic: Text


class CensusGroup(Strict):
    """How a police group is put together from census lines: a sum less a sum."""

    add: tuple[CensusLine, ...] = Field(min_length=1)
    subtract: tuple[CensusLine, ...] = ()


class Benchmark(Strict):
    """A comparison population.

    `kind: interaction` takes another interaction's counts; `kind: population` takes residents
    from `source_table`, a census profile (put together by `groups` and `total`) or a
    `population.csv` (rows whose column `source` is `source_label`). With `stratum`, written as
    there (`age_group=17 and younger`), only the residents of that stratum are the population.
    """

    benchmark: Name
    title: Text
    title_fr: Text
    kind: Literal["interaction", "population"]
    unit: Unit
    vintage: str | None = None
    source_table: str | None = None
    source_label: str | None = None
    stratum: Annotated[str, Field(pattern=r"^[a-z_]+=\S.*$")] | None = None
    total: CensusLine | None = None
    groups: dict[str, CensusGroup] = Field(default_factory=dict)
    caveat: Text
    caveat_fr: Text

    @property
    def key(self) -> str:
        """Name and vintage, as hypotheses and pathways write it."""
        return f"{self.benchmark} {self.vintage}" if self.vintage else self.benchmark

    @model_validator(mode="after")
    def _complete(self) -> "Benchmark":
        if self.kind == "population" and not (self.vintage and self.source_table):
            raise ValueError("a population benchmark needs vintage and source_table")
        if self.kind == "interaction" and (self.vintage or self.source_table):
            raise ValueError("an interaction benchmark has neither vintage nor source_table")
        if self.stratum and self.source_table != _SUPPLIED:
            raise ValueError(f"only a population from {_SUPPLIED} has strata to take one of")
        if bool(self.groups) != (self.total is not None):
            raise ValueError("groups and total of a census profile go together")
        return self


class Indicator(Strict):
    """An outcome held against a benchmark, for some periods and dimensions.

    `form: subset` when each outcome is also one of the benchmark's records (strip searches among
    arrests); `outside` when the benchmark is another population (residents). `outcome_is` says
    whether more of it is a burden (a strip search) or a benefit (a diversion). `adjust_for` names
    the context that Mantel-Haenszel and regression hold equal: stratifiers and `quarter`.
    `benchmark_unit` is needed where benchmarks of several units have the name.
    """

    indicator: Name
    title: Text
    title_fr: Text
    outcome: Interaction
    outcome_is: Literal["burden", "benefit"] = "burden"
    unit: Unit
    composition_rule: str | None = None
    benchmark: Text
    benchmark_unit: Unit | None = None
    vintage: str | None = None
    form: Literal["subset", "outside"]
    periods: tuple[PeriodType, ...] = Field(min_length=1)
    dimensions: tuple[Text, ...] = Field(min_length=1)
    adjust_for: tuple[Text, ...] = ()
    headline: bool = False

    @property
    def benchmark_key(self) -> str:
        """Name and vintage of the benchmark."""
        return f"{self.benchmark} {self.vintage}" if self.vintage else self.benchmark

    @model_validator(mode="after")
    def _composition(self) -> "Indicator":
        if (self.unit == "incident") != (self.composition_rule is not None):
            raise ValueError("unit incident, and only that, needs a composition_rule")
        return self

    @field_validator("dimensions")
    @classmethod
    def _known_dimensions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        strange = [name for name in names if not is_dimension(name)]
        if strange:
            raise ValueError(
                f"unknown dimension {', '.join(strange)}: give all, a stratifier, or two of them "
                "crossed, such as age_group*gender"
            )
        return names

    @model_validator(mode="after")
    def _dimensions(self) -> "Indicator":
        if self.unit != "incident" and "time_of_day" in self.dimensions:
            raise ValueError("only incidents are counted by time_of_day")
        return self

    @model_validator(mode="after")
    def _adjustable(self) -> "Indicator":
        strange = [
            name
            for name in self.adjust_for
            if name != "quarter" and not (is_dimension(name) and "*" not in name)
        ]
        if strange:
            raise ValueError(f"adjust_for takes stratifiers and quarter, not {', '.join(strange)}")
        if self.adjust_for and (self.form != "subset" or self.unit != "person"):
            raise ValueError(
                "adjust_for needs form subset and unit person: only where records of both sides "
                "are the same people's is their context known"
            )
        return self


class Thresholds(Strict):
    """Limits fixed beforehand; every classification is made from them.

    A count under `small_count` is small. `over_represented` and `under_represented` are values of
    the disproportionality index. A ratio whose whole interval lies in `no_difference_within` shows
    that there is no difference that matters. `unknown_share_ratio` is the declared range of the
    ratio between a group's share among people of unknown race with and without the outcome.
    """

    small_count: int
    confidence: Share
    false_discovery_rate: Share
    over_represented: float
    under_represented: float
    no_difference_within: tuple[float, float]
    unknown_share_ratio: tuple[float, float]
    pooled_design_effect_below: Annotated[int, Field(ge=1)]

    @field_validator("small_count")
    @classmethod
    def _small_count(cls, value: int) -> int:
        if value < 1:
            raise ValueError(f"{value} is no count: give 1 or more (10 is usual)")
        return value

    @field_validator("over_represented")
    @classmethod
    def _over(cls, value: float) -> float:
        if value < 1:
            raise ValueError(
                f"{value:g} lies on the wrong side of 1: over-representation is an index above 1, "
                "so give 1.0 or more"
            )
        return value

    @field_validator("under_represented")
    @classmethod
    def _under(cls, value: float) -> float:
        if not 0 < value <= 1:
            raise ValueError(
                f"{value:g} lies on the wrong side of 1: under-representation is an index below "
                "1, so give more than 0 and at most 1.0"
            )
        return value

    @field_validator("no_difference_within")
    @classmethod
    def _no_difference(cls, value: tuple[float, float]) -> tuple[float, float]:
        if not 0 < value[0] < 1 < value[1]:
            raise ValueError("no_difference_within must be a range around 1, such as [0.8, 1.25]")
        return value

    @model_validator(mode="after")
    def _range(self) -> "Thresholds":
        low, high = self.unknown_share_ratio
        if not 0 <= low <= 1 <= high:
            raise ValueError("unknown_share_ratio must be a range around 1, such as [0.5, 2]")
        return self


class Framework(Strict):
    """The whole framework of one service."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    principles: tuple[Principle, ...] = Field(min_length=1)
    assumptions: tuple[Text, ...] = Field(min_length=1)
    concepts: tuple[Concept, ...] = Field(min_length=1)
    units: tuple[UnitMeaning, ...] = Field(min_length=1)
    reference_group: Text
    race_groups: tuple[RaceGroup, ...] = Field(min_length=2)
    benchmarks: tuple[Benchmark, ...] = Field(min_length=1)
    indicators: tuple[Indicator, ...] = Field(min_length=1)
    policy_changes: tuple[PolicyChange, ...] = ()
    pathways: tuple[Pathway, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    limits: tuple[Limit, ...] = ()
    thresholds: Thresholds
    test_family: tuple[
        Literal[
            "service",
            "indicator",
            "benchmark",
            "benchmark_vintage",
            "period_type",
            "period",
            "dimension",
        ],
        ...,
    ] = Field(min_length=1)

    @property
    def unknown_group(self) -> str:
        """The one group that stands for missing race."""
        return next(group.group for group in self.race_groups if group.unknown)

    def benchmark_of(self, indicator: Indicator) -> Benchmark:
        """The benchmark that an indicator names.

        Raises:
            ValueError: none or several fit its name, vintage and unit.
        """
        named = [
            b
            for b in self.benchmarks
            if (b.benchmark, b.vintage) == (indicator.benchmark, indicator.vintage)
        ]
        fitting = [b for b in named if indicator.benchmark_unit in (None, b.unit)]
        if len(fitting) == 1:
            return fitting[0]
        which = f"indicator {indicator.indicator}: "
        if not named:
            raise ValueError(
                f"{which}no benchmark '{indicator.benchmark}' of vintage "
                f"{indicator.vintage or '(none)'}; add it under benchmarks"
            )
        units = " or ".join(sorted(b.unit for b in named))
        if not fitting:
            raise ValueError(
                f"{which}benchmark '{indicator.benchmark}' has no unit {indicator.benchmark_unit}; "
                f"say benchmark_unit: {units}, or add it under benchmarks"
            )
        raise ValueError(
            f"{which}several benchmarks are named '{indicator.benchmark}'; "
            f"say which with benchmark_unit: {units}"
        )

    def indicator_of(self, outcome: str, unit: str, benchmark: str) -> Indicator | None:
        """The indicator of an outcome against a benchmark (`name` or `name vintage`), if any."""
        return next(
            (
                one
                for one in self.indicators
                if (one.outcome, one.unit, one.benchmark_key) == (outcome, unit, benchmark)
            ),
            None,
        )

    def step_indicator(self, outcome: str, benchmark: str) -> Indicator | None:
        """The indicator of a pathway's step, the first of that outcome and benchmark."""
        return next(
            (
                one
                for one in self.indicators
                if (one.outcome, one.benchmark_key) == (outcome, benchmark)
            ),
            None,
        )

    @model_validator(mode="before")
    @classmethod
    def _has_a_reference(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and not values.get("reference_group"):
            raise ValueError(
                "reference_group is missing: name the race group that others are compared with, "
                "one of race_groups"
            )
        return values

    @model_validator(mode="after")
    def _consistent(self) -> "Framework":
        if problems := problems_of(self):
            raise ProblemsError(problems)
        return self


def load_framework(service_dir: Path) -> Framework:
    """Read `framework.yml` of a service.

    Raises:
        ConfigError: the file is absent or does not fit, with its lines.
    """
    return load_config(service_dir / "framework.yml", Framework)
