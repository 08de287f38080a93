"""What is asked of the data and was fixed before it was read: policies, pathways, hypotheses."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rbdc.framework.vocabulary import Interaction, Name, PeriodType, Strict, Text, Unit

Method = Literal["disproportionality", "disparity", "policy_change", "outcome_test", "adjusted"]
Support = Literal[
    "over_represented",
    "under_represented",
    "no_disparity",
    "reduced",
    "increased",
    "gap_narrowed",
    "gap_widened",
    "lower",
    "higher",
    "no_difference",
    "explained_by_context",
    "remains_after_adjustment",
]
# What each method can find, and so what can count as support of a hypothesis.
_FINDS: dict[str, tuple[str, ...]] = {
    "disproportionality": ("over_represented", "under_represented", "no_disparity"),
    "disparity": ("over_represented", "under_represented", "no_disparity"),
    "policy_change": ("reduced", "increased", "gap_narrowed", "gap_widened"),
    "outcome_test": ("lower", "higher", "no_difference"),
    "adjusted": ("explained_by_context", "remains_after_adjustment"),
}
_ABSENCES = ("no_disparity", "no_difference")


class Principle(Strict):
    """A principle of the analysis and what it means here."""

    principle: Text
    meaning: Text


class Concept(Strict):
    """A key concept and what it means here."""

    concept: Text
    meaning: Text


class UnitMeaning(Strict):
    """A unit of counting and what one of it is."""

    unit: Unit
    meaning: Text


class Limit(Strict):
    """A question that this data cannot answer, and why."""

    question: Text
    why: Text


class PolicyChange(Strict):
    """A change of procedure, and the indicators whose outcome it should have moved.

    Records before `date` are held against those from `date` on, within `compare_from` and
    `compare_until` (both included) where these are given. `series` is the period type of the
    interrupted time series. A record dated by its quarter stands on the quarter's first day.
    """

    policy: Name
    date: dt.date
    title: Text
    title_fr: Text
    what_changed: Text
    indicators: tuple[Name, ...] = Field(min_length=1)
    compare_from: dt.date | None = None
    compare_until: dt.date | None = None
    series: Literal["month", "quarter"] = "quarter"

    @model_validator(mode="after")
    def _order(self) -> "PolicyChange":
        if self.compare_from and self.compare_from >= self.date:
            raise ValueError("compare_from must lie before the date of the change")
        if self.compare_until and self.compare_until < self.date:
            raise ValueError("compare_until must not lie before the date of the change")
        return self


class Pathway(Strict):
    """The order of decision points; the first is a population or an interaction.

    `points` are names of benchmarks (`resident_population 2016`, `arrest`) and, last, the final
    outcome. Each step, and the whole way, must be an indicator of its own.
    """

    pathway: Name
    title: Text
    title_fr: Text
    points: tuple[Text, ...] = Field(min_length=3)

    @property
    def names(self) -> list[str]:
        """The points without their vintages."""
        return [point.split(" ")[0] for point in self.points]


class Hypothesis(Strict):
    """A question fixed before its result is known, and the test that answers it.

    Attributes:
        hypothesis: short id, such as `H1`.
        question: the question in plain words (`question_fr` in French).
        raised_by: who asked.
        fixed_on: the day on which question and test were fixed.
        outcome: the interaction in question.
        unit: its unit of counting.
        benchmarks: what it is held against, as `name` or `name vintage`: one indicator each.
        method: which statistic answers it (METHODS A).
        groups: race groups in question.
        period_type: kind of period; `periods` names them, and none means the latest complete one.
        dimension: `all` or a stratifier; `dimension_values` picks values of it.
        policy: the policy change in question, for method `policy_change`; for `outcome_test` it
            stratifies by regime.
        support: what would count as support.
        equivalence: for a hypothesis that there is no difference: ratios from the first to the
            second are too small to matter, and the whole interval must lie between them.
    """

    hypothesis: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9-]*$")]
    question: Text
    question_fr: Text
    raised_by: Literal["panel", "frontline", "town hall", "independent review"]
    fixed_on: dt.date
    outcome: Interaction
    unit: Unit = "person"
    benchmarks: tuple[Text, ...] = Field(min_length=1)
    method: Method
    groups: tuple[Text, ...] = Field(min_length=1)
    period_type: PeriodType = "year"
    periods: tuple[Text, ...] = ()
    dimension: Text = "all"
    dimension_values: tuple[Text, ...] = ()
    policy: Name | None = None
    support: Support
    equivalence: tuple[float, float] | None = None

    @property
    def digest(self) -> str:
        """Hash of all that it says: a hypothesis that says something else is another one."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    @model_validator(mode="before")
    @classmethod
    def _dated(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and not values.get("fixed_on"):
            raise ValueError(
                "a hypothesis needs its date: add fixed_on, the day (YYYY-MM-DD) on which it was "
                "fixed, before any result was computed"
            )
        return values

    @model_validator(mode="after")
    def _answerable(self) -> "Hypothesis":
        if self.support not in _FINDS[self.method]:
            raise ValueError(
                f"method {self.method} cannot find '{self.support}': choose support from "
                f"{', '.join(_FINDS[self.method])}"
            )
        if (self.support in _ABSENCES) != (self.equivalence is not None):
            raise ValueError(
                f"support {' or '.join(_ABSENCES)}, and only that, needs equivalence: the ratios "
                "between which a difference would not matter, such as [0.8, 1.25]"
            )
        if self.equivalence and not 0 < self.equivalence[0] < 1 < self.equivalence[1]:
            raise ValueError("equivalence must be a range around 1, such as [0.8, 1.25]")
        if self.method == "policy_change" and self.policy is None:
            raise ValueError("method policy_change needs policy: the change in question")
        if self.method not in ("policy_change", "outcome_test") and self.policy:
            raise ValueError("only methods policy_change and outcome_test take a policy")
        if self.dimension_values and self.dimension == "all":
            raise ValueError("dimension_values need a dimension")
        return self

    @model_validator(mode="after")
    def _no_more_asked_than_answered(self) -> "Hypothesis":
        """Refuse parts that the method would pass over: the answer would be to another question."""
        sides = self.policy is not None
        if self.dimension != "all" and (sides or self.method == "adjusted"):
            raise ValueError(
                f"method {self.method}{' with a policy' if sides else ''} is answered for all "
                "records together: leave out dimension"
            )
        if self.periods and sides:
            raise ValueError(
                "with a policy, records before it are held against those since: leave out periods "
                "(compare_from and compare_until of the policy limit them)"
            )
        if self.method == "adjusted" and self.period_type != "year":
            raise ValueError("method adjusted compares years: leave out period_type, or give year")
        if self.method == "outcome_test" and self.outcome != "item_found":
            raise ValueError("method outcome_test is of items found: give outcome item_found")
        return self
