"""The entries of docs/runbook.md that the suites give: `python -m expectations.runbook`."""

from collections.abc import Iterable, Mapping
from itertools import chain
from pathlib import Path

from expectations.rule_base import Rule
from expectations.rules import StageSuite, Suite, load_stages, load_suites

RUNBOOK = Path(__file__).parents[1] / "docs" / "runbook.md"
MARKER = (
    "<!-- Below: written by `python -m expectations.runbook` from the suites; edit those. -->\n"
)


def runbook(by_hand: str, suites: Mapping[str, Suite], stages: Iterable[StageSuite]) -> str:
    """The text of the runbook, Markdown.

    Args:
        by_hand: the text up to the marker, or a whole runbook, of which the rest is written anew.
        suites: the suites by table.
        stages: the suites of the warehouse's stages.

    Returns:
        The same with an entry for each rule that refuses; rules of one name share it.
    """
    by_name: dict[str, list[tuple[str, Rule]]] = {}
    landed = (
        (table.replace("__", ".", 1), rule)
        for table, suite in suites.items()
        for rule in suite.rules
    )
    built = ((rule.about, rule) for stage in stages for rule in stage.rules)
    for table, rule in chain(landed, built):
        if rule.action == "refuse":
            by_name.setdefault(rule.name, []).append((table, rule))
    entries = (line for name in sorted(by_name) for line in _entry(name, by_name[name]))
    return by_hand.partition(MARKER)[0] + MARKER + "".join(entries)


def _entry(name: str, rules: Iterable[tuple[str, Rule]]) -> Iterable[str]:
    """One heading, and below it why and what to do, with the tables and owners that share it."""
    yield f"\n### {name}\n"
    owners: dict[tuple[str, str], dict[str, list[str]]] = {}
    for table, rule in rules:
        said = owners.setdefault((rule.reason.strip(), rule.fix.strip()), {})
        said.setdefault(rule.owner, []).append(f"`{table}`")
    for (reason, fix), tables in owners.items():
        lead = "; ".join(f"{', '.join(names)} ({owner})" for owner, names in tables.items())
        yield f"\n{lead}:\n\n- **Why**: {reason}\n- **Do now**: {fix}\n"


if __name__ == "__main__":
    written = runbook(RUNBOOK.read_text(encoding="utf-8"), load_suites(), load_stages())
    RUNBOOK.write_text(written, encoding="utf-8")
