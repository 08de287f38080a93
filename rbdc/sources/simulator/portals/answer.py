"""What passes between the server and the two kinds of portal: requests, routes and answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from rbdc.sources.simulator.portals.faults import Distortion

Part = Literal["count", "page", "dump"]


@dataclass(frozen=True)
class Request:
    """One line of the request log.

    Attributes:
        path: the path asked for, percent signs decoded.
        query: the parameters after `?`, decoded.
        at: seconds since the portal was made, by a clock that never goes back.
        faults: kinds of the faults that this request met.
    """

    path: str
    query: Mapping[str, str]
    at: float
    faults: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """An HTTP answer before it is sent; with `broken_off`, only half of its body will be."""

    body: bytes
    status: int = 200
    content_type: str = "application/json; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    broken_off: bool = False


@dataclass(frozen=True)
class Route:
    """Where a request leads.

    Attributes:
        respond: makes the true answer, distorted as the active faults say.
        error_in_200: the error that this kind of portal reports with HTTP status 200.
        parts: which parts of a table the answer holds; faults of content touch only these.
        pages_of: the sequence of pages that the answer belongs to; a repeated page comes from it.
    """

    respond: Callable[[Distortion], Answer]
    error_in_200: object
    parts: frozenset[Part] = frozenset()
    pages_of: str = ""


def json_answer(content: object, status: int = 200) -> Answer:
    """An answer in JSON; a number that JSON cannot hold (NaN, infinity) is an error here."""
    return Answer(json.dumps(content, ensure_ascii=False, allow_nan=False).encode(), status)
