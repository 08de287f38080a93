"""What a pull from a source gives: one landing batch, whatever the kind of source system."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Delivery = Literal["full", "increment", "none"]


@dataclass(frozen=True)
class Position:
    """How far a source had been read: enough to ask it for what came since.

    `checksum` identifies the content of the delivery; `newest` and `source_rows` are the largest
    cursor value and the number of rows that the source held. `cursor` is where the next pull
    starts: the largest value among rows that passed the gate, because a row with a wrong date in
    the future would otherwise hide every change until that day.
    """

    checksum: str
    newest: str | None = None
    source_rows: int | None = None
    cursor: str | None = None


@dataclass(frozen=True)
class Pull:
    """One pull. `delivery` is `none` when the source holds nothing new: then nothing was landed.

    `rows` counts the rows read; `as_of` is the date to which the rows reach, from their content.
    """

    delivery: Delivery
    position: Position
    rows: int = 0
    as_of: str | None = None
    parquet: Path | None = None
