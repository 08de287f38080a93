"""What comes of one rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RuleResult:
    """What came of one rule; `unexpected_count` counts rows, groups or (0 or 1) the batch."""

    expectation: str
    dimension: str
    action: str
    success: bool
    observed: str
    limit: str
    unexpected_count: int
    owner: str
    reason: str
    fix: str
