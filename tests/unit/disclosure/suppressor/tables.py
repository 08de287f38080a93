"""Small tables with all their margins, and every count that they could hold."""

import itertools
from functools import cache

import numpy as np

from rbdc.disclosure.problem import relations_of


@cache
def cells_of(shape):
    """Positions by code, None for a total, and the relations of a table."""
    codes = list(itertools.product(*([*range(size), None] for size in shape)))
    at = {code: place for place, code in enumerate(codes)}
    rows = []
    for code in codes:
        for axis, one in enumerate(code):
            if one is None:
                parts = [(*code[:axis], part, *code[axis + 1 :]) for part in range(shape[axis])]
                rows.append([(at[code], -1.0), *((at[part], 1.0) for part in parts)])
    return codes, relations_of(rows, len(codes))


def with_margins(inner):
    """All cells of a table, in the order of `cells_of`."""
    codes, _ = cells_of(inner.shape)
    every = [tuple(slice(None) if one is None else one for one in code) for code in codes]
    return np.array([inner[code].sum() for code in every], float)


@cache
def all_tables(shape, most):
    """Cells of every table whose inner counts are 0 to most, shape (tables, cells)."""
    size = int(np.prod(shape))
    inner = itertools.product(range(most + 1), repeat=size)
    return np.array([with_margins(np.reshape(one, shape)) for one in inner])
