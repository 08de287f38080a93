"""What a diff compares: the published texts of a release's tables and how to read them."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rbdc.errors import RbdcError
from rbdc.release.package.content import Release, Table
from rbdc.release.package.tables import Rows


@dataclass(frozen=True)
class Field:
    """A published column: name, type, and its role."""

    name: str
    type: str
    role: Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """How to read a published table: see `content.Table` for kind, key and constants."""

    kind: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    constants: Mapping[str, str]

    def of_role(self, role: str) -> list[str]:
        """Names of the columns that have a role."""
        return [field.name for field in self.fields if field.role.get("role") == role]


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A table as its CSV file shows it: per column the texts, rows in the file's order."""

    layout: Layout
    texts: Mapping[str, list[str]]


@dataclass(frozen=True)
class Methods:
    """Under what figures were made: extent of the data, versions of framework and methods."""

    extent: str
    framework_version: str
    method_version: str


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A whole release as the diff sees it; `changelog` is the text of its CHANGELOG.md."""

    service: str
    methods: Methods
    tables: Mapping[str, PublishedTable]
    version: str | None = None
    changelog: str = ""


def snapshot_of(release: Release, rows: Mapping[str, Rows]) -> Snapshot:
    """The snapshot of a release that is not written yet; `rows` by table name."""
    made = release.provenance
    return Snapshot(
        release.service,
        Methods(release.extent, made.framework_version, made.method_version),
        {
            table.name: PublishedTable(_layout(table), rows[table.name].texts)
            for table in release.tables
        },
    )


def read_snapshot(folder: Path) -> Snapshot:
    """The snapshot of a release folder.

    Raises:
        RbdcError: a file is missing or is not what this program writes.
    """
    try:
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        tables = {
            str(resource["name"]): PublishedTable(
                _layout_in(resource), _read_csv(folder / resource["path"])
            )
            for resource in package["resources"]
            if resource["format"] == "csv"
        }
        methods = Methods(
            package["rbdc"]["extent"],
            manifest["framework"]["version"],
            manifest["method_version"],
        )
        changelog = (folder / "CHANGELOG.md").read_text(encoding="utf-8")
        service = package["rbdc"]["service"]
        return Snapshot(service, methods, tables, package["version"], changelog)
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise RbdcError(
            f"{folder} cannot be read as an earlier release ({type(error).__name__}: {error}); "
            "compare with a folder that this program wrote and nobody changed."
        ) from None


def _layout(table: Table) -> Layout:
    return Layout(
        table.kind,
        tuple(Field(c.name, c.type, c.role) for c in table.published_columns),
        table.key,
        table.constants,
    )


def _layout_in(resource: Mapping[str, Any]) -> Layout:
    schema = resource["schema"]
    constants = {key: value for key, value in resource["rbdc"].items() if key != "kind"}
    return Layout(
        resource["rbdc"]["kind"],
        tuple(Field(f["name"], f["type"], f.get("rbdc", {})) for f in schema["fields"]),
        tuple(schema.get("primaryKey", ())),
        constants,
    )


def _read_csv(path: Path) -> dict[str, list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file, strict=True)
        header = next(reader)
        rows = list(reader)
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"{path.name} has rows of other lengths than its header")
    columns = zip(*rows, strict=True) if rows else ((),) * len(header)
    return {name: list(column) for name, column in zip(header, columns, strict=True)}
