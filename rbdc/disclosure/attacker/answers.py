"""Answers that are made of figures: whether every figure behind a row is published and open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from rbdc.disclosure.attacker.folder import Release, Table

_SHOWN = 5


@dataclass
class Figures:
    """The figures of a release by id.

    `counts` are the published counts of each; `hiding` those with any hidden number.
    """

    counts: dict[str, set[float]] = field(default_factory=dict)
    hiding: set[str] = field(default_factory=set)


def answers_of_hidden_figures(release: Release) -> list[str]:
    """Rows of answers that tell of something which the release does not show.

    An answer (a finding, a hypothesis, a step of a pathway) may hold nothing but what its figures
    hold. A row breaks that if it names no figure, one that no table has or one that hides a
    number, or if it has a count that none of its figures has.

    Returns:
        A sentence for each such row; of one table and kind at most 5, then how many more.
    """
    figures = _figures(release)
    breaches: list[str] = []
    for table in release.tables:
        if table.kind != "answers":
            continue
        if not table.with_role("made_of"):
            breaches.append(f"{table.name}: no column says which figures its answers are made of.")
            continue
        found = list(_of_table(release, table, figures))
        breaches += found[:_SHOWN]
        if len(found) > _SHOWN:
            breaches.append(f"{table.name}: {len(found) - _SHOWN} more such answers.")
    return breaches


def _figures(release: Release) -> Figures:
    figures = Figures()
    for table in release.tables:
        if table.kind != "figures":
            continue
        keys = [table.frame[one.name].tolist() for one in table.with_role("key")]
        numbers = {
            one.name: table.frame[one.name].tolist()
            for one in table.with_role("count", "persons", "statistic")
        }
        counts = {one.name for one in table.with_role("count")}
        for row, ids in enumerate(zip(*keys, strict=True)):
            texts = {name: values[row] for name, values in numbers.items()}
            for figure in ids:
                read = {_number(text) for name, text in texts.items() if name in counts}
                figures.counts[figure] = {one for one in read if one is not None}
                if any(text in release.symbols for text in texts.values()):
                    figures.hiding.add(figure)
    return figures


def _of_table(release: Release, table: Table, figures: Figures) -> Iterator[str]:
    names = [one.name for one in table.with_role("made_of")]
    counts = [one.name for one in table.with_role("count")]
    rows = table.frame[[*names, *counts]].to_dict("records")
    for number, row in enumerate(rows, start=2):
        where = f"{table.name} row {number}"
        ids = [one for name in names for one in str(row[name]).split()]
        if not ids:
            yield f"{where} does not say which figures it is made of."
            continue
        unknown = [one for one in ids if one not in figures.counts]
        hiding = [one for one in ids if one in figures.hiding]
        if unknown:
            yield f"{where} is made of figure {unknown[0]}, which no table of the release has."
        if hiding:
            yield f"{where} is made of figure {hiding[0]}, which hides a number."
        if not unknown:
            yield from _foreign_counts(where, row, counts, ids, figures)


def _foreign_counts(
    where: str, row: Mapping[object, object], counts: list[str], ids: list[str], figures: Figures
) -> Iterator[str]:
    known = set().union(*(figures.counts[one] for one in ids))
    for name in counts:
        text = str(row[name])
        if text and _number(text) not in known:
            yield f"{where}: {name} = {text} is a count of none of its figures."


def _number(text: str) -> float | None:
    """A count as a number, however it is written; None if it is hidden, missing or no number."""
    try:
        return float(text)
    except ValueError:
        return None
