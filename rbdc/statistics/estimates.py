"""The one entry point: from `indicators.index_counts` to `statistics.estimates`."""

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import BoolArray, FloatArray, StringArray, divide
from rbdc.statistics.classify import classify
from rbdc.statistics.clustering import design_effects
from rbdc.statistics.index import index_estimates
from rbdc.statistics.inputs import COUNTS, UNKNOWNS, read_counts
from rbdc.statistics.missing_race import sharp_bounds, tipping_point, turns
from rbdc.statistics.multiple import family_names, q_values
from rbdc.statistics.rates import rate_estimates
from rbdc.statistics.rules import EstimationRules


def estimate(index_counts: pd.DataFrame, rules: EstimationRules) -> pd.DataFrame:
    """Estimate every figure's shares, index, rates, intervals, tests, bounds and classification.

    What is null, and why:

    - A quantity with a zero denominator is null, and so are its limits. Nothing is infinite.
    - A group that one side cannot hold (`comparable` false) keeps its counts, shares and rate; all
      that compares or tests it is null.
    - `Unknown` is no race group but a part of every total: where both sides hold it, it is tested
      like the others, because missing race can itself go with the outcome; it has no bounds.
    - The reference group's disparity is 1 and its difference 0, without intervals.

    Args:
        index_counts: One row a figure, in the shape of `indicators.index_counts`.
        rules: The framework's choices.

    Returns:
        One row a figure in the order of the input, keyed by figure_id, in the shape of
        `statistics.estimates`: numbers float64 (NaN = null), text `string`, small_count `boolean`.

    Raises:
        ValueError: The counts are malformed or contradict each other (see `inputs.read_counts`).
    """
    cells = read_counts(index_counts, rules.family)
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    comparable = cells["comparable"].to_numpy()
    is_race = comparable & (cells["race_group"] != rules.unknown_group).to_numpy(bool)

    effects = design_effects(cells, rules.pooled_below)
    index = index_estimates(cells, effects.index, rules.confidence)
    rates = rate_estimates(cells, effects.rate, rules.confidence)
    expected = all_x * divide(n, all_n)
    low, high = sharp_bounds(cells)
    family = family_names(cells, rules.family)
    p_value = _only(comparable, index.p_value)
    # Services are judged apart, whether or not the framework's families name them.
    judged_together = tuple(dict.fromkeys(("service", *rules.family)))
    q_value = q_values(p_value, family_names(cells, judged_together))
    small = x < rules.small_count
    turning = is_race & turns(cells, index.value, rules.unknown_share_ratio)
    reading = classify(index.value, q_value, small, turning, rules)

    columns = {
        "figure_id": cells["figure_id"].astype("string"),
        "outcome_share": divide(x, all_x),
        "benchmark_share": divide(n, all_n),
        "disproportionality_index": _only(comparable, index.value),
        "index_low": _only(comparable, index.low),
        "index_high": _only(comparable, index.high),
        "rate": rates.rate,
        "rate_low": _only(comparable, rates.rate_low),
        "rate_high": _only(comparable, rates.rate_high),
        "disparity_index": _only(comparable, rates.disparity_index),
        "disparity_low": _only(comparable, rates.disparity_low),
        "disparity_high": _only(comparable, rates.disparity_high),
        "disparity_p_value": _only(comparable, rates.disparity_p_value),
        "disparity_method": _text(comparable, rates.disparity_method),
        "rate_design_effect": effects.rate,
        "rate_difference": _only(comparable, rates.rate_difference),
        "rate_difference_low": _only(comparable, rates.rate_difference_low),
        "rate_difference_high": _only(comparable, rates.rate_difference_high),
        "expected_count": _only(comparable, expected),
        "excess_count": _only(comparable, x - expected),
        "interval_method": _text(comparable, index.method),
        "variance_method": _text(comparable, effects.variance_method),
        "p_value": p_value,
        "q_value": q_value,
        "test_family": family,
        "outcome_missing_share": divide(unknown_x, all_x),
        "benchmark_missing_share": divide(unknown_n, all_n),
        "bound_low": _only(is_race, low),
        "bound_high": _only(is_race, high),
        "tipping_point": _only(is_race, tipping_point(cells, index.value)),
        "small_count": pd.Series(small, dtype="boolean").mask(np.isnan(x)),
        "classification": _text(comparable, reading),
    }
    return pd.DataFrame(columns)


def _only(rows: BoolArray, values: FloatArray) -> FloatArray:
    return np.where(rows, values, np.nan)


def _text(rows: BoolArray, values: StringArray) -> "pd.Series[str]":
    return pd.Series(values, dtype="string").where(rows)
