"""Array arithmetic that answers NaN, without a warning, where a quantity is undefined."""

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
