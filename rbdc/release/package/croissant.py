"""`croissant.json`: the release for machine-learning tools, as Croissant 1.1."""

import re
from itertools import chain, count

from rbdc.release.package.content import Agent, Column, Table
from rbdc.release.package.edition import Edition, json_text
from rbdc.release.package.tables import DataFile

_TYPES = {
    "string": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "boolean": "sc:Boolean",
    "date": "sc:Date",
}

# As the standard prints it; tools warn about any other.
_CONTEXT: dict[str, object] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "arrayShape": "cr:arrayShape",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "description": {"@container": "@language"},
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isArray": "cr:isArray",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "name": {"@container": "@language"},
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(edition: Edition) -> str:
    """The text of `croissant.json` (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1).

    Record sets read the Parquet copies: there a hidden count is null, while `[c]` in the CSV
    files breaks every reader that expects a number. The CSV files stand as files only.
    """
    release = edition.release
    return json_text(
        {
            "@context": _CONTEXT,
            "@type": "sc:Dataset",
            "@id": edition.identifier(),
            "conformsTo": "http://mlcommons.org/croissant/1.1",
            "name": edition.name,
            "alternateName": release.title,
            "description": release.description,
            "version": edition.version,
            "datePublished": release.data_as_of.isoformat(),
            "temporalCoverage": f"{edition.first_day}/{edition.last_day}",
            "spatialCoverage": release.place,
            "keywords": list(release.keywords),
            "inLanguage": "en",
            "isAccessibleForFree": True,
            "license": release.licence.url,
            **({"url": release.publisher.url} if release.publisher.url else {}),
            "citeAs": cite_as(edition),
            "creator": _organization(release.publisher),
            "publisher": _organization(release.publisher),
            "distribution": [
                file
                for table in release.tables
                for file in (
                    _file(edition.csv(table), table, "CSV", "text/csv"),
                    _file(edition.parquet(table), table, "Parquet", "application/x-parquet"),
                )
            ],
            "recordSet": [_record_set(edition, table) for table in release.tables],
        }
    )


def cite_as(edition: Edition) -> str:
    """The release as one reference, for people."""
    release = edition.release
    return (
        f"{release.publisher.name}. {release.title}, version {edition.version}, data as of "
        f"{release.data_as_of}. {release.licence.title}."
    )


def _organization(agent: Agent) -> dict[str, object]:
    return {
        "@type": "sc:Organization",
        "name": agent.name,
        **({"url": agent.url} if agent.url else {}),
        **({"email": agent.email} if agent.email else {}),
    }


def _file(file: DataFile, table: Table, name: str, encoding_format: str) -> dict[str, object]:
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "description": f"{table.title} ({name})",
        "contentUrl": file.path,
        "contentSize": f"{file.bytes} B",
        "encodingFormat": encoding_format,
        "sha256": file.sha256,
    }


def _record_set(edition: Edition, table: Table) -> dict[str, object]:
    ids = _ids(table)
    return {
        "@type": "cr:RecordSet",
        "@id": table.name,
        "name": table.name,
        "description": table.description,
        **({"key": [{"@id": ids[name]} for name in table.key]} if table.key else {}),
        "field": [
            _field(edition, table, column, ids[column.name]) for column in table.published_columns
        ],
    }


def _ids(table: Table) -> dict[str, str]:
    """An identifier per column; mlcroissant takes none with a space, escaped or not."""
    ids: dict[str, str] = {}
    for column in table.published_columns:
        name = f"{table.name}/{re.sub('[^A-Za-z0-9]+', '_', column.name)}"
        taken = set(ids.values())
        ids[column.name] = next(
            candidate
            for candidate in chain([name], (f"{name}_{number}" for number in count(2)))
            if candidate not in taken
        )
    return ids


def _field(edition: Edition, table: Table, column: Column, identifier: str) -> dict[str, object]:
    return {
        "@type": "cr:Field",
        "@id": identifier,
        "name": identifier,
        "description": column.description,
        "dataType": _TYPES[column.type],
        "source": {
            "fileObject": {"@id": edition.parquet(table).path},
            "extract": {"column": column.name},
        },
    }
