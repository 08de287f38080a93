"""The typed form of `services/<name>/sources.yml`, the single table of what a service reads."""

import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from rbdc.config_files import load_config
from rbdc.errors import ConfigError

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]
Policy = Literal["ignore", "warn", "refuse"]
Connector = Literal["csv", "sqlite", "postgres", "sqlalchemy", "arcgis", "ckan"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A column that may cross the border, with the names that the source gives it.

    Several names are spellings of one column: cut off by a portal, in full in its downloads, or
    changed from year to year. The first that a source has is read.
    """

    name: Text
    source_names: tuple[Text, ...] = Field(min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, value: object) -> object:
        if isinstance(value, str):
            return {"name": value, "source_names": (value,)}
        if isinstance(value, dict) and "source_name" in value:
            rest = {key: one for key, one in value.items() if key != "source_name"}
            return {**rest, "source_names": (value["source_name"],)}
        return value


class AsOfColumn(_Strict):
    """The newest date or timestamp in a column says how far the delivery reaches."""

    column: Text


class AsOfQuarter(_Strict):
    """A year and a quarter label such as `Oct-Dec`: the delivery reaches to that quarter's end."""

    year: Text
    quarter: Text


class DeletedFlag(_Strict):
    """Deleted rows stay in the source, marked by a column."""

    flag: Text


class TombstoneTable(_Strict):
    """A table of the source that names deleted keys.

    `key` says which of its columns holds which key column of the table; `where` is a condition in
    the source's SQL, for a table that serves several others.
    """

    source_table: Text
    key: dict[str, str] = Field(min_length=1)
    cursor: Text
    where: str | None = None


class Tombstones(_Strict):
    """Deleted rows are gone, but another table remembers their keys."""

    tombstones: TombstoneTable


class Drift(_Strict):
    """What is done when the source changes its shape; a lost key or cursor is always refused."""

    new_column: Policy = "warn"
    lost_column: Policy = "refuse"
    changed_type: Policy = "warn"
    new_label: Policy = "warn"

    def __str__(self) -> str:
        return ", ".join(
            f"{kind.replace('_', ' ')}: {policy}" for kind, policy in self.model_dump().items()
        )


class ArcGISPortal(_Strict):
    """A layer of an ArcGIS FeatureServer; `url` ends with the number of the layer."""

    connector: Literal["arcgis"]
    url: Text


class CKANPortal(_Strict):
    """A resource of a package in a CKAN datastore; `url` is the portal's own address."""

    connector: Literal["ckan"]
    url: Text
    package: Text
    resource: Text


class SourceTable(_Strict):
    """One table of one source system, and everything that is declared of it.

    `columns` are the only ones that are read. `direct_identifiers` are replaced by keyed
    pseudonyms before anything is written. `path` lies below the folder of source files, or of the
    service's own configuration (`folder: service`); a `*` in it stands for all files of a pattern.
    A table with both `path` and `portal` is read from the portal where no folder of source files
    is named. `labels` says which columns are mapped by labels.csv, by their standard name.
    `declared_invalid` is the publisher's own statement that the table must not be used.
    `schema_reviewed` is the day on which somebody last looked at the source's columns: a new day
    accepts them as they are. `fresh_within_days` is the greatest age of what the table holds; an
    older one is told. For a simulated service today is the newest day of any of its tables.
    """

    source: Name
    table: Name
    description: Text
    connector: Connector
    folder: Literal["sources", "service"] = "sources"
    path: str | None = None
    encoding: Literal["utf-8"] = "utf-8"
    portal: Annotated[ArcGISPortal | CKANPortal, Field(discriminator="connector")] | None = None
    url_env: Annotated[str, Field(pattern=r"^RBDC_SOURCE_[A-Z0-9_]+_URL$")] | None = None
    source_table: str | None = None
    columns: tuple[Column, ...] = Field(min_length=1)
    key: tuple[Text, ...] = Field(min_length=1)
    cursor: str | None = None
    reread: dt.timedelta = dt.timedelta()
    deletions: DeletedFlag | Tombstones | Literal["full_key_comparison"] | None = None
    dated_by: str | None = None
    direct_identifiers: tuple[Text, ...] = ()
    labels: dict[str, str] = {}
    as_of: dt.date | AsOfColumn | AsOfQuarter
    when_absent: Literal["refuse", "skip"] = "refuse"
    on_refusal: Literal["stop", "hold", "exclude"] = "stop"
    declared_invalid: str | None = None
    drift: Drift = Drift()
    schema_reviewed: dt.date | None = None
    fresh_within_days: Annotated[int, Field(ge=1)] | None = None
    personal_information: Literal["none", "de_identified", "pseudonymised"]
    owner: Text
    cadence: Text
    retention: Text
    licence: Text
    attribution: Text

    @field_validator("reread", mode="before")
    @classmethod
    def _days(cls, value: object) -> object:
        """Read `3 days`, as a person writes it."""
        match = re.fullmatch(r"(\d+) days?", value) if isinstance(value, str) else None
        return dt.timedelta(days=int(match[1])) if match else value

    @property
    def id(self) -> str:
        """Name of the table in the warehouse, `<source>__<table>`."""
        return f"{self.source}__{self.table}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns as they are landed, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def deleted_flag(self) -> str | None:
        """Column that marks deleted rows, where the table has one."""
        return self.deletions.flag if isinstance(self.deletions, DeletedFlag) else None

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Columns without which a delivery means nothing, whatever the policy on lost ones."""
        match self.as_of:
            case AsOfColumn(column=column):
                dates: tuple[str, ...] = (column,)
            case AsOfQuarter(year=year, quarter=quarter):
                dates = (year, quarter)
            case _:
                dates = ()
        named = (*self.key, self.cursor, self.deleted_flag, self.dated_by, *dates)
        return tuple(dict.fromkeys(name for name in named if name))

    def at_portal(self) -> "SourceTable":
        """The same table, read from its portal."""
        if self.portal is None:
            raise ValueError(f"{self.id} has no portal")
        return self.model_copy(update={"connector": self.portal.connector, "path": None})

    @property
    def fingerprint(self) -> str:
        """Hash of what decides which rows and columns are landed; a new one re-reads."""
        reading = self.model_dump_json(
            include={
                "connector",
                "path",
                "encoding",
                "portal",
                "source_table",
                "columns",
                "key",
                "cursor",
                "deletions",
                "direct_identifiers",
                "declared_invalid",
                "drift",
                "schema_reviewed",
            }
        )
        return hashlib.sha256(reading.encode()).hexdigest()[:12]

    @model_validator(mode="after")
    def _columns_exist(self) -> "SourceTable":
        named = [*self.required_columns, *self.direct_identifiers, *self.labels.values()]
        unlisted = sorted(set(named) - set(self.column_names))
        if unlisted:
            raise ValueError(f"{', '.join(unlisted)} must stand under columns too")
        if len(set(self.column_names)) < len(self.columns):
            raise ValueError("a column is listed twice")
        if isinstance(self.deletions, Tombstones):
            strange = set(self.deletions.tombstones.key) ^ set(self.key)
            if strange:
                raise ValueError("the key of tombstones must name each key column of the table")
        return self

    @model_validator(mode="after")
    def _connector_has_what_it_needs(self) -> "SourceTable":
        relational = self.connector in ("sqlite", "postgres", "sqlalchemy")
        by_file = self.connector in ("csv", "sqlite")
        if relational and not (self.source_table and self.cursor):
            raise ValueError(f"a {self.connector} table needs source_table and cursor")
        if by_file and not self.path:
            raise ValueError(f"a {self.connector} table needs a path")
        if self.connector in ("postgres", "sqlalchemy") and not self.url_env:
            raise ValueError(
                f"a {self.connector} table needs url_env, the name of the environment variable "
                "that holds the database's address, such as RBDC_SOURCE_RMS_URL"
            )
        if not relational and (self.deletions or self.reread or self.cursor):
            raise ValueError(
                f"a {self.connector} table is delivered whole: cursor, reread and deletions "
                "are for databases"
            )
        if self.connector in ("arcgis", "ckan") and not (
            self.portal and self.portal.connector == self.connector
        ):
            raise ValueError(f"a {self.connector} table needs a portal of that connector")
        if self.declared_invalid and self.on_refusal == "stop":
            raise ValueError("a table declared invalid needs on_refusal: exclude (or hold)")
        return self


class ServiceSources(_Strict):
    """Everything that one police service reads.

    `every_service`: the files hold many services, and figures are made of each of them.
    """

    service: Text
    every_service: bool = False
    synthetic: bool = False
    simulation: str | None = None
    pseudonym_key_env: str = "RBDC_PSEUDONYM_KEY"
    tables: tuple[SourceTable, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _unique(self) -> "ServiceSources":
        ids = [table.id for table in self.tables]
        twice = sorted({id_ for id_ in ids if ids.count(id_) > 1})
        if twice:
            raise ValueError(f"declared twice: {', '.join(twice)}")
        if any(table.source == "config" for table in self.tables):
            raise ValueError("the source name 'config' is kept for the service's own files")
        if self.simulation and not self.synthetic:
            raise ValueError("a simulated service must say synthetic: true")
        return self


# Label mappings are landed and gated like any other table, so that an edit is a new load.
LABELS = SourceTable(
    source="config",
    table="labels",
    description="Raw label to standard label, by source and field, with dates of validity.",
    connector="csv",
    folder="service",
    path="labels.csv",
    columns=tuple(
        Column(name=name, source_names=(name,))
        for name in (
            "source",
            "field",
            "raw_label",
            "standard_label",
            "valid_from",
            "valid_to",
            "note",
        )
    ),
    key=("source", "field", "raw_label", "valid_from"),
    as_of=AsOfColumn(column="valid_from"),
    personal_information="none",
    owner="team:data-governance",
    cadence="when a label changes",
    retention="as long as the data it maps",
    licence="the service's own",
    attribution="the service",
)


def load_sources(service_dir: Path) -> ServiceSources:
    """Read `sources.yml` of a service.

    Raises:
        ConfigError: unknown service, or a file that does not fit, with its lines.
    """
    if not service_dir.is_dir():
        known = sorted(p.name for p in service_dir.parent.glob("*") if (p / "sources.yml").exists())
        raise ConfigError(
            f"Unknown service '{service_dir.name}'; known services: {', '.join(known)}."
        )
    return load_config(service_dir / "sources.yml", ServiceSources)
