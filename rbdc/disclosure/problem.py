"""A suppression problem: cells of linked tables, and the sums that anybody can form of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rbdc.statistics.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Problem:
    """Cells in any order, each once however many tables it stands in.

    What protects a cell that must be protected is how far an attacker, who knows every open cell,
    every relation and the limits, is left from its value. Distances are in units of the cells.

    Attributes:
        value: True value of each cell, shape (cells,).
        cost: What is lost if the cell is hidden, above 0.
        lowest: The least that an attacker knows the cell to be, at most its value.
        highest: The most that an attacker knows it to be, at least its value.
        secret: The cell must be hidden and protected.
        stays_open: The cell may not be hidden.
        relations: Coefficients of the relations Σ coefficient · cell = constant, shape
            (relations, cells).
        below: How far under its value the attacker's least value of a secret cell must lie.
        above: How far above its value the attacker's greatest value must lie.
        apart: How far the two must lie apart.
    """

    value: FloatArray
    cost: FloatArray
    lowest: FloatArray
    highest: FloatArray
    secret: BoolArray
    stays_open: BoolArray
    relations: sparse.csr_matrix
    below: FloatArray
    above: FloatArray
    apart: FloatArray
    names: Sequence[str] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        """Refuse what no attacker could face.

        Raises:
            ValueError: Limits do not hold the value, a cost is not above 0, or a secret cell is to
                stay open.
        """
        if not ((self.lowest <= self.value) & (self.value <= self.highest)).all():
            raise ValueError("a cell lies outside what is known of it")
        if not (self.cost > 0).all():
            raise ValueError("the cost of hiding a cell must be above 0")
        if (self.secret & self.stays_open).any():
            raise ValueError("a secret cell cannot stay open")

    @property
    def cells(self) -> int:
        """Number of cells."""
        return len(self.value)

    def cost_of(self, hidden: BoolArray) -> float:
        """Sum of what is lost."""
        return float(self.cost[hidden].sum())


def relations_of(rows: Sequence[Sequence[tuple[int, float]]], cells: int) -> sparse.csr_matrix:
    """Matrix of relations, each given as (cell, coefficient)."""
    at = [(number, cell, weight) for number, row in enumerate(rows) for cell, weight in row]
    if not at:
        return sparse.csr_matrix((0, cells))
    row, column, weight = (np.array(part) for part in zip(*at, strict=True))
    return sparse.csr_matrix((weight.astype(float), (row, column)), shape=(len(rows), cells))


Indices = NDArray[np.intp]
