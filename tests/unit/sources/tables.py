"""Declarations of small tables for tests of connectors and the store."""

from rbdc.sources.declaration import SourceTable

CSV = {
    "source": "files",
    "table": "people",
    "description": "People.",
    "connector": "csv",
    "path": "people.csv",
    "columns": ["id", {"name": "label", "source_name": "Label Text"}, "when"],
    "key": ["id"],
    "as_of": {"column": "when"},
    "personal_information": "none",
    "owner": "team:test",
    "cadence": "never",
    "retention": "none",
    "licence": "none",
    "attribution": "nobody",
}
SQLITE = CSV | {
    "source": "rms",
    "connector": "sqlite",
    "path": "records.sqlite",
    "source_table": "people",
    "columns": ["id", "person", "updated_at", "gone"],
    "cursor": "updated_at",
    "deletions": {"flag": "gone"},
    "as_of": {"column": "updated_at"},
}


def csv_table(**changes) -> SourceTable:
    return SourceTable.model_validate(CSV | changes)


def sqlite_table(**changes) -> SourceTable:
    return SourceTable.model_validate(SQLITE | changes)
