"""A figure is found, counted again, followed to its loads; what does not agree is said loudly."""

import re

import duckdb
import pytest

from rbdc.errors import BusyError, ConfigError
from rbdc.explain import explain, source
from rbdc.framework import load_framework
from rbdc.store.layout import StateFolder
from tests.explained import (
    ALONE,
    CENSUS,
    FINDING,
    LOST,
    PRINTED,
    SEARCH,
    SECRETS,
    UNKNOWN,
    YOUTH,
    make_state,
)


@pytest.fixture
def state(tmp_path):
    return make_state(tmp_path / "lakeshore")


def part(text, title):
    """The part of a page under a heading."""
    return text.split(title.upper() + "\n")[1].split("\n\n\n")[0]


def test_a_figure_is_told_in_words_with_its_published_numbers(state, project):
    framework = load_framework(project / "services" / "demo")
    found = explain(state.folder, SEARCH, framework=framework, synthetic=True)
    assert found.figure_id == SEARCH and found.agrees
    assert f"Figure {SEARCH} of mart indicators.disproportionality" in found.text
    assert "SIMULATED DATA" in found.text
    assert "strip_search_of_arrests: Strip searches, of people arrested" in found.text
    for line in (
        "period             year 2023",
        "dimension          age_group*gender 25 to 34|Man",
        "race group         Black",
        "interval_method           mover_wilson",
        "small_count               yes",
    ):
        assert line in found.text
    assert "2 of 3 are of race group Black (66.67%)" in found.text
    assert "1.78 times the share of the" in found.text


def test_every_count_is_made_again_from_public_counts_and_from_records(state):
    text = explain(state.folder, SEARCH).text
    numerator = (
        "    from interactions.encounters\n"
        "    where service = 'Lakeshore'\n"
        "      and strip_search = 1\n"
        "      and year = '2023'\n"
        "      and age_group = '25 to 34'\n"
        "      and gender = 'Man'\n"
        "      and race_group = 'Black';\n"
        "  gives 2, agrees"
    )
    assert numerator in text
    # Counts and totals of both sides, and people, each in two ways; four quotients.
    assert text.count("gives ") == 10 and "14 numbers made again" in text
    assert "= (2 / 3) / (3 / 8) = 1.77778, agrees" in text
    assert "Caveat of benchmark arrest: Arrests are decisions." in text


def test_no_row_of_a_person_is_printed(state):
    for figure in (SEARCH, YOUTH, FINDING):
        text = explain(state.folder, figure).text
        assert not [secret for secret in SECRETS if secret in text]


def test_the_text_of_every_query_runs_as_it_is_printed(state):
    text = "\n".join(explain(state.folder, one).text for one in (SEARCH, YOUTH, CENSUS, PRINTED))
    queries = re.findall(r"    (select .*?);\n  gives (\d+)", text, flags=re.DOTALL)
    assert len(queries) > 25
    with duckdb.connect(str(state.folder.warehouse), read_only=True) as connection:
        for sql, count in queries:
            assert connection.execute(sql).fetchone() == (int(count),)


@pytest.mark.parametrize(
    ("figure", "origin"),
    [
        (YOUTH, "and dimension_value = '17 and younger'"),
        (CENSUS, "sum(parts.sign * profile.residents)"),
        (PRINTED, "the tables that the publisher printed"),
    ],
)
def test_populations_and_printed_counts_are_followed_as_far_as_they_go(state, figure, origin):
    found = explain(state.folder, figure)
    assert found.agrees and origin in found.text


def test_a_group_without_index_says_so(state):
    found = explain(state.folder, UNKNOWN)
    assert found.agrees and "No index: one side cannot hold this group" in found.text


# --- loads


def test_loads_since_the_last_full_delivery_are_listed_the_newest_ten(state):
    loads = part(explain(state.folder, SEARCH).text, "Loads behind it")
    assert "rms.arrests: 13 accepted loads in force" in loads
    assert "rms__arrests-000015  increment, data as of 2023-12-31: 8 rows accepted of 9" in loads
    assert "batch checksum checksum-arrests-15" in loads
    assert "suite version suite-1, code code-0" in loads
    assert loads.count("  rms__arrests-") == 10 and "and 3 older since" in loads
    assert "rms__arrests-000016" not in loads  # it was rejected
    assert "1 known errors of the provider are corrected" in loads


@pytest.mark.parametrize(
    ("figure", "tables"),
    [
        (SEARCH, ["rms.arrests", "rms.strip_searches", "config.labels"]),
        (YOUTH, ["population.residents", "rms.arrests", "config.labels"]),
        (CENSUS, ["census.neighbourhood_profile", "rms.arrests", "config.labels"]),
        (PRINTED, ["tps.by_time", "config.labels"]),
    ],
)
def test_the_tables_behind_a_figure(state, figure, tables):
    loads = part(explain(state.folder, figure).text, "Loads behind it")
    assert [line.split(":")[0] for line in loads.splitlines() if "in force" in line] == tables


def test_what_made_the_marts(state):
    text = explain(state.folder, SEARCH).text
    for value in ("1.0.0", "code-1", "build-1", "run-2", "hash-of-raw", "hash-of-config"):
        assert value in text


# --- what does not agree


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            "update interactions.interaction_counts set count = 9 "
            "where interaction = 'strip_search' and race_group = 'White'",
            f"{SEARCH} outcome_total: public counts give 11, published 3",
        ),
        (
            "update interactions.encounters set strip_search = 0 where race_group = 'Black'",
            f"{SEARCH} outcome_count: records give 0, published 2",
        ),
        (
            "update interactions.encounters set person_number = rowid",
            f"{SEARCH} persons: records give 2, published 1",
        ),
        (
            "delete from benchmarks.benchmark_counts",
            f"{SEARCH} benchmark_count: public counts give 0, published 3",
        ),
    ],
)
def test_a_count_that_does_not_agree_is_said_loudly(state, spoil, said):
    state.in_warehouse(spoil)
    found = explain(state.folder, SEARCH)
    assert not found.agrees and "DOES NOT AGREE" in found.text
    verdict = part(found.text, "Verdict")
    assert "!!! THIS FIGURE COULD NOT BE MADE AGAIN" in verdict and f"!!! {said}" in verdict


def test_an_index_that_is_not_the_quotient_of_its_counts_does_not_agree(state):
    state.in_warehouse("update indicators.disproportionality set disproportionality_index = 1.7778")
    state.publish()
    found = explain(state.folder, SEARCH)
    assert not found.agrees and "disproportionality_index: 1.777777" in found.text


# --- marts alone


def test_without_a_warehouse_the_marts_explain(state):
    state.folder.warehouse.unlink()
    found = explain(state.folder, YOUTH)
    assert found.agrees and "from the marts alone. The warehouse is missing" in found.text
    # Printed totals of residents stand in the warehouse only.
    assert found.text.count("gives ") == 4 and "encounters" not in found.text
    assert "these are all tables" in found.text and "tps.by_time: 1 accepted load" in found.text
    assert not state.folder.warehouse.exists()


def test_a_build_that_was_not_published_does_not_speak_for_the_marts(state):
    state.in_warehouse(
        "update raw.config__run set run_id = 'build-2'", "delete from interactions.encounters"
    )
    found = explain(state.folder, SEARCH)
    assert found.agrees and "holds a later build that was not published" in found.text
    state.in_warehouse("drop table raw.config__run")
    assert "holds no complete build" in explain(state.folder, SEARCH).text


def test_a_refresh_under_way_is_not_waited_for(state, monkeypatch):
    def busy(*_, **__):
        raise BusyError("held")

    monkeypatch.setattr(source, "open_warehouse", busy)
    found = explain(state.folder, SEARCH)
    assert found.agrees and "ask again later" in found.text


# --- which figure is meant


def test_a_prefix_of_six_is_enough_where_it_is_the_only_one(state):
    assert explain(state.folder, f" {SEARCH[:6].upper()} ").figure_id == SEARCH
    with pytest.raises(ConfigError, match="too short"):
        explain(state.folder, SEARCH[:5])


def test_a_prefix_of_several_names_them(state):
    state.in_warehouse(
        f"update indicators.disproportionality set figure_id = '{SEARCH[:6]}0000000000' "
        f"where figure_id = '{YOUTH}'"
    )
    state.publish()
    with pytest.raises(ConfigError, match=f"begins 2 figure ids .*{SEARCH}"):
        explain(state.folder, SEARCH[:6])
    assert explain(state.folder, SEARCH).figure_id == SEARCH


def test_an_unknown_figure_is_one_sentence_with_advice(state):
    with pytest.raises(ConfigError, match="No figure 'ffffff' in the marts. Take figure_id from"):
        explain(state.folder, "ffffff")
    with pytest.raises(ConfigError, match="No figure"):
        explain(state.folder, "'; drop")


def test_nothing_refreshed_yet(tmp_path):
    with pytest.raises(ConfigError, match="has no marts yet.*make refresh SERVICE=demo"):
        explain(StateFolder(tmp_path / "demo"), SEARCH)
    assert not (tmp_path / "demo").exists()


# --- figures made from figures


def test_a_derived_figure_has_one_block_for_each_of_its_sources(state):
    found = explain(state.folder, FINDING)
    assert found.agrees and "of mart indicators.findings" in found.text
    assert "Searched more." in part(found.text, "What was published")
    assert f"1 of 2: figure {SEARCH}" in found.text and f"2 of 2: figure {YOUTH}" in found.text
    assert "public counts 2, agrees; records 2, agrees" in found.text
    assert "select" not in found.text
    assert found.text.count("rms.arrests: ") == 1 and "population.residents: " in found.text


def test_a_source_figure_that_does_not_agree_or_is_lost_is_said_loudly(state):
    found = explain(state.folder, LOST)
    assert not found.agrees
    assert "!!! source figure 00000000 is not among the published figures" in found.text
    state.in_warehouse("update interactions.encounters set strip_search = 0")
    found = explain(state.folder, FINDING)
    assert not found.agrees and f"!!! {SEARCH} outcome_count: records give 0" in found.text


def test_a_derived_figure_that_names_no_sources_says_so(state):
    found = explain(state.folder, ALONE)
    assert found.agrees and "cannot be followed further" in found.text
    assert "nothing was made again" in part(found.text, "Verdict").lower()


def test_marts_that_share_an_id_are_both_explained(state):
    state.in_warehouse(f"update indicators.findings set figure_id = '{SEARCH}'")
    state.publish()
    text = explain(state.folder, SEARCH).text
    assert text.index("mart indicators.disproportionality") < text.index("mart indicators.findings")
