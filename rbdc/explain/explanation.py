"""Put together the explanation of a figure: its row, its counts made again, what is behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rbdc.explain import page
from rbdc.explain.checks import Arithmetic, Check, arithmetic_of, checks_of
from rbdc.explain.figure import Figure, figures_by_id, find_figures
from rbdc.explain.loads import loads_behind, tables_behind
from rbdc.explain.queries import benchmark_of, sides_of
from rbdc.explain.source import CountSource, open_counts, published
from rbdc.framework import Framework
from rbdc.store.layout import StateFolder


@dataclass(frozen=True)
class Explanation:
    """What the reviewer reads.

    Attributes:
        figure_id: the whole id.
        text: the page, plain text.
        agrees: whether every number that was made again is the published one.
    """

    figure_id: str
    text: str
    agrees: bool


@dataclass(frozen=True)
class _Again:
    """A row of `indicators.disproportionality` made again."""

    figure: Figure
    checks: Sequence[Check]
    arithmetic: Sequence[Arithmetic]

    @property
    def asked(self) -> int:
        return len(self.checks) + len(self.arithmetic)

    @property
    def wrong(self) -> list[str]:
        numbers: list[Check | Arithmetic] = [*self.checks, *self.arithmetic]
        return [page.disagreement(self.figure, one) for one in numbers if not one.agrees]


def explain(
    state: StateFolder,
    figure_id: str,
    *,
    framework: Framework | None = None,
    synthetic: bool = False,
) -> Explanation:
    """Explain a published figure. Reads only, and never a row of a person.

    Args:
        state: the service's folder, after a good refresh.
        figure_id: of any mart of schema `indicators`, or at least its first six characters.
        framework: for the titles of indicators.
        synthetic: the service is a simulated one.

    Raises:
        ConfigError: nothing was refreshed yet, or no single figure is meant.
    """
    marts, run = published(state)
    figures = find_figures(marts, figure_id)
    pages, agrees = [], True
    with open_counts(state, marts) as source:
        for figure in figures:
            sources = figures_by_id(marts, figure.source_ids) if figure.is_derived else {}
            direct = [*sources.values()] if figure.is_derived else [figure]
            again = [_Again(one, checks_of(one, source), arithmetic_of(one)) for one in direct]
            missing = [one for one in figure.source_ids if figure.is_derived and one not in sources]
            wrong = [line for one in again for line in one.wrong]
            agrees = agrees and not wrong and not missing
            parts = [
                page.opening(figure, state.root.name, synthetic=synthetic),
                page.in_words(figure, framework),
                _sources(figure, again, source) if figure.is_derived else _direct(again[0], source),
                _loads(marts, direct, source) if direct else "",
                page.build(run, figure),
                page.verdict(sum(one.asked for one in again), wrong, missing),
            ]
            pages.append("\n".join(part for part in parts if part))
    return Explanation(figures[0].id, "\n\n\n".join(pages) + "\n", agrees)


def _direct(again: _Again, source: CountSource) -> str:
    return page.counted_again(again.checks, again.arithmetic, _notes([again.figure], source))


def _sources(figure: Figure, again: Sequence[_Again], source: CountSource) -> str:
    lines = [page.heading("The figures that it was made from")]
    if not figure.source_ids:
        lines.append("The mart names none: this row cannot be followed further.")
    else:
        lines.append("Each can be explained by itself, with every query: explain its figure id.")
    lines += _notes([one.figure for one in again], source)
    for place, one in enumerate(again, 1):
        lines.append(
            page.in_short(one.figure, one.checks, one.arithmetic, f"{place} of {len(again)}")
        )
    return "\n".join(lines)


def _notes(figures: Sequence[Figure], source: CountSource) -> list[str]:
    """What must be known before the counts are read."""
    notes = []
    if source.why_marts_alone:
        notes.append(f"NOTE: explained from the marts alone. {source.why_marts_alone}")
    caveats = {}
    for figure in figures:
        benchmark = sides_of(figure)[1]
        caveat = benchmark_of(benchmark, source).get("caveat")
        if caveat:
            caveats[benchmark.interaction] = (
                f"Caveat of benchmark {benchmark.interaction}: {caveat}"
            )
    return [*notes, *caveats.values()]


def _loads(marts: Path, figures: Sequence[Figure], source: CountSource) -> str:
    """The loads of all tables behind some figures, each table once."""
    tables = [table for figure in figures for table in tables_behind(figure, source)]
    note = "The raw tables that outcome and benchmark are made from, whatever the period."
    if source.why_marts_alone:
        note = (
            "Only the warehouse tells which tables are behind this figure; these are all tables "
            "of the service."
        )
    return page.loads(loads_behind(marts, tables, source), note)
