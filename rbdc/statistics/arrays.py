"""Array arithmetic that answers NaN, without a warning, where a quantity is undefined."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
StringArray = NDArray[np.object_]
Interval = tuple[FloatArray, FloatArray]


def floats(*values: ArrayLike) -> list[FloatArray]:
    """Turn scalars and sequences into float arrays of one common shape."""
    return [np.array(one) for one in np.broadcast_arrays(*(np.asarray(v, float) for v in values))]


def divide(numerator: ArrayLike, denominator: ArrayLike) -> FloatArray:
    """Divide, with NaN wherever the denominator is 0 or either side is NaN."""
    top, bottom = floats(numerator, denominator)
    return np.divide(top, bottom, out=np.full_like(top, np.nan), where=bottom != 0)


def z_score(confidence: ArrayLike) -> FloatArray:
    """Half-width, in standard normal units, of a two-sided interval of this confidence."""
    return np.asarray(special.ndtri((1 + np.asarray(confidence, float)) / 2), float)


def by_rows(
    chosen: BoolArray,
    method: Callable[..., Interval],
    otherwise: Callable[..., Interval],
    *values: FloatArray,
) -> Interval:
    """Apply one interval method to the chosen rows and another to the rest.

    Args:
        chosen: Rows for `method`; all values have its shape.
        method: Takes the values of its rows and gives lower and upper limits.
        otherwise: The same for the remaining rows.
        values: Arrays that both methods take, in order.
    """
    low, high = np.full(np.shape(chosen), np.nan), np.full(np.shape(chosen), np.nan)
    for rows, limits in ((chosen, method), (~chosen, otherwise)):
        low[rows], high[rows] = limits(*(value[rows] for value in values))
    return low, high
