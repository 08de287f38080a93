"""`csvw.json`: all CSV files as one CSV on the Web table group."""

import re
from urllib.parse import quote

from rbdc.release.package.content import SYMBOL, Column, Table
from rbdc.release.package.datapackage import ENUM_UP_TO
from rbdc.release.package.edition import LANGUAGE, Edition, json_text

_SIGNS = re.compile(r"[\\^$.|?*+()\[\]{}/]")
_TYPES = {
    "string": "string",
    "integer": "integer",
    "number": "double",
    "boolean": {"base": "boolean", "format": "true|false"},
    "date": {"base": "date", "format": "yyyy-MM-dd"},
}


def csvw(edition: Edition) -> str:
    """The text of `csvw.json` (https://www.w3.org/TR/tabular-metadata/)."""
    release = edition.release
    return json_text(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": LANGUAGE}],
            "dc:title": release.title,
            "dc:description": release.description,
            "dc:identifier": edition.identifier(),
            "dc:license": {"@id": release.licence.url},
            "dc:publisher": release.publisher.name,
            "dcat:version": edition.version,
            "dialect": {
                "encoding": "utf-8",
                "delimiter": ",",
                "quoteChar": '"',
                "doubleQuote": True,
                "header": True,
                "headerRowCount": 1,
                "lineTerminators": ["\n"],
                "skipInitialSpace": False,
                "trim": False,
            },
            "tables": [_table(edition, table) for table in release.tables],
        }
    )


def _table(edition: Edition, table: Table) -> dict[str, object]:
    return {
        "url": edition.csv(table).path,
        "dc:title": table.title,
        "dc:description": table.description,
        "tableSchema": {
            "columns": [_column(column) for column in table.published_columns],
            **({"primaryKey": [variable(name) for name in table.key]} if table.key else {}),
        },
    }


def _column(column: Column) -> dict[str, object]:
    return {
        "name": variable(column.name),
        "titles": column.name,
        "dc:description": column.description,
        "datatype": _datatype(column),
        "null": ["", SYMBOL],
        "required": column.required,
    }


def _datatype(column: Column) -> object:
    if 0 < len(column.categories) <= ENUM_UP_TO:
        # Only the signs of the syntax: readers in other languages refuse `\ ` and `\-`.
        allowed = "|".join(_SIGNS.sub(r"\\\g<0>", value) for value in column.categories)
        return {"base": "string", "format": f"^({allowed})$"}
    return _TYPES[column.type]


def variable(name: str) -> str:
    """A column's name as CSVW allows it: percent-encoded but for letters, digits and `_`."""
    encoded = quote(name, safe="")
    encoded = encoded.replace("-", "%2D").replace(".", "%2E").replace("~", "%7E")
    # A leading underscore is reserved for names that the standard makes.
    return f"%5F{encoded[1:]}" if encoded.startswith("_") else encoded
