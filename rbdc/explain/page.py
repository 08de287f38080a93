"""The explanation as plain text: headings, the queries with their counts, the loads."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill, indent
from typing import Any

from rbdc.explain.checks import Arithmetic, Check
from rbdc.explain.figure import Figure
from rbdc.explain.loads import TableLoads
from rbdc.explain.queries import Query
from rbdc.explain.words import about, brief, found, sentence
from rbdc.framework import Framework
from rbdc.release.wording import SIMULATED

_WIDTH = 98
_SIDES = {
    "outcome_count": "Numerator: events of the outcome in this race group",
    "outcome_total": "Total of the outcome, all race groups",
    "persons": "Distinct persons behind the numerator",
    "benchmark_count": "Denominator: the benchmark's count of this race group",
    "benchmark_total": "Total of the benchmark, all race groups",
}


def heading(text: str) -> str:
    """A heading of a part."""
    return f"\n{text.upper()}\n{'-' * len(text)}"


def opening(figure: Figure, service_folder: str, *, synthetic: bool) -> str:
    """The first lines: which figure, of what, and what may be done with the page."""
    title = f"Figure {figure.id} of mart {figure.mart}"
    lines = [title, "=" * len(title)]
    if synthetic:
        lines.append(SIMULATED)
    lines.append(
        f"Service folder {service_folder}. Internal: these counts are not protected against "
        "disclosure."
    )
    return "\n".join(lines)


def in_words(figure: Figure, framework: Framework | None) -> str:
    """What a row is about and what was published of it."""
    lines = [heading("The figure in words"), *_pairs(about(figure, framework))]
    if not figure.is_derived:
        lines += ["", fill(sentence(figure), _WIDTH)]
    lines += [heading("What was published"), *_pairs(found(figure))]
    return "\n".join(lines)


def counted_again(
    checks: Sequence[Check], arithmetic: Sequence[Arithmetic], notes: Iterable[str]
) -> str:
    """Every query of a figure with the count that it gives now, and whether that was published."""
    lines = [heading("Counted again, now")]
    lines += [fill(note, _WIDTH) for note in notes]
    for column, title in _SIDES.items():
        of_column = [check for check in checks if check.query.column == column]
        if of_column:
            lines.append(f"\n{title} ({column}, published {of_column[0].published:,})")
        for check in of_column:
            lines.append(f"\n  From {_origin(check.query)}:")
            lines.append(indent(f"{check.query.sql};", "    "))
            lines.append(f"  gives {_verdict(check)}")
    if arithmetic:
        lines.append("\nFrom the published counts")
        lines += [f"  {one.column} = {one.formula} = {_of_quotient(one)}" for one in arithmetic]
    return "\n".join(lines)


def in_short(
    figure: Figure, checks: Sequence[Check], arithmetic: Sequence[Arithmetic], place: str
) -> str:
    """A source figure of a derived one: what it says and whether it is counted again."""
    lines = [f"\n{place}: figure {figure.id}", indent(brief(figure), "  ")]
    for column in _SIDES:
        of_column = [check for check in checks if check.query.column == column]
        if of_column:
            counts = "; ".join(f"{one.query.origin} {_verdict(one)}" for one in of_column)
            lines.append(f"  {column:<16}{of_column[0].published:>12,}   {counts}")
    lines += [
        f"  {one.column} = {one.formula} = {_of_quotient(one)}"
        for one in arithmetic
        if not one.agrees
    ]
    return "\n".join(lines)


def loads(tables: Sequence[TableLoads], note: str) -> str:
    """The loads that the raw tables consist of."""
    lines = [heading("Loads behind it"), fill(note, _WIDTH)]
    for table in tables:
        count = len(table.loads) + table.older
        many = "1 accepted load" if count == 1 else f"{count:,} accepted loads"
        lines.append(f"\n{table.table}: {many if count else 'no accepted load'} in force")
        for load in table.loads:
            lines.append(
                f"  {load['load_id']}  {load['delivery']}, data as of {load['data_as_of'] or '–'}: "
                f"{load['rows_accepted']:,} rows accepted of {load['rows_landed']:,} landed"
                + (f", {aside:,} set aside" if (aside := load["rows_quarantined"]) else "")
            )
            lines.append(f"    batch checksum {load['batch_checksum']}")
            lines.append(f"    suite version {load['suite_version']}, code {load['code_version']}")
        if table.older:
            lines.append(f"  and {table.older:,} older since the last full delivery")
        if table.corrections:
            lines.append(
                f"  {table.corrections:,} known errors of the provider are corrected "
                "(raw.config__corrections)"
            )
    return "\n".join(lines)


def build(run: Mapping[str, Any], figure: Figure) -> str:
    """Which code, framework and inputs made the marts."""
    inputs: Mapping[str, str] = run.get("inputs") or {}
    row_run = figure.text("run_id")
    pairs = [
        ("framework version", figure.text("framework_version")),
        ("code version", inputs.get("code") or "not recorded: a part was built by hand"),
        ("built by run", row_run or run.get("built_by")),
        ("published by run", run.get("run_id")),
        *((f"hash of {name}", digest) for name, digest in inputs.items() if name != "code"),
        (f"hash of {figure.mart}", (run.get("hashes") or {}).get(figure.mart)),
    ]
    return "\n".join(
        [
            heading("What made the marts"),
            *_pairs((name, str(value)) for name, value in pairs if value is not None),
        ]
    )


def verdict(asked: int, wrong: Sequence[str], missing: Sequence[str]) -> str:
    """The last lines: whether everything agrees."""
    lines = [heading("Verdict")]
    if not asked and not missing:
        lines.append("Nothing was made again: this row names no figures that it was made from.")
        return "\n".join(lines)
    if not wrong and not missing:
        lines.append(f"Every count agrees with the published one ({asked} numbers made again).")
        return "\n".join(lines)
    lines.append("!!! THIS FIGURE COULD NOT BE MADE AGAIN AS IT WAS PUBLISHED !!!")
    lines += [f"!!! {one}" for one in wrong]
    lines += [f"!!! source figure {one} is not among the published figures" for one in missing]
    lines.append("Do not use it before the cause is known; tell team:data-engineering.")
    return "\n".join(lines)


def disagreement(figure: Figure, check: Check | Arithmetic) -> str:
    """One number that was not made again."""
    if isinstance(check, Arithmetic):
        return f"{figure.id} {check.column}: {check.found!r}, published {check.published!r}"
    where = check.query.origin
    return f"{figure.id} {check.query.column}: {where} give {_count(check.found)}, published " + (
        _count(check.published)
    )


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[str]:
    held = list(pairs)
    width = max((len(name) for name, _ in held), default=0) + 2
    space = " " * (width + 2)
    return [
        fill(
            value,
            max(_WIDTH, width + 40),
            initial_indent=f"  {name:<{width}}",
            subsequent_indent=space,
            break_long_words=False,
        )
        for name, value in held
    ]


def _origin(query: Query) -> str:
    return {
        "public counts": "public counts",
        "records": "the service's own records",
        "printed counts": "the tables that the publisher printed, behind which are no records",
        "population table": "the population table, as it was delivered, under standard labels",
    }[query.origin]


def _verdict(check: Check) -> str:
    if check.agrees:
        return f"{_count(check.found)}, agrees"
    return f"{_count(check.found)}, DOES NOT AGREE with {_count(check.published)} as published"


def _of_quotient(one: Arithmetic) -> str:
    if one.agrees:
        return f"{one.found:.6g}, agrees"
    return f"{one.found!r}, DOES NOT AGREE with {one.published!r} as published"


def _count(value: int | None) -> str:
    return "nothing" if value is None else f"{value:,}"
