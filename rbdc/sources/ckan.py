"""Resources of a CKAN datastore (CKAN's action API: `package_show`, `datastore_search`)."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rbdc.errors import SourceError
from rbdc.sources.batch import Pull, Request
from rbdc.sources.declaration import CKANPortal
from rbdc.sources.http import AnswerError, Content, Patience, Server
from rbdc.sources.portal import (
    IncompleteError,
    NotThereError,
    Row,
    instant_text,
    plain_text,
    pull_table,
)

_PAGE = 10_000  # a search gives at most 32,000 rows, or what the portal's owner sets
_ROW_ID = "_id"
_CODES = {
    "Not Found Error": 404,
    "Validation Error": 409,
    "Authorization Error": 403,
}


def pull(request: Request, patience: Patience | None = None) -> Pull:
    """Land a resource, or nothing if it was not edited since it was read.

    Args:
        request: a table with a CKAN portal.
        patience: how the server is waited for.

    Raises:
        SourceError: no such package or resource, an empty one, one that lacks a declared column,
            or a server that cannot be reached or does not serve what it counts.
    """
    table, portal = request.table, request.table.portal
    if not isinstance(portal, CKANPortal):
        raise ValueError(f"{table.id} is not at a CKAN portal")
    name = f"Source {table.source}, table {table.table} (CKAN)"
    server = Server(name, _error_in, patience or Patience())
    try:
        return pull_table(request, server, name, lambda: _Resource(server, portal, name))
    finally:
        server.close()


def _error_in(content: Content) -> tuple[int, str] | None:
    """The error of an action, whatever the HTTP status that it comes with."""
    if content.get("success") is not False:
        return None
    error = content.get("error")
    if not isinstance(error, dict):
        return 500, str(error or "no message")
    type_ = str(error.get("__type", "error"))
    said = [
        str(one)
        for key, value in error.items()
        if not key.startswith("__")
        for one in (value if isinstance(value, list) else [value])
    ]
    return _CODES.get(type_, 500), f"{type_}: {' '.join(said)}"


class _Resource:
    """A resource as its package and the datastore describe it.

    Pages begin at an offset: a search filters by equal values only, and SQL is switched off on
    most portals. So each page begins with the row that the last one ended with; where another row
    stands there, rows were taken away or put in before it, and the reading is worth nothing.
    """

    def __init__(self, server: Server, portal: CKANPortal, name: str) -> None:
        self._server, self._url = server, portal.url.rstrip("/")
        try:
            package = self._action("package_show", id=portal.package)
        except AnswerError as error:
            if error.code not in (400, 404):
                raise
            raise NotThereError(
                f"{name}: there is no package {portal.package} at {self._url} ({error.detail}). "
                "Correct `url` or `package` under `portal` in sources.yml."
            ) from None
        resource = _resource(package, portal, name)
        self._id = resource["id"]
        try:
            empty = self._search(limit=0)
        except AnswerError as error:
            if error.code == 404:
                raise SourceError(
                    f"{name}: the resource {portal.resource} is a file that the portal's datastore "
                    "does not hold. Name another `resource`, or download the file and read it "
                    "from there."
                ) from None
            raise
        fields, total = empty.get("fields"), empty.get("total")
        if not fields or not isinstance(total, int):
            raise SourceError(f"{name}: the datastore does not count its rows. Use its CSV file.")
        self.rows = total
        self.columns: Mapping[str, str] = {
            field["id"]: str(field.get("type", "")) for field in fields
        }
        self.spellings: Mapping[str, str] = {column: column for column in self.columns}
        self.row_id = _ROW_ID
        self.edited = _edited(resource)

    def page(self, columns: Sequence[str], last: int | None, received: int) -> list[Row]:
        """The rows after those received; other columns do not leave the portal."""
        if last is None:
            return self._records(columns, 0, _PAGE)
        known, *rows = self._records(columns, received - 1, _PAGE + 1) or [{_ROW_ID: None}]
        if known.get(_ROW_ID) != last:
            raise IncompleteError(
                f"served a repeated page, or its rows moved: where row {last} was there is "
                f"{known.get(_ROW_ID)} now"
            )
        # No row beside the known one: the end, or a page limit of one row.
        return rows or self._records(columns, received, _PAGE)

    def text(self, column: str) -> Callable[[Any], str | None]:
        """Instants as in all sources, everything else as it is."""
        return _date_text if self.columns[column].startswith("timestamp") else plain_text

    def _records(self, columns: Sequence[str], offset: int, limit: int) -> list[Row]:
        records: list[Row] = self._search(
            fields=",".join(dict.fromkeys((*columns, _ROW_ID))),
            sort=_ROW_ID,
            offset=offset,
            limit=limit,
            include_total="false",
        ).get("records", [])
        return records

    def _search(self, **query: object) -> Content:
        return self._action("datastore_search", resource_id=self._id, **query)

    def _action(self, action: str, **query: object) -> Content:
        result = self._server.get(f"{self._url}/api/3/action/{action}", **query).get("result")
        return result if isinstance(result, dict) else {}


def _resource(package: Content, portal: CKANPortal, name: str) -> Content:
    """The one resource of a package that is named by its id or, in any case, by its name."""
    resources: list[Content] = package.get("resources") or []
    by_id = [one for one in resources if one.get("id") == portal.resource]
    wanted = portal.resource.strip().casefold()
    found = by_id or [
        one for one in resources if str(one.get("name") or "").strip().casefold() == wanted
    ]
    # A table stands beside downloads of the same name in other formats.
    found = [one for one in found if one.get("datastore_active")] or found
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(str(one.get("id")) for one in found)
        raise SourceError(
            f"{name}: package {portal.package} has several resources {portal.resource}. Put the "
            f"id of the right one as `resource` in sources.yml: {ids}."
        )
    names = ", ".join(str(one.get("name")) for one in resources)
    raise NotThereError(
        f"{name}: package {portal.package} has no resource {portal.resource}. Correct `resource` "
        f"in sources.yml; there are: {names or 'none'}."
    )


def _edited(resource: Content) -> dt.datetime | None:
    """When the rows changed last, None where the portal does not date that.

    A change of rows through the datastore's own interface leaves `last_modified` as it is on most
    portals (ckan#8980), and `metadata_modified` dates the description, not the rows.
    """
    if resource.get("url_type") == "datastore":
        return None
    try:
        edited = dt.datetime.fromisoformat(str(resource.get("last_modified")))
    except ValueError:
        return None
    return edited if edited.tzinfo else edited.replace(tzinfo=dt.UTC)


def _date_text(value: Any) -> str | None:
    try:
        return instant_text(dt.datetime.fromisoformat(value))
    except (TypeError, ValueError):  # null, or a date that Python does not know
        return plain_text(value)
