"""Layers of an ArcGIS FeatureServer (Esri's REST API, feature service: Layer and Query)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rbdc.errors import SourceError
from rbdc.sources.batch import Pull, Request
from rbdc.sources.declaration import ArcGISPortal
from rbdc.sources.http import AnswerError, Content, Patience, Server
from rbdc.sources.portal import NotThereError, Row, instant_text, plain_text, pull_table

_DEFAULT_PAGE, _LARGEST_PAGE = 1_000, 10_000
_EPOCH = dt.datetime(1970, 1, 1)


def pull(request: Request, patience: Patience | None = None) -> Pull:
    """Land a layer, or nothing if it was not edited since it was read.

    Args:
        request: a table with an ArcGIS portal; its columns may be named as the layer names them
            or by their aliases.
        patience: how the server is waited for.

    Raises:
        SourceError: no such layer, an empty one, one that lacks a declared column, or a server
            that cannot be reached or does not serve what it counts.
    """
    table, portal = request.table, request.table.portal
    if not isinstance(portal, ArcGISPortal):
        raise ValueError(f"{table.id} is not at an ArcGIS portal")
    name = f"Source {table.source}, table {table.table} (ArcGIS)"
    server = Server(name, _error_in, patience or Patience())
    try:
        return pull_table(request, server, name, lambda: _Layer(server, portal.url, name))
    finally:
        server.close()


def _error_in(content: Content) -> tuple[int, str] | None:
    """The error that ArcGIS reports with HTTP status 200."""
    error = content.get("error")
    if error is None:
        return None
    if not isinstance(error, dict):
        return 500, str(error)
    code = error.get("code")
    details = [one for one in error.get("details") or [] if one != error.get("message")]
    message = " ".join(str(part) for part in (error.get("message"), *details) if part)
    return code if isinstance(code, int) else 500, message or "no message"


class _Layer:
    """A layer, or a table without geometry, as it describes itself.

    Pages begin after a row id (`where ObjectId > n`) and not at an offset: any server that can
    filter can do it, also those that cannot page; a page that is cut short or comes again moves no
    other; rows that come or go meanwhile do not either; and late pages are as fast as early ones.
    """

    def __init__(self, server: Server, url: str, name: str) -> None:
        self._server, self._url = server, url.rstrip("/")
        try:
            layer = server.get(self._url, f="json")
        except AnswerError as error:
            if error.code not in (400, 404):
                raise
            raise NotThereError(
                f"{name}: there is no layer at {self._url} ({error.detail}). Correct `url` under "
                "`portal` in sources.yml."
            ) from None
        fields = layer.get("fields")
        if not fields:
            raise SourceError(
                f"{name}: {self._url} is not a layer with fields. The `url` under `portal` in "
                "sources.yml ends with the number of a layer, as in …/FeatureServer/0."
            )
        count = self._query(where="1=1", returnCountOnly="true").get("count")
        if not isinstance(count, int):
            raise SourceError(f"{name}: {self._url} does not count its rows. Use its CSV file.")
        self.rows = count
        self.columns: Mapping[str, str] = {
            field["name"]: str(field.get("type", "")) for field in fields
        }
        self.spellings: Mapping[str, str] = _spellings(fields)
        self.row_id: str = layer.get("objectIdField") or self._column_of_type("esriFieldTypeOID")
        if not self.row_id:
            raise SourceError(f"{name}: {self._url} has no row ids. Use its CSV file.")
        edited = (layer.get("editingInfo") or {}).get("lastEditDate")
        self.edited = _instant(edited).replace(tzinfo=dt.UTC) if edited else None
        limit = layer.get("maxRecordCount") or _DEFAULT_PAGE
        self._page_size = max(1, min(int(limit), _LARGEST_PAGE))

    def page(self, columns: Sequence[str], last: int | None, received: int) -> list[Row]:
        """The rows after a row id. Neither other columns nor places leave the portal."""
        page = self._query(
            where="1=1" if last is None else f"{self.row_id} > {last}",
            outFields=",".join(dict.fromkeys((*columns, self.row_id))),
            orderByFields=self.row_id,
            resultRecordCount=self._page_size,
            returnGeometry="false",
        )
        return [feature["attributes"] for feature in page.get("features", ())]

    def text(self, column: str) -> Callable[[Any], str | None]:
        """Dates come as milliseconds since 1970 in UTC, everything else as it is."""
        return _date_text if self.columns[column] == "esriFieldTypeDate" else plain_text

    def _query(self, **query: object) -> Content:
        return self._server.get(f"{self._url}/query", f="json", **query)

    def _column_of_type(self, type_: str) -> str:
        return next((name for name, one in self.columns.items() if one == type_), "")


def _spellings(fields: Sequence[Content]) -> dict[str, str]:
    """Names and aliases of all fields; an alias that says two things says nothing."""
    names = [field["name"] for field in fields]
    aliases = [field.get("alias") for field in fields]
    by_alias = {
        alias: name
        for name, alias in zip(names, aliases, strict=True)
        if alias and aliases.count(alias) == 1
    }
    return by_alias | {name: name for name in names}


def _date_text(value: Any) -> str | None:
    if not isinstance(value, int | float):
        return plain_text(value)
    try:
        return instant_text(_instant(value))
    except OverflowError:  # a year that no calendar has: as it came, for the gate to judge
        return plain_text(value)


def _instant(milliseconds: float) -> dt.datetime:
    return _EPOCH + dt.timedelta(milliseconds=milliseconds)
