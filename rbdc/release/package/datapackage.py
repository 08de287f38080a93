"""`datapackage.json`: the release as Data Package v2, and what a machine needs to read counts."""

from collections.abc import Iterable

from rbdc.release.package.content import SYMBOL, Column, Source, Table
from rbdc.release.package.edition import Edition, json_text
from rbdc.release.package.tables import DataFile

_PROFILES = "https://datapackage.org/profiles/2.0"
_MISSING = [
    {"value": "", "label": "not applicable"},
    {"value": SYMBOL, "label": "hidden to protect people"},
]
ENUM_UP_TO = 100
"""More categories than this are described by the code list, not in the field."""


def datapackage(edition: Edition) -> str:
    """The text of `datapackage.json` (https://datapackage.org/standard/data-package/)."""
    release = edition.release
    package: dict[str, object] = {
        "$schema": f"{_PROFILES}/datapackage.json",
        "name": edition.name,
        "id": edition.identifier(),
        "title": release.title,
        "description": release.description,
        "version": edition.version,
        # No clock: the day that the data reach to.
        "created": f"{release.data_as_of.isoformat()}T00:00:00Z",
        "keywords": list(release.keywords),
        "licenses": [_licence(release.licence.name, release.licence.title, release.licence.url)],
        "contributors": _contributors(edition),
        "sources": [_source(source) for source in release.sources],
        "synthetic": release.synthetic,
        "rbdc": {
            "service": release.service,
            "extent": release.extent,
            "symbol": SYMBOL,
            **release.rule,
        },
        "resources": [
            *(_csv(edition, table) for table in release.tables),
            *(_parquet(edition, table) for table in release.tables),
        ],
    }
    return json_text({key: value for key, value in package.items() if value != []})


def _contributors(edition: Edition) -> list[dict[str, object]]:
    publisher, contact = edition.release.publisher, edition.release.contact
    people = ((publisher, "publisher"), (contact, "contactPoint"))
    return [
        {
            "title": agent.name,
            **({"email": agent.email} if agent.email else {}),
            **({"path": agent.url} if agent.url else {}),
            "roles": [role],
        }
        for agent, role in people
    ]


def _licence(name: str, title: str, url: str) -> dict[str, object]:
    return {"name": name, "title": title, "path": url}


def _source(source: Source) -> dict[str, object]:
    """A source; `retrieved`, `attribution`, `licence` and `note` are properties of our own."""
    return {
        "title": source.title,
        **({"path": source.path} if source.path else {}),
        "version": source.retrieved.isoformat() if source.retrieved else "not recorded",
        "rbdc": {
            "name": source.name,
            "retrieved": source.retrieved.isoformat() if source.retrieved else None,
            "licence": _licence(source.licence.name, source.licence.title, source.licence.url),
            "attribution": source.attribution,
            **({"note": source.note} if source.note else {}),
        },
    }


def _sources_of(edition: Edition, names: Iterable[str]) -> dict[str, object]:
    wanted = set(names)
    found = [_source(source) for source in edition.release.sources if source.name in wanted]
    return {"sources": found} if found else {}


def _csv(edition: Edition, table: Table) -> dict[str, object]:
    return {
        "name": table.name,
        "title": table.title,
        "description": table.description,
        **_file(edition.csv(table)),
        "bytes": edition.csv(table).bytes,
        "type": "table",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {
            "$schema": f"{_PROFILES}/tabledialect.json",
            "delimiter": ",",
            "lineTerminator": "\n",
            "quoteChar": '"',
            "doubleQuote": True,
        },
        "schema": {
            "$schema": f"{_PROFILES}/tableschema.json",
            "fields": [_field(column) for column in table.published_columns],
            "missingValues": _MISSING,
            **({"primaryKey": list(table.key)} if table.key else {}),
        },
        **_sources_of(edition, table.sources),
        "rbdc": {"kind": table.kind, **table.constants},
    }


def _parquet(edition: Edition, table: Table) -> dict[str, object]:
    return {
        "name": f"{table.name}-parquet",
        "title": f"{table.title} (Parquet)",
        "description": f"The same rows as {table.name}; hidden and not applicable are null.",
        # Without `bytes`: frictionless counts none in Parquet and would call any number wrong.
        **_file(edition.parquet(table)),
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    }


def _file(file: DataFile) -> dict[str, object]:
    return {"path": file.path, "hash": f"sha256:{file.sha256}"}


def _field(column: Column) -> dict[str, object]:
    constraints: dict[str, object] = {"required": True} if column.required else {}
    listed = 0 < len(column.categories) <= ENUM_UP_TO
    if listed:
        # Validators of today check enum and do not know categories.
        constraints["enum"] = list(column.categories)
    return {
        "name": column.name,
        "type": column.type,
        "description": column.description,
        **({"trueValues": ["true"], "falseValues": ["false"]} if column.type == "boolean" else {}),
        **({"categories": list(column.categories)} if listed else {}),
        **({"constraints": constraints} if constraints else {}),
        **({"rbdc": dict(column.role)} if column.role else {}),
    }
