"""Kinds of values that stand in `simulation.yml`, each with the check that it must pass."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from rbdc.sources.simulator.labels import AGE_GROUPS, GENDERS, PERCEIVED_RACES, RESIDENT_GROUPS

Value = TypeVar("Value")


class Strict(BaseModel):
    """A block of the file: unknown keys are errors, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def require_keys(values: Mapping[Any, object], expected: Iterable[str], what: str) -> None:
    """Refuse a mapping whose keys are not the expected ones.

    Raises:
        ValueError: names the keys that are missing and those that are unknown.
    """
    expected = list(expected)
    missing = [key for key in expected if key not in values]
    unknown = [key for key in values if key not in expected]
    if missing or unknown:
        parts = [f"lacks {', '.join(missing)}"] if missing else []
        parts += [f"has unknown {', '.join(unknown)}"] if unknown else []
        raise ValueError(f"needs one value per {what}: it {' and '.join(parts)}")


def one_per(expected: Iterable[str], what: str) -> AfterValidator:
    """Check that a mapping has exactly the expected keys."""
    keys = tuple(expected)

    def check(values: dict[str, Value]) -> dict[str, Value]:
        require_keys(values, keys, what)
        return values

    return AfterValidator(check)


def some_of(known: Iterable[str], what: str) -> AfterValidator:
    """Check that a mapping has no other keys than the known ones."""
    keys = tuple(known)

    def check(values: dict[str, Value]) -> dict[str, Value]:
        unknown = [key for key in values if key not in keys]
        if unknown:
            raise ValueError(f"{', '.join(unknown)} is no {what}")
        return values

    return AfterValidator(check)


def _of_length(length: int) -> AfterValidator:
    def check(values: tuple[float, ...]) -> tuple[float, ...]:
        if len(values) != length or sum(values) <= 0:
            raise ValueError(f"needs {length} weights, at least one of them above 0")
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


Text = Annotated[str, Field(min_length=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
Size = Annotated[int, Field(ge=1)]

Weights = Annotated[dict[str, Weight], AfterValidator(_some_weight)]
SizeWeights = Annotated[dict[Size, Weight], AfterValidator(_some_weight)]
MonthWeights = Annotated[tuple[Weight, ...], _of_length(12)]
HourWeights = Annotated[tuple[Weight, ...], _of_length(24)]

ByGroup = Annotated[Weights, one_per(RESIDENT_GROUPS, "group of residents")]
ByRace = Annotated[Weights, one_per(PERCEIVED_RACES, "perceived race")]
ByGender = Annotated[Weights, one_per(GENDERS, "gender")]
ByAge = Annotated[Weights, one_per(AGE_GROUPS, "age group")]
ShareByRace = Annotated[dict[str, Share], one_per(PERCEIVED_RACES, "perceived race")]
GroupMultipliers = Annotated[dict[str, Positive], some_of(RESIDENT_GROUPS, "group of residents")]
PercentByGroup = Annotated[ByGroup, AfterValidator(_to_hundred)]
PercentByGender = Annotated[ByGender, AfterValidator(_to_hundred)]
PercentByAge = Annotated[ByAge, AfterValidator(_to_hundred)]
