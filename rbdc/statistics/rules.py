"""The choices that a framework makes before any result is computed."""

from dataclasses import dataclass

from rbdc.framework import Framework


@dataclass(frozen=True)
class EstimationRules:
    """Settings of the estimates; the defaults are those of METHODS, section A.

    Attributes:
        confidence: Level of every published interval, between 0 and 1.
        small_count: An outcome count under it is small and is not classified.
        false_discovery_rate: Largest q-value at which a disparity is called detected.
        index_over: Index above which a detected disparity is over-representation (1 or more).
        index_under: Index below which it is under-representation (1 or less).
        unknown_share_ratio: Declared range (lowest, highest) of a group's share among Unknown
            people with the outcome over its share among those without it. A finding that changes
            direction inside the range depends on unknown race.
        no_difference_within: A ratio whose whole interval lies in this range around 1 shows no
            difference that matters.
        family: Key columns whose values name the family of tests that are corrected together.
        pooled_below: Outcome counts under it take at least the pooled design effect.
        unknown_group: The race group that means "not known".
    """

    confidence: float = 0.95
    small_count: int = 10
    false_discovery_rate: float = 0.05
    index_over: float = 1.0
    index_under: float = 1.0
    unknown_share_ratio: tuple[float, float] = (0.5, 2.0)
    no_difference_within: tuple[float, float] = (0.8, 1.25)
    family: tuple[str, ...] = (
        "indicator",
        "benchmark",
        "benchmark_vintage",
        "period_type",
        "dimension",
    )
    pooled_below: int = 50
    unknown_group: str = "Unknown"

    def __post_init__(self) -> None:
        """Refuse settings with which no estimate would mean anything.

        Raises:
            ValueError: A setting is out of its range; the message names it.
        """
        for name in ("confidence", "false_discovery_rate"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie between 0 and 1, not {getattr(self, name)!r}")
        for name in ("small_count", "pooled_below"):
            if not getattr(self, name) >= 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        if not 0 < self.index_under <= 1 <= self.index_over:
            raise ValueError(
                "index_under must be above 0 and at most 1, and index_over at least 1, "
                f"not {self.index_under!r} and {self.index_over!r}"
            )
        if len(self.unknown_share_ratio) != 2:
            raise ValueError("unknown_share_ratio must be a pair: lowest and highest ratio")
        lowest, highest = self.unknown_share_ratio
        if not 0 < lowest <= highest < float("inf"):
            raise ValueError(
                "unknown_share_ratio must be two positive numbers, the lower first, "
                f"not {self.unknown_share_ratio!r}"
            )
        if not self.family or not all(self.family):
            raise ValueError("family must name at least one column of index_counts")
        if not self.unknown_group:
            raise ValueError("unknown_group must name the race group that means 'not known'")


def estimation_rules(framework: Framework) -> EstimationRules:
    """What a service's framework fixes beforehand, as the statistics take it."""
    limits = framework.thresholds
    return EstimationRules(
        confidence=limits.confidence,
        small_count=limits.small_count,
        false_discovery_rate=limits.false_discovery_rate,
        index_over=limits.over_represented,
        index_under=limits.under_represented,
        unknown_share_ratio=limits.unknown_share_ratio,
        no_difference_within=limits.no_difference_within,
        family=framework.test_family,
        pooled_below=limits.pooled_design_effect_below,
        unknown_group=framework.unknown_group,
    )
