"""Getting JSON politely: what is asked again, how long is waited, and what is given up at once."""

import datetime as dt
import json
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from rbdc.errors import SourceError
from rbdc.sources.http import AnswerError, Patience, Server

GOOD = (200, {}, {"good": True})


@pytest.fixture
def web():
    """A server that gives scripted answers, the last one again and again."""
    script: list[tuple[int, dict[str, str], object]] = []
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            status, headers, content = script.pop(0) if len(script) > 1 else script[0]
            body = content if isinstance(content, bytes) else json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api", script, asked
    server.shutdown()
    thread.join()
    server.server_close()


def error_in(content):
    return (content["error"], "it said so") if "error" in content else None


def asking(waits=None, **changes):
    """A server whose waits are written down; gaps between requests are left out."""
    waits = [] if waits is None else waits
    kept = {"sleep": waits.append, "gap": 0.0, "timeout": 5.0} | changes
    return Server("Source s, table t", error_in, Patience(**kept))


@pytest.mark.parametrize(
    "passing",
    [
        (429, {}, {}),
        (408, {}, b""),
        (500, {}, b"<html>"),
        (503, {}, {}),
        (200, {}, b"<html>maintenance</html>"),
        (200, {}, b'{"cut'),
        (200, {}, [1]),
        (200, {}, {"error": 429}),
        (200, {}, {"error": 504}),
    ],
)
def test_what_may_pass_is_asked_again(web, passing):
    url, script, asked = web
    script += [passing, passing, GOOD]
    assert asking().get(url, f="json") == {"good": True}
    assert asked == ["/api?f=json"] * 3
    script[:] = [passing]
    with pytest.raises(SourceError, match=r"Source s, table t a.* again and again\. Refresh"):
        asking(attempts=4).get(url)
    assert len(asked) == 3 + 4


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        ((404, {}, b"nothing here"), 404, r"Not Found \(error 404\)"),
        ((403, {}, {"error": 403}), 403, r"it said so \(error 403\)"),
        ((200, {}, {"error": 400}), 400, r"it said so \(error 400 inside HTTP 200\)"),
        ((200, {}, {"error": 499}), 499, r"it said so \(error 499 inside HTTP 200\)"),
    ],
)
def test_a_plain_no_is_not_asked_again(web, answer, code, said):
    url, script, asked = web
    script.append(answer)
    with pytest.raises(AnswerError, match=said) as refused:
        asking().get(url)
    assert refused.value.code == code and len(asked) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_server_that_says_when_to_come_back_is_obeyed(web, status):
    url, script, _ = web
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    date = format_datetime(moment, usegmt=True)
    script += [(status, {"Retry-After": "30"}, {}), (status, {"Retry-After": date}, {}), GOOD]
    waits = []
    asking(waits, first_wait=1.0).get(url)
    first, second = [wait for wait in waits if wait]
    assert 30 <= first <= 31
    assert 80 <= second <= 92


@pytest.mark.parametrize("header", ["soon", "-5", "1.5e99"])
def test_unreadable_retry_after_is_ignored(web, header):
    url, script, _ = web
    script += [(429, {"Retry-After": header}, {}), GOOD]
    waits = []
    asking(waits).get(url)
    assert max(waits) <= 1


def test_waits_double_are_drawn_at_random_and_are_bounded(web):
    url, script, _ = web
    script.append((500, {}, {}))
    drawn = []
    for _ in range(40):
        waits = []
        with pytest.raises(SourceError):
            asking(waits, attempts=6, first_wait=1.0, longest_wait=5.0).get(url)
        drawn.append([wait for wait in waits if wait])
    assert all(len(waits) == 5 for waits in drawn)
    for bound, waits in zip([1, 2, 4, 5, 5], zip(*drawn, strict=True), strict=True):
        assert 0.5 * bound < max(waits) <= bound
        assert min(waits) < 0.5 * bound  # full jitter: from nothing to the bound


def test_all_waits_for_one_table_are_bounded_together(web):
    url, script, asked = web
    script.append((429, {"Retry-After": "40"}, {}))
    waits = []
    server = asking(waits, total_wait=100.0)
    with pytest.raises(SourceError, match="come back after 40 s.*again and again"):
        server.get(url)
    assert sum(waits) <= 100 and len(asked) == 3
    script[:] = [(429, {"Retry-After": "86400"}, {})]
    with pytest.raises(SourceError, match="come back after 86400 s"):
        asking(waits := []).get(url)
    assert not any(waits)  # nobody waits for a day


def test_requests_keep_a_distance(web):
    url, script, _ = web
    script.append(GOOD)
    waits = []
    server = asking(waits, gap=3.0)
    server.get(url)
    server.get(url)
    assert waits[0] == 0 and 2.5 < waits[1] <= 3.0


def test_address_that_is_none(web):
    with pytest.raises(SourceError, match="cannot be asked .*Correct `portal`"):
        asking().get("htp://portal/x?token=SECRET")
