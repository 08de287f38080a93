"""Sentences are tested against their rows: over random counts, in both languages."""

import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rbdc.analysis.findings.names import Names
from rbdc.statistics import estimation_rules
from tests.unit.analysis.cells import answers, cell, context, sides, together, with_estimates
from tests.unit.analysis.sentences import numbers, printed, same_reading, says_no_more, sound

POLICY = "strip_search_procedure"
GROUPS = ["Black", "Indigenous", "White", "Unknown"]
SHORT = {"disproportionality_index": "index", "disparity_index": "ratio"}
KEY = ["service", "subject", "indicator", "measure", "period", "dimension", "dimension_value",
       "race_group"]  # fmt: skip


@st.composite
def stages(draw):
    """Of each group: searches with items, searches, bookings, arrests."""
    found = {}
    for group in GROUPS:
        arrests = draw(st.integers(0, 3000))
        share = [draw(st.sampled_from([0, 0.02, 0.1, 0.2, 0.5, 1])) for _ in range(3)]
        booked = int(arrests * share[0])
        searched = int(booked * share[1])
        found[group] = (int(searched * share[2]), searched, booked, arrests)
    return found


def counts_of(framework, before, after):
    """Figures of every indicator that a hypothesis or headline needs."""
    both = {g: tuple(a + b for a, b in zip(before[g], after[g], strict=True)) for g in GROUPS}
    residents = {"Black": 9_000, "Indigenous": 1_000, "White": 50_000, "Unknown": 0}
    incidents = {group: (one[1], one[3]) for group, one in both.items()}
    return together(
        [
            cell(framework, "strip_search_of_arrests", {g: (o[1], o[3]) for g, o in both.items()},
                 period="2020"),
            cell(framework, "strip_search_of_bookings", {g: (o[1], o[2]) for g, o in both.items()},
                 period="2020"),
            cell(framework, "arrest_of_residents", {g: (both[g][3], residents[g]) for g in both},
                 period="2020"),
            cell(framework, "arrest_of_residents_2021",
                 {g: (both[g][3], residents[g] * (2 if g == "Black" else 1)) for g in both},
                 period="2020"),
            cell(framework, "use_of_force_of_enforcement_actions",
                 incidents | {"Multiple race group": (3, 50)}, period="2020",
                 dimension="occurrence_category", dimension_value="Weapons/Homicide"),
            sides(framework, POLICY, "strip_search_of_arrests",
                  *({g: (o[1], o[3]) for g, o in side.items()} for side in (before, after))),
            sides(framework, POLICY, "item_found_of_strip_searches",
                  *({g: (o[0], o[1]) for g, o in side.items()} for side in (before, after))),
        ]
    )  # fmt: skip


def context_of(before, after):
    return context(
        {"race_group": group, "year": "2020", "division": division, "strip_search": counts[1],
         "arrest": counts[3]}
        for division, side in (("D11", before), ("D12", after))
        for group, counts in side.items()
    )  # fmt: skip


def rows_behind(tables, figures):
    """What each finding was made from, by its key, with the numbers of the policy change."""
    results = tables["hypothesis_results"].assign(subject=lambda rows: rows["hypothesis"])
    headlines = figures[figures["dimension"] == "all"].assign(
        subject=lambda rows: rows["indicator"], measure="disproportionality_index",
        estimate=lambda rows: rows["disproportionality_index"], low=lambda rows: rows["index_low"],
        high=lambda rows: rows["index_high"],
    )  # fmt: skip
    found = {}
    for rows in (results, headlines):
        for row in rows.to_dict("records"):
            row["measure"] = SHORT.get(row["measure"], row["measure"])
            found[tuple(row[name] for name in KEY)] = row
    return found


def sides_of(row, tables):
    if row["measure"] == "adjusted_ratio":
        return row["crude_estimate"], None
    if row["measure"] not in ("rate_ratio", "gap_ratio"):
        return None, None
    changes = tables["policy_change"]
    change = changes[(changes["race_group"] == row["race_group"])
                     & (changes["indicator"] == row["indicator"])]  # fmt: skip
    what = "rate" if row["measure"] == "rate_ratio" else "disparity"
    if change.empty:
        return None, None
    return change.iloc[0][f"{what}_before"], change.iloc[0][f"{what}_after"]


def names_in(row, framework):
    """Titles and caveats, whose numbers are none of the row's."""
    found = [row["service"], row["period"]]
    for words in Names(framework).wording(row, row["measure"]):
        found += [words.indicator, words.benchmark, words.policy, words.caveat, words.stratum]
    return found


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(stages(), stages())
def test_every_sentence_says_what_its_row_says_and_no_more(framework, before, after):
    counts = counts_of(framework, before, after)
    tables = answers(counts, framework, context_of(before, after))
    behind = rows_behind(tables, with_estimates(counts, framework))
    rate = estimation_rules(framework).false_discovery_rate
    ranges = tables["benchmark_range"]
    for finding in tables["findings"].to_dict("records"):
        sound(finding["sentence_en"])
        sound(finding["sentence_fr"])
        if finding["measure"] == "verdict":
            continue
        row = behind[tuple(finding[name] for name in KEY)] | {"told": finding["reading"]}
        says_no_more(row, finding["measure"], rate)
        same_reading(
            finding["sentence_en"], finding["sentence_fr"], finding["reading"], finding["measure"]
        )
        expected = printed(row, finding["measure"], "95", *sides_of(row, tables))
        if "Benchmarks disagree" in finding["sentence_en"]:
            own = ranges[(ranges["outcome"] == row["outcome"]) & (ranges["period"] == row["period"])
                         & (ranges["race_group"] == row["race_group"])
                         & (ranges["dimension"] == "all")].iloc[0]  # fmt: skip
            expected += [f"{own['index_lowest']:.2f}", f"{own['index_highest']:.2f}"]
        names = names_in(row, framework)
        for language in ("en", "fr"):
            found = numbers(finding[f"sentence_{language}"], french=language == "fr", names=names)
            assert found == expected, (finding[f"sentence_{language}"], expected)
        if finding["reading"] == "cannot_be_told":
            assert pd.isna(finding["estimate"]) and pd.isna(finding["low"])
            assert finding["class"] == "not_enough_data"


@pytest.mark.parametrize("reading", ["area_of_focus", "doing_well", "not_enough_data"])
def test_classes_follow_the_reading(framework, reading):
    arrested = {
        "area_of_focus": {"Black": (200, 500), "White": (200, 1200)},
        "doing_well": {"Black": (50, 500), "White": (400, 1200)},
        "not_enough_data": {"Black": (5, 500), "White": (200, 1200)},
    }[reading]
    counts = cell(framework, "strip_search_of_arrests", arrested, period="2020")
    found = answers(counts, framework)["findings"]
    black = found[(found["subject_type"] == "headline") & (found["race_group"] == "Black")]
    assert black["class"].tolist() == [reading]


def test_no_disparity_is_good_only_where_the_interval_is_narrow(framework):
    for times, expected in ((1, "not_enough_data"), (40, "doing_well")):
        groups = {"Black": (20 * times, 100 * times), "White": (40 * times, 200 * times)}
        counts = cell(framework, "strip_search_of_arrests", groups, period="2020")
        found = answers(counts, framework)["findings"]
        black = found[(found["subject_type"] == "headline") & (found["race_group"] == "Black")]
        assert black["reading"].tolist() == ["no_disparity_detected"]
        assert black["class"].tolist() == [expected]


def test_a_headline_that_another_benchmark_contradicts_depends_on_it(framework):
    arrests = {"Black": 300, "White": 700}
    counts = together(
        cell(framework, name, {g: (arrests[g], residents[g]) for g in arrests}, period="2020")
        for name, residents in (
            ("arrest_of_residents", {"Black": 1000, "White": 9000}),
            ("arrest_of_residents_2021", {"Black": 6000, "White": 4000}),
        )
    )
    tables = answers(counts, framework)
    found = tables["findings"]
    black = found[(found["subject_type"] == "headline") & (found["race_group"] == "Black")].iloc[0]
    assert black["reading"] == "depends_on_benchmark" and black["class"] == "not_enough_data"
    assert "between 0.50 and 3.00" in black["sentence_en"]
    assert "de 0,50 à 3,00" in black["sentence_fr"]
    verdict = found[(found["subject"] == "H6") & (found["measure"] == "verdict")].iloc[0]
    assert verdict["reading"] == "depends_on_benchmark"
