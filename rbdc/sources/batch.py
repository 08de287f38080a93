"""What is asked of a source system and what it gives: one landing batch, whatever its kind."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from rbdc.sources.declaration import SourceTable
from rbdc.sources.pseudonyms import PseudonymKey

Delivery = Literal["full", "increment", "period", "none", "absent", "readmission"]


@dataclass(frozen=True)
class Position:
    """How far a source had been read: enough to ask it for what came since.

    `checksum` identifies the content of the delivery; `newest` and `source_rows` are the largest
    cursor value and the number of rows that the source held. `cursor` is where the next pull
    starts: the largest value among rows that passed the gate, because a row with a wrong date in
    the future would otherwise hide every change until that day. `mark` is whatever else tells a
    connector that the source is as it was: a portal's date of edit, the state of its deletions.
    """

    checksum: str
    newest: str | None = None
    source_rows: int | None = None
    cursor: str | None = None
    mark: str | None = None

    def same_source_as(self, other: "Position") -> bool:
        """Whether the source stood then as it stands in another position, as far as it says."""
        return (self.newest, self.source_rows, self.mark) == (
            other.newest,
            other.source_rows,
            other.mark,
        )


@dataclass(frozen=True)
class Period:
    """Days to pull again, first and last included."""

    first: dt.date
    last: dt.date

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


@dataclass(frozen=True)
class Request:
    """What is asked of a connector.

    Attributes:
        table: the declaration.
        target: the folder that landed files are written to.
        folder: what the table's `path` is relative to; None for a source reached by URL.
        url: address of a database, from the environment; None where there is none.
        since: how far the table was read before; None asks for everything.
        key: needed where the table declares direct identifiers.
        period: days to pull again, beside whatever was read before; only with `since`, of tables
            with `dated_by`. Others are read whole.
    """

    table: SourceTable
    target: Path
    folder: Path | None = None
    url: str | None = None
    since: Position | None = None
    key: PseudonymKey | None = None
    period: Period | None = None

    @property
    def rows_file(self) -> Path:
        """Where the rows are landed."""
        return self.target / "rows.parquet"


@dataclass(frozen=True)
class Pull:
    """One pull. `none`: the source holds nothing new; `absent`: it does not supply the table.

    Attributes:
        delivery: `full` replaces all, `increment` adds to it, `period` adds the rows of some days
            without moving the cursor, `readmission` rows that stood in quarantine.
        position: how far the source has been read now.
        rows: rows read.
        as_of: the date to which the rows reach, from their content.
        parquet: the landed rows.
        keys_there: keys of all rows that the source holds; rows of other keys are gone.
        keys_gone: keys that the source says are deleted.
        columns: every column of the source, listed or not, with its type as the source names it
            (an empty text where it has none).
    """

    delivery: Delivery
    position: Position
    rows: int = 0
    as_of: str | None = None
    parquet: Path | None = None
    keys_there: Path | None = None
    keys_gone: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
