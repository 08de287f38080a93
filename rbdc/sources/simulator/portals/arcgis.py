"""ArcGIS FeatureServer: layer descriptions and queries of tables, errors inside HTTP 200.

Forms after Esri's REST reference (Layer and Query of a feature service) and the answers of hosted
services. What this server cannot do, statistics or geometry say, is an error and never ignored.
"""

import html
import re
from collections.abc import Mapping

from rbdc.sources.simulator.portals.answer import Answer, Part, Route, json_answer
from rbdc.sources.simulator.portals.clauses import ClauseError, parse_order, parse_where
from rbdc.sources.simulator.portals.faults import Distortion
from rbdc.sources.simulator.portals.table import Field, FieldType, Order, PortalTable

_PATH = re.compile(r"/(?P<name>[^/]+)/FeatureServer(?:/(?P<layer>\d+)(?P<query>/query)?)?/?")
_TYPES: dict[FieldType, str] = {
    "integer": "esriFieldTypeInteger",
    "number": "esriFieldTypeDouble",
    "text": "esriFieldTypeString",
    "date": "esriFieldTypeDate",
}
_UNSUPPORTED = (
    "objectIds",
    "geometry",
    "time",
    "outStatistics",
    "groupByFieldsForStatistics",
    "returnDistinctValues",
    "returnExtentOnly",
    "having",
)
_ERROR_IN_200 = {"error": {"code": 500, "message": "Error performing query.", "details": []}}


class _RefusedError(Exception):
    """A request that the server answers with an error object."""

    def __init__(self, message: str, *details: str) -> None:
        super().__init__(message)
        self.content = {"error": {"code": 400, "message": message, "details": list(details)}}


def route(
    path: str,
    query: Mapping[str, str],
    tables: Mapping[str, PortalTable],
    max_record_count: int,
    shuffle: int,
) -> Route | None:
    """Where a request to a FeatureServer leads; None if the path is of another kind."""
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    table = tables.get(match["name"])
    parts: set[Part] = set()
    if table and match["query"] and not _is_true(query, "returnIdsOnly"):
        parts = {"count"} if _is_true(query, "returnCountOnly") else {"page"}

    def respond(distortion: Distortion) -> Answer:
        content: Mapping[str, object]
        try:
            if table is None or match["layer"] not in (None, "0"):
                raise _RefusedError("Invalid URL", "Invalid URL")
            if match["layer"] is None:
                content = _service(table, max_record_count)
            elif match["query"] is None:
                content = _layer(table, max_record_count)
            else:
                content = _query(table, query, max_record_count, shuffle, distortion)
        except _RefusedError as error:
            content = error.content
        if query.get("f") != "json":
            # A real server shows a page for people unless it is asked for JSON.
            return Answer(_page(content).encode(), content_type="text/html; charset=utf-8")
        return json_answer(content)

    return Route(respond, _ERROR_IN_200, frozenset(parts), f"arcgis {match['name']}")


def _service(table: PortalTable, max_record_count: int) -> dict[str, object]:
    return {
        "currentVersion": 11.4,
        "serviceDescription": _description(table),
        "synthetic": True,
        "maxRecordCount": max_record_count,
        "capabilities": "Query",
        "layers": [],
        "tables": [{"id": 0, "name": table.name, "type": "Table"}],
    }


def _layer(table: PortalTable, max_record_count: int) -> dict[str, object]:
    edited = int(table.edited_at.timestamp() * 1000)
    return {
        "currentVersion": 11.4,
        "id": 0,
        "name": table.name,
        "type": "Table",
        "description": _description(table),
        "synthetic": True,
        "copyrightText": "Simulated data",
        "objectIdField": table.object_id.name,
        "fields": [_field(table, field) for field in _fields(table)],
        "maxRecordCount": max_record_count,
        "capabilities": "Query",
        "supportedQueryFormats": "JSON",
        "dateFieldsTimeReference": {"timeZone": "UTC", "respectsDaylightSaving": False},
        "advancedQueryCapabilities": {"supportsPagination": True, "supportsOrderBy": True},
        "editingInfo": {"lastEditDate": edited, "dataLastEditDate": edited},
    }


def _query(
    table: PortalTable,
    query: Mapping[str, str],
    max_record_count: int,
    shuffle: int,
    distortion: Distortion,
) -> dict[str, object]:
    if unsupported := [name for name in _UNSUPPORTED if query.get(name, "false") != "false"]:
        raise _bad_parameters(f"not supported by this simulated server: {', '.join(unsupported)}")
    if not query.get("where"):
        raise _bad_parameters("'where' must be specified")
    fields = _fields(table)
    try:
        condition = parse_where(query["where"], fields)
        order = _order(query.get("orderByFields", ""), fields)
    except ClauseError as error:
        detail = f"Invalid field: {error.field}" if error.field else str(error)
        raise _bad_parameters(f"'{detail}' parameter is invalid") from None
    if _is_true(query, "returnCountOnly"):
        return {"count": distortion.count(table.count(condition))}
    ids = table.object_id
    if _is_true(query, "returnIdsOnly"):
        rows = table.rows([ids.sql], condition, order, shuffle)
        return {"objectIdFieldName": ids.name, "objectIds": [row[0] for row in rows]}
    chosen = _out_fields(query.get("outFields", ids.name), fields)
    offset = _whole(query, "resultOffset", 0)
    limit = min(_whole(query, "resultRecordCount", max_record_count), max_record_count)
    expressions = [f"epoch_ms({f.sql})" if f.type == "date" else f.sql for f in chosen]
    # One row beyond the page tells whether the transfer limit was exceeded.
    rows = table.rows(expressions, condition, order, shuffle, offset, limit + 1)
    names = [field.name for field in chosen]
    page = distortion.page([dict(zip(names, row, strict=True)) for row in rows[:limit]])
    content: dict[str, object] = {"objectIdFieldName": ids.name, "globalIdFieldName": ""}
    if page:  # Esri: an empty feature set comes without its fields
        content["fields"] = [_field(table, field) for field in chosen]
    content["features"] = [{"attributes": row} for row in page]
    if distortion.says_more(len(rows) > limit):
        content["exceededTransferLimit"] = True
    return content


def _fields(table: PortalTable) -> tuple[Field, ...]:
    """All fields of a layer; an ObjectId that the table did not bring stands at the end."""
    own = table.object_id in table.fields
    return table.fields if own else (*table.fields, table.object_id)


def _field(table: PortalTable, field: Field) -> dict[str, object]:
    is_id = field == table.object_id
    content: dict[str, object] = {
        "name": field.name,
        "type": "esriFieldTypeOID" if is_id else _TYPES[field.type],
        "alias": field.alias,
        "nullable": not is_id,
        "editable": False,
        "domain": None,
    }
    return {**content, "length": 4000} if field.type == "text" else content


def _out_fields(text: str, fields: tuple[Field, ...]) -> list[Field]:
    if text.strip() == "*":
        return list(fields)
    known = {field.name.lower(): field for field in fields}
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name.lower() not in known:
            raise _bad_parameters(f"'Invalid field: {name}' parameter is invalid")
    return [known[name] for name in dict.fromkeys(name.lower() for name in names)]


def _order(text: str, fields: tuple[Field, ...]) -> list[Order]:
    # Names match in any case, as in a condition.
    known = {field.name.lower(): field for field in fields}
    return parse_order(text, known, str.lower) if text.strip() else []


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if not text:
        return default
    if not text.isdecimal():
        raise _bad_parameters(f"'{name}' parameter is invalid")
    return int(text)


def _is_true(query: Mapping[str, str], name: str) -> bool:
    return query.get(name, "").lower() == "true"


def _bad_parameters(detail: str) -> _RefusedError:
    return _RefusedError("Cannot perform query. Invalid query parameters.", detail)


def _description(table: PortalTable) -> str:
    return f"SIMULATED DATA (synthetic: true): {table.name} describes no real person or event."


def _page(content: Mapping[str, object]) -> str:
    shown = "".join(
        f"<li>{html.escape(f'{name}: {value}')}</li>" for name, value in content.items()
    )
    return f"<html><body><p>Simulated ArcGIS server (synthetic: true)</p><ul>{shown}</ul></html>"
