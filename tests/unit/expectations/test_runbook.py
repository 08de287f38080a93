"""The runbook has an entry for everything that can refuse or fail, and links lead to it."""

import re
from typing import get_args

import pytest

from expectations.rules import load_stages, load_suites
from expectations.runbook import RUNBOOK, runbook
from orchestration.alerts import REMEDIES
from orchestration.exit_status import RULE
from orchestration.settings import Settings
from rbdc.store.loads import RefusedBy

TEXT = RUNBOOK.read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^### (\S+)\n(.*?)(?=^##|\Z)", TEXT, re.MULTILINE | re.DOTALL))
REFUSING = {
    rule.name
    for suite in [*load_suites().values(), *load_stages()]
    for rule in suite.rules
    if rule.action == "refuse"
}


def test_the_runbook_is_current():
    assert runbook(TEXT, load_suites(), load_stages()) == TEXT, (
        "run `python -m expectations.runbook`"
    )


def test_every_rule_that_refuses_and_every_kind_has_one_entry_and_nothing_else_has():
    names = re.findall(r"^### (.*)$", TEXT, re.MULTILINE)
    assert len(names) == len(set(names)) == len(ENTRIES)
    assert set(names) == REFUSING | set(REMEDIES)
    assert set(get_args(RefusedBy)) - {RULE} <= set(REMEDIES)
    assert not REFUSING & {*REMEDIES, RULE}


@pytest.mark.parametrize("kind", REMEDIES)
def test_an_entry_answers_what_a_tired_engineer_asks(kind):
    for part in ("You see", "It means", "Safe meanwhile", "Do now", "Owner", "It is over when"):
        assert f"- **{part}**: " in ENTRIES[kind]


def test_an_entry_of_a_rule_names_its_tables_and_owners():
    for table, suite in load_suites().items():
        for rule in suite.rules:
            if rule.action == "refuse":
                entry = ENTRIES[rule.name]
                assert f"`{table.replace('__', '.', 1)}`" in entry and rule.owner in entry
                assert rule.fix.strip() in entry and rule.reason.strip() in entry


def test_links_of_alerts_lead_to_the_runbook():
    """The anchor of an alert is the heading of its entry, which is all one word."""
    assert Settings().project / Settings().runbook_url == RUNBOOK
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in ENTRIES)
    for anchor in re.findall(r"\]\(#([^)]*)\)", TEXT):
        assert anchor in ENTRIES
