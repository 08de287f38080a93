"""Texts of a release: complete, of the configuration that is in force, and without true counts."""

from dataclasses import replace

import pytest

from rbdc.disclosure.protection import Protection
from rbdc.framework.model import load_framework
from rbdc.release.documents import benchmarks, disclosure_report, known_issues, methodology
from tests.unit.release.invented_figures import PROJECT, shipped_policy
from tests.unit.release.test_records_file import PEOPLE, of_people

SERVICES = ("demo", "toronto", "ontario")
FOUND = Protection(
    hidden=frozenset(), primary=0, printed=1234, implied=567, relations=89, cost=4321.0,
    least_cost=4000.0, method="best within the time limit", disclosed_before=0,
)  # fmt: skip


@pytest.fixture(params=SERVICES)
def framework(request):
    return load_framework(PROJECT / "services" / request.param)


def test_methodology_tells_everything_that_the_framework_says(framework):
    text = methodology(framework)
    said = [framework.version, framework.reference_group, *framework.assumptions]
    said += [one.meaning for one in (*framework.principles, *framework.concepts, *framework.units)]
    assert [one for one in said if one not in text] == []
    assert f"{framework.thresholds.confidence:.0%}" in text
    assert text.endswith("\n") and not text.endswith("\n\n")


def test_every_benchmark_has_its_caveat_in_both_languages(framework):
    text = benchmarks(framework)
    said = [part for one in framework.benchmarks
            for part in (one.title, one.caveat, one.title_fr, one.caveat_fr)]  # fmt: skip
    assert said and [one for one in said if one not in text] == []


def test_disclosure_report_tells_the_rule_and_what_it_cost():
    policy = shipped_policy()
    text = disclosure_report(policy, FOUND, {"pathway": 7}, None)
    for said in (
        f"Policy version {policy.version} of {policy.fixed_on}", policy.approved_by,
        "Counts from 1 to 4 are hidden; zeros are shown.", "group smaller than 10",
        "| different counts printed | 1,234 |", "nobody prints | 567 |", "at most | 7.5% |",
        "best within the time limit", "- `pathway`: 7", "No records are released, only counts.",
        "python -m rbdc.disclosure.attacker",
    ):  # fmt: skip
        assert said in text, said
    assert "cannot be undone" not in text


def test_disclosure_report_says_what_cannot_be_undone_and_that_zeros_are_hidden():
    rule = shipped_policy().rule.model_copy(update={"zeros": "hidden", "group_disclosure_below": 0})
    policy = shipped_policy().model_copy(update={"rule": rule})
    text = disclosure_report(policy, replace(FOUND, disclosed_before=3), {}, None)
    assert "3 counts that the rule hides were published by an earlier release" in text
    assert "are hidden, zeros too." in text and "group smaller than" not in text


def test_disclosure_report_tells_what_became_of_records():
    records, _ = of_people(PEOPLE)
    text = disclosure_report(shipped_policy(), FOUND, {}, records)
    made = records.made
    assert f"At least {made.k} people look the same" in text and made.note in text
    assert f"| `age_group` | {made.steps['age_group']} |" in text
    assert "| `race_group` | as it is |" in text
    assert f"Before, {made.before.unique:,} of {len(PEOPLE)} records were alone" in text


def test_known_issues_are_a_list_and_never_empty():
    assert known_issues(["One.", "Two."]).splitlines()[2:] == ["- One.", "- Two."]
    assert "- None is known." in known_issues([])
