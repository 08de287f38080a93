"""Faults of real portals, declared as data, and what they do to the content of an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar, get_args

T = TypeVar("T")

FaultKind = Literal[
    "drop",
    "too_many_requests",
    "server_error",
    "error_in_200",
    "truncated_page",
    "repeated_page",
    "stale_count",
    "page_limit",
    "slow",
]

# Faults of content wait for an answer that holds what they spoil; the others take any request.
_SPOILS: dict[FaultKind, frozenset[str]] = {
    "truncated_page": frozenset({"page", "dump"}),
    "repeated_page": frozenset({"page"}),
    "stale_count": frozenset({"count"}),
    "page_limit": frozenset({"page", "dump"}),
}


@dataclass
class Fault:
    """One thing that goes wrong.

    Kinds:
        drop: the connection breaks in the middle of the body.
        too_many_requests: HTTP 429 with `Retry-After`.
        server_error: HTTP 500.
        error_in_200: the portal's error object with HTTP status 200.
        truncated_page: rows are missing at the end of a page (or dump), and no flag says so.
        repeated_page: the page served before comes again.
        stale_count: a count that is off by `shift`.
        page_limit: a page (or dump) ends after `rows` rows, and no flag ever says that there
            are more; without `rows` only the flag is lost.
        slow: the answer comes after `seconds`.

    Attributes:
        kind: see above.
        on_request: meets the n-th request, counted from 1 among those that the fault can touch
            (a count for `stale_count`, a page for the faults of pages, else any request) and
            that match, from the moment the fault is added.
        times: how many such requests in a row; None for all that follow.
        matching: only requests whose decoded path and query hold this text.
        seconds: the delay of `slow`.
        retry_after: seconds that `too_many_requests` asks for.
        shift: rows that `stale_count` adds to the true count, never below zero.
        rows: rows left by `page_limit` and `truncated_page` (there by default half the page).
        seen: how many requests it could touch so far; the portal counts.
    """

    kind: FaultKind
    on_request: int = 1
    times: int | None = 1
    matching: str = ""
    seconds: float = 1.0
    retry_after: int = 1
    shift: int = 1
    rows: int | None = None
    seen: int = field(default=0, init=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in get_args(FaultKind):
            kinds = ", ".join(get_args(FaultKind))
            raise ValueError(f"unknown kind of fault '{self.kind}'; known: {kinds}")
        if self.on_request < 1:
            raise ValueError("on_request counts from 1")

    def meets(self, target: str, parts: frozenset[str], has_previous_page: bool) -> bool:
        """Whether the fault strikes this request, which is counted if it could be touched."""
        spoils = _SPOILS.get(self.kind)
        if self.matching not in target or (spoils is not None and not spoils & parts):
            return False
        if self.kind == "repeated_page" and not has_previous_page:
            return False
        self.seen += 1
        late = self.seen - self.on_request
        return late >= 0 and (self.times is None or late < self.times)


class Distortion:
    """What the active faults do to the content of one answer.

    Attributes:
        served: the page that was served, None if the answer holds none.
    """

    def __init__(
        self, faults: Iterable[Fault] = (), previous: Sequence[dict[str, object]] | None = None
    ) -> None:
        self._faults: dict[FaultKind, Fault] = {fault.kind: fault for fault in faults}
        self._previous = previous
        self.served: list[dict[str, object]] | None = None

    def count(self, rows: int) -> int:
        """The number of rows that the portal claims."""
        fault = self._faults.get("stale_count")
        return max(0, rows + fault.shift) if fault else rows

    def page(self, rows: list[dict[str, object]]) -> list[dict[str, object]]:
        """The rows of a page as they are served."""
        repeats = "repeated_page" in self._faults and self._previous is not None
        self.served = self.cut(list(self._previous or ()) if repeats else rows)
        return self.served

    def cut(self, rows: list[T]) -> list[T]:
        """The rows that are left of a page or dump, from its beginning."""
        if fault := self._faults.get("page_limit"):
            rows = rows[: fault.rows]
        if fault := self._faults.get("truncated_page"):
            rows = rows[: len(rows) // 2 if fault.rows is None else fault.rows]
        return rows

    def says_more(self, more: bool) -> bool:
        """Whether the page carries the flag that more rows follow."""
        return more and not {"page_limit", "truncated_page"} & self._faults.keys()
