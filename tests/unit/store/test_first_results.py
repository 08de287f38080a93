"""A hypothesis is noted once, when it first has a result, and what it said then is kept."""

import json

import pytest

from rbdc.framework import load_framework
from rbdc.store.first_results import note_first_results, read_first_results
from rbdc.store.layout import StateFolder
from tests.unit.analysis.conftest import SERVICES


@pytest.fixture(scope="module")
def framework():
    return load_framework(SERVICES / "demo")


@pytest.fixture
def state(tmp_path):
    return StateFolder(tmp_path / "demo")


def digests(framework):
    return {one.hypothesis: one.digest for one in framework.hypotheses}


def changed(framework, name, **update):
    """The framework with one hypothesis that says something else."""
    return framework.model_copy(
        update={
            "hypotheses": tuple(
                one.model_copy(update=update) if one.hypothesis == name else one
                for one in framework.hypotheses
            )
        }
    )


def held(state):
    return json.loads((state.quality / "first_results.json").read_text(encoding="utf-8"))


def test_before_any_result_nothing_is_noted(state):
    assert read_first_results(state) == {}


def test_only_what_has_a_result_is_noted(state, framework):
    note_first_results(state, framework, ["H1", "H3"], "run-1")
    assert read_first_results(state) == {name: digests(framework)[name] for name in ("H1", "H3")}
    entry = held(state)["H1"]
    assert entry["run_id"] == "run-1" and entry["framework_version"] == framework.version
    assert len(entry["first_result_on"]) == len("2026-11-26")


def test_no_result_writes_no_file(state, framework):
    note_first_results(state, framework, [], "run-1")
    note_first_results(state, framework, ["H99"], "run-1")
    assert not (state.quality / "first_results.json").exists()


def test_the_first_result_stays_whatever_comes_after(state, framework):
    note_first_results(state, framework, ["H1"], "run-1")
    first = held(state)["H1"]
    other = changed(framework, "H1", support="under_represented")
    note_first_results(state, other, ["H1", "H2"], "run-2")
    assert held(state)["H1"] == first
    assert held(state)["H2"]["run_id"] == "run-2"
    assert read_first_results(state)["H1"] == digests(framework)["H1"]


def test_one_that_left_the_framework_is_remembered(state, framework):
    note_first_results(state, framework, ["H1", "H2"], "run-1")
    fewer = framework.model_copy(update={"hypotheses": framework.hypotheses[1:]})
    note_first_results(state, fewer, ["H2", "H3"], "run-2")
    assert set(read_first_results(state)) == {"H1", "H2", "H3"}


@pytest.mark.parametrize(
    "update",
    [
        {"question": "Something else?"},
        {"support": "under_represented"},
        {"groups": ("Black",)},
        {"benchmarks": ("arrest",)},
        {"periods": ("2022",)},
    ],
)
def test_any_other_wording_or_test_is_another_hypothesis(framework, update):
    assert digests(changed(framework, "H1", **update))["H1"] != digests(framework)["H1"]


def test_the_same_words_have_the_same_digest(framework):
    assert digests(load_framework(SERVICES / "demo")) == digests(framework)
    assert len(set(digests(framework).values())) == len(framework.hypotheses)
