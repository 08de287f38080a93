"""From a result to its reading, and whether that is a good one, by rules fixed beforehand."""

import math

# What stands at a reading that says nothing either way.
SILENT = ("cannot_be_told", "depends_on_unknown_race", "depends_on_benchmark")
_NAMES = {
    "index": ("over_represented", "under_represented", "no_disparity_detected"),
    "ratio": ("over_represented", "under_represented", "no_disparity_detected"),
    "rate_ratio": ("increased", "reduced", "no_change_detected"),
    "hit_rate_ratio": ("found_more_often", "found_less_often", "no_difference_detected"),
}


def reading_of(
    measure: str,
    value: float,
    *,
    detected: bool,
    enough: bool,
    turns: bool = False,
    beyond: tuple[float, float] = (1.0, 1.0),
) -> str:
    """The reading of a ratio that was tested against 1.

    Args:
        measure: `index`, `ratio`, `rate_ratio` or `hit_rate_ratio`.
        value: the estimate.
        detected: its q-value is at most the false discovery rate.
        enough: there are enough outcomes, and there was a test.
        turns: its direction could turn inside the declared range of unknown race.
        beyond: what an index must lie under, or over, to be called under- or over-representation.
    """
    above, below, neither = _NAMES[measure]
    if not enough or math.isnan(value):
        return "cannot_be_told"
    if not detected or beyond[0] <= value <= beyond[1]:
        return neither
    if turns:
        return "depends_on_unknown_race"
    return above if value > 1 else below


def gap_reading(before: float, ratio: float, *, detected: bool, enough: bool) -> str:
    """The reading of a ratio of ratios: whether the disparity index came nearer to 1."""
    if not enough or math.isnan(ratio) or math.isnan(before) or before <= 0 or ratio <= 0:
        return "cannot_be_told"
    if not detected:
        return "no_gap_change_detected"
    return (
        "gap_narrowed" if abs(math.log(before * ratio)) < abs(math.log(before)) else "gap_widened"
    )


def adjusted_reading(
    crude: float, adjusted: float, *, crude_detected: bool, detected: bool, result: str
) -> str:
    """The reading of an adjusted ratio; `result` is that of an explained_by_context hypothesis.

    Only a difference that was detected without the context, and on the same side, remains.
    """
    if result == "not_enough_data" or math.isnan(adjusted):
        return "cannot_be_told"
    if result == "explained":
        return "explained_by_context"
    if not detected:
        return "no_adjusted_difference_detected"
    remains = crude_detected and (crude > 1) == (adjusted > 1)
    return f"{'remains' if remains else 'appears'}_{'over' if adjusted > 1 else 'under'}"


def is_good(
    reading: str,
    *,
    burden: bool,
    low: float | None,
    high: float | None,
    within: tuple[float, float],
) -> bool | None:
    """Whether a reading is a good one, None if it says nothing either way.

    Finding no difference is good only where the whole interval lies within the range in which a
    difference would not matter; else it says nothing.

    Args:
        reading: the reading.
        burden: more of the outcome is a burden on people, not a benefit.
        low: lower limit of the interval.
        high: upper limit of the interval.
        within: the range around 1 in which a difference would not matter.
    """
    if reading in SILENT:
        return None
    if reading in ("no_disparity_detected", "no_difference_detected",
                   "no_adjusted_difference_detected"):  # fmt: skip
        inside = low is not None and high is not None and within[0] <= low and high <= within[1]
        return True if inside else None
    good = {
        "over_represented": not burden,
        "under_represented": burden,
        "too_small_to_matter": True,
        "remains_over": not burden,
        "remains_under": burden,
        "appears_over": not burden,
        "appears_under": burden,
        "reduced": burden,
        "increased": not burden,
        "gap_narrowed": True,
        "gap_widened": False,
        "found_less_often": False,
        "found_more_often": True,
        "explained_by_context": True,
    }
    return good.get(reading)
