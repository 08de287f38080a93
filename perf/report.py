"""The measurements as a table for the terminal and as `docs/performance.md`."""

from collections.abc import Mapping, Sequence
from typing import Any

from perf.answer_figures import HEADER as ANSWER_HEADER
from perf.answer_figures import answer_rows, judged_answers
from perf.figures import (
    Sizes,
    increment_to_floor,
    increment_to_full,
    judged,
    to_analyst,
    to_floor,
    to_startup,
)
from perf.gate_figures import HEADER as GATE_HEADER
from perf.gate_figures import gate_rows, judged_gates
from perf.pull_figures import HEADER as PULL_HEADER
from perf.pull_figures import busiest, judged_pulls, pull_rows

NAMES = {
    "floor": "floor (DuckDB script)",
    "analyst": "pandas script",
    "full_refresh": "full refresh",
    "increment": "refresh after an increment",
    "floor_after_increment": "floor, after the increment",
    "no_change": "refresh with no change",
    "startup": "start-up floor",
}
_RATIOS = (
    ("full refresh ÷ floor", to_floor),
    ("full refresh ÷ pandas script", to_analyst),
    ("increment ÷ full refresh", increment_to_full),
    ("increment ÷ floor, after the increment", increment_to_floor),
    ("no-change refresh ÷ start-up floor", to_startup),
)
_CONTESTANT_HEADER = ("", "wall", "CPU", "peak memory", "others")
_OTHERS_ALLOWED = 0.1
Row = Sequence[str]


def text_report(results: Mapping[str, Any]) -> str:
    """Tables for the terminal, of the content of `results.json`."""
    sizes = _sizes(results)
    parts = []
    for size in sorted(sizes):
        run = sizes[size]
        parts += [
            f"\n{_heading(size, run)}",
            *([_busy(run)] if _busy(run) else []),
            _text(_CONTESTANT_HEADER, _contestant_rows(run)),
            "",
            _text(["stage of the full refresh", "wall", "share", "peak memory"], _stage_rows(run)),
            "",
            _text(["ratio of wall times", ""], [(name, str(of(run))) for name, of in _RATIOS]),
            "",
            _text(PULL_HEADER, pull_rows(run.get("pulls", {}))),
            "",
            _text(GATE_HEADER, gate_rows(run.get("gates", {}))),
        ]
    parts += [
        "",
        _text(ANSWER_HEADER, answer_rows(results.get("answers", {}))),
        "",
        _text(["limit", "", "measured", ""], _limit_rows(results)),
    ]
    return "\n".join(parts)


def document(results: Mapping[str, Any], chart: str) -> str:
    """The page `docs/performance.md`.

    Args:
        results: the content of `results.json`.
        chart: path of the chart, relative to the page.
    """
    sizes = _sizes(results)
    parts = [
        _INTRODUCTION,
        f"![Time of each contestant]({chart})\n",
        "## Limits\n",
        _markdown(["limit", "allowed", "measured", ""], _limit_rows(results)),
        "## Statistics alone\n",
        _markdown(ANSWER_HEADER, answer_rows(results.get("answers", {}))),
    ]
    for size in sorted(sizes):
        run = sizes[size]
        parts += [
            f"## {_heading(size, run)}\n",
            _busy(run),
            _markdown(_CONTESTANT_HEADER, _contestant_rows(run)),
            _markdown(
                ["stage of the full refresh", "wall", "share", "peak memory"], _stage_rows(run)
            ),
            _markdown(["ratio of wall times", ""], [(name, str(of(run))) for name, of in _RATIOS]),
            _markdown(PULL_HEADER, pull_rows(run.get("pulls", {}))),
            _markdown(GATE_HEADER, gate_rows(run.get("gates", {}))),
            _truth(run),
            _increment(run),
            _generation(run),
        ]
    parts += ["## Machine\n", *(_machine(run, size) for size, run in sorted(sizes.items()))]
    return "\n".join(part for part in parts if part)


_INTRODUCTION = """\
# Performance

Written by `make perf` from what it measured; not to be edited by hand. All contestants read the
same simulated source systems, each in a process of its own, one after the other, with the source
files in the file cache. Ratios are made within one run at one size. Of the no-change refresh and
the start-up floor, which are short, the middle of three runs is shown.

- **Full refresh**: `rbdc refresh` on an empty state folder: landing, gates, raw, dbt, statistics,
  marts.
- **Floor**: one hand-written DuckDB script (`perf/floor*.py`) from the source systems straight to
  the marts, with the same pseudonyms, the same rows set aside and the same statistics, but no
  landing files, no gates, no checks, no history and nothing to look at.
- **Pandas script**: what an analyst would write instead (`perf/analyst*.py`).
- **Start-up floor**: a process that imports Dagster, dbt and Great Expectations and parses the dbt
  project once (`perf/startup.py`).
- **Pulls**: the connectors alone, from a database to a landing file (`perf/pull.py`), each in a
  process of its own: a whole table of arrests with keyed pseudonyms, and an increment of 1% of its
  rows, half of them new and half corrected all over the table. *Start-up* is the pull of ten rows;
  ratios are of the time beyond it. Its floor is DuckDB's own `ATTACH` of PostgreSQL and one `COPY`
  of the same columns with the same pseudonyms. Why it is DuckDB's scanner that pulls: 1M rows of
  nine columns from PostgreSQL to Parquet took it 1.6 s without pseudonyms, and dlt 1.31 with its
  connectorx backend 2.6 s, with pyarrow 5.9 s, with its own backend 33.8 s (on the machine below,
  November 2026; peak memory of dlt 0.29 to 0.45 GB).
- **Gate**: one batch of arrests (`perf/gates.py` makes it, with faults of every sort), judged by
  its suite through Great Expectations, with a list of the rows to set aside, beside one DuckDB
  query by hand that counts the same (`perf/gate.py`). *Start-up* is the judgement of a thousand
  rows. The ratio is shown only if both counted the same for every rule.
- **Statistics alone**: counts of as many services as are needed are invented under the demo's
  framework (`perf/answers.py`); from them all estimates, and all marts that rest on these, are
  made, regressions and interrupted time series among them. *One by one* is what statsmodels alone
  would take for the first interval of every row.

A ratio is shown only where the marts have the same hashes: those of the two scripts and of the
refresh, and after the increment those of the refresh and of the floor made anew. *Wall* is elapsed
time; *CPU* is user and system time of all processes; *peak memory* is the largest sum of their
resident memory, sampled every 50 ms (pages that processes share count once for each); *others* is
the share of the cores that other programs kept busy meanwhile, which should be next to nothing.
"""


def _heading(size: int, run: Mapping[str, Any]) -> str:
    rows = run["generation"]["rows"]
    arrests, searches = rows.get("arrests", 0), rows.get("strip_searches", 0)
    found = rows.get("enforcement_actions", 0)
    return (
        f"{found:,} enforcement actions (asked for {size:,}), {arrests:,} arrests, "
        f"{searches:,} searches"
    )


def _busy(run: Mapping[str, Any]) -> str:
    """A warning where other programs had a part in what was measured."""
    shares = [one.get("others_cpu_share", 0) for one in run["contestants"].values()]
    shares += [busiest(run.get("pulls", {})), busiest({"gates": run.get("gates", {})})]
    if max(shares) <= _OTHERS_ALLOWED:
        return ""
    return (
        f"Other programs kept up to {max(shares):.0%} of the cores busy meanwhile: "
        "these times and ratios are not to be relied on.\n"
    )


def _contestant_rows(run: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for key, name in NAMES.items():
        found = run["contestants"].get(key)
        if found is None:
            rows.append((name, "not measured", "", "", ""))
        elif "wall_seconds" not in found:
            memory = _memory(found["peak_bytes_until_failure"])
            after = f"failed after {_seconds(found['wall_seconds_until_failure'])}"
            rows.append((name, after, "", memory, ""))
        else:
            rows.append(
                (
                    name,
                    _seconds(found["wall_seconds"]),
                    _seconds(found["cpu_seconds"]),
                    _memory(found["peak_bytes"]),
                    f"{found['others_cpu_share']:.0%}",
                )
            )
    return rows


def _stage_rows(run: Mapping[str, Any]) -> list[Row]:
    refresh = run["contestants"].get("full_refresh", {})
    return [
        (
            stage["stage"],
            _seconds(stage["wall_seconds"]),
            f"{stage['wall_seconds'] / refresh['wall_seconds']:.0%}",
            _memory(stage["peak_bytes"]) if stage["peak_bytes"] else "",
        )
        for stage in refresh.get("stages", [])
    ]


def _sizes(results: Mapping[str, Any]) -> Sizes:
    return {int(size): run for size, run in results["sizes"].items()}


def _limit_rows(results: Mapping[str, Any]) -> list[Row]:
    words = {True: "met", False: "missed", None: ""}
    sizes, answers = _sizes(results), results.get("answers", {})
    found = [
        *judged(sizes), *judged_pulls(sizes), *judged_gates(sizes), *judged_answers(answers),
    ]  # fmt: skip
    return [(one.promise, one.limit, one.measured, words[one.met]) for one in found]


def _truth(run: Mapping[str, Any]) -> str:
    hashes = run["truth"]["hashes"]
    compared = run["truth"]["differing"]
    equal = [name for name, differing in compared.items() if not differing]
    wrong = [f"{name}: {', '.join(marts)}" for name, marts in compared.items() if marts]
    first = "; ".join(f"`{mart}` `{digest[:12]}`" for mart, digest in hashes.items())
    verdict = f"Equal marts: {', '.join(equal) or 'none'}."
    if wrong:
        verdict += f" **Differing marts: {'; '.join(wrong)}.**"
    return f"{verdict} First digits of the full refresh's hashes: {first}.\n"


def _increment(run: Mapping[str, Any]) -> str:
    found = run["contestants"].get("increment", {})
    if "rows_accepted" not in found:
        return ""
    accepted, before = found["rows_accepted"], found["rows_before"]
    return (
        f"The increment is {found['days']} simulated days: {accepted:,} rows of the records system "
        f"accepted, {accepted / before:.1%} of the {before:,} that the full refresh had accepted.\n"
    )


def _generation(run: Mapping[str, Any]) -> str:
    made = run["generation"]
    return (
        f"The source systems ({_memory(made['source_bytes'])}, {made['residents']:,} residents) "
        f"were simulated in {_seconds(made['wall_seconds'])} with a peak memory of "
        f"{_memory(made['peak_bytes'])}.\n"
    )


def _machine(run: Mapping[str, Any], size: int) -> str:
    machine = run["machine"]
    packages = ", ".join(f"{name} {number}" for name, number in machine["packages"].items())
    return (
        f"- {size:,} enforcement actions, measured on {run['measured_on']}: "
        f"{machine['cores']} cores ({machine['processor']}), "
        f"{_memory(machine['memory_bytes'])} of memory, {machine['system']}, "
        f"Python {machine['python']}; {packages}."
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s"


def _memory(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


def _text(header: Row, rows: Sequence[Row]) -> str:
    widths = [max(len(row[n]) for row in [header, *rows]) for n in range(len(header))]
    return "\n".join(
        "  "
        + "  ".join(
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [header, *rows]
    )


def _markdown(header: Row, rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    align = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [header, align, *rows]) + "\n"
