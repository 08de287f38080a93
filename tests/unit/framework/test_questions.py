"""Hypotheses, pathways and policies that contradict the framework are refused with their line."""

import datetime as dt

import pytest

from rbdc.errors import ConfigError
from rbdc.framework import load_framework
from rbdc.framework.tables import framework_tables, framework_variables


@pytest.fixture
def text(project):
    return (project / "services" / "toronto" / "framework.yml").read_text()


def load(folder, text):
    (folder / "framework.yml").write_text(text)
    return load_framework(folder)


@pytest.mark.parametrize(
    ("old", "new", "place", "advice"),
    [
        # an unknown benchmark, of a hypothesis and of an indicator
        ("benchmarks: [arrest, booking]", "benchmarks: [arrest, moon]",
         "benchmarks: [arrest, moon]", "no benchmark 'moon'.*add it under benchmarks"),
        ("    benchmark: booking\n    form", "    benchmark: moon\n    form",
         "    benchmark: moon", "no benchmark 'moon'.*add it under benchmarks"),
        # circular pathways
        ("points: [resident_population 2016, arrest, booking, strip_search]",
         "points: [resident_population 2016, arrest, booking, arrest]",
         "points: [resident_population 2016, arrest, booking, arrest]", "circular.*arrest twice"),
        ("# Questions fixed",
         "  - pathway: backwards\n    title: t\n    title_fr: t\n"
         "    points: [booking, arrest, strip_search]\n# Questions fixed",
         "    points: [booking, arrest, strip_search]",
         "circular together: booking comes before arrest in one"),
        ("points: [resident_population 2016, arrest, booking, strip_search]",
         "points: [resident_population 2016, booking, strip_search]",
         "    points: [resident_population 2016, booking, strip_search]",
         "no indicator; add one with outcome booking and benchmark resident_population 2016"),
        # reference group missing or unknown
        ("reference_group: White\n", "", "version", "reference_group is missing: name the"),
        ("reference_group: White", "reference_group: Martian", "reference_group: Martian",
         "not one of race_groups; name one"),
        # hypotheses without a date, or of what their method cannot find
        ("    raised_by: panel\n    fixed_on: 2026-11-26\n", "    raised_by: panel\n",
         "  - hypothesis: H1", "needs its date: add fixed_on"),
        ("    support: lower\n", "    support: reduced\n", "  - hypothesis: H4",
         "outcome_test cannot find 'reduced': choose support from lower, higher"),
        ("    equivalence: [0.67, 1.5]\n", "", "  - hypothesis: H7", "needs equivalence"),
        ("    groups: [Black, Indigenous]\n    periods", "    groups: [Blue]\n    periods",
         "    groups: [Blue]", "Blue not among race_groups"),
        ("    policy: strip_search_procedure\n    groups: [Black, E",
         "    policy: moon\n    groups: [Black, E",
         "    policy: moon", "no policy change 'moon'; add it"),
        ("raised_by: town hall", "raised_by: nobody", "    raised_by: nobody", "panel"),
        # parts that the method would pass over
        ("    groups: [Black, Indigenous]\n    support: gap_narrowed",
         "    groups: [Black, Indigenous]\n    dimension: gender\n    support: gap_narrowed",
         "  - hypothesis: H3", "for all records together: leave out dimension"),
        ("    support: lower", "    periods: ['2020']\n    support: lower",
         "  - hypothesis: H4", "held against those since: leave out periods"),
        ("    support: explained_by_context",
         "    period_type: quarter\n    support: explained_by_context",
         "  - hypothesis: H5", "compares years"),
        ("    outcome: item_found\n    benchmarks", "    outcome: strip_search\n    benchmarks",
         "  - hypothesis: H4", "is of items found"),
        ("    groups: [Black, Indigenous]\n    support: gap_narrowed",
         "    groups: [Black, White]\n    support: gap_narrowed",
         "    groups: [Black, White]", "White is the reference group itself"),
        # thresholds of the wrong sign
        ("over_represented: 1.0 ", "over_represented: -1.0 ", "  over_represented: -1.0",
         "wrong side of 1.*give 1.0 or more"),
        ("under_represented: 1.0", "under_represented: 1.2", "  under_represented: 1.2",
         "wrong side of 1.*at most 1.0"),
        ("small_count: 10", "small_count: -1", "  small_count: -1", "no count: give 1 or more"),
        # dimensions and policies
        ("age_group*gender]", "age_group*age_group]", "dimensions: ", "unknown dimension age"),
        ("indicators: [strip_search_of_arrests, strip_search_of_bookings, item_found",
         "indicators: [arrest_of_residents, strip_search_of_bookings, item_found",
         "    indicators: [arrest_of_residents", "must be of form subset"),
    ],
)  # fmt: skip
def test_contradictions_are_refused_where_they_stand(tmp_path, text, old, new, place, advice):
    assert text.count(old) >= 1
    edited = text.replace(old, new, 1)
    with pytest.raises(ConfigError, match=advice) as caught:
        load(tmp_path, edited)
    lines = edited.splitlines()
    number = int(str(caught.value).split("framework.yml line ")[1].split(":")[0])
    assert place in lines[number - 1]


def test_all_contradictions_are_told_at_once(tmp_path, text):
    edited = text.replace("benchmarks: [arrest, booking]", "benchmarks: [arrest, moon]")
    edited = edited.replace("points: [resident", "points: [sun, resident")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, edited)
    assert "'moon'" in str(caught.value) and "'sun'" in str(caught.value)


def test_a_new_hypothesis_asks_for_its_cells(tmp_path, text):
    added = """
  - hypothesis: H8
    question: q
    question_fr: q
    raised_by: panel
    fixed_on: 2026-11-26
    outcome: booking
    benchmarks: [arrest]
    method: disproportionality
    groups: [Black]
    period_type: quarter
    dimension: division
    support: over_represented

# What this data cannot answer"""
    framework = load(tmp_path, text.replace("\n# What this data cannot answer", added, 1))
    cells = framework_tables(framework, "Toronto", "run")["config__indicator_cells"]
    asked = set(cells.itertuples(index=False, name=None))
    assert ("booking_of_arrests", "quarter", "division") in asked
    assert ("strip_search_of_arrests", "all", "strip_search_procedure") in asked


def test_models_are_told_crossings_and_policies(tmp_path, text):
    told = framework_variables(load(tmp_path, text))
    assert told["crossings"] == ["age_group*gender"]
    assert told["policies"] == {
        "strip_search_procedure": {"date": "2020-10-01", "from": None, "until": None}
    }


def test_a_hypothesis_that_says_something_else_has_another_digest(tmp_path, text):
    first = load(tmp_path, text).hypotheses[0]
    assert first.fixed_on == dt.date(2026, 11, 26)
    second = load(tmp_path, text.replace("benchmarks: [arrest, booking]", "benchmarks: [arrest]"))
    assert first.digest == load(tmp_path, text).hypotheses[0].digest
    assert first.digest != second.hypotheses[0].digest


def test_a_rate_before_and_after_can_be_asked_of_the_reference_group_too(tmp_path, text):
    asked = text.replace("    groups: [Black, East/", "    groups: [White, Black, East/")
    h2 = next(one for one in load(tmp_path, asked).hypotheses if one.hypothesis == "H2")
    assert "White" in h2.groups
