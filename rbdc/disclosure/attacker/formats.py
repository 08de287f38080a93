"""Comparison of a table's CSV with its Parquet copy: a value open in one of them is open."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

_SHOWN = 5


def compare_formats(
    frame: pd.DataFrame,
    stored: pd.DataFrame,
    numbers: Sequence[str],
    others: Sequence[str],
    symbols: set[str],
    leaks: list[tuple[int, str, str]],
) -> tuple[list[str], list[str]]:
    """Open in `frame` every value that the Parquet copy shows; both must have the same rows.

    Args:
        frame: Text of the CSV; changed in place.
        stored: The Parquet copy.
        numbers: Columns of counts, persons and statistics.
        others: Remaining columns.
        symbols: Texts of hidden values.
        leaks: Gets (row, column, value) of values hidden in one format and open in the other.

    Returns:
        What could not be compared, and where both formats show different values.
    """
    problems: list[str] = []
    contradictions: list[str] = []
    if len(frame) != len(stored):
        return [f"CSV has {len(frame)} rows and Parquet {len(stored)}; Parquet not attacked."], []
    for column in sorted(set(stored.columns) - set(frame.columns)):
        problems.append(f"column {column} stands only in Parquet; it was not attacked.")
    for column in [*numbers, *others]:
        if column not in stored.columns:
            problems.append(f"column {column} is not in the Parquet copy.")
            continue
        texts = frame[column].to_numpy(dtype=object)
        missing = (stored[column].isna() | stored[column].isin(list(symbols))).to_numpy()
        hidden = np.isin(texts.astype(str), list(symbols))
        shown = ~hidden & (texts != "")
        for row in np.flatnonzero(~missing & ~shown):
            value = _text(stored[column].iloc[row])
            if hidden[row]:
                leaks.append((int(row), column, value))
                frame.loc[int(row), column] = value
            else:
                contradictions.append(
                    f"row {row + 2} of {column} is empty in CSV and {value} in Parquet."
                )
        for row in np.flatnonzero(missing & shown):
            leaks.append((int(row), column, str(texts[row])))
        both = ~missing & shown
        different = list(np.flatnonzero(both & ~_same(texts, stored[column])))
        for row in different[:_SHOWN]:
            contradictions.append(
                f"row {row + 2} of {column} is {texts[row]} in CSV and "
                f"{stored[column].iloc[row]} in Parquet."
            )
        if len(different) > _SHOWN:
            contradictions.append(f"{len(different) - _SHOWN} more rows of {column} differ.")
    return problems, contradictions


def _same(texts: Any, column: "pd.Series[Any]") -> Any:
    types = pd.api.types
    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        left = pd.to_numeric(pd.Series(texts), errors="coerce").to_numpy(dtype=float)
        return np.isclose(left, column.to_numpy(dtype=float), rtol=1e-12, atol=0)
    return np.array([_text(value) == text for value, text in zip(column, texts, strict=True)])


def _text(value: Any) -> str:
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    if isinstance(value, pd.Timestamp):
        return str(value.date()) if value == value.normalize() else str(value)
    return str(value)
