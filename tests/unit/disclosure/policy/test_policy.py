"""Disclosure policies: the shipped ones are sound, and contradictions are refused on their line."""

import re
import shutil

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rbdc.disclosure.known_names import known_names
from rbdc.disclosure.policy import Cost, KeepOpen, Rule, load_policy
from rbdc.errors import ConfigError
from rbdc.framework.model import load_framework

SERVICES = ("demo", "toronto", "ontario")


@pytest.fixture(scope="module")
def framework(project):
    return load_framework(project / "services/demo")


@pytest.fixture
def load(project, tmp_path, framework):
    """Load demo's policy with pieces of its text replaced."""

    def loaded(*changes):
        text = (project / "services/demo/disclosure.yml").read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        shutil.copy(project / "services/demo/labels.csv", tmp_path)
        (tmp_path / "disclosure.yml").write_text(text, encoding="utf-8")
        return load_policy(tmp_path, framework)

    return loaded


@pytest.mark.parametrize("service", SERVICES)
def test_shipped_policies_are_sound(project, service):
    policy = load_policy(project / "services" / service)
    assert policy.tables and policy.figures
    assert policy.rule.hides(1) and policy.rule.hides(4)
    assert not policy.rule.hides(0) and not policy.rule.hides(5)


def test_toronto_publishes_the_four_tables_of_the_attack_and_no_records(project):
    policy = load_policy(project / "services/toronto")
    four = [(one.by, one.periods) for one in policy.tables if one.labels == "delivered"]
    assert four == [
        (("race_group", "division"), ("all",)),
        (("race_group", "age_group", "gender"), ("all",)),
        (("race_group", "division", "gender"), ("all",)),
        (("race_group", "division", "gender"), ("year",)),
    ]
    assert all(
        one.counts == ("strip_search",) for one in policy.tables if one.labels == "delivered"
    )
    assert not policy.records.release and policy.summary_tables


@pytest.mark.parametrize("service", SERVICES)
def test_every_key_is_explained_where_it_stands(project, service):
    """A domain expert reads the file: each key of rule and cost has words on or above its line."""
    lines = (project / f"services/{service}/disclosure.yml").read_text(encoding="utf-8").split("\n")
    content = yaml.safe_load("\n".join(lines))
    for block in ("rule", "cost"):
        for key in content[block]:
            at = next(n for n, line in enumerate(lines) if re.match(rf"  {key}:", line))
            assert "#" in lines[at] or "#" in lines[at - 1], key


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("hide_counts_to: 4", "hide_counts_to: 0", "  hide_counts_to: 0", "wrong way round"),
        ("hide_counts_from: 1", "hide_counts_from: 2", "  hide_counts_from: 2", "counts under 2"),
        ("hide_counts_from: 1", "hide_counts_from: 0", "  hide_counts_from: 0", "said by zeros"),
        ("apart: 1", "apart: 0", "  apart: 0", "found exactly"),
        ("coalition: 1", "coalition: 5", "  coalition: 5", "5 people together"),
        ("zeros: open", "zeros: some", "  zeros: some", "'open' or 'hidden'"),
        ("base: 5", "base: 10", "protect:", "give 3 or 5"),
        ("by: value", "by: size", "  by: size", "'value' or 'one'"),
        ("weight: 1000", "weight: 0.5", "    - {filtered_by: []", "greater than or equal to 1"),
        ("[race_group], weight: 100", "[colour], weight: 100", "{filtered_by: [colour]",
         "no dimension 'colour'; there are age_group"),
        ("counts: [strip_search]", "counts: [handcuffing]", "counts: [handcuffing]",
         "Input should be"),
        ("counts: [use_of_force]\n    unit: incident", "counts: [arrest]\n    unit: incident",
         "    counts: [arrest]", "arrest is not counted in unit incident here, but in person"),
        ("by: [race_group, division]", "by: [race_group, precinct]",
         "by: [race_group, precinct]", "no dimension 'precinct'"),
        ("by: [race_group, division]", "by: [race_group, race_group]",
         "by: [race_group, race_group]", "race_group stands twice"),
        ("by: [race_group, division]", "by: [time_of_day]", "by: [time_of_day]", "time_of_day"),
        ("by: [race_group, division]\n    labels: standard",
         "by: [division]\n    labels: delivered", "    labels: delivered", "no delivered labels"),
        ("periods: [all]", "periods: [week]", "periods: [week]", "'year', 'quarter', 'month'"),
        ("table: interactions_by_race\n", "table: strip_searches_by_race_and_division\n", None,
         "the table strip_searches_by_race_and_division stands twice"),
        ("table: interactions_by_race\n", "table: Interactions-by-race\n",
         "table: Interactions-by-race", "should match pattern"),
        ("table: interactions_by_race\n", "table: codes\n", "table: codes", "every release can"),
        ("indicators: all", "indicators: [arrest_of_residents, nothing]",
         "indicators: [arrest_of_residents, nothing]", "no indicator 'nothing'"),
        ("periods: [all, year, quarter]\n    dimensions", "periods: [month]\n    dimensions",
         "periods: [month]", "no period 'month'; there are all, quarter, year"),
        ("dimensions: [all]", "dimensions: [gender*division]", "dimensions: [gender*division]",
         "no dimension 'gender*division'"),
        ("column: year", "column: officer", "column: officer", "Input should be"),
        ("column: year", "column: race_group", None, "race_group stands twice"),
        ("17 and younger, 18 to 24", "17 and younger, 18 to 25", "- 24 and younger: ",
         "no code '18 to 25' of age_group is left here"),
        ("[25 to 34, 35 to 44]", "[25 to 34, 18 to 24]", "- 24 and younger: ",
         "18 to 24 cannot become two coarser codes"),
        ("25 and older or unknown: [25 to 44,", "24 and younger: [25 to 44,",
         "- 24 and younger: [25 to 44,", "is itself a code"),
        ("at_least: 1", "at_least: 4", "at_least: 4", "there are 3 steps"),
        ("steps: [drop]}", "steps: [drop, drop]}", None, "put it last"),
        ("steps: [drop]}", "steps: [year]}", None, "year is a step only from quarter or month"),
        ("k: 5 ", "k: 1 ", "  k: 1", "hides nobody"),
        ("k: 5 ", "k: 4 ", "  k: 4", "raise k to 5"),
        ("l: 1 ", "l: 3 ", "  l: 3", "no l 3"),
        ("l: 1 ", "l: 2 ", "  l: 2", "sensitive names none"),
        ("sensitive: []", "sensitive: [arrest]", "  sensitive: [arrest]", "take it out"),
        ("sensitive: []", "sensitive: [use_of_force]", "  sensitive: [use_of_force]",
         "no part of arrest"),
        ("suppress_at_most: 0 ", "suppress_at_most: 0.01 ", "  suppress_at_most: 0.01",
         "a table's count less the records' is their number"),
        ("zeros: open", "zeros: hidden", "  release: true", "which groups nobody is in"),
        ("method: suppression", "method: controlled_rounding", "  release: true", "exact counts"),
        ("sensitive: []", "sensitive: [strip_search]", "  l: 1", "say l: 2"),
        ("version: 0.1.0", "version: first", "version: first", "should match pattern"),
        ("time_limit_seconds: 20", "time_limit_seconds: 0", "time_limit_seconds: 0", "or equal"),
        ("email: rbdc@lakeshore.example", "email: nobody", "  contact:", "should match pattern"),
    ],
)  # fmt: skip
def test_contradictions_are_refused_where_they_stand(load, tmp_path, old, new, place, message):
    with pytest.raises(ConfigError) as error:
        load((old, new))
    told = [line for line in str(error.value).split("\n") if message in line]
    assert told, str(error.value)
    assert "unexpected" not in str(error.value)
    number = int(re.search(r"disclosure.yml line (\d+): ", told[0])[1])
    line = (tmp_path / "disclosure.yml").read_text(encoding="utf-8").split("\n")[number - 1]
    assert (place or new.split("\n")[0]) in line


def test_all_contradictions_are_told_at_once(load):
    with pytest.raises(ConfigError) as error:
        load(("k: 5 ", "k: 3 "), ("suppress_at_most: 0 ", "suppress_at_most: 0.1 "),
             ("by: [race_group, division]", "by: [race_group, precinct]"))  # fmt: skip
    assert len(str(error.value).split("\n")) == 3


def test_outcomes_on_records_need_k_over_them_where_tables_count_the_same(load):
    sensitive = ("sensitive: []", "sensitive: [strip_search, booking]")
    two_values = ("l: 1 ", "l: 2 ")
    assert load(sensitive, two_values).records.sensitive == ("strip_search", "booking")
    with pytest.raises(ConfigError, match="give small counts back"):
        load(sensitive, two_values, ("k_counts_sensitive: true", "k_counts_sensitive: false"))


@pytest.fixture
def load_with(project, tmp_path, framework):
    """Load demo's policy with whole blocks of it replaced."""

    def loaded(**blocks):
        text = (project / "services/demo/disclosure.yml").read_text(encoding="utf-8")
        content = yaml.safe_load(text)
        content["records"] |= blocks.pop("records", {})
        shutil.copy(project / "services/demo/labels.csv", tmp_path)
        text = yaml.safe_dump(content | blocks)
        (tmp_path / "disclosure.yml").write_text(text, encoding="utf-8")
        return load_policy(tmp_path, framework)

    return loaded


def test_records_are_held_against_tables_of_the_same_people_only(load_with):
    loose = {"k": 3, "suppress_at_most": 0.01}
    table = {"table": "counts", "title": "Counts", "title_fr": "Comptes", "unit": "person",
             "by": ["race_group"], "periods": ["year"]}  # fmt: skip
    force = table | {"counts": ["use_of_force"]}
    assert load_with(tables=[force], figures=[], records=loose).records.k == 3
    with pytest.raises(ConfigError, match="table counts counts the same people"):
        load_with(tables=[table | {"counts": ["arrest"]}], figures=[], records=loose)
    figure = {"periods": ["year"], "dimensions": ["all"], "indicators": ["booking_of_arrests"]}
    with pytest.raises(ConfigError, match="indicator booking_of_arrests counts the same people"):
        load_with(tables=[force], figures=[figure], records=loose)
    with pytest.raises(ConfigError, match="a summary table counts the same people"):
        load_with(tables=[], figures=[], records=loose | {"measure": "use_of_force",
                  "unit": "incident"})  # fmt: skip


def test_a_policy_that_releases_nothing_is_refused(load_with):
    with pytest.raises(ConfigError, match="releases nothing"):
        load_with(tables=[], figures=[], summary_tables=False, records={"release": False})


def test_a_key_that_is_not_known_is_refused(load):
    with pytest.raises(ConfigError, match="Extra inputs are not permitted"):
        load(("  apart: 1", "  a_part: 1\n  apart: 1"))


def test_a_service_without_policy_is_told_so(project, tmp_path, framework):
    shutil.copy(project / "services/demo/labels.csv", tmp_path)
    with pytest.raises(ConfigError, match=r"disclosure.yml does not exist"):
        load_policy(tmp_path, framework)


def test_a_table_shows_delivered_labels_where_there_are_any(project):
    folder = project / "services/toronto"
    known = known_names(folder, load_framework(folder))
    one = load_policy(folder).tables[0]
    assert one.level_of("race_group", known) == "delivered"
    assert one.level_of("division", known) == "standard"


def test_measures_hold_each_other_along_the_pathway(project):
    folder = project / "services/toronto"
    known = known_names(folder, load_framework(folder))
    held_by = {measure for measure, _ in known.part_of["item_found", "person"]}
    assert held_by == {"strip_search", "booking", "arrest"}
    assert ("arrest", "person") not in known.part_of


def test_figures_are_released_that_a_family_names(load):
    policy = load()
    assert policy.releases_figure("strip_search_of_arrests", "quarter", "all")
    assert policy.releases_figure("strip_search_of_arrests", "year", "division")
    assert not policy.releases_figure("strip_search_of_arrests", "quarter", "division")
    assert not policy.releases_figure("strip_search_of_arrests", "all", "strip_search_procedure")


def test_totals_cost_more_than_what_they_hold():
    cost = Cost(
        by="value",
        keep_open_first=(
            KeepOpen(filtered_by=(), weight=1000),
            KeepOpen(filtered_by=("race_group",), weight=100),
        ),
    )
    assert cost.of(7, ["race_group", "division"]) == 7
    assert cost.of(7, ["race_group"]) == 700
    assert cost.of(7, []) == 7000
    assert cost.of(0, ["division"]) == 1
    assert cost.model_copy(update={"by": "one"}).of(7, ["race_group"]) == 100


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 9), st.integers(0, 20))
def test_the_rule_hides_small_counts_and_whole_groups(count, group, threshold, below):
    rule = Rule(hide_counts_from=1, hide_counts_to=threshold, zeros="open", apart=1,
                group_disclosure_below=below, coalition=0)  # fmt: skip
    assert rule.hides(count) == (1 <= count <= threshold)
    assert rule.model_copy(update={"zeros": "hidden"}).hides(count) == (count <= threshold)
    whole = count > 0 and count == group and group < below
    assert rule.tells_of_group(count, group) == whole
