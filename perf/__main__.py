"""`make perf`: measure, check, and write the table, `results.json`, the chart and the page."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT
from perf.answer_figures import measure_answers
from perf.chart import write_chart
from perf.contest import Contest
from perf.figures import PROMISED_SIZES
from perf.gates import measure_gates
from perf.machine import describe
from perf.pulls import measure_pulls
from perf.report import document, text_report
from rbdc.store.inputs import code_version, hash_files
from rbdc.store.layout import write_json

ROOT = PROJECT / "var" / "perf"
_CHART = Path("images") / "performance.svg"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each size; exit 1 if a contestant failed or marts differ."""
    parser = argparse.ArgumentParser(prog="python -m perf", description=__doc__)
    parser.add_argument(
        "--sizes",
        type=_sizes,
        default=list(PROMISED_SIZES),
        help="enforcement actions, separated by commas",
    )
    parser.add_argument(
        "--docs",
        type=Path,
        help="folder for page and chart (default: docs/, once all promised sizes are measured)",
    )
    parser.add_argument(
        "--report-only", action="store_true", help="measure nothing, show results.json again"
    )
    options = parser.parse_args(arguments)
    to_measure = [] if options.report_only else options.sizes
    results = _kept(to_measure)
    if not options.report_only:
        results["answers"] = measure_answers(_say)
    for size in to_measure:
        run = Contest(size, ROOT, _say).run()
        run["pulls"] = measure_pulls(size, ROOT / f"{size}" / "pulls", _say)
        run["gates"] = measure_gates(size, ROOT / f"{size}" / "gates", _say)
        run |= {"machine": describe(), "measured_on": datetime.now(UTC).date().isoformat()}
        results["sizes"][str(size)] = run
        write_json(ROOT / "results.json", results)
    sizes = {int(size): run for size, run in results["sizes"].items()}
    if not sizes:
        raise SystemExit("results.json has nothing that this code measured on this machine.")
    print(text_report(results))
    write_chart(results, ROOT / "performance.svg")
    promised = set(PROMISED_SIZES) <= set(sizes)
    docs = options.docs or (PROJECT / "docs" if promised else None)
    if docs:
        write_chart(results, docs / _CHART)
        (docs / "performance.md").write_text(document(results, str(_CHART)), encoding="utf-8")
    sys.exit(0 if all(_sound(sizes[size]) for size in to_measure) else 1)


def _say(line: str) -> None:
    print(line, flush=True)


def _sizes(text: str) -> list[int]:
    try:
        sizes = [int(part) for part in text.split(",")]
    except ValueError:
        sizes = []
    if not sizes or min(sizes) < 1000:
        raise argparse.ArgumentTypeError("write numbers from 1000 up, such as 1000000,10000000")
    return sizes


def _kept(sizes: Sequence[int]) -> dict[str, Any]:
    """Results of other sizes that the same code gave on the same machine, to be shown together."""
    file = ROOT / "results.json"
    perf = hash_files(PROJECT, [PROJECT / "perf", PROJECT / "services"])[:12]
    kept: dict[str, Any] = {"code_version": f"{code_version(PROJECT)}-{perf}", "sizes": {}}
    if not file.exists():
        return kept
    before = json.loads(file.read_text(encoding="utf-8"))
    if before["code_version"] != kept["code_version"]:
        return kept
    kept["answers"] = before.get("answers", {})
    kept["sizes"] = {
        size: run
        for size, run in before["sizes"].items()
        if int(size) not in sizes and run["machine"] == describe()
    }
    return kept


def _sound(run: dict[str, Any]) -> bool:
    failed = [one for one in run["contestants"].values() if "wall_seconds" not in one]
    return not failed and not any(run["truth"]["differing"].values())


if __name__ == "__main__":
    main()
