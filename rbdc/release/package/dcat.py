"""`dcat.jsonld`: the release as a data set of a DCAT 3 series, with its files as distributions."""

from rbdc.release.package.content import Agent, Table
from rbdc.release.package.edition import LANGUAGE, Edition, json_text
from rbdc.release.package.tables import DataFile

_MEDIA_TYPES = "https://www.iana.org/assignments/media-types"
_PUBLIC = "http://publications.europa.eu/resource/authority/access-right/PUBLIC"

_CONTEXT: dict[str, object] = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def dcat(edition: Edition) -> str:
    """The text of `dcat.jsonld` (https://www.w3.org/TR/vocab-dcat-3/), its context inside.

    Addresses of files are relative to the file itself, so they hold wherever the folder goes.
    """
    release = edition.release
    series = {
        "@id": edition.series,
        "@type": "dcat:DatasetSeries",
        "dct:title": _text(f"{release.title} (all versions)"),
        "dct:description": _text(f"All versions of: {release.description}"),
        "dct:publisher": _publisher(release.publisher),
    }
    dataset = {
        "@id": edition.identifier(),
        "@type": "dcat:Dataset",
        "dct:title": _text(release.title),
        "dct:description": _text(release.description),
        "dct:identifier": edition.identifier(),
        "dcat:version": edition.version,
        **(
            {"dcat:previousVersion": {"@id": edition.identifier(edition.previous)}}
            if edition.previous
            else {}
        ),
        "dcat:inSeries": {"@id": edition.series},
        "dct:modified": _typed("date", release.data_as_of.isoformat()),
        "dct:publisher": _publisher(release.publisher),
        "dcat:contactPoint": _contact(release.contact),
        "dct:license": {"@id": release.licence.url},
        "dct:accessRights": {"@id": _PUBLIC},
        "dct:language": {
            "@id": "http://publications.europa.eu/resource/authority/language/ENG",
        },
        "dcat:keyword": [_text(keyword) for keyword in release.keywords],
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _typed("date", edition.first_day.isoformat()),
            "dcat:endDate": _typed("date", edition.last_day.isoformat()),
        },
        "dct:spatial": {"@type": "dct:Location", "skos:prefLabel": _text(release.place)},
        "prov:wasGeneratedBy": {
            "@type": "prov:Activity",
            "rdfs:label": _text(
                f"Built by RBDC Warehouse, code {release.provenance.code_version}, "
                f"framework {release.provenance.framework_version}"
            ),
        },
        "dcat:distribution": [
            distribution
            for table in release.tables
            for distribution in (
                _distribution(edition, table, edition.csv(table), "CSV", "text/csv"),
                _distribution(
                    edition,
                    table,
                    edition.parquet(table),
                    "Parquet",
                    "application/vnd.apache.parquet",
                ),
            )
        ],
    }
    return json_text({"@context": _CONTEXT, "@graph": [series, dataset]})


def _distribution(
    edition: Edition, table: Table, file: DataFile, name: str, media_type: str
) -> dict[str, object]:
    return {
        "@id": file.path,
        "@type": "dcat:Distribution",
        "dct:title": _text(f"{table.title} ({name})"),
        "dct:description": _text(table.description),
        "dcat:accessURL": {"@id": file.path},
        "dcat:downloadURL": {"@id": file.path},
        "dcat:mediaType": {"@id": f"{_MEDIA_TYPES}/{media_type}"},
        "dcat:byteSize": _typed("nonNegativeInteger", str(file.bytes)),
        "dct:license": {"@id": edition.release.licence.url},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": _typed("hexBinary", file.sha256),
        },
    }


def _publisher(agent: Agent) -> dict[str, object]:
    return {
        "@type": "foaf:Agent",
        "foaf:name": _text(agent.name),
        **({"foaf:homepage": {"@id": agent.url}} if agent.url else {}),
        **({"foaf:mbox": {"@id": f"mailto:{agent.email}"}} if agent.email else {}),
    }


def _contact(agent: Agent) -> dict[str, object]:
    return {
        "@type": "vcard:Kind",
        "vcard:fn": _text(agent.name),
        **({"vcard:hasEmail": {"@id": f"mailto:{agent.email}"}} if agent.email else {}),
        **({"vcard:hasURL": {"@id": agent.url}} if agent.url else {}),
    }


def _text(value: str) -> dict[str, str]:
    return {"@value": value, "@language": LANGUAGE}


def _typed(kind: str, value: str) -> dict[str, str]:
    return {"@value": value, "@type": f"xsd:{kind}"}
