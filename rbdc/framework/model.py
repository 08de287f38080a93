"""The typed form of `services/<name>/framework.yml`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rbdc.config_files import load_config

Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(gt=0, lt=1)]
Unit = Literal["person", "incident", "officer_report", "resident"]
Interaction = Literal[
    "call_attended",
    "enforcement_action",
    "arrest",
    "booking",
    "strip_search",
    "use_of_force",
    "youth_diversion",
    "mental_health_apprehension",
    "child_protection_apprehension",
]
PeriodType = Literal["year", "quarter", "month", "all"]
Dimension = Literal[
    "all",
    "division",
    "gender",
    "age_group",
    "occurrence_category",
    "call_type",
    "time_of_day",
]
# The population tables that a service supplies, the only ones with strata.
_SUPPLIED = "population.residents"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RaceGroup(_Strict):
    """A race group and the units that can hold it; `unknown` marks missing race.

    A group that no unit can hold stands for counts published without race: it has no index.
    """

    group: Text
    held_by: tuple[Unit, ...]
    unknown: bool = False


class CensusLine(_Strict):
    """A line of a census profile, found by topic and characteristic, never by position."""

    topic: Text
    characteristic: Text


class CensusGroup(_Strict):
    """How a police group is put together from census lines: a sum less a sum."""

    add: tuple[CensusLine, ...] = Field(min_length=1)
    subtract: tuple[CensusLine, ...] = ()


class Benchmark(_Strict):
    """A comparison population.

    `kind: interaction` takes another interaction's counts; `kind: population` takes residents
    from `source_table`, a census profile (put together by `groups` and `total`) or a
    `population.csv` (rows whose column `source` is `source_label`). With `stratum`, written as
    there (`age_group=17 and younger`), only the residents of that stratum are the population.
    """

    benchmark: Text
    kind: Literal["interaction", "population"]
    unit: Unit
    vintage: str | None = None
    source_table: str | None = None
    source_label: str | None = None
    stratum: Annotated[str, Field(pattern=r"^[a-z_]+=\S.*$")] | None = None
    total: CensusLine | None = None
    groups: dict[str, CensusGroup] = {}
    caveat: Text

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


class Indicator(_Strict):
    """An outcome held against a benchmark, for some periods and dimensions.

    `form: subset` when each outcome is also one of the benchmark's records (strip searches among
    arrests); `outside` when the benchmark is another population (residents). `benchmark_unit` is
    needed where benchmarks of several units have the name.
    """

    indicator: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    outcome: Interaction
    unit: Unit
    composition_rule: str | None = None
    benchmark: Text
    benchmark_unit: Unit | None = None
    vintage: str | None = None
    form: Literal["subset", "outside"]
    periods: tuple[PeriodType, ...] = Field(min_length=1)
    dimensions: tuple[Dimension, ...] = Field(min_length=1)
    headline: bool = False

    @model_validator(mode="after")
    def _composition(self) -> "Indicator":
        if (self.unit == "incident") != (self.composition_rule is not None):
            raise ValueError("unit incident, and only that, needs a composition_rule")
        return self

    @model_validator(mode="after")
    def _dimensions(self) -> "Indicator":
        if self.unit != "incident" and "time_of_day" in self.dimensions:
            raise ValueError("only incidents are counted by time_of_day")
        return self


class Thresholds(_Strict):
    """Limits fixed beforehand; every classification is made from them.

    A count under `small_count` is small. `over_represented` and `under_represented` are values of
    the disproportionality index. `unknown_share_ratio` is the declared range of the ratio between
    a group's share among people of unknown race with and without the outcome.
    """

    small_count: Annotated[int, Field(ge=1)]
    confidence: Share
    false_discovery_rate: Share
    over_represented: Annotated[float, Field(ge=1)]
    under_represented: Annotated[float, Field(gt=0, le=1)]
    unknown_share_ratio: tuple[float, float]
    pooled_design_effect_below: Annotated[int, Field(ge=1)]

    @model_validator(mode="after")
    def _range(self) -> "Thresholds":
        low, high = self.unknown_share_ratio
        if not 0 <= low <= 1 <= high:
            raise ValueError("unknown_share_ratio must be a range around 1, such as [0.5, 2]")
        return self


class Framework(_Strict):
    """The whole framework of one service."""

    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    reference_group: Text
    race_groups: tuple[RaceGroup, ...] = Field(min_length=2)
    benchmarks: tuple[Benchmark, ...] = Field(min_length=1)
    indicators: tuple[Indicator, ...] = Field(min_length=1)
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

    @model_validator(mode="after")
    def _consistent(self) -> "Framework":
        groups = [group.group for group in self.race_groups]
        if self.reference_group not in groups:
            raise ValueError(f"reference_group '{self.reference_group}' is not one of race_groups")
        if sum(group.unknown for group in self.race_groups) != 1:
            raise ValueError("exactly one of race_groups must say unknown: true")
        for benchmark in self.benchmarks:
            strange = sorted(set(benchmark.groups) - set(groups))
            if strange:
                raise ValueError(f"{benchmark.benchmark}: unknown group(s) {', '.join(strange)}")
        # Residents of one benchmark and vintage are one population, whatever they are counted as.
        _refuse_twice(
            "benchmark",
            [f"{b.benchmark} {b.vintage or f'of unit {b.unit}'}" for b in self.benchmarks],
        )
        for indicator in self.indicators:
            self.benchmark_of(indicator)
        _refuse_twice("race group", groups)
        _refuse_twice("indicator", [i.indicator for i in self.indicators])
        return self


def _refuse_twice(what: str, names: list[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{what} declared twice: {', '.join(twice)}")


def load_framework(service_dir: Path) -> Framework:
    """Read `framework.yml` of a service.

    Raises:
        ConfigError: the file is absent or does not fit, with its lines.
    """
    return load_config(service_dir / "framework.yml", Framework)
