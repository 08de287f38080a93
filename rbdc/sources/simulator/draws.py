"""Random numbers: named streams, draws from tables of weights, and hashes that need no storage."""

import datetime as dt
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from rbdc.sources.simulator.blocks import Activity

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]


def random_stream(seed: int, name: str, *days: dt.date) -> np.random.Generator:
    """Random numbers of one named part of some days.

    Every part has a stream of its own, so that a change in one leaves the others alone, and every
    day has, so that a day is the same whether it is drawn today or as one of a thousand.
    """
    return np.random.default_rng(
        [seed, zlib.crc32(name.encode()), *(day.toordinal() for day in days)]
    )


class WeightedRows:
    """A table of weights, one row a condition, from which columns are drawn."""

    def __init__(self, weights: npt.ArrayLike) -> None:
        """Take weights of shape (conditions, values); a row of zeros can never be drawn from."""
        table = np.atleast_2d(np.asarray(weights, dtype=float))
        totals = table.sum(axis=1, keepdims=True)
        share = np.divide(table, totals, out=np.zeros_like(table), where=totals > 0)
        # Row r holds values from r to r + 1, so that one sorted search serves all rows at once.
        self._cumulated = (share.cumsum(axis=1) + np.arange(len(table))[:, None]).ravel()
        self._values = table.shape[1]

    def draw(self, rows: Integers, rng: np.random.Generator) -> Integers:
        """One position of a value for each row number."""
        found = np.searchsorted(self._cumulated, rows + rng.random(len(rows)), side="right")
        # Rounding can leave the last cumulated value a hair below the next whole number.
        return np.asarray(np.minimum(found - rows * self._values, self._values - 1), dtype=np.int64)


def draw_positions(weights: npt.ArrayLike, size: int, rng: np.random.Generator) -> Integers:
    """Positions drawn in proportion to weights."""
    return WeightedRows(weights).draw(np.zeros(size, dtype=np.int64), rng)


def draw_weighted(
    weights: Mapping[Any, float], size: int, rng: np.random.Generator
) -> npt.NDArray[np.object_]:
    """Keys drawn in proportion to their weights."""
    keys = np.array(list(weights), dtype=object)
    return np.asarray(keys[draw_positions(list(weights.values()), size, rng)])


def draw_time_of_day(activity: Activity, size: int, rng: np.random.Generator) -> Integers:
    """Seconds since midnight by the weights of the hours."""
    return draw_positions(activity.hour, size, rng) * 3600 + rng.integers(3600, size=size)


def season(activity: Activity, days: npt.NDArray[np.datetime64]) -> Floats:
    """How busy each day is, relative to the mean of a year of 365 days."""
    weights = np.array(activity.month)
    lengths = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    mean = (weights * lengths).sum() / lengths.sum()
    return np.asarray(weights[days.astype("M8[M]").astype(int) % 12] / mean)


def hashed_uniform(numbers: Integers, seed: int, name: str) -> Floats:
    """A number in [0, 1) that belongs to each whole number, always the same (splitmix64)."""
    state = numbers.astype(np.uint64) + np.uint64(zlib.crc32(f"{seed} {name}".encode()) << 20)
    state = state * np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    state = state ^ (state >> np.uint64(31))
    return np.asarray((state >> np.uint64(11)).astype(np.float64) * 2.0**-53)
