"""The statistics measured: all estimates and answers of invented counts, and their limit."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchestration.settings import PROJECT
from perf.figures import Judged
from perf.process_tree import measure

ROWS = 200_000
HEADER = ("all statistics of", "answers", "estimates", "answers made", "one by one", "peak memory")
_SECONDS_ALLOWED = 10.0


def measure_answers(say: Callable[[str], None]) -> dict[str, Any]:
    """Run `perf.answers` in a process of its own.

    Args:
        say: takes a line for the person who waits.

    Returns:
        What `perf.answers` prints, `peak_bytes` and `others_cpu_share`.
    """
    measured = measure([sys.executable, "-m", "perf.answers", str(ROWS)], {}, PROJECT)
    lines = [line.text for line in measured.lines]
    if measured.exit_status:
        raise SystemExit("the statistics failed:\n" + "\n".join(lines[-20:]))
    found: dict[str, Any] = json.loads(lines[-1])
    say(f"  statistics of {found['rows']:,} rows {_seconds(found):8.1f} s")
    return found | {
        "peak_bytes": measured.peak_bytes,
        "others_cpu_share": measured.others_cpu_share,
    }


def answer_rows(found: Mapping[str, Any]) -> list[Sequence[str]]:
    """The measurement, as `HEADER` names its cells."""
    if not found:
        return []
    return [
        (
            f"{found['rows']:,} figures",
            f"{found['answers']:,}",
            f"{found['estimate_seconds']:.1f} s",
            f"{found['answer_seconds']:.1f} s",
            f"{found['library_seconds']:.1f} s",
            f"{found['peak_bytes'] / 1e9:.2f} GB",
        )
    ]


def judged_answers(found: Mapping[str, Any]) -> list[Judged]:
    """The limit beside what was measured."""
    promise, limit = f"All statistics of {ROWS:,} rows", f"under {_SECONDS_ALLOWED:.0f} s"
    if not found:
        return [Judged(promise, limit, "not measured", None)]
    seconds = _seconds(found)
    return [Judged(promise, limit, f"{seconds:.1f} s", seconds < _SECONDS_ALLOWED)]


def _seconds(found: Mapping[str, Any]) -> float:
    return float(found["estimate_seconds"] + found["answer_seconds"])
