"""Keys of rows of the derived marts, and the parts of a figure's key that they share."""

import hashlib

import pandas as pd

ALL_GROUPS = "All race groups"


def figure_ids(frame: pd.DataFrame, mart: str, columns: list[str]) -> "pd.Series[str]":
    """First 16 hex digits of the SHA-256 of the mart's name and key columns, joined by `|`.

    A null is written as nothing. The name keeps keys of two marts apart.
    """
    parts = [frame[column].astype("string").fillna("") for column in columns]
    keys = map("|".join, zip(*parts, strict=True))
    return pd.Series(
        [hashlib.sha256(f"{mart}|{key}".encode()).hexdigest()[:16] for key in keys],
        index=frame.index,
        dtype="string",
    )


def together(*ids: object) -> str:
    """Figure ids that a row was made from, without repeats, separated by one blank."""
    return " ".join(dict.fromkeys(str(one) for one in ids if not pd.isna(one)))  # type: ignore[call-overload]


def days_of(period: str) -> tuple[pd.Timestamp, pd.Timestamp] | None:
    """First and last day of a period such as `2020`, `2020-Q4` or `2020-10`; None for `all`."""
    if period == "all":
        return None
    span = pd.Period(period.replace("-Q", "Q"))
    return span.start_time.normalize(), span.end_time.normalize()


# Where events are few, days pass after the last one before the period is over.
_PART_WITHOUT_EVENT = 12


def latest_complete(figures: pd.DataFrame) -> str | None:
    """The latest period that the data reach to its end, or the latest of all if none is complete.

    The end is reached when what lies after the last record is at most a twelfth of the period (a
    month of a year): how far data reach is told from their records, and some are rare.

    Args:
        figures: rows of one period type, with `period` and `data_as_of`.
    """
    periods = sorted(set(figures["period"].dropna()))
    if not periods:
        return None
    reached = pd.to_datetime(figures["data_as_of"]).max()
    complete = [period for period in periods if _is_reached(period, reached)]
    return str((complete or periods)[-1])


def _is_reached(period: str, reached: pd.Timestamp) -> bool:
    days = days_of(period)
    if days is None:
        return True
    first, last = days
    return bool(last - (last - first) / _PART_WITHOUT_EVENT <= reached)
