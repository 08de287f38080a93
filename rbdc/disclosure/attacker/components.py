"""The parts of a system that no relation connects, once fixed variables are replaced by values."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse import csgraph

from rbdc.disclosure.attacker.solver import Component
from rbdc.disclosure.attacker.system import Bounds, Relations
from rbdc.statistics.arrays import BoolArray, FloatArray


def components(relations: Relations, bounds: Bounds) -> list[Component]:
    """Split what bounds leave open into parts that no relation connects.

    Relations that bounds already guarantee are dropped.
    """
    fixed = bounds.fixed()
    rows = len(relations.lowest)
    values = np.where(fixed, bounds.low, 0.0)
    open_terms = ~fixed[relations.members]
    constant = np.bincount(
        relations.numbers[~open_terms],
        relations.factors[~open_terms] * values[relations.members[~open_terms]],
        rows,
    )
    members, factors = relations.members[open_terms], relations.factors[open_terms]
    numbers = relations.numbers[open_terms]
    lowest, highest = relations.lowest - constant, relations.highest - constant
    needed = _needed(members, factors, numbers, lowest, highest, bounds)
    keep = needed[numbers]
    members, factors, numbers = members[keep], factors[keep], numbers[keep]
    free = np.flatnonzero(~fixed)
    position = np.full(relations.size, -1, dtype=np.int64)
    position[free] = np.arange(len(free))
    used = np.unique(numbers)
    compact = np.full(rows, -1, dtype=np.int64)
    compact[used] = np.arange(len(used))
    matrix = sparse.csr_array(
        (factors, (compact[numbers], position[members])), shape=(len(used), len(free))
    )
    count, variable_label, row_label = _labels(matrix)
    by_variable = np.argsort(variable_label, kind="stable")
    by_row = np.argsort(row_label, kind="stable")
    variable_cuts = np.searchsorted(variable_label[by_variable], np.arange(count + 1))
    row_cuts = np.searchsorted(row_label[by_row], np.arange(count + 1))
    found = []
    for label in range(count):
        columns = by_variable[variable_cuts[label] : variable_cuts[label + 1]]
        lines = by_row[row_cuts[label] : row_cuts[label + 1]]
        variables = free[columns]
        found.append(
            Component(
                variables,
                sparse.csr_array(matrix[lines][:, columns]),
                lowest[used[lines]],
                highest[used[lines]],
                bounds.low[variables],
                bounds.high[variables],
            )
        )
    return found


def _needed(
    members: NDArray[np.int64],
    factors: FloatArray,
    numbers: NDArray[np.int64],
    lowest: FloatArray,
    highest: FloatArray,
    bounds: Bounds,
) -> BoolArray:
    """Relations that bounds alone do not guarantee."""
    positive = factors > 0
    at_low, at_high = factors * bounds.low[members], factors * bounds.high[members]
    least = np.bincount(numbers, np.where(positive, at_low, at_high), len(lowest))
    most = np.bincount(numbers, np.where(positive, at_high, at_low), len(lowest))
    return np.asarray((least < lowest - 1e-9) | (most > highest + 1e-9))


def _labels(
    matrix: sparse.csr_array,
) -> tuple[int, NDArray[np.int64], NDArray[np.int64]]:
    """Number of components and the component of each column and of each row."""
    rows, columns = matrix.shape
    if not columns:
        return 0, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    both = sparse.coo_array(matrix)
    graph = sparse.coo_array(
        (np.ones(both.nnz), (both.coords[0] + columns, both.coords[1])),
        shape=(rows + columns, rows + columns),
    )
    count, labels = csgraph.connected_components(graph, directed=False)
    return int(count), labels[:columns].astype(np.int64), labels[columns:].astype(np.int64)
