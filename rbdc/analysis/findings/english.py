"""Findings in English."""

from rbdc.analysis.findings.statement import Statement

_UNITS = {"person": "person", "incident": "incident", "officer_report": "officer's report"}
_CHANGES = ("rate_ratio", "gap_ratio")
_VERDICTS = {
    "supported": "The data support this.",
    "partly_supported": "The data support this in part: not for every group or comparison.",
    "contradicted": "The data show the opposite.",
    "not_shown": "The data do not show this; that is no proof of the opposite.",
    "depends_on_benchmark": "The answer depends on the benchmark.",
    "depends_on_unknown_race": "The answer depends on people whose race is unknown.",
    "cannot_be_told": "It cannot be told: there is not enough data.",
}


def english(one: Statement) -> str:
    """The statement as a plain sentence, with its number, interval, unit, benchmark and caveat."""
    if one.measure == "verdict":
        return f"{one.english.question} {_VERDICTS[one.reading]}"
    return " ".join(part for part in (_sentence(one), _bounds(one), one.english.caveat) if part)


def _sentence(one: Statement) -> str:
    words, where = one.english, f"{one.service}, {_when(one)}"
    if one.reading == "cannot_be_told":
        return (
            f"{words.indicator}, {words.group}: it cannot be told whether there {_asked(one)}, "
            f"because there is not enough data{_figures(one)} ({where}; unit {_UNITS[one.unit]})."
        )
    reading = (_RATES if one.measure == "ratio" else _READINGS)[one.reading].format(
        group=words.group, reference=words.reference, policy=words.policy
    )
    return f"{words.indicator}: {reading}, {_number(one)}{_figures(one)} ({where}; {_of(one)})."


_READINGS = {
    "over_represented": "{group} are over-represented",
    "under_represented": "{group} are under-represented",
    "no_disparity_detected": "no disparity was detected for {group}",
    "depends_on_unknown_race": (
        "whether {group} are over- or under-represented depends on people of unknown race"
    ),
    "depends_on_benchmark": (
        "whether {group} are over- or under-represented depends on the benchmark"
    ),
    "reduced": "the rate of {group} was lower after the change “{policy}”",
    "increased": "the rate of {group} was higher after the change “{policy}”",
    "no_change_detected": (
        "no change of the rate of {group} was detected after the change “{policy}”"
    ),
    "gap_narrowed": (
        "the gap between {group} and {reference} was narrower after the change “{policy}”"
    ),
    "gap_widened": (
        "the gap between {group} and {reference} was wider after the change “{policy}”"
    ),
    "no_gap_change_detected": (
        "no change of the gap between {group} and {reference} was detected after the change "
        "“{policy}”"
    ),
    "found_less_often": "items are found less often on {group} than on {reference}",
    "found_more_often": "items are found more often on {group} than on {reference}",
    "no_difference_detected": "no difference was detected between {group} and {reference}",
    "too_small_to_matter": "a difference was detected for {group}, but one too small to matter",
    "explained_by_context": (
        "the difference between {group} and {reference} is no longer detected once the context is "
        "held equal"
    ),
    "remains_over": "the rate of {group} remains higher than that of {reference} in equal context",
    "remains_under": "the rate of {group} remains lower than that of {reference} in equal context",
    "appears_over": (
        "in equal context the rate of {group} is higher than that of {reference}, which it is not "
        "found to be otherwise"
    ),
    "appears_under": (
        "in equal context the rate of {group} is lower than that of {reference}, which it is not "
        "found to be otherwise"
    ),
    "no_adjusted_difference_detected": (
        "no difference between {group} and {reference} was detected in equal context"
    ),
}
# A rate beside that of another group says nothing of shares.
_RATES = _READINGS | {
    "over_represented": "the rate of {group} is higher than that of {reference}",
    "under_represented": "the rate of {group} is lower than that of {reference}",
    "no_disparity_detected": "no difference was detected between {group} and {reference}",
}


def _asked(one: Statement) -> str:
    return "was a change" if one.measure in _CHANGES else "is a difference"


def _number(one: Statement) -> str:
    if one.value is None:
        return "without an estimate"
    interval = (
        f" ({one.level * 100:g}% interval {one.low:.2f} to {one.high:.2f})"
        if one.low is not None and one.high is not None
        else ""
    )
    value = f"{one.value:.2f}"
    if one.measure == "index":
        return f"{value} times their share of {one.english.benchmark}{interval}"
    if one.measure == "rate_ratio" and one.before is not None and one.after is not None:
        return f"from {one.before:.1%} to {one.after:.1%}, {value} times as high{interval}"
    if one.measure == "gap_ratio" and one.before is not None and one.after is not None:
        return (
            f"from {one.before:.2f} to {one.after:.2f} times the rate of the reference, a ratio of "
            f"{value}{interval}"
        )
    compared = f"{value} times the rate of {one.english.reference}{interval}"
    if one.measure == "adjusted_ratio" and one.before is not None:
        return f"{compared}, and {one.before:.2f} times where the context is not held equal"
    return compared


def _figures(one: Statement) -> str:
    if one.count is None or one.total is None:
        return ""
    since = " since the change" if one.measure in _CHANGES else ""
    return f", {one.count:,} of {one.total:,}{since}"


def _of(one: Statement) -> str:
    return f"unit {_UNITS[one.unit]}; benchmark {one.english.benchmark}"


def _when(one: Statement) -> str:
    stratum = one.english.stratum
    if one.period == "all":
        return stratum or "all years"
    return f"{one.period}, {stratum}" if stratum else one.period


def _bounds(one: Statement) -> str:
    parts = []
    if one.bounds and one.measure == "index":
        parts.append(
            f"People of unknown race could make the index anything from {one.bounds[0]:.2f} to "
            f"{one.bounds[1]:.2f}."
        )
    if one.other_range:
        parts.append(
            f"Benchmarks disagree: over all of them the index lies between "
            f"{one.other_range[0]:.2f} and {one.other_range[1]:.2f}."
        )
    return " ".join(parts)
