"""Words and field types that every part of a framework shares."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Share = Annotated[float, Field(gt=0, lt=1)]
Unit = Literal["person", "incident", "officer_report", "resident"]
Interaction = Literal[
    "call_attended",
    "enforcement_action",
    "arrest",
    "booking",
    "strip_search",
    "item_found",
    "use_of_force",
    "youth_diversion",
    "mental_health_apprehension",
    "child_protection_apprehension",
]
PeriodType = Literal["year", "quarter", "month", "all"]
STRATIFIERS = (
    "division",
    "gender",
    "age_group",
    "occurrence_category",
    "call_type",
    "time_of_day",
)


class Strict(BaseModel):
    """A part of a framework: no field that is not known, and nothing changes once it is read."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_dimension(name: str) -> bool:
    """Whether it is `all`, a stratifier, or a crossing of two of them (`age_group*gender`)."""
    parts = name.split("*")
    known = all(part in STRATIFIERS for part in parts)
    return name == "all" or (known and len(parts) <= 2 and len(set(parts)) == len(parts))
