"""A suppression problem: cells of linked tables, and the sums that anybody can form of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from rbdc.statistics.arrays import BoolArray, FloatArray

Indices = NDArray[np.intp]
"""Positions of cells or relations."""


@dataclass(frozen=True)
class Problem:
    """Cells in any order, each once however many tables it stands in.

    What protects a secret cell is how far an attacker, who knows every open cell, every relation
    and the limits, is left from its value. Distances are in units of the cells. `problem_of` fills
    in what most problems do not need.

    Attributes:
        value: True value of each cell, shape (cells,).
        cost: What is lost if the cell is hidden, above 0 where there is a choice.
        lowest: The least that an attacker knows the cell to be, at most its value.
        highest: The most that an attacker knows it to be, at least its value.
        secret: The cell must be hidden and protected.
        stays_open: The cell may not be hidden: policy says so, or an earlier release published it.
        already_hidden: An earlier release hid the cell: it stays hidden, at no further cost.
        unpublished: Nobody prints the cell (a margin that follows from others, the slack between
            two nested measures, the difference of two releases): the attacker never reads it, and
            it costs nothing. It may be secret all the same.
        relations: Coefficients of the relations Σ coefficient · cell = constant, shape
            (relations, cells).
        weak: Relations that link parts which are otherwise apart and say little, such as
            strip searches + slack = bookings, shape (relations,). The parts are solved without
            them first; the result holds with them.
        below: How far under its value the attacker's least value of a secret cell must lie.
        above: How far above its value the attacker's greatest value must lie.
        apart: How far the two must lie apart.
        names: What to call each cell in messages; empty if cells have no names.
    """

    value: FloatArray
    cost: FloatArray
    lowest: FloatArray
    highest: FloatArray
    secret: BoolArray
    stays_open: BoolArray
    already_hidden: BoolArray
    unpublished: BoolArray
    relations: sparse.csr_matrix
    weak: BoolArray
    below: FloatArray
    above: FloatArray
    apart: FloatArray
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what no attacker could face.

        Raises:
            ValueError: Shapes differ, limits do not hold the value, a cost is not above 0, or a
                cell is to stay open and to be hidden.
        """
        for name in ("cost", "lowest", "highest", "secret", "stays_open", "already_hidden",
                     "unpublished", "below", "above", "apart"):  # fmt: skip
            if getattr(self, name).shape != self.value.shape:
                raise ValueError(f"{name} has another shape than the cells")
        if self.relations.shape != (len(self.weak), self.cells):
            raise ValueError("the relations have another number of rows or cells")
        if not ((self.lowest <= self.value) & (self.value <= self.highest)).all():
            raise ValueError("a cell lies outside what is known of it")
        if not (self.cost > 0)[self.optional].all():
            raise ValueError("the cost of hiding a cell must be above 0")
        if (self.never_read & self.stays_open).any():
            raise ValueError("a secret, hidden or unpublished cell cannot stay open")

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.value)

    @property
    def never_read(self) -> BoolArray:
        """Cells that no attacker reads, whatever is chosen."""
        return self.secret | self.already_hidden | self.unpublished

    @property
    def optional(self) -> BoolArray:
        """Cells that can be hidden or not."""
        return ~self.never_read & ~self.stays_open

    def cost_of(self, hidden: BoolArray) -> float:
        """Sum of what is lost if these cells are hidden."""
        return float(self.cost[hidden & ~self.already_hidden & ~self.unpublished].sum())

    def name_of(self, cell: int) -> str:
        """What to call a cell in a message."""
        return self.names[cell] if len(self.names) else f"cell {cell}"


def problem_of(
    value: ArrayLike,
    relations: sparse.csr_matrix,
    *,
    secret: ArrayLike,
    cost: ArrayLike | None = None,
    lowest: ArrayLike = 0.0,
    highest: ArrayLike | None = None,
    stays_open: ArrayLike = False,
    already_hidden: ArrayLike = False,
    unpublished: ArrayLike = False,
    weak: ArrayLike = False,
    below: ArrayLike = 0.0,
    above: ArrayLike = 0.0,
    apart: ArrayLike = 1.0,
    names: Sequence[str] = (),
) -> Problem:
    """A problem whose other attributes, each an array or one value for all cells, have defaults.

    Args:
        value: True values, shape (cells,).
        relations: shape (relations, cells), see `relations_of`.
        secret: as all others, see `Problem`.
        cost: By default the value, at least 1.
        lowest: By default 0.
        highest: By default no limit that matters: 10 times the sum of all absolute values.
        stays_open: By default none.
        already_hidden: By default none.
        unpublished: By default none.
        weak: By default none, shape (relations,).
        below: By default 0: on this side nothing is asked for.
        above: By default 0.
        apart: By default 1: no secret whole number comes out exactly.
        names: By default none.

    Raises:
        ValueError: see `Problem`.
    """
    values = np.asarray(value, float)

    def numbers(given: ArrayLike) -> FloatArray:
        return np.array(np.broadcast_to(np.asarray(given, float), values.shape))

    def flags(given: ArrayLike, shape: Any = values.shape) -> BoolArray:
        return np.array(np.broadcast_to(np.asarray(given, bool), shape))

    return Problem(
        value=values,
        cost=numbers(np.maximum(np.abs(values), 1.0) if cost is None else cost),
        lowest=numbers(lowest),
        highest=numbers(10.0 * np.abs(values).sum() + 10.0 if highest is None else highest),
        secret=flags(secret),
        stays_open=flags(stays_open),
        already_hidden=flags(already_hidden),
        unpublished=flags(unpublished),
        relations=relations,
        weak=flags(weak, relations.shape[0]),
        below=numbers(below),
        above=numbers(above),
        apart=numbers(apart),
        names=names,
    )


def relations_of(rows: Sequence[Sequence[tuple[int, float]]], cells: int) -> sparse.csr_matrix:
    """Matrix of relations, each given as (cell, coefficient)."""
    at = [(number, cell, weight) for number, row in enumerate(rows) for cell, weight in row]
    if not at:
        return sparse.csr_matrix((len(rows), cells))
    row, column, weight = (np.array(part) for part in zip(*at, strict=True))
    return sparse.csr_matrix((weight.astype(float), (row, column)), shape=(len(rows), cells))
