"""What a sentence is made from: one result, with everything that it must say."""

from dataclasses import dataclass
from typing import Literal

Class = Literal["doing_well", "area_of_focus", "not_enough_data"]


@dataclass(frozen=True)
class Wording:
    """The names that a sentence uses, in one language."""

    group: str
    reference: str
    indicator: str
    benchmark: str
    policy: str
    stratum: str
    caveat: str
    question: str


@dataclass(frozen=True)
class Statement:
    """One result to be put into words.

    Attributes:
        reading: what the result is, such as `over_represented` or `gap_narrowed`.
        measure: the statistic: `index`, `ratio`, `rate_ratio`, `gap_ratio`, `hit_rate_ratio`,
            `adjusted_ratio` or `verdict`.
        value, low, high: estimate and interval; None where there is none.
        level: confidence of the interval.
        count, total: outcomes, and what they are counted among.
        before, after: rates (or disparity indices, for a gap) on both sides of a policy change.
        bounds: what unknown race could make of an index.
        other_range: lowest and highest index over all benchmarks, where their readings differ.
        service, unit, period: of what the number is.
        good: whether the reading is a good one; None if it says nothing.
    """

    reading: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    level: float
    count: int | None
    total: int | None
    before: float | None
    after: float | None
    bounds: tuple[float, float] | None
    other_range: tuple[float, float] | None
    service: str
    unit: str
    period: str
    good: bool | None
    english: Wording
    french: Wording

    @property
    def kind(self) -> Class:
        """Its class: doing well, area of focus, or not enough data."""
        if self.good is None:
            return "not_enough_data"
        return "doing_well" if self.good else "area_of_focus"
