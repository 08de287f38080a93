"""What comes of one rule."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RuleResult:
    """What came of one rule.

    `unexpected_count` counts what `counts` says: a row, group or combination, or (0 or 1) the
    batch; `rows_judged` are the rows of the batch.
    """

    expectation: str
    dimension: str
    action: str
    success: bool
    observed: str
    limit: str
    unexpected_count: int
    counts: str
    rows_judged: int
    owner: str
    reason: str
    fix: str
