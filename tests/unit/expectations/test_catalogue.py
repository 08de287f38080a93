"""The catalogue of rules is the one that the suites give."""

from expectations.catalogue import README, catalogue
from expectations.rules import load_stages, load_suites


def test_catalogue_is_current():
    text = README.read_text(encoding="utf-8")
    assert text == catalogue(load_suites(), load_stages()), "run `python -m expectations.catalogue`"


def test_catalogue_has_every_rule():
    lines = README.read_text(encoding="utf-8").splitlines()
    own = [suite for suite in load_suites().values() if not suite.same_as]
    rules = [rule.name for suite in [*own, *load_stages()] for rule in suite.rules]
    listed = [line.split("`")[1] for line in lines if line.startswith("| `") and "| team:" in line]
    assert listed == rules
