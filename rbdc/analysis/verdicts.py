"""From the tested rows of a hypothesis to what they say: a result a row, and one verdict."""

import numpy as np
import pandas as pd

from rbdc.framework.questions import Hypothesis
from rbdc.statistics import EstimationRules
from rbdc.statistics.arrays import BoolArray, FloatArray, divide


def row_results(
    rows: pd.DataFrame, one: Hypothesis, rules: EstimationRules, turning: BoolArray
) -> "pd.Series[str]":
    """What each row says of the hypothesis.

    Args:
        rows: rows of `hypothesis_results` with estimate, interval, p and q.
        one: the hypothesis, which says what would count as support.
        rules: thresholds.
        turning: the direction of the row turns inside the declared range of unknown race.
    """
    small = rows["small_count"].astype("boolean").fillna(True).to_numpy(bool)
    estimate, low, high, q_value = (
        numbers(rows, column) for column in ("estimate", "low", "high", "q_value")
    )
    nothing = small | np.isnan(estimate) | np.isnan(q_value)
    detected = q_value <= rules.false_discovery_rate
    above, below = detected & (estimate > 1), detected & (estimate < 1)
    if one.equivalence:
        # Too wide an interval leaves it open; it needs no test that finds a difference.
        nothing = small | np.isnan(low) | np.isnan(high)
        yes = (low >= one.equivalence[0]) & (high <= one.equivalence[1])
        no = (low > one.equivalence[1]) | (high < one.equivalence[0])
        no |= detected & ((estimate < one.equivalence[0]) | (estimate > one.equivalence[1]))
    elif one.support in ("over_represented", "increased", "higher"):
        over = estimate > (rules.index_over if one.support == "over_represented" else 1)
        yes, no = above & over, below
    elif one.support in ("under_represented", "reduced", "lower"):
        under = estimate < (rules.index_under if one.support == "under_represented" else 1)
        yes, no = below & under, above
    elif one.support in ("gap_narrowed", "gap_widened"):
        # The gap after is the gap before times the ratio of ratios.
        before = numbers(rows, "crude_estimate")
        narrowed = distance(before * estimate) < distance(before)
        yes = detected & (narrowed == (one.support == "gap_narrowed"))
        no = detected & ~yes
    else:
        explained, remains = _adjusted(rows, estimate, detected, rules)
        yes, no = (
            (explained, remains) if one.support == "explained_by_context" else (remains, explained)
        )
    found = np.select(
        [nothing, (yes | no) & turning, yes, no],
        ["not_enough_data", "depends_on_unknown_race", "supports", "contradicts"],
        default="undecided",
    )
    return pd.Series(found, index=rows.index, dtype="string")


def _adjusted(
    rows: pd.DataFrame, estimate: FloatArray, detected: BoolArray, rules: EstimationRules
) -> tuple[BoolArray, BoolArray]:
    """Rows whose difference the context explains, and those in which it remains."""
    crude = numbers(rows, "crude_estimate")
    crude_found = numbers(rows, "crude_p_value") <= rules.false_discovery_rate
    same_side = ((crude > 1) & (estimate > 1)) | ((crude < 1) & (estimate < 1))
    # Not detected any more is not enough: at least half of it must have gone.
    halved = distance(estimate) <= distance(crude) / 2
    return crude_found & ~detected & halved, crude_found & detected & same_side


def verdict(rows: pd.DataFrame, *, periods_named: bool) -> str:
    """The answer over all rows of a hypothesis in one service.

    `contradicted`, like `supported`, needs every row. It depends on the benchmark where one and the
    same comparison supports it against one and contradicts it against another.

    Args:
        rows: rows of `hypothesis_results` with their result.
        periods_named: the hypothesis names its periods; else each benchmark has its own latest.
    """
    said = set(rows["result"])
    told = said - {"not_enough_data"}
    if not told:
        return "cannot_be_told"
    if said == {"supports"}:
        return "supported"
    if said == {"contradicts"}:
        return "contradicted"
    cell = ["race_group", "dimension_value", *(["period"] if periods_named else [])]
    by_cell = rows.groupby(cell, dropna=False)["result"]
    if any({"supports", "contradicts"} <= set(own) for _, own in by_cell):
        return "depends_on_benchmark"
    if "depends_on_unknown_race" in told:
        return "depends_on_unknown_race"
    return "partly_supported" if "supports" in told else "not_shown"


def distance(ratio: FloatArray) -> FloatArray:
    """How far a ratio is from 1, on the scale on which 2 and 1/2 are equally far."""
    far = np.where(ratio > 1, ratio, divide(1.0, ratio))
    return np.where(ratio == 0, np.inf, np.log(far))


def numbers(rows: pd.DataFrame, column: str) -> FloatArray:
    """A column as floats, whatever its type; null is NaN."""
    return pd.to_numeric(rows[column]).to_numpy(dtype=float, na_value=np.nan)
