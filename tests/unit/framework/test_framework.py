"""An unsound framework is refused with its line; a sound one becomes tables."""

import pandas as pd
import pytest

from rbdc.errors import ConfigError
from rbdc.framework import framework_tables, load_framework


@pytest.fixture
def text(project):
    return (project / "services" / "toronto" / "framework.yml").read_text()


def load(folder, text):
    (folder / "framework.yml").write_text(text)
    return load_framework(folder)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("reference_group: White", "reference_group: Martian", "Martian.*not one of race_groups"),
        ("    benchmark: booking\n    form", "    benchmark: moon\n    form", "no benchmark"),
        ("small_count: 10", "small_count: -1", "line .*small_count.*give 1 or more"),
        ("confidence: 0.95", "confidence: 95", "confidence"),
        ("over_represented: 1.0", "over_represented: 0.5", "over_represented"),
        ("[0.5, 2.0]", "[2.0, 0.5]", "range around 1"),
        ("    unit: incident\n    composition_rule: multiple_race_group\n", "    unit: incident\n",
         "needs a composition_rule"),
        (", unknown: true", "", "exactly one of race_groups"),
        ("version: 0.3.0", "version: one", "version"),
        ("  - indicator: strip_search_of_bookings", "  - indicator: strip_search_of_arrests",
         "declared twice"),
        ('    vintage: "2016"\n    source_table', "    source_table", "needs vintage|no benchmark"),
        ("      Black:\n", "      Blue:\n", "Blue"),
        ('    source_table: census', '    stratum: gender=Female\n    source_table: census',
         "only a population from population.residents has strata"),
        ("occurrence_category]", "time_of_day]", "only incidents are counted by time_of_day"),
    ],
)  # fmt: skip
def test_unsound_frameworks_are_refused(tmp_path, text, old, new, message):
    assert old in text
    with pytest.raises(ConfigError, match=message) as caught:
        load(tmp_path, text.replace(old, new, 1))
    assert "framework.yml line " in str(caught.value)


def test_tables_hold_the_whole_framework(tmp_path, text):
    framework = load(tmp_path, text)
    tables = framework_tables(framework, "Toronto", "run-1")
    assert tables["config__run"].iloc[0].to_dict() == {
        "service": "Toronto",
        "reference_group": "White",
        "framework_version": framework.version,
        "run_id": "run-1",
    }
    parts = tables["config__population_parts"]
    white = parts[parts["race_group"] == "White"]
    assert dict(zip(white["characteristic"], white["sign"], strict=True)) == {
        "Not a visible minority": 1,
        "Aboriginal identity": -1,
    }
    assert list(parts[parts["race_group"] == "Total"]["sign"]) == [1]
    cells = tables["config__indicator_cells"]
    asked = sum(len(i.periods) * len(i.dimensions) for i in framework.indicators)
    # Before and after the change of procedure, for the three indicators that it affects.
    assert len(cells) == asked + 3
    assert not cells.duplicated().any()


@pytest.fixture
def demo(project):
    return (project / "services" / "demo" / "framework.yml").read_text()


def test_benchmarks_of_one_name_are_told_apart_by_their_unit(tmp_path, demo):
    tables = framework_tables(load(tmp_path, demo), "Lakeshore", "run-1")
    asked = tables["config__indicators"].set_index("indicator")
    units = asked[asked["benchmark"] == "enforcement_action"]["benchmark_unit"]
    assert units["arrest_of_enforcement_actions"] == "person"
    assert units["use_of_force_of_enforcement_actions"] == "incident"
    # Where there is one benchmark of the name, its unit need not be said.
    assert "benchmark: arrest\n    form" in demo
    assert asked["benchmark_unit"]["strip_search_of_arrests"] == "person"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("    benchmark_unit: person\n", "", "say which with benchmark_unit: incident or person"),
        ("benchmark_unit: person", "benchmark_unit: resident",
         "no unit resident; say benchmark_unit: incident or person"),
        ("    benchmark: arrest\n", "    benchmark: arrest\n    benchmark_unit: incident\n",
         "no unit incident; say benchmark_unit: person"),
        ("    unit: incident\n    caveat: >-\n      O", "    unit: person\n    caveat: >-\n      O",
         "benchmark declared twice: enforcement_action of unit person"),
        ("  - benchmark: youth_population", "  - benchmark: resident_population",
         "benchmark declared twice: resident_population 2021"),
    ],
)  # fmt: skip
def test_a_benchmark_that_is_not_the_only_one_is_refused(tmp_path, demo, old, new, message):
    assert old in demo
    with pytest.raises(ConfigError, match=message) as caught:
        load(tmp_path, demo.replace(old, new, 1))
    assert "framework.yml line " in str(caught.value)


def test_a_benchmark_may_be_one_stratum_of_the_residents(project):
    framework = load_framework(project / "services" / "demo")
    benchmarks = framework_tables(framework, "Lakeshore", "run-1")["config__benchmarks"]
    strata = dict(zip(benchmarks["benchmark"], benchmarks["stratum"], strict=True))
    assert strata["youth_population"] == "age_group=17 and younger"
    assert strata["resident_population"] is pd.NA


@pytest.mark.parametrize("stratum", ["17 and younger", "age_group=", "Age group=young"])
def test_a_stratum_is_written_as_in_the_population_table(project, tmp_path, stratum):
    text = (project / "services" / "demo" / "framework.yml").read_text()
    written = "stratum: age_group=17 and younger"
    assert written in text
    with pytest.raises(ConfigError, match="stratum"):
        load(tmp_path, text.replace(written, f"stratum: {stratum!r}"))


def test_shipped_frameworks_are_sound(project):
    for folder in (project / "services").iterdir():
        assert load_framework(folder).reference_group == "White"


def test_the_framework_of_performance_runs_is_sound_and_asks_for_no_incidents_of_actions(project):
    """The hand-written scripts, which must give equal marts, do not put incidents together."""
    benchmarks = load_framework(project / "perf").benchmarks
    units = {b.unit for b in benchmarks if b.benchmark == "enforcement_action"}
    assert units == {"person"}
