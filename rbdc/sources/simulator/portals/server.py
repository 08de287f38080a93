"""The HTTP server: tables in, requests answered and logged, faults struck."""

import datetime as dt
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb
import pandas as pd

from rbdc.errors import RbdcError
from rbdc.sources.simulator.portals import arcgis, ckan
from rbdc.sources.simulator.portals.answer import Answer, Request, Route, json_answer
from rbdc.sources.simulator.portals.faults import Distortion, Fault, FaultKind
from rbdc.sources.simulator.portals.table import PortalTable


class Portal:
    """A local portal that serves each of its tables as ArcGIS and as CKAN do.

    Used as a context manager it serves until the block ends::

        with Portal() as portal:
            portal.add_table("RBDC_UOF_TBL_006", frame)
            portal.faults.append(Fault("drop", on_request=3))
            ...  # f"{portal.url}/RBDC_UOF_TBL_006/FeatureServer/0/query?where=1=1&f=json"

    Attributes:
        faults: what goes wrong; tests add and remove entries as they like.
        requests: every request so far, in the order of arrival.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        max_record_count: int = 1_000,
        rows_max: int = 32_000,
    ) -> None:
        """Bind to an address; port 0 takes a free one.

        Args:
            host: address to listen on.
            port: port to listen on.
            max_record_count: most rows of an ArcGIS page.
            rows_max: most rows of a CKAN search.
        """
        self.faults: list[Fault] = []
        self.requests: list[Request] = []
        self._max_record_count, self._rows_max = max_record_count, rows_max
        self._tables: dict[str, PortalTable] = {}
        self._given: dict[str, tuple[Sequence[str], Mapping[str, str], str]] = {}
        self._last_page: dict[str, list[dict[str, object]]] = {}
        self._lock, self._stopping = threading.Lock(), threading.Event()
        self._began = time.monotonic()
        self._server = _Server((host, port), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        """Address of the portal, without a slash at its end."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def add_table(
        self,
        name: str,
        data: pd.DataFrame | duckdb.DuckDBPyRelation,
        *,
        dates: Sequence[str] = (),
        aliases: Mapping[str, str] | None = None,
        package: str | None = None,
        edited_at: dt.datetime | None = None,
    ) -> None:
        """Publish a table, as the layer `<name>/FeatureServer/0` and as a CKAN resource.

        Args:
            name: name of the table.
            data: its rows; for a file, `duckdb.read_parquet(…)` or `duckdb.read_csv(…)`.
            dates: text columns that hold dates or instants (ISO, UTC where no offset is given).
            aliases: full name of a column where the column's own is not meant; ArcGIS cuts the
                column's own at 31 characters and gives this one beside it, CKAN has only this.
            package: slug of the CKAN package, shared by tables; else made from the name.
            edited_at: when the data was last edited, with its time zone; else now.

        Raises:
            RbdcError: the name is taken, or the data cannot be published as declared.
        """
        if name in self._tables:
            raise RbdcError(f"The portal has a table {name} already; use replace_table.")
        slug = package or name.lower().replace("_", "-")
        self._given[name] = (tuple(dates), dict(aliases or {}), slug)
        self._publish(name, data, edited_at)

    def replace_table(
        self,
        name: str,
        data: pd.DataFrame | duckdb.DuckDBPyRelation,
        *,
        edited_at: dt.datetime | None = None,
    ) -> None:
        """Publish a new version of a table, with the dates, aliases and package it had.

        Row ids that the portal itself gives begin at 1 again, as after an overwrite. A request
        under way is answered from the old version.

        Raises:
            RbdcError: there is no such table, or the data cannot be published as declared.
        """
        if name not in self._tables:
            raise RbdcError(f"The portal has no table {name}; use add_table.")
        self._publish(name, data, edited_at)

    def start(self) -> None:
        """Begin to answer requests."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, also where a slow answer is under way."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def answer(self, target: str) -> Answer:
        """The answer to a GET of a target (path and query) with the faults that it meets."""
        split = urlsplit(target)
        path, query = unquote(split.path), dict(parse_qsl(split.query, keep_blank_values=True))
        with self._lock:
            route = self._route(path, query)
            last_page = self._last_page.get(route.pages_of) if route else None
            parts = route.parts if route else frozenset()
            plain = f"{path}?" + "&".join(f"{name}={value}" for name, value in query.items())
            met = [f for f in self.faults if f.meets(plain, parts, last_page is not None)]
            at = time.monotonic() - self._began
            self.requests.append(Request(path, query, at, tuple(f.kind for f in met)))
        faults: dict[FaultKind, Fault] = {fault.kind: fault for fault in met}
        if "slow" in faults:
            self._stopping.wait(faults["slow"].seconds)
        answer = _refusal(faults, route) or self._content(route, Distortion(met, last_page))
        return replace(answer, broken_off="drop" in faults)

    def _publish(
        self,
        name: str,
        data: pd.DataFrame | duckdb.DuckDBPyRelation,
        edited_at: dt.datetime | None,
    ) -> None:
        dates, aliases, package = self._given[name]
        edited_at = edited_at or dt.datetime.now(dt.UTC)
        table = PortalTable(name, data, dates, aliases, package, edited_at)
        with self._lock:
            self._tables[name] = table

    def _route(self, path: str, query: Mapping[str, str]) -> Route | None:
        # The number of the request shuffles what no ordering fixes.
        shuffle, tables = len(self.requests), dict(self._tables)
        return arcgis.route(path, query, tables, self._max_record_count, shuffle) or ckan.route(
            path, query, tables, self._rows_max, shuffle, self.url
        )

    def _content(self, route: Route | None, distortion: Distortion) -> Answer:
        if route is None:
            return Answer(b"Not Found", 404, "text/plain; charset=utf-8")
        answer = route.respond(distortion)
        if distortion.served is not None and "page" in route.parts:
            with self._lock:
                self._last_page[route.pages_of] = distortion.served
        return answer


def _refusal(faults: Mapping[FaultKind, Fault], route: Route | None) -> Answer | None:
    """The answer of a server that does not come to look at the request's content."""
    if fault := faults.get("too_many_requests"):
        content = {"error": {"code": 429, "message": "Too many requests.", "details": []}}
        return replace(json_answer(content, 429), headers={"Retry-After": str(fault.retry_after)})
    if "server_error" in faults:
        return Answer(b"<html><body>Internal Server Error</body></html>", 500, "text/html")
    if "error_in_200" in faults and route:
        return json_answer(route.error_in_200)
    return None


class _Server(ThreadingHTTPServer):
    """A threading server that its handlers find the portal in."""

    def __init__(self, address: tuple[str, int], portal: Portal) -> None:
        super().__init__(address, _Handler)
        self.portal = portal

    def handle_error(self, request: object, client_address: object) -> None:
        """Let clients go that hang up, as those do that a slow answer is too slow for."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    """Sends what the portal answers."""

    protocol_version = "HTTP/1.1"
    server_version = "SimulatedPortal"
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer one request."""
        answer = self.server.portal.answer(self.path)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("X-Synthetic", "true")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = self.close_connection or answer.broken_off
        body = answer.body[: len(answer.body) // 2] if answer.broken_off else answer.body
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: the portal keeps its own log."""
