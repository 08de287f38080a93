"""The page that says what was measured: `docs/validation.md`."""

from collections.abc import Iterable, Sequence

from rbdc.sources.simulator.labels import PERCEIVED_RACES
from validation.bounds import (
    ERRORS_ALLOWED,
    HIGH,
    LOW,
    NOMINAL,
    broken_bounds,
    coverage,
    false_findings,
    verdict,
)
from validation.coverage import METHODS, SIZES
from validation.grid import RATIOS, REFERENCE, RESIDENTS
from validation.measure import Bench, Measured

_INTRODUCTION = """\
# Validation by simulation

Written by `make validate SEEDS={seeds}`; do not edit. The same number of seeds gives the same page.

Real data never tells whether an estimate is right. Here the truth is known: for each of {seeds:,}
seeds a simulated city lives through a year, the project's own dbt models count its records, and
`rbdc.statistics` estimates every figure by the demo's rules, without Dagster. Each published 95%
interval is then held against the truth. Of each method, the share of intervals that hold it must
be what the method promises.

## What the truth is

- **Outcome inside its benchmark** (strip searches of arrests, and of bookings): every arrest that
  happened in the seed's year had a chance of a strip search, which the simulator knows. The truth
  of a figure is made of the sums of those chances and the arrests as they happened.
- **Benchmark from outside** (arrests, and incidents of use of force, of residents): the number
  that the configuration makes one expect, over the residents (`rbdc.sources.simulator.truth`).
  Who the residents are is drawn anew with every seed: a few people who come again and again move
  the count of a group, and the variance clustered by person must cover that.
- Race of {unknown:.0%} of arrests is not recorded. They stay in the totals, in the truth as well.
- Incidents of use of force are compared only in cities where everybody meets police alone.
  Elsewhere an incident's race group depends on everybody in it. Age groups are not compared with
  residents, because a record's age can lie in another group than the configuration's.
"""

_LIMITS = """\
## What this does not show

The records are sound; what defects do to figures is tested at the gate. Strip searches of the same
person are linked by nothing but what the person was arrested for, so that design effects of
outcomes inside a benchmark stay near 1 here; those of arrests against residents do not. Nothing is
said of rates and ratios beyond the grid.
"""


def page(measured: Measured, bench: Bench) -> str:
    """The whole page, in Markdown."""
    seeds = len(measured.sizes)
    unknown = max(point.config.perception.recorded_unknown for point in bench.grid)
    rate = bench.rules.false_discovery_rate
    broken = broken_bounds(measured, rate)
    parts = [
        _INTRODUCTION.format(seeds=seeds, unknown=unknown),
        "## Result\n",
        *(broken or ["Everything lies within its bounds."]),
        "",
        _grid(measured, bench),
        "## Coverage by method\n",
        f"Bounds: score and MOVER methods {LOW:.0%} to {HIGH:.0%}; exact methods, and MOVER from "
        f"exact limits,\nat least {NOMINAL:.0%}; each give or take {ERRORS_ALLOWED:g} standard "
        "errors of the simulation (±, one of them; a seed is\none observation). `above` and "
        "`below`: intervals that lie wholly above or below the truth.\n",
        _coverage_table(measured, ["method"], ["method"]),
        "By quantity and form:\n",
        _coverage_table(measured, ["quantity", "form", "method"], ["quantity", "form", "method"]),
        "By the figure's number of outcomes, without bounds, because no level of confidence is a "
        "promise about\nfigures that are picked by their outcome:\n",
        _coverage_table(
            measured, ["form", "method", "size"], ["form", "method", "outcomes"], False
        ),
        _findings(measured, rate),
        _LIMITS,
    ]
    return "\n".join(parts)


def _grid(measured: Measured, bench: Bench) -> str:
    sizes = measured.sizes.groupby("point").agg(
        seeds=("seed", "size"),
        arrests=("arrests", "mean"),
        strip_searches=("strip_searches", "mean"),
        design_effect=("design_effect", "mean"),
    )
    rows = [
        [
            f"{point.strip_search_rate:.0%}",
            f"{point.contacts:g}",
            point.disparity,
            "alone" if point.alone else "in company",
            f"{size.seeds:,.0f}",
            f"{size.arrests:,.0f}",
            f"{size.strip_searches:,.0f}",
            f"{size.design_effect:.1f}",
        ]
        for point, size in zip(bench.grid, sizes.itertuples(), strict=True)
    ]
    head = [
        "strip searches of arrests",
        "contacts",
        "disparity",
        "people met",
        "seeds",
        "arrests a year",
        "strip searches",
        "design effect of arrests",
    ]
    ratios = [
        [name, *(f"{by_race[race]:g}" for race in PERCEIVED_RACES)]
        for name, by_race in RATIOS.items()
    ]
    return "\n".join(
        [
            "## The grid\n",
            f"{RESIDENTS:,} residents; all else is the demo's (`services/demo/simulation.yml`) but "
            f"for:\nstrip searches of arrests of {REFERENCE} people; contacts for each one of the "
            "demo; no change of policy;\nand risk ratios of the race groups, of contacts and of "
            "strip searches alike, while all other steps are\nthe same for everybody. Under `none` "
            "groups are alike in where they live, too, race is always known,\nand no resident is "
            "without police label. People met alone are always perceived alike.\n",
            _table(head, rows),
            _table(["disparity", *PERCEIVED_RACES], ratios),
        ]
    )


def _coverage_table(
    measured: Measured, by: Sequence[str], head: Sequence[str], judged: bool = True
) -> str:
    pooled = coverage(measured.tallies, by)
    order = {name: n for n, name in enumerate([*METHODS, *SIZES])}
    pooled = pooled.sort_index(key=lambda level: level.map(lambda name: order.get(name, name)))
    words = verdict(pooled)
    rows = []
    for (key, row), word in zip(pooled.iterrows(), words, strict=True):
        names = [str(name) for name in key] if isinstance(key, tuple) else [str(key)]
        rows.append(
            [
                *names,
                f"{row['intervals']:,.0f}",
                f"{row['coverage']:.2%}",
                f"{row['error']:.2%}",
                f"{row['above']:.2%}",
                f"{row['below']:.2%}",
                *([word] if judged else []),
            ]
        )
    columns = [*head, "intervals", "coverage", "±", "above", "below"]
    return _table([*columns, "verdict"] if judged else columns, rows)


def _findings(measured: Measured, rate: float) -> str:
    rows = []
    for by in ([], ["test_family"]):
        tables = [false_findings(measured.findings, x, by) for x in ("discovered", "classified")]
        for key in tables[0].index:
            rows.append(
                [
                    "all families" if not by else str(key).replace("|", " · "),
                    f"{tables[0].loc[key, 'runs']:,.0f}",
                    *(
                        text
                        for table in tables
                        for text in (
                            f"{table.loc[key, 'share']:.1%}",
                            f"{table.loc[key, 'error']:.1%}",
                        )
                    ),
                ]
            )
    return "\n".join(
        [
            "## False findings\n",
            "Where there is no disparity anywhere: the share of runs with any finding after "
            "Benjamini-Hochberg\ninside the family. A run is one seed's tests of one family. "
            "Discovered: a q-value of at most\n"
            f"{rate:g}. Classified: a figure called over- or under-represented, which a small "
            "count never is.\n"
            f"Bound, for all families together: {rate:.0%} and {ERRORS_ALLOWED:g} standard "
            "errors.\n",
            _table(["family", "runs", "discovered", "±", "classified", "±"], rows),
        ]
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
