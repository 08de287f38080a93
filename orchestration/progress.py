"""The lines that a person follows while a refresh runs; they go to the terminal and to the UI."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

LOGGER_NAME = "rbdc.progress"
_log = logging.getLogger(LOGGER_NAME)


def say(what: str, outcome: str, seconds: float | None = None) -> None:
    """Write one line: what was done, what came of it, how long it took."""
    took = f"{seconds:.1f} s" if seconds is not None else ""
    _log.info("%-54s %8s  %s", what, took, outcome)


class Stopwatch:
    """Seconds since the block began."""

    def __init__(self) -> None:
        """Start."""
        self._start = perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds so far."""
        return perf_counter() - self._start


@contextmanager
def timed() -> Iterator[Stopwatch]:
    """Give a stopwatch that runs from here."""
    yield Stopwatch()
