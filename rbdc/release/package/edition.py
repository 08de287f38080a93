"""A release together with its version and written data files: what every metadata format needs."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rbdc.release.package.content import Release, Table
from rbdc.release.package.tables import DataFile

LANGUAGE = "en"


@dataclass(frozen=True)
class Edition:
    """A release as version `version`, after `previous` (None for the first).

    `files`: data files by their path, `data/<table>.csv` and `data/<table>.parquet`.
    """

    release: Release
    version: str
    previous: str | None
    files: Mapping[str, DataFile]

    def csv(self, table: Table) -> DataFile:
        """The CSV file of a table."""
        return self.files[csv_path(table.name)]

    def parquet(self, table: Table) -> DataFile:
        """The Parquet file of a table."""
        return self.files[parquet_path(table.name)]

    @property
    def name(self) -> str:
        """The name of the data set in identifiers: `rbdc-toronto`."""
        return f"rbdc-{self.release.slug}"

    def identifier(self, version: str | None = None) -> str:
        """A URN of this or another version of the data set, the same on every machine."""
        return _urn(f"{self.name}/{version or self.version}")

    @property
    def series(self) -> str:
        """A URN of all versions together."""
        return _urn(self.name)

    @property
    def first_day(self) -> date:
        """First day that the release covers."""
        return date.fromisoformat(f"{self.release.extent.split('/')[0]}-01")

    @property
    def last_day(self) -> date:
        """Last day that the release covers."""
        month = date.fromisoformat(f"{self.release.extent.split('/')[1]}-01")
        return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def csv_path(table: str) -> str:
    """Where a table's CSV file stands in a release folder."""
    return f"data/{table}.csv"


def parquet_path(table: str) -> str:
    """Where a table's Parquet file stands in a release folder."""
    return f"data/{table}.parquet"


def json_text(content: object) -> str:
    """JSON as every file of a release holds it: in the order given, readable, one line feed."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _urn(name: str) -> str:
    # Version 5: made from the name alone. The name space is that of URLs, under an invented host.
    return uuid.uuid5(uuid.NAMESPACE_URL, f"https://rbdc-warehouse.invalid/{name}").urn
