"""Running a program and measuring it with all processes that it starts: time, CPU, peak memory."""

import os
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TextIO

SAMPLE_SECONDS = 0.05


@dataclass(frozen=True)
class Line:
    """A line that the program wrote, and the seconds since its start at which it came."""

    at: float
    text: str


@dataclass(frozen=True)
class Measured:
    """One run of a program.

    `cpu_seconds` is user and system time of the program and all processes that it waited for.
    `peak_bytes` is the largest sum of the resident memory of all its processes, sampled every
    50 ms, or the most that one of them ever had if that is more; pages that two processes share
    count twice, so that it is never too low by sharing.
    `others_cpu_share` is the share of the machine's cores that other programs kept busy meanwhile.
    """

    exit_status: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    others_cpu_share: float
    lines: Sequence[Line] = field(repr=False)
    samples: Sequence[tuple[float, int]] = field(repr=False)

    def peak_between(self, start: float, end: float) -> int:
        """Largest sample between two moments, in seconds since the start."""
        margin = SAMPLE_SECONDS
        held = [size for at, size in self.samples if start - margin <= at <= end + margin]
        return max(held, default=0)


def measure(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Measured:
    """Run a program to its end.

    Args:
        command: the program and its arguments.
        environment: variables beside those of this process.
        folder: the folder in which it starts.

    Raises:
        SystemExit: this is no Linux that tells the children of a process.
    """
    if not Path(f"/proc/self/task/{os.getpid()}/children").exists():
        raise SystemExit("Processes cannot be followed here: measure on Linux with /proc.")
    lines: list[Line] = []
    samples: list[tuple[float, int]] = []
    highest = 0
    busy_before = _busy_seconds()
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None  # it was asked for
    reader = Thread(target=_follow, args=(process.stdout, lines, start), daemon=True)
    reader.start()
    while True:
        resident, of_one = _resident_memory(process.pid)
        samples.append((time.perf_counter() - start, resident))
        highest = max(highest, resident, of_one)
        done, status, usage = os.wait4(process.pid, os.WNOHANG)
        if done:
            break
        time.sleep(SAMPLE_SECONDS)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join(timeout=5)
    cpu = usage.ru_utime + usage.ru_stime
    others = max(_busy_seconds() - busy_before - cpu, 0) / (wall * (os.cpu_count() or 1))
    return Measured(
        exit_status=process.returncode,
        wall_seconds=wall,
        cpu_seconds=cpu,
        peak_bytes=highest,
        others_cpu_share=others,
        lines=lines,
        samples=samples,
    )


def _busy_seconds() -> float:
    """Seconds for which the machine's cores were busy since it started, with all programs."""
    first = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    user, nice, system, _idle, _iowait, irq, soft_irq = map(int, first.split()[1:8])
    return (user + nice + system + irq + soft_irq) / os.sysconf("SC_CLK_TCK")


def _follow(stream: TextIO, lines: list[Line], start: float) -> None:
    for text in stream:
        lines.append(Line(time.perf_counter() - start, text.rstrip("\n")))


def _resident_memory(root: int) -> tuple[int, int]:
    """Resident memory of a process and its descendants, and the most that one of them ever had.

    The kernel's own high-water mark keeps a peak between two samples. It is read from the program
    while it runs: the mark that `wait4` gives afterwards counts the memory of whoever started it.
    """
    total = highest = 0
    for pid in _tree(root):
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            continue
        sizes = {
            name: int(value.split()[0]) * 1024
            for name, _, value in (line.partition(":") for line in status.splitlines())
            if name in ("VmRSS", "VmHWM")
        }
        total += sizes.get("VmRSS", 0)  # a program that has just ended has none
        highest = max(highest, sizes.get("VmHWM", 0))
    return total, highest


def _tree(root: int) -> Iterator[int]:
    yield root
    for tasks in Path(f"/proc/{root}/task").glob("*/children"):
        try:
            children = tasks.read_text(encoding="ascii").split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        for child in children:
            yield from _tree(int(child))
