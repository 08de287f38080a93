"""What a release consists of before it is written; every metadata format is made from this."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import pandas as pd

ColumnType = Literal["string", "integer", "number", "boolean", "date"]
Kind = Literal["counts", "figures", "answers", "records", "code_list", "measures", "other"]

SYMBOL = "[c]"
"""A hidden value in a CSV file: the Government Statistical Service's symbol for confidential."""


@dataclass(frozen=True)
class Column:
    """A column of a table.

    `role` is the field's `rbdc` property: what a machine needs to understand counts. A key that
    every version makes anew (a pseudonym of a person) says `{"role": "key", "per_version": True}`:
    it is no content to the diff. `categories` are all values that may occur; give them where they
    are few. `required`: never empty, never hidden.
    """

    name: str
    type: ColumnType
    description: str
    role: Mapping[str, object] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    required: bool = False


HIDDEN = Column(
    "hidden",
    "boolean",
    f"Whether a value of the row is hidden to protect people ({SYMBOL} in CSV, null in Parquet).",
    {"role": "hidden"},
    required=True,
)
"""The last column of every table that can hide; the writer makes it."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table of a release.

    `frame` holds exactly the columns of `columns`, in any order, with true values everywhere;
    `hidden` (same index, boolean, some of the columns) says which of them nobody may read; None
    for a table that cannot hide. `key`: columns that tell rows apart; without one (records) rows
    are a multiset, and the diff compares them by number only. `constants`: measure, unit or
    period of the whole table, where no column says it. `sources`: names of `Source`s.
    """

    name: str
    title: str
    description: str
    kind: Kind
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    frame: pd.DataFrame
    hidden: pd.DataFrame | None = None
    constants: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[str, ...] = ()

    @property
    def published_columns(self) -> tuple[Column, ...]:
        """The columns as published: with `hidden` last if the table can hide."""
        return self.columns if self.hidden is None else (*self.columns, HIDDEN)


@dataclass(frozen=True)
class Licence:
    """A licence: short name (`OGL-Toronto-1.0`), title, and where its text stands."""

    name: str
    title: str
    url: str


@dataclass(frozen=True)
class Source:
    """Where data came from; `path` is a URL or nothing, never a path of our own disk.

    `retrieved`: day on which the source was read, from its record of loads, never the clock.
    """

    name: str
    title: str
    path: str | None
    licence: Licence
    attribution: str
    retrieved: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Agent:
    """Somebody who publishes or answers."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Load:
    """A load that the release was made from, as in `audit.loads`; `data_as_of` as ISO text."""

    table: str
    load_id: str
    checksum: str
    rows: int
    verdict: str
    data_as_of: str | None = None


@dataclass(frozen=True)
class Earlier:
    """A release that was known when this one was made.

    `sha256sums`: SHA-256 of its file SHA256SUMS, and so of all of it. `approved`: it stood among
    the approved releases; otherwise somebody named its folder.
    """

    version: str
    sha256sums: str
    approved: bool


@dataclass(frozen=True)
class Recipe:
    """What else must be known to build the release again, byte for byte.

    `until`: the quarter or year that somebody asked it to end with. `earlier`: in the order in
    which they were taken. `read_until`: the newest load of each table, of any verdict, when it was
    made. `first_results`: digest of each hypothesis when it first had a result. `gap`: how much
    dearer the protection is at most than the cheapest. `packages`: versions that make the bytes.
    """

    until: str | None = None
    earlier: tuple[Earlier, ...] = ()
    read_until: Mapping[str, str] = field(default_factory=dict)
    first_results: Mapping[str, str] = field(default_factory=dict)
    gap: float = 0.0
    packages: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Provenance:
    """What the release was made by and from; nothing of the run itself (id, time) stands here.

    `method_version` changes when code computes a statistic in another way; `gates` are results of
    blocking checks as plain JSON values, `quality_score` lies between 0 and 100. `code_commit`:
    the git commit of the code, None where it was no clean checkout.
    """

    code_version: str
    framework_version: str
    framework_hash: str
    method_version: str = "1"
    loads: tuple[Load, ...] = ()
    gates: tuple[Mapping[str, object], ...] = ()
    quality_score: float | None = None
    code_commit: str | None = None
    recipe: Recipe = field(default_factory=Recipe)


@dataclass(frozen=True)
class Release:
    """A whole release.

    `extent`: first and last month covered, `2020-01/2021-12`. `rule`: the package's `rbdc`
    property less service, extent and symbol, which the writer adds: `{"rule": {…}, "coalition":
    1, "rounding": None}`. `documents`: texts that others write, by file name (`METHODOLOGY.md`).
    `corrected`: names of tables for which a reviewed correction was declared since the
    predecessor. `data_as_of` is the only date that metadata carry.
    """

    service: str
    title: str
    description: str
    extent: str
    tables: tuple[Table, ...]
    documents: Mapping[str, str]
    sources: tuple[Source, ...]
    licence: Licence
    publisher: Agent
    contact: Agent
    keywords: tuple[str, ...]
    rule: Mapping[str, object]
    provenance: Provenance
    data_as_of: date
    synthetic: bool
    place: str = "Ontario, Canada"
    corrected: frozenset[str] = frozenset()

    @property
    def slug(self) -> str:
        """The service's name as identifiers need it: `peel-regional`."""
        return "-".join("".join(c if c.isalnum() else " " for c in self.service.lower()).split())
