"""A published.yml is read into typed figures, and an unsound one is refused with its line."""

import pytest

from rbdc.errors import ConfigError
from rbdc.framework import load_framework
from rbdc.framework.published import load_published

GOOD = """\
figures:
  searches-2020:
    statement: Strip searches in 2020.
    document: {publisher: A service, published_in: A report}
    status: published
    value: 0.31
    to: 0.01
    race_group: Black
    count: {interaction: strip_search, unit: person, period: "2020"}
  searches-by-quarter:
    statement: Strip searches by quarter.
    document: {publisher: A service, published_in: A table}
    status: recomputed
    periods: {2020-Q1: 5, 2020-Q2: 6}
    count: {interaction: strip_search, unit: person}
"""
INDEX = """\
    index:
      outcome: {interaction: arrest, unit: person, period: "2020"}
      benchmark: {benchmark: residents, unit: resident, period: all}
"""
COUNT = '    count: {interaction: strip_search, unit: person, period: "2020"}\n'
FIGURE = "    figure: {indicator: i, column: rate, period: %s}\n"


def load(folder, text):
    (folder / "published.yml").write_text(text)
    return load_published(folder)


def test_a_service_without_the_file_has_no_printed_figures(tmp_path):
    assert load_published(tmp_path).figures == {}


def test_a_figure_of_periods_is_one_of_each(tmp_path):
    single = dict(load(tmp_path, GOOD).single)
    assert list(single) == [
        "searches-2020",
        "searches-by-quarter-2020-q1",
        "searches-by-quarter-2020-q2",
    ]
    second = single["searches-by-quarter-2020-q2"]
    assert second.rows == [("all", 6)]
    assert (second.count.period, second.count.period_type) == (("2020-Q2",), "quarter")


@pytest.mark.parametrize(
    ("period", "kind"),
    [("all", "all"), ('"2020"', "year"), ("2020-Q4", "quarter"), ('"2020-10"', "month")],
)
def test_the_kind_of_a_period_is_told_by_its_name(tmp_path, period, kind):
    published = load(tmp_path, GOOD.replace('"2020"', period, 1))
    assert published.figures["searches-2020"].count.period_type == kind


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("  searches-2020:", "  Searches:", 2, "pattern"),
        ("status: published", "status: guessed", 5, "status"),
        ("publisher: A service, ", "", 4, "publisher"),
        ("    value: 0.31\n", "", 2, "give a value"),
        ("    value: 0.31", "    value: 0.31\n    groups: {White: 1}", 2, "give a value"),
        ("    value: 0.31", "    groups: {White: 1}", 2, "groups name their own"),
        ("value: 0.31", "value: 0.314", 2, "0.314 is printed finer than to: 0.01"),
        ("value: 0.31", "value: .nan", 6, "finite"),
        ("to: 0.01", "to: 0", 7, "greater than 0"),
        ("interaction: strip_search, unit", "interaction: strip_serach, unit", 9, "strip_search"),
        ("strip_search, unit: person", "strip_search, unit: people", 9, "unit"),
        ("unit: person", "unit: incident", 9, "composition_rule"),
        ("unit: person", "unit: person, composition_rule: any", 9, "composition_rule"),
        ("interaction: strip_search, ", "", 9, "interaction or benchmark"),
        ("strip_search, unit", 'strip_search, vintage: "2016", unit', 9, "vintage"),
        ("unit: person", "unit: person, benchmark: arrest", 9, "one of the two"),
        ('"2020"}', "2020-Q5}", 9, "pattern"),
        ('"2020"}', '["2020", 2020-Q1]}', 9, "of one kind"),
        ('"2020"}', "[2020-Q1, 2020-Q1]}", 9, "counted twice"),
        ('"2020"}', '"2020", dimension: gender}', 9, "or neither is"),
        (', period: "2020"}', "}", 2, "of which period"),
        (COUNT, "", 2, "one of count, ratio"),
        (COUNT, COUNT + INDEX, 2, "one of count, ratio"),
        ("    race_group: Black\n" + COUNT, INDEX, 2, "is that of a race group"),
        (COUNT, INDEX.replace("unit: person", "unit: person, race_group: White"), 2, "both sides"),
        (COUNT, FIGURE % "[2020-Q1, 2020-Q2]", 9, "a figure is one row"),
        (COUNT, FIGURE.replace("rate", "p_value") % "2020-Q1", 9, "column"),
        ("  searches-by-quarter:", "  searches-2020:", 10, "stands twice"),
        ("strip_search, unit: person}", "strip_search, unit: person, period: all}", 10,
         "no period of its own"),
        ("  searches-2020:", "  searches-by-quarter-2020-q1:", 1, "has the id of another"),
    ],
)  # fmt: skip
def test_unsound_files_are_refused_with_their_line(tmp_path, old, new, line, message):
    assert old in GOOD
    with pytest.raises(ConfigError, match=message) as caught:
        load(tmp_path, GOOD.replace(old, new, 1))
    assert f"published.yml line {line}:" in str(caught.value)


def test_shipped_files_name_only_what_the_framework_knows(project):
    for folder in (project / "services").iterdir():
        framework = load_framework(folder)
        groups = {group.group for group in framework.race_groups} | {"all"}
        indicators = {indicator.indicator for indicator in framework.indicators}
        benchmarks = {(one.benchmark, one.vintage) for one in framework.benchmarks}
        for _, printed in load_published(folder).single:
            assert {group for group, _ in printed.rows} <= groups
            assert not printed.figure or printed.figure.indicator in indicators
            counted = printed.count or (printed.index and printed.index.benchmark)
            if counted and counted.benchmark:
                assert (counted.benchmark, counted.vintage) in benchmarks
