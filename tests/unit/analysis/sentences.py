"""What a sentence must say of its row: numbers at printed precision, direction, and no more."""

import re

import pandas as pd

# Of each reading: what the English and the French sentence must both say.
WORDS = {
    "cannot_be_told": ("it cannot be told whether", "on ne peut dire s'il y a"),
    "over_represented": ("are over-represented", " : surreprésentation des"),
    "under_represented": ("are under-represented", " : sous-représentation des"),
    "no_disparity_detected": ("no disparity was detected", "aucune disparité décelée"),
    "depends_on_unknown_race": ("depends on people of unknown race",
                                "dépend des personnes de race inconnue"),
    "depends_on_benchmark": ("depends on the benchmark", "dépend de la population de référence"),
    "reduced": ("was lower after", "était plus bas après"),
    "increased": ("was higher after", "était plus élevé après"),
    "no_change_detected": ("no change of the rate of", "aucun changement du taux des"),
    "gap_narrowed": ("was narrower after", "était plus étroit après"),
    "gap_widened": ("was wider after", "était plus large après"),
    "no_gap_change_detected": ("no change of the gap between", "aucun changement de l'écart entre"),
    "found_less_often": ("are found less often", "on trouve moins souvent"),
    "found_more_often": ("are found more often", "on trouve plus souvent"),
    "no_difference_detected": ("no difference was detected", "aucune différence décelée"),
    "too_small_to_matter": ("too small to matter", "trop faible pour compter"),
    "explained_by_context": ("is no longer detected", "n'est plus décelée"),
    "remains_over": ("remains higher than", "reste plus élevé que"),
    "remains_under": ("remains lower than", "reste plus bas que"),
    "appears_over": ("in equal context the rate of", "à contexte égal, le taux des"),
    "appears_under": ("in equal context the rate of", "à contexte égal, le taux des"),
    "no_adjusted_difference_detected": ("no difference between", "aucune différence entre"),
}  # fmt: skip
OF_RATIO = WORDS | {
    "over_represented": ("is higher than that of", "est plus élevé que celui des"),
    "under_represented": ("is lower than that of", "est plus bas que celui des"),
    "no_disparity_detected": WORDS["no_difference_detected"],
}
UP = {"over_represented", "increased", "found_more_often", "remains_over", "appears_over"}
DOWN = {"under_represented", "reduced", "found_less_often", "remains_under", "appears_under"}
UNDETECTED = {"no_disparity_detected", "no_change_detected", "no_gap_change_detected",
              "no_difference_detected", "no_adjusted_difference_detected",
              "explained_by_context"}  # fmt: skip
_BROKEN = re.compile(r"nan|None|<NA>|NaT|[{}]|  | ,|\.\.|\( | \)", re.ASCII)
_NUMBER = re.compile(r"(?<![\w.,])\d[\d\u202f]*(?:[.,]\d+)*(?!\w)")


def sound(sentence):
    """A sentence without anything unformatted, from a capital to a full stop."""
    assert not _BROKEN.search(sentence), sentence
    assert sentence[0].isupper() and sentence.endswith((".", "?")), sentence


def numbers(sentence, *, french, names):
    """Every number that the sentence prints, as English writes it, without those in names."""
    for name in sorted(filter(None, names), key=len, reverse=True):
        sentence = sentence.replace(name, "§")
    sentence = re.sub(r"\d{4}-\d\d-\d\d", "§", sentence)
    found = [one.strip() for one in _NUMBER.findall(sentence)]
    if french:
        return [one.replace("\u202f", "").replace(",", ".") for one in found]
    return [one.replace(",", "") for one in found]


def printed(row, measure, level, before=None, after=None):
    """The numbers that a row's sentence must print, in their order."""
    counts = []
    total = row["outcome_total"] if measure == "index" else row["benchmark_count"]
    if not (pd.isna(row["outcome_count"]) or pd.isna(total)):
        counts = [f"{row['outcome_count']:.0f}", f"{total:.0f}"]
    bounds = []
    if measure == "index" and row["bound_low"] < row["bound_high"]:
        bounds = [f"{row['bound_low']:.2f}", f"{row['bound_high']:.2f}"]
    if row["told"] == "cannot_be_told":
        return [*counts, *bounds]
    interval = []
    if not (pd.isna(row["low"]) or pd.isna(row["high"])):
        interval = [level, f"{row['low']:.2f}", f"{row['high']:.2f}"]
    shown = [f"{row['estimate']:.2f}", *interval]
    if measure == "rate_ratio":
        shown = [f"{before * 100:.1f}", f"{after * 100:.1f}", *shown]
    if measure == "gap_ratio":
        shown = [f"{before:.2f}", f"{after:.2f}", *shown]
    if measure == "adjusted_ratio":
        shown.append(f"{before:.2f}")
    return [*shown, *counts, *bounds]


def says_no_more(row, measure, rate):
    """The reading agrees with the estimate's side and with the test."""
    reading, value, detected = row["told"], row["estimate"], row["q_value"] <= rate
    if reading in UP:
        assert value > 1 and detected, dict(row)
    elif reading in DOWN:
        assert value < 1 and detected, dict(row)
    elif reading in UNDETECTED:
        assert not detected or value == 1, dict(row)
    elif reading in ("gap_narrowed", "gap_widened", "depends_on_unknown_race"):
        assert detected, dict(row)
    small = row["small_count"]
    if pd.isna(small) or small:
        assert reading == "cannot_be_told", dict(row)


def same_reading(sentence_en, sentence_fr, reading, measure):
    """Both languages say the reading, and no other that contradicts it."""
    words = OF_RATIO if measure == "ratio" else WORDS
    english, french = words[reading]
    assert english in sentence_en and french in sentence_fr, (reading, sentence_en, sentence_fr)
    for other in (UP | DOWN) - {reading}:
        if words[other] != words[reading]:
            assert words[other][0] not in sentence_en, (reading, other, sentence_en)
            assert words[other][1] not in sentence_fr, (reading, other, sentence_fr)
