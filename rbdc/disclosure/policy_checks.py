"""What must hold in a disclosure policy before any data is looked at, each problem with advice."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from rbdc.config_files import Place
from rbdc.disclosure.known_names import KnownNames, Measure
from rbdc.disclosure.policy_records import TIME_COLUMNS, step_problems

if TYPE_CHECKING:
    from rbdc.disclosure.policy import CountsTable, Figures, Policy

Problem = tuple[Place, str]


def problems_of(policy: "Policy", known: KnownNames) -> list[Problem]:
    """Everything in a policy that contradicts another part of it, the framework or the labels."""
    found = [*_cost(policy, known)]
    names = [table.table for table in policy.tables]
    for number, table in enumerate(policy.tables):
        if table.table in names[:number]:
            found.append((("tables", number, "table"), f"the table {table.table} stands twice"))
        found += _table(table, number, known)
    for number, family in enumerate(policy.figures):
        found += _figures(family, number, known)
    if not (policy.tables or policy.figures or policy.summary_tables or policy.records.release):
        found.append((("tables",), "the policy releases nothing: name tables, figures or records"))
    if policy.records.release:
        found += _records(policy, known)
        found += _records_beside_tables(policy, known)
    return found


def _cost(policy: "Policy", known: KnownNames) -> Iterator[Problem]:
    for number, one in enumerate(policy.cost.keep_open_first):
        if strange := sorted(set(one.filtered_by) - known.dimensions):
            place: Place = ("cost", "keep_open_first", number, "filtered_by")
            yield place, _no("dimension", strange, known.dimensions)


def _table(table: "CountsTable", number: int, known: KnownNames) -> Iterator[Problem]:
    place: Place = ("tables", number)
    for interaction in table.counts:
        if (interaction, table.unit) not in known.measures:
            yield (*place, "counts"), _no_measure(interaction, table.unit, known)
    if strange := sorted(set(table.by) - known.dimensions):
        yield (*place, "by"), _no("dimension", strange, known.dimensions)
    if table.unit != "incident" and "time_of_day" in table.by:
        yield (*place, "by"), "only incidents are counted by time_of_day"
    if table.labels == "delivered" and not set(table.by) & known.delivered:
        yield (
            (*place, "labels"),
            f"{', '.join(table.by)}: labels.csv has no delivered labels; say labels: standard",
        )


def _figures(family: "Figures", number: int, known: KnownNames) -> Iterator[Problem]:
    place: Place = ("figures", number)
    named = [*known.indicators] if family.indicators == "all" else family.indicators
    if strange := sorted(set(named) - set(known.indicators)):
        yield (*place, "indicators"), _no("indicator", strange, known.indicators)
    indicators = [known.indicators[name] for name in named if name in known.indicators]
    if not indicators:
        return
    periods = {period for one in indicators for period in one.periods}
    if strange := sorted(set(family.periods) - periods):
        yield (*place, "periods"), f"no indicator named here has {_no('period', strange, periods)}"
    dimensions = {dimension for one in indicators for dimension in one.dimensions}
    if strange := sorted(set(family.dimensions) - dimensions):
        yield (
            (*place, "dimensions"),
            f"no indicator named here has {_no('dimension', strange, dimensions)}",
        )


def _records(policy: "Policy", known: KnownNames) -> Iterator[Problem]:
    records = policy.records
    measure = (records.measure, records.unit)
    if measure not in known.measures:
        yield ("records", "measure"), _no_measure(*measure, known)
    for flag in records.sensitive:
        if measure not in known.part_of.get((flag, records.unit), frozenset()):
            yield (
                ("records", "sensitive"),
                f"{flag} is no part of {records.measure} (unit {records.unit}) in the framework: "
                "only outcomes of the records themselves can be marked on them",
            )
    for number, column in enumerate(records.columns):
        place: Place = ("records", "columns", number)
        if column.column in TIME_COLUMNS:
            continue
        if column.column not in known.dimensions:
            yield (*place, "column"), _no("dimension", [column.column], known.dimensions)
        elif column.column in known.codes:
            for step, message in step_problems(column, known.codes[column.column]):
                yield (*place, "steps", step), message


def _records_beside_tables(policy: "Policy", known: KnownNames) -> Iterator[Problem]:
    """Records give back every cross-tabulation of theirs: what tables hide, they must not tell."""
    records, rule = policy.records, policy.rule
    published = _published(policy, known)
    counted = [(one, records.unit) for one in (records.measure, *records.sensitive)]
    same = [published[one] for one in counted if one in published]
    if not same:
        return
    beside = f"{same[0]} counts the same people"
    if records.k <= rule.hide_counts_to:
        yield (
            ("records", "k"),
            f"groups of {records.k} records would give counts that tables hide (1 to "
            f"{rule.hide_counts_to}), and {beside}: raise k to {rule.hide_counts_to + 1}, release "
            "no records, or take those tables out",
        )
    if records.sensitive and not records.k_counts_sensitive:
        yield (
            ("records", "k_counts_sensitive"),
            f"{', '.join(records.sensitive)} on the records give small counts back that tables "
            f"hide, and {beside}: say k_counts_sensitive: true, take the outcomes out of "
            "sensitive, or release no records",
        )
    if records.sensitive and rule.group_disclosure_below and records.l < 2:
        yield (
            ("records", "l"),
            f"the rule hides that all of a group under {rule.group_disclosure_below} have an "
            "outcome, which records with outcomes tell: say l: 2, or take them out of sensitive",
        )
    if records.suppress_at_most > 0:
        yield (
            ("records", "suppress_at_most"),
            f"records that are left out are few in each group, and {beside}: a table's count less "
            "the records' is their number. Say suppress_at_most: 0 (codes become coarser instead), "
            "or take those tables out",
        )
    if rule.zeros == "hidden":
        yield (
            ("records", "release"),
            f"zeros are hidden, {beside}, and records show which groups nobody is in: release no "
            "records, or leave zeros open",
        )
    if policy.protect.method == "controlled_rounding":
        yield (
            ("records", "release"),
            f"tables are rounded, {beside}, and records give exact counts: release no records, or "
            "use suppression",
        )


def _published(policy: "Policy", known: KnownNames) -> dict[Measure, str]:
    """Measures that tables or figures count, with the words for where."""
    published: dict[Measure, str] = {}
    for table in policy.tables:
        for interaction in table.counts:
            published.setdefault((interaction, table.unit), f"table {table.table}")
    for family in policy.figures:
        for one in known.indicators.values():
            if family.indicators == "all" or one.indicator in family.indicators:
                published.setdefault((one.outcome, one.unit), f"indicator {one.indicator}")
                held = (one.benchmark, one.benchmark_unit or one.unit)
                if held in known.measures:
                    published.setdefault(held, f"indicator {one.indicator}")
    if policy.summary_tables:
        for interaction in ("enforcement_action", "use_of_force"):
            published.setdefault((interaction, "incident"), "a summary table")
    return published


def _no(what: str, strange: Iterable[str], known: Iterable[str]) -> str:
    there = ", ".join(sorted(known))
    return f"no {what} '{', '.join(strange)}'; there are {there}"


def _no_measure(interaction: str, unit: str, known: KnownNames) -> str:
    units = sorted(there for name, there in known.measures if name == interaction)
    if units:
        return f"{interaction} is not counted in unit {unit} here, but in {', '.join(units)}"
    names = sorted({name for name, _ in known.measures})
    return f"the framework counts no {interaction}; it counts {', '.join(names)}"
