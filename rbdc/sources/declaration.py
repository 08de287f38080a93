"""The typed form of `services/<name>/sources.yml`, the single table of what a service reads."""

import datetime as dt
import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from rbdc.config_files import load_config
from rbdc.errors import ConfigError

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Strict):
    """A column that may cross the border, with the name that the source gives it."""

    name: Text
    source_name: Text

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"name": value, "source_name": value} if isinstance(value, str) else value


class AsOfColumn(_Strict):
    """The newest date or timestamp in a column says how far the delivery reaches."""

    column: Text


class AsOfQuarter(_Strict):
    """A year and a quarter label such as `Oct-Dec`: the delivery reaches to that quarter's end."""

    year: Text
    quarter: Text


class SourceTable(_Strict):
    """One table of one source system, and everything that is declared of it.

    `columns` are the only ones that are read. `direct_identifiers` are replaced by keyed
    pseudonyms before anything is written. `declared_invalid` is the publisher's own statement
    that the table must not be used.
    """

    source: Name
    table: Name
    description: Text
    connector: Literal["csv", "sqlite"]
    path: Text
    encoding: Literal["utf-8"] = "utf-8"
    source_table: str | None = None
    columns: tuple[Column, ...] = Field(min_length=1)
    key: tuple[Text, ...] = Field(min_length=1)
    cursor: str | None = None
    deleted_flag: str | None = None
    direct_identifiers: tuple[Text, ...] = ()
    as_of: dt.date | AsOfColumn | AsOfQuarter
    on_refusal: Literal["stop", "hold", "exclude"] = "stop"
    declared_invalid: str | None = None
    personal_information: Literal["none", "de_identified", "pseudonymised"]
    owner: Text
    cadence: Text
    retention: Text
    licence: Text
    attribution: Text

    @property
    def id(self) -> str:
        """Name of the table in the warehouse, `<source>__<table>`."""
        return f"{self.source}__{self.table}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns as they are landed, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def fingerprint(self) -> str:
        """Hash of what decides which rows and columns are landed; a new one re-reads."""
        reading = self.model_dump_json(
            include={
                "connector",
                "path",
                "encoding",
                "source_table",
                "columns",
                "key",
                "cursor",
                "deleted_flag",
                "direct_identifiers",
                "declared_invalid",
            }
        )
        return hashlib.sha256(reading.encode()).hexdigest()[:12]

    @model_validator(mode="after")
    def _columns_exist(self) -> "SourceTable":
        named = [*self.key, *self.direct_identifiers]
        named += [name for name in (self.cursor, self.deleted_flag) if name]
        match self.as_of:
            case AsOfColumn(column=column):
                named.append(column)
            case AsOfQuarter(year=year, quarter=quarter):
                named += [year, quarter]
        unlisted = [name for name in named if name not in self.column_names]
        if unlisted:
            raise ValueError(f"{', '.join(unlisted)} must stand under columns too")
        if len(set(self.column_names)) < len(self.columns):
            raise ValueError("a column is listed twice")
        if self.connector == "sqlite" and not (self.source_table and self.cursor):
            raise ValueError("a sqlite table needs source_table and cursor")
        if self.declared_invalid and self.on_refusal == "stop":
            raise ValueError("a table declared invalid needs on_refusal: exclude (or hold)")
        return self


class ServiceSources(_Strict):
    """Everything that one police service reads."""

    service: Text
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
    path="labels.csv",
    columns=tuple(
        Column(name=name, source_name=name)
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
