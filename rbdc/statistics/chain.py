"""Decomposition of an index along a pathway: which step adds how much to the whole."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rbdc.statistics.arrays import FloatArray, StringArray


class Chain(NamedTuple):
    """Log steps of each group.

    Attributes:
        log_steps: Natural logarithm of each step's index, shape (steps, groups); NaN where that
            step has none.
        total: Their sum, shape (groups,); NaN where a step has none.
        residual: Logarithm of the overall index minus the sum, shape (groups,): 0 but for rounding
            when the steps multiply to the whole; NaN where either is missing.
        status: `complete`, or the reason why there is no chain, shape (groups,).
    """

    log_steps: FloatArray
    total: FloatArray
    residual: FloatArray
    status: StringArray


def log_steps(steps: ArrayLike, overall: ArrayLike, names: tuple[str, ...] | None = None) -> Chain:
    """Take the logarithms of step indices, which add up to that of the overall index.

    The index of an outcome in the population is the product of the indices of its steps (stop in
    population, arrest in stops, search in arrests), because every benchmark is the outcome of the
    step before (METHODS A, chain). A positive log step pushes up, a negative one down, and a step's
    part of the whole is log step ÷ total. Steps and overall are computed apart, so the residual
    checks that they agree.

    Args:
        steps: Index of each step in order and group, shape (steps, groups).
        overall: Index from the first benchmark to the last outcome, shape (groups,).
        names: What to call the steps in the status; else `step 1`, `step 2` and so on.
    """
    indices, whole = np.asarray(steps, float), np.asarray(overall, float)
    names = names or tuple(f"step {place}" for place in range(1, len(indices) + 1))
    status = np.full(whole.shape, "complete", dtype=object)
    # The first step that fails names the reason, so go from the last, the whole, to the first.
    for index, name in [
        (whole, "the overall index"),
        *zip(indices[::-1], names[::-1], strict=True),
    ]:
        status[~(np.isfinite(index) & (index > 0))] = f"{name} is undefined"
        status[index == 0] = f"{name} is zero"
    logs, log_whole = _log(indices), _log(whole)
    total = logs.sum(axis=0)
    return Chain(logs, total, log_whole - total, status)


def _log(index: FloatArray) -> FloatArray:
    return np.log(np.where(np.isfinite(index) & (index > 0), index, np.nan))
