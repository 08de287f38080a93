"""SUDA2 scores: records that stand out by few columns are the easiest to recognise."""

from collections.abc import Sequence
from itertools import combinations
from math import prod

import numpy as np
import pandas as pd

from rbdc.duck import connect
from rbdc.statistics.arrays import BoolArray, FloatArray


def suda_scores(frame: pd.DataFrame, columns: Sequence[str], largest: int = 3) -> FloatArray:
    """Scores of records by their minimal sample uniques.

    A set of columns is a minimal sample unique of a record if no other record has its values there,
    and this holds for no smaller part of the set. Of M columns, one of size s adds
    (M − s)(M − s − 1)…(M − `largest`): the fewer columns it takes, the more.

    Source: Elliot, Manning and Ford (2002), A Computational Algorithm for Handling the Special
    Uniques Problem; as in sdcMicro's `suda2` without its data intrusion scale.

    Args:
        frame: records, one a row; an empty value is a value of its own.
        columns: quasi-identifiers.
        largest: sizes above this are not looked for; must be less than the number of columns.

    Returns:
        Scores, shape (records,) in the order of the frame; 0 for a record that no set singles out.
    """
    many = len(columns)
    if not 1 <= largest < many:
        raise ValueError(f"give largest between 1 and {many - 1}, less than the columns")
    subsets = [
        subset for size in range(1, largest + 1) for subset in combinations(range(many), size)
    ]
    unique = _unique_by(frame, columns, subsets)
    scores = np.zeros(len(frame))
    for number, subset in enumerate(subsets):
        smaller = [
            earlier
            for earlier, part in enumerate(subsets[:number])
            if len(part) == len(subset) - 1 and set(part) < set(subset)
        ]
        # What is unique by a part is unique by the whole, so that parts one smaller tell it all.
        minimal = unique[number] & ~unique[smaller].any(axis=0)
        worth = prod(many - size for size in range(len(subset), largest + 1))
        scores += worth * minimal
    return scores


def _unique_by(
    frame: pd.DataFrame, columns: Sequence[str], subsets: Sequence[tuple[int, ...]]
) -> BoolArray:
    """Whether each record is unique by each set of columns, shape (sets, records)."""
    records = pd.DataFrame(
        {f"q{number}": frame[name].astype("string").array for number, name in enumerate(columns)}
    ).assign(position=np.arange(len(frame)))
    windows = ", ".join(
        f"count(*) over (partition by {', '.join(f'q{one}' for one in subset)}) = 1 as u{number}"
        for number, subset in enumerate(subsets)
    )
    with connect() as connection:
        connection.register("records", records)
        found = connection.sql(f"select position, {windows} from records order by position").df()
    return found.drop(columns="position").to_numpy(bool).T
