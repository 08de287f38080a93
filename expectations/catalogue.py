"""The catalogue of all rules, `README.md` of this folder: `python -m expectations.catalogue`."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from expectations.rule_base import Rule
from expectations.rules import StageSuite, Suite, load_stages, load_suites

README = Path(__file__).parent / "README.md"

_INTRODUCTION = """\
# Expectations: what a delivery must be before it is believed

<!-- Written by `python -m expectations.catalogue` from suites/*.yml; edit those. -->

Every table that is landed is judged by the suite of its name in `suites/`. A rule is declared once;
Great Expectations counts what breaks it, and the same declaration gives the SQL predicate by which
rows are set aside. Conditions read the relation `cleaned`: the batch with blanks around text taken
off, and the empty text, `None`, `NA`, `null` and `NaN` (in any case) as null.

What an action does when its rule fails:

| action | the batch | the row | who acts |
|---|---|---|---|
| `refuse` | stays out of raw (`on_refusal` in `sources.yml`) | | the owner, before the next run |
| `quarantine` | goes on | is set aside with the reason | the owner; a corrected row comes back |
| `warn` | goes on | goes on | the owner, when the publisher can be reached |
| `info` | goes on | goes on | nobody; readers must know |

Anything that keeps a rule from being evaluated (an exception, a rule without a result, a time
limit, two evaluations that disagree) is a refusal too.

To change a rule, edit its suite, keep `rules_declared` right, and run the command above. A changed
suite has another version, so that the next refresh judges the last delivery again.

| kind | a rule of this kind holds if | sets rows aside |
|---|---|---|
| `not_null` | none of `columns` is missing | yes |
| `values_in_set` | each value is one of `values` | yes |
| `matches` | each value fits the regular expression `pattern` as a whole | yes |
| `parses_as` | each value can be read as `type`: date, integer, number | yes |
| `between` | each value is a number from `min` to `max` | yes |
| `unique` | `columns` together identify a row; the first one stays | yes |
| `rows_where` | no row meets the SQL condition `sql` | yes |
| `groups_where` | no group of rows with the same `by` meets the SQL condition `having` | no |
| `table_where` | the query `sql` gives true | no |
| `row_count` | the batch has from `min` to `max` rows | no |
| `complete_grid` | every combination of the labels of `axes` stands exactly once | no |
| `row_share` | at most the share `max_share` of rows meets the SQL condition `sql` | no |
| `rows_against_held` | the batch has at least `min_share` of the rows that raw holds | no |

Landed suites may also read `held`, what raw holds of the table as it is declared now. Missing
values concern only `not_null`. Kinds that set rows aside take `where`, an SQL condition that says
which rows they judge.

The suites in `suites/warehouse/` judge three stages of the warehouse after they are built: staging,
benchmarks, and the marts before they replace those that readers see. There nothing is set aside; a
rule that refuses stops the run, and the marts of the last good run stay.

| kind | a rule of this kind holds if |
|---|---|
| `nothing_found` | the query `sql` finds no row |
| `share_at_most` | of `whole` things at most the share `max_share` is `part`, both given by `sql` |
| `volume_in_band` | each of the newest days has about as many records as such weekdays had before |
| `value_between` | the number that `sql` gives lies from `min` to `max` |
"""


def catalogue(suites: Mapping[str, Suite], stages: Iterable[StageSuite]) -> str:
    """The text of the catalogue, Markdown.

    Args:
        suites: the suites by table.
        stages: the suites of the warehouse's stages, in order.
    """
    own = [suite for suite in suites.values() if not suite.same_as]
    stages = list(stages)
    total = sum(suite.rules_declared for suite in [*own, *stages])
    parts = [_INTRODUCTION, f"\n{total} rules in {len(own) + len(stages)} suites follow"]
    if copies := len(suites) - len(own):
        parts.append(f"; {copies} more tables are copies, judged by the suite of what they copy")
    parts += [".\n"]
    parts += [part for suite in suites.values() for part in _section(suite)]
    parts += [part for stage in stages for part in _stage_section(stage)]
    return "".join(parts)


def _section(suite: Suite) -> Iterable[str]:
    yield f"\n## {suite.table}\n\n{suite.description}\n\n"
    if suite.same_as:
        yield f"The rules of `{suite.same_as}`; the owner is {suite.rules[0].owner}.\n"
        return
    yield "| rule | action | dimension | reason | fix | owner |\n|---|---|---|---|---|---|\n"
    for rule in suite.rules:
        yield _line(f"`{rule.name}`", *_said(rule))


def _stage_section(suite: StageSuite) -> Iterable[str]:
    yield f"\n## The stage {suite.stage}\n\n{suite.description}\n\n"
    yield "| rule | about | action | dimension | reason | fix | owner |\n"
    yield "|---|---|---|---|---|---|---|\n"
    for rule in suite.rules:
        yield _line(f"`{rule.name}`", f"`{rule.about}`", *_said(rule))


def _said(rule: Rule) -> tuple[str, ...]:
    return rule.action, rule.dimension, rule.reason, rule.fix, rule.owner


def _line(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    README.write_text(catalogue(load_suites(), load_stages()), encoding="utf-8")
