"""Answers that tell of figures which the release hides or does not have."""

from pathlib import Path

import pytest

from rbdc.disclosure.attacker.attack import attack
from rbdc.disclosure.attacker.report import AttackReport
from tests.unit.disclosure.attacker.releases import HIDDEN, Made, count, dimension, write_release

OPEN, OTHER, HIDING = "f1", "f2", "f3"
GROUPS = {"race": ["A", "B", "D"]}
FINDING = ["a1", OPEN, 12, 0.5]


def released(folder: Path, *answers: list[object], made_of: str = "made_of") -> AttackReport:
    """The attack on three figures and some answers that are made of them."""
    figures = Made(
        "figures",
        {
            "figure_id": {"role": "key"},
            "race": dimension("race"),
            "period": {"role": "period"},
            "n": count(),
        },
        [[OPEN, "A", "2020", 12], [OTHER, "B", "2020", 30], [HIDING, "D", "2020", HIDDEN]],
        {"kind": "figures", "measure": "arrest", "unit": "person"},
    )
    findings = Made(
        "findings",
        {
            "answer_id": {"role": "key"},
            "source_figures": {"role": made_of},
            "outcome_count": count(),
            "index": {"role": "statistic"},
        },
        answers,
        {"kind": "answers"},
    )
    return attack(write_release(folder / "r", [figures, findings], GROUPS))


def test_answers_of_open_figures_tell_nothing_new(tmp_path):
    both = ["a2", f"{OPEN} {OTHER}", 30, 0.25]
    without_count = ["a3", OPEN, "", 2.0]
    as_number = ["a4", OPEN, 12.0, 2.0]
    report = released(tmp_path, FINDING, both, without_count, as_number)
    assert (report.exit_status, report.breaches, report.problems) == (0, (), ())


@pytest.mark.parametrize(
    ("answer", "breach"),
    [
        (["a2", HIDING, "", 1.5], "findings row 3 is made of figure f3, which hides a number."),
        (["a2", f"{OPEN} {HIDING}", 12, 1.5], "made of figure f3, which hides a number."),
        (["a2", "f9", 12, 1.5], "made of figure f9, which no table of the release has."),
        (["a2", "", "", 1.5], "findings row 3 does not say which figures it is made of."),
        (["a2", OPEN, 3, 1.5], "outcome_count = 3 is a count of none of its figures."),
        (["a2", OPEN, HIDDEN, 1.5], "outcome_count = [c] is a count of none of its figures."),
        (["a2", OPEN, 30, 1.5], "outcome_count = 30 is a count of none of its figures."),
    ],
)
def test_an_answer_that_tells_more_is_a_breach(tmp_path, answer, breach):
    report = released(tmp_path, FINDING, answer)
    assert report.exit_status == 3
    assert any(text.endswith(breach) for text in report.breaches), report.breaches


def test_answers_without_lineage_are_a_breach(tmp_path):
    report = released(tmp_path, FINDING, made_of="text")
    assert report.exit_status == 3
    assert "no column says which figures" in report.breaches[0]


def test_of_many_such_answers_five_are_named(tmp_path):
    report = released(tmp_path, *(["a", "f9", 12, 1.5] for _ in range(8)))
    assert len(report.breaches) == 6 and "3 more such answers" in report.breaches[-1]
