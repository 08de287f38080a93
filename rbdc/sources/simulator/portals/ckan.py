"""CKAN: packages, the datastore's search and its CSV dump, errors with HTTP status 400 to 409.

Forms after CKAN's own code (`views/api.py`; of the datastore `backend/postgres.py`, `blueprint.py`
and `writer.py`). An unsorted search has no reliable order, as in CKAN before ckan#2317 was mended.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlencode

from rbdc.sources.simulator.portals.answer import Answer, Part, Route, json_answer
from rbdc.sources.simulator.portals.clauses import ClauseError, parse_order
from rbdc.sources.simulator.portals.faults import Distortion
from rbdc.sources.simulator.portals.table import (
    ROW_ID,
    Condition,
    Field,
    FieldType,
    Order,
    PortalTable,
    resource_id,
)

_ACTION, _DUMP = "/api/3/action/", "/datastore/dump/"
_TYPES: dict[FieldType, str] = {
    "integer": "int8",
    "number": "float8",
    "text": "text",
    "date": "timestamp",
}
_UNSUPPORTED = ("q", "distinct", "plain", "language")
_DEFAULT_LIMIT = 100
_ERROR_IN_200 = {
    "success": False,
    "error": {"__type": "Internal Server Error", "message": "Internal Server Error"},
}


class _RefusedError(Exception):
    """A request that CKAN answers with an error object and a status."""

    def __init__(self, status: int, type_: str, **content: object) -> None:
        super().__init__(type_)
        self.status, self.content = status, {"__type": type_, **content}


def route(
    path: str,
    query: Mapping[str, str],
    tables: Mapping[str, PortalTable],
    rows_max: int,
    shuffle: int,
    base_url: str,
) -> Route | None:
    """Where a request to CKAN leads; None if the path is of another kind."""
    by_id = {resource_id(table.name): table for table in tables.values()}
    parts: frozenset[Part]
    if path.startswith(_DUMP):
        id_ = path.removeprefix(_DUMP)
        parts = frozenset({"dump"} if id_ in by_id else ())
        return Route(
            lambda distortion: _dump(by_id.get(id_), query, distortion), _ERROR_IN_200, parts
        )
    if not path.startswith(_ACTION):
        return None
    action = path.removeprefix(_ACTION)
    id_ = query.get("resource_id", "")
    parts = frozenset()
    if action == "datastore_search" and id_ in by_id:
        parts = frozenset({"count"} if query.get("limit") == "0" else {"count", "page"})

    def respond(distortion: Distortion) -> Answer:
        help_ = f"{base_url}{_ACTION}help_show?name={action}"
        try:
            if action == "package_show":
                result = _package(query, tables, base_url)
            elif action == "datastore_search":
                result = _search(by_id, query, rows_max, shuffle, distortion)
            else:
                return json_answer(f"Bad request - Action name not known: {action}", 400)
        except _RefusedError as error:
            content = {"help": help_, "success": False, "error": error.content}
            return json_answer(content, error.status)
        return json_answer({"help": help_, "success": True, "result": result})

    return Route(respond, _ERROR_IN_200, parts, f"ckan {id_}")


def _package(
    query: Mapping[str, str], tables: Mapping[str, PortalTable], base_url: str
) -> dict[str, object]:
    if not (slug := query.get("id", "")):
        raise _invalid("name_or_id", "Missing value")
    members = [table for table in tables.values() if slug in (table.package, _package_id(table))]
    if not members:
        raise _RefusedError(404, "Not Found Error", message="Not found")
    first = members[0]
    return {
        "id": _package_id(first),
        "name": first.package,
        "title": f"Simulated package {first.package}",
        "type": "dataset",
        "state": "active",
        "private": False,
        "synthetic": True,
        "notes": "SIMULATED DATA (synthetic: true): no real person or event is described.",
        "license_id": "notspecified",
        "license_title": "License not specified",
        "metadata_modified": max(table.edited_at for table in members).isoformat(),
        "extras": [{"key": "synthetic", "value": "true"}],
        "num_resources": len(members),
        "resources": [
            {
                "id": resource_id(table.name),
                "package_id": _package_id(table),
                "name": table.name,
                "format": "CSV",
                "datastore_active": True,
                "state": "active",
                "last_modified": table.edited_at.isoformat(),
                "url": f"{base_url}{_DUMP}{resource_id(table.name)}",
            }
            for table in members
        ],
    }


def _package_id(table: PortalTable) -> str:
    return resource_id(f"package {table.package}")


def _search(
    by_id: Mapping[str, PortalTable],
    query: Mapping[str, str],
    rows_max: int,
    shuffle: int,
    distortion: Distortion,
) -> dict[str, object]:
    if not (id_ := query.get("resource_id", "")):
        raise _invalid("resource_id", "Missing value")
    if id_ not in by_id:
        message = f'Not found: Resource "{id_}" was not found.'
        raise _RefusedError(404, "Not Found Error", message=message)
    _refuse_unsupported(query)
    if query.get("records_format", "objects") != "objects":
        raise _invalid("records_format", "this simulated server has objects only")
    table = by_id[id_]
    limit = min(_whole(query, "limit", _DEFAULT_LIMIT), rows_max)
    offset = _whole(query, "offset", 0)
    fields, condition, order = _fields(table, query), _filters(table, query), _order(table, query)
    rows = table.rows(_expressions(fields), condition, order, shuffle, offset, limit)
    names = [field.alias for field in fields]
    result: dict[str, object] = {
        "include_total": query.get("include_total", "true").lower() != "false",
        "limit": limit,
        "records_format": "objects",
        "resource_id": id_,
        "records": distortion.page([dict(zip(names, row, strict=True)) for row in rows]),
        "fields": [
            {"id": f.alias, "type": "int" if f is ROW_ID else _TYPES[f.type]} for f in fields
        ],
        "_links": _links(query, offset, limit),
    }
    if offset:
        result["offset"] = offset
    if result["include_total"]:
        result["total"] = distortion.count(table.count(condition))
        result["total_was_estimated"] = False
    return result


def _dump(table: PortalTable | None, query: Mapping[str, str], distortion: Distortion) -> Answer:
    """The table as CSV; the header ends with CR LF and each row with LF, as CKAN writes them."""
    if table is None:
        return _text("DataStore resource not found", 404)
    if query.get("format", "csv") != "csv":
        return _text("format: this simulated server has csv only", 400)
    try:
        _refuse_unsupported(query)
        fields, condition = _fields(table, query), _filters(table, query)
        order = _order(table, query) or [Order(ROW_ID)]
        limit = _whole(query, "limit", 0) if query.get("limit") else None
        offset = _whole(query, "offset", 0)
    except _RefusedError as error:
        return _text(json.dumps(error.content, ensure_ascii=False), 400)
    rows = table.rows(_expressions(fields), condition, order, 0, offset, limit)
    lines = [_csv_line(row) + "\n" for row in distortion.cut(rows)]
    text = _csv_line([field.alias for field in fields]) + "\r\n" + "".join(lines)
    if query.get("bom", "").lower() in ("true", "yes", "on", "t", "y", "1"):
        text = "\ufeff" + text
    return replace(
        _text(text, 200, "text/csv"),
        headers={"Content-Disposition": f'attachment; filename="{resource_id(table.name)}.csv"'},
    )


def _csv_line(cells: tuple[object, ...] | list[str]) -> str:
    """One line as PostgreSQL's COPY writes it: null is nothing, an empty text is `""`."""
    return ",".join(_csv_cell(cell) for cell in cells)


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    if not text or any(mark in text for mark in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _expressions(fields: list[Field]) -> list[str]:
    return [
        # An instant with a part of a second shows it, a whole one does not (PostgreSQL's JSON).
        f"regexp_replace(strftime({f.sql}, '%Y-%m-%dT%H:%M:%S.%g'), '\\.?0+$', '')"
        if f.type == "date"
        else f.sql
        for f in fields
    ]


def _known(table: PortalTable) -> dict[str, Field]:
    return {field.alias: field for field in (ROW_ID, *table.fields)}


def _fields(table: PortalTable, query: Mapping[str, str]) -> list[Field]:
    known = _known(table)
    names = [name.strip() for name in query.get("fields", "").split(",") if name.strip()]
    for name in names:
        if name not in known:
            raise _invalid("fields", f'invalid value "{name}"')
    return [known[name] for name in dict.fromkeys(names)] or list(known.values())


def _order(table: PortalTable, query: Mapping[str, str]) -> list[Order]:
    if not query.get("sort", "").strip():
        return []
    try:
        return parse_order(query["sort"], _known(table))
    except ClauseError as error:
        raise _invalid("sort", f'invalid value "{error.field}"') from None


def _filters(table: PortalTable, query: Mapping[str, str]) -> Condition:
    """The condition of `filters`: a JSON object of field and value, or list of values."""
    if not query.get("filters"):
        return Condition()
    try:
        filters = json.loads(query["filters"])
    except json.JSONDecodeError:
        filters = None
    if not isinstance(filters, dict):
        raise _invalid("filters", "Cannot parse JSON")
    known, terms, parameters = _known(table), ["true"], []
    for name, wanted in filters.items():
        if name not in known:
            raise _invalid("filters", f'invalid value "{name}"')
        values = wanted if isinstance(wanted, list) else [wanted]
        marks = ", ".join("?" * len(values))
        terms.append(f"{_expressions([known[name]])[0]} in ({marks})" if values else "false")
        parameters += [_filter_value(known[name], value) for value in values]
    return Condition(" and ".join(terms), tuple(parameters))


def _filter_value(field: Field, value: object) -> str | float | None:
    """The value as it is compared: `"2020"` finds the number 2020, and null nothing."""
    if value is None or field.type in ("text", "date"):
        return None if value is None else str(value)
    try:
        return float(str(value))
    except ValueError:
        type_ = _TYPES[field.type]
        raise _invalid("filters", f'invalid input syntax for type {type_}: "{value}"') from None


def _links(query: Mapping[str, str], offset: int, limit: int) -> dict[str, str]:
    """Start, next and previous page; CKAN gives the next one even where there is none."""
    first = {name: value for name, value in query.items() if name != "offset"}
    links = {
        "start": f"{_ACTION}datastore_search?{urlencode(first)}",
        "next": f"{_ACTION}datastore_search?{urlencode({**first, 'offset': offset + limit})}",
    }
    if offset - limit > 0:
        previous = urlencode({**first, "offset": offset - limit})
        links["prev"] = f"{_ACTION}datastore_search?{previous}"
    return links


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise _invalid(name, "Must be a natural number")
    return int(text)


def _refuse_unsupported(query: Mapping[str, str]) -> None:
    for name in _UNSUPPORTED:
        if query.get(name):
            raise _invalid(name, "not supported by this simulated server")


def _invalid(parameter: str, message: str) -> _RefusedError:
    # CKAN names the parameter; a validation error has no `message`.
    return _RefusedError(409, "Validation Error", **{parameter: [message]})


def _text(text: str, status: int, content_type: str = "text/plain") -> Answer:
    return Answer(text.encode(), status, f"{content_type}; charset=utf-8")
