"""Getting JSON over HTTP politely: patience with what passes, one sentence for what does not."""

import datetime as dt
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from rbdc.errors import SourceError

Content = Mapping[str, Any]
# The code and the message of an error that an answer holds, None where it holds none.
ErrorIn = Callable[[Content], tuple[int, str] | None]

_HEADERS = {"User-Agent": "rbdc-warehouse", "Accept": "application/json"}
_LONGEST_DETAIL = 200


@dataclass(frozen=True)
class Patience:
    """How a server is waited for; times in seconds.

    Attributes:
        attempts: how often one thing is asked for before the server is given up.
        first_wait: the longest wait before the second attempt; it doubles with each attempt.
        longest_wait: what the doubling stops at.
        total_wait: longest sum of all waits for one table.
        timeout: how long a server may be silent.
        gap: from the end of one request to the beginning of the next, at least.
        sleep: waits; another one in tests.
    """

    attempts: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    total_wait: float = 600.0
    timeout: float = 60.0
    gap: float = 0.1
    sleep: Callable[[float], None] = time.sleep


class AnswerError(SourceError):
    """The server answered, and its answer was no; to ask again would not help.

    Attributes:
        code: HTTP status, or the code of the error inside HTTP 200.
        detail: what the server said.
    """

    def __init__(self, message: str, code: int, detail: str) -> None:
        super().__init__(message)
        self.code, self.detail = code, detail


@dataclass(frozen=True)
class _Trouble:
    """Why an attempt failed although the next one may not; `after` as the server asked."""

    reason: str
    after: float | None = None


class Server:
    """One server, asked for one table: everything that it is waited for is added up."""

    def __init__(self, name: str, error_in: ErrorIn, patience: Patience) -> None:
        """Nothing is asked yet.

        Args:
            name: how messages name the source.
            error_in: finds the error in an answer, in the form of this kind of server.
            patience: how it is waited for.
        """
        self._name, self._error_in, self._patience = name, error_in, patience
        self._session = requests.Session()
        self._session.headers.update(_HEADERS)
        self._waited, self._last = 0.0, float("-inf")

    def close(self) -> None:
        """Let go of the connections."""
        self._session.close()

    def get(self, url: str, **query: object) -> Content:
        """The JSON object at an address, asked for as often as patience allows.

        Connections that fail or break off, silence, HTTP 408, 429 and 5xx, answers that are not
        JSON and errors of these codes inside HTTP 200 are taken to pass.

        Raises:
            AnswerError: the server refuses what is asked.
            SourceError: the trouble did not pass.
        """
        trouble = _Trouble("")
        for attempt in range(self._patience.attempts):
            if attempt:
                self.back_off(attempt, trouble.reason, trouble.after)
            answer = self._ask(url, query)
            if not isinstance(answer, _Trouble):
                return answer
            trouble = answer
        raise self._given_up(trouble.reason)

    def back_off(self, attempt: int, reason: str, after: float | None = None) -> None:
        """Wait before an attempt, the longer the more there were.

        The time is drawn from the whole range up to the bound ("full jitter"): clients that failed
        together do not come back together. A server that says when to come back is obeyed.

        Args:
            attempt: number of attempts that failed.
            reason: why, for the message.
            after: seconds that the server asked for.

        Raises:
            SourceError: that would be more than patience allows.
        """
        patience = self._patience
        bound = min(patience.longest_wait, patience.first_wait * 2.0 ** (attempt - 1))
        wait = random.uniform(0, bound) + (after or 0)
        if self._waited + wait > patience.total_wait:
            raise self._given_up(reason)
        self._waited += wait
        patience.sleep(wait)

    def _ask(self, url: str, query: Mapping[str, object]) -> Content | _Trouble:
        """One attempt."""
        patience = self._patience
        patience.sleep(max(0.0, self._last + patience.gap - time.monotonic()))
        try:
            response = self._session.get(
                url, params={k: str(v) for k, v in query.items()}, timeout=patience.timeout
            )
        except requests.Timeout:
            return _Trouble(f"did not answer within {patience.timeout:g} seconds")
        except requests.exceptions.ChunkedEncodingError:
            return _Trouble("broke the connection off inside an answer")
        except requests.ConnectionError:
            return _Trouble(
                f"cannot be reached, or hangs up, at {_without_query(url)} (check the network, and "
                "`url` under `portal` in sources.yml)"
            )
        except requests.RequestException as error:
            raise SourceError(
                f"{self._name}: {_without_query(url)} cannot be asked "
                f"({type(error).__name__}). Correct `portal` in sources.yml."
            ) from None
        finally:
            self._last = time.monotonic()
        return self._judged(response)

    def _judged(self, response: requests.Response) -> Content | _Trouble:
        """What an answer says, once status and content are looked at."""
        status, inside = response.status_code, ""
        try:
            content = response.json()
        except requests.exceptions.JSONDecodeError:
            content = None
        error = self._error_in(content) if isinstance(content, dict) else None
        if status == 200 and isinstance(content, dict):
            if error is None:
                return content
            status, inside = error[0], " inside HTTP 200"
        elif status == 200:
            return _Trouble("answered with something else than JSON")
        detail = " ".join((error[1] if error else response.reason or "").split())
        detail = detail[:_LONGEST_DETAIL]
        if status == 429:
            after = _retry_after(response.headers.get("Retry-After"))
            asked = "" if after is None else f" and to come back after {after:.0f} s"
            return _Trouble(f"asked for fewer requests{asked} (error 429{inside})", after)
        if status == 408 or status >= 500:
            after = _retry_after(response.headers.get("Retry-After"))
            return _Trouble(f"answered with error {status}{inside} ({detail})", after)
        raise AnswerError(
            f"{self._name} refused what was asked: {detail} (error {status}{inside}). "
            "Check `portal` in sources.yml.",
            status,
            detail,
        )

    def _given_up(self, reason: str) -> SourceError:
        return SourceError(
            f"{self._name} {reason}, again and again. Refresh later; what was loaded last stays."
        )


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from seconds or a date; None where there is nothing readable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    return max(0.0, (moment - dt.datetime.now(dt.UTC)).total_seconds())


def _without_query(url: str) -> str:
    return url.split("?")[0]
