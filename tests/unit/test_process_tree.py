"""Peak memory that `make perf` measures: of the program and its children, not of who started it."""

import sys
from pathlib import Path

import pytest

from perf.process_tree import measure

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="processes are followed through Linux's /proc"
)
_HOLD = "x = b'1' * {} ; import time; time.sleep(0.3)"


def _peak_megabytes(program: str) -> float:
    return measure([sys.executable, "-c", program], {}, Path.cwd()).peak_bytes / 1e6


def test_the_memory_of_who_measures_is_not_counted() -> None:
    own = b"1" * 300_000_000
    assert _peak_megabytes(_HOLD.format(50_000_000)) < 200
    assert len(own) == 300_000_000  # held until here


def test_children_are_counted_with_their_parent() -> None:
    child = _HOLD.format(80_000_000)
    alone = _peak_megabytes(_HOLD.format(50_000_000))
    start = f"subprocess.run([sys.executable, '-c', {child!r}])"
    both = f"import subprocess, sys; x = b'1' * 50_000_000; {start}"
    assert _peak_megabytes(both) > alone + 70
