"""A limit on how long the queries of one judgement may take."""

import threading
from contextlib import suppress
from types import TracebackType
from typing import Protocol

import duckdb


class Interruptible(Protocol):
    """A DuckDB connection, or a wrapper of one."""

    def interrupt(self) -> None:
        """Stop the query that is running."""


class TimeLimit:
    """Context in which the queries of watched connections are interrupted once time is up."""

    def __init__(self, seconds: float) -> None:
        """Start no clock yet; `seconds` count from entering the context."""
        self.seconds = seconds
        self.is_up = False
        self._watched: list[Interruptible] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._wait, name="gate-time-limit", daemon=True)

    def watch(self, connection: Interruptible) -> None:
        """Interrupt this connection too."""
        self._watched.append(connection)

    def __enter__(self) -> "TimeLimit":
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _wait(self) -> None:
        if self._over.wait(self.seconds):
            return
        self.is_up = True
        # Again and again, because the interrupted query may be followed by others.
        while not self._over.wait(0.05):
            for connection in tuple(self._watched):
                with suppress(duckdb.Error):  # it may have been closed by now
                    connection.interrupt()
