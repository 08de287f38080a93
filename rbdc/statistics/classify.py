"""The one-word reading of an index, by rules that are fixed before the data is read."""

import numpy as np

from rbdc.statistics.arrays import BoolArray, FloatArray, StringArray
from rbdc.statistics.rules import EstimationRules


def classify(
    index: FloatArray,
    q_value: FloatArray,
    small: BoolArray,
    turns: BoolArray,
    rules: EstimationRules,
) -> StringArray:
    """Classify each row.

    In this order: `not_enough_data` for a small count or no test; `no_disparity_detected` when q is
    above the false discovery rate or the index lies between the two thresholds;
    `depends_on_unknown_race` when the index could turn to the other side of 1; else
    `over_represented` or `under_represented`.

    Args:
        index: Disproportionality index.
        q_value: Its q-value; NaN where there is no test.
        small: The outcome count is small.
        turns: The direction turns inside the declared range of unknown race.
        rules: Thresholds.
    """
    over, under = index > rules.index_over, index < rules.index_under
    detected = (q_value <= rules.false_discovery_rate) & (over | under)
    return np.select(
        [small | np.isnan(q_value), ~detected, turns, over],
        ["not_enough_data", "no_disparity_detected", "depends_on_unknown_race", "over_represented"],
        default="under_represented",
    ).astype(object)
