"""Controlled rounding: counts become multiples of a base, and every sum still holds."""

from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from rbdc.disclosure.solver import is_optimal, model_of, quiet_solver
from rbdc.errors import RbdcError
from rbdc.statistics.arrays import FloatArray

_MOST_STEPS = 3


@dataclass(frozen=True)
class Rounded:
    """Rounded counts.

    Attributes:
        value: Multiples of the base that fulfil all relations, shape (cells,).
        steps: How many multiples beyond its neighbours a count may have gone (K): the attacker
            knows it, see `rounded_interval`.
        deviation: Sum of the absolute changes, weighted.
        is_optimal: Whether no other rounding with so many steps changes less.
    """

    value: FloatArray
    steps: int
    deviation: float
    is_optimal: bool


class CannotRoundError(RbdcError):
    """No multiples of the base near the counts fulfil all relations."""


def controlled_rounding(
    value: ArrayLike,
    relations: sparse.csr_matrix,
    base: int,
    *,
    weight: ArrayLike = 1.0,
    seconds: float = 60.0,
) -> Rounded:
    """Round counts so that all relations hold, with the least change.

    First every count goes to one of the two multiples next to it and multiples stay (K = 0); only
    where that is impossible, one multiple farther and so on (Salazar-González 2006, "Controlled
    rounding and cell perturbation: statistical disclosure limitation methods for tabular data",
    Mathematical Programming 105; Handbook on Statistical Disclosure Control, section 5.5).

    Args:
        value: Counts, 0 or more, shape (cells,).
        relations: Σ coefficient · count = 0, shape (relations, cells).
        base: 3, 5 or another whole number above 1.
        weight: What a change of 1 in a count costs, 0 for counts that nobody prints, shape (cells,)
            or one for all.
        seconds: Time limit for each number of steps.

    Raises:
        ValueError: base, counts or relations are not what they must be.
        CannotRoundError: not even with three steps, or none was found in time.
    """
    counts = np.asarray(value, float)
    weights = np.array(np.broadcast_to(np.asarray(weight, float), counts.shape))
    if base < 2 or base != int(base):
        raise ValueError(f"the base of rounding must be a whole number above 1, not {base}")
    if (counts < 0).any() or (counts != np.round(counts)).any():
        raise ValueError("only counts can be rounded: whole numbers, 0 or more")
    if relations.shape[0] and np.abs(relations @ counts).max() > 1e-6:
        raise ValueError("a relation does not hold for the counts that are to be rounded")
    for steps in range(_MOST_STEPS + 1):
        rounded = _rounded(counts, relations, base, steps, weights, seconds)
        if rounded is not None:
            return rounded
    raise CannotRoundError(
        f"No multiples of {base} up to {_MOST_STEPS} steps from the counts fulfil all sums. "
        "Choose another base, or publish fewer tables."
    )


def rounded_interval(published: ArrayLike, base: int, steps: int) -> tuple[FloatArray, FloatArray]:
    """Least and greatest count that can stand behind a rounded one, as an attacker knows it.

    With K steps a count a becomes a multiple r with |r − a| < (K + 1) · base (Handbook on
    Statistical Disclosure Control, section 5.5).

    Args:
        published: Rounded counts, any shape.
        base: of the rounding.
        steps: K.
    """
    shown = np.asarray(published, float)
    far = (steps + 1) * base - 1
    return np.maximum(shown - far, 0.0), shown + far


def _rounded(
    counts: FloatArray,
    relations: sparse.csr_matrix,
    base: int,
    steps: int,
    weights: FloatArray,
    seconds: float,
) -> Rounded | None:
    """The integer programme for one number of steps; None if it has no solution."""
    cells = len(counts)
    far = (steps + 1) * base - 1
    low = np.maximum(np.ceil((counts - far) / base), 0.0)
    high = np.floor((counts + far) / base)
    change_rows, change_bounds = _changes(counts, low, high, base)
    sums = sparse.hstack([relations, sparse.csr_matrix((relations.shape[0], cells))])
    rows = sparse.csr_matrix(sparse.vstack([sums, change_rows]))
    zeros = np.zeros(relations.shape[0])
    cost = np.concatenate([np.zeros(cells), weights])
    model = model_of(
        rows,
        cost,
        np.concatenate([low, np.zeros(cells)]),
        np.concatenate([high, np.full(cells, np.inf)]),
        np.concatenate([zeros, change_bounds]),
        np.concatenate([zeros, np.full(len(change_bounds), np.inf)]),
    )
    integer, free = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    model.integrality_ = [integer] * cells + [free] * cells
    solver = quiet_solver()
    solver.passModel(model)
    solver.setOptionValue("time_limit", seconds)
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.run()
    feasible = highspy.SolutionStatus.kSolutionStatusFeasible
    if solver.getInfo().primal_solution_status != feasible:
        return None
    value = base * np.round(np.asarray(solver.getSolution().col_value)[:cells])
    if relations.shape[0] and np.abs(relations @ value).max() > 1e-6:
        return None
    deviation = float(weights @ np.abs(value - counts))
    return Rounded(value, steps, deviation, is_optimal(solver))


def _changes(
    counts: FloatArray, low: FloatArray, high: FloatArray, base: int
) -> tuple[sparse.csr_matrix, FloatArray]:
    """Rows change − slope · multiple ≥ bound for each piece of |base · multiple − count|."""
    cells = len(counts)
    cell, bounds, slopes = [np.arange(cells)], [np.abs(base * low - counts)], [np.zeros(cells)]
    slopes[0][low < high] = -np.inf  # replaced by the pieces below
    for piece in range(int((high - low).max(initial=0))):
        inside = np.flatnonzero(low + piece < high)
        left = low[inside] + piece
        at_left = np.abs(base * left - counts[inside])
        slope = np.abs(base * (left + 1) - counts[inside]) - at_left
        cell.append(inside)
        slopes.append(slope)
        bounds.append(at_left - slope * left)
    at, bound, slope = (np.concatenate(parts) for parts in (cell, bounds, slopes))
    kept = np.isfinite(slope)
    at, bound, slope = at[kept], bound[kept], slope[kept]
    row = np.arange(len(at))
    entries = np.concatenate([-slope, np.ones(len(at))])
    places = (np.concatenate([row, row]), np.concatenate([at, cells + at]))
    return sparse.csr_matrix((entries, places), shape=(len(at), 2 * cells)), bound
