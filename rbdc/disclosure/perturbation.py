"""Perturbation of single counts: unbiased random rounding, and the cell key method."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rbdc.statistics.arrays import FloatArray

_DIGITS = 9  # record keys are sums of decimal fractions


@dataclass(frozen=True)
class Change:
    """A row of a perturbation table: `original` becomes `perturbed` where lower ≤ key < upper."""

    original: int
    perturbed: int
    lower: float
    upper: float


def rounding_probabilities(count: int, base: int) -> dict[int, float]:
    """To which multiples a count is rounded, and how likely, so that its expected value stays.

    Handbook on Statistical Disclosure Control, section 5.5: up with probability remainder ÷ base.
    """
    if count < 0 or base < 2:
        raise ValueError("a count must be 0 or more and the base above 1")
    lower, over = count - count % base, count % base
    return {lower: 1 - over / base, lower + base: over / base} if over else {lower: 1.0}


def randomly_rounded(counts: ArrayLike, base: int, keys: ArrayLike) -> FloatArray:
    """Round each count up or down, by a key that decides.

    Args:
        counts: any shape.
        base: above 1.
        keys: Evenly spread numbers from 0 up to 1, same shape. The same cell must have the same
            key in every table and release, or repeated rounding gives the count away.
    """
    values, dice = np.asarray(counts, float), np.asarray(keys, float)
    over = values % base
    return np.asarray(values - over + np.where(dice < over / base, base, 0.0), float)


def cell_key(record_keys: Iterable[float]) -> float:
    """Fraction of the sum of the keys of the records in a cell (handbook, section 5.4)."""
    return float(round(sum(record_keys) % 1.0, _DIGITS) % 1.0)


def perturbed(count: int, key: float, table: Sequence[Change]) -> int:
    """The count that the cell key method publishes.

    Counts above the greatest of the table change by as much as that one.

    Args:
        count: 0 or more.
        key: of the cell, 0 ≤ key < 1.
        table: rows for each original count, whose keys cover 0 to 1.

    Raises:
        ValueError: the table has no row for the count and key.
    """
    original = min(count, max(change.original for change in table))
    for change in table:
        if change.original == original and change.lower <= key < change.upper:
            return count + change.perturbed - change.original
    raise ValueError(f"the perturbation table has no row for {count} with key {key}")
