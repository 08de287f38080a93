"""p-values that invert an interval: the level at which the interval's limit touches no effect."""

from collections.abc import Callable

import numpy as np
from scipy import special

from rbdc.statistics.arrays import FloatArray

# Beyond 39 standard errors a two-sided p-value is 0 in double precision.
FARTHEST = 40.0
# Closer than this p is 1 to nine digits. Exact limits reach that far already at confidence 0.
_NEAREST = 1e-9
_PRECISION = 1e-12
_SAME = 1e-11  # of the gap: what rounding leaves of a difference
_MOST_STEPS = 200


def two_sided(z: FloatArray) -> FloatArray:
    """Two-sided normal p-value of z, a distance in standard errors."""
    return np.asarray(special.erfc(np.abs(z) / np.sqrt(2)), float)


def touching_z(
    gap: FloatArray,
    reach: Callable[..., FloatArray],
    *values: FloatArray,
    farthest: float = FARTHEST,
) -> FloatArray:
    """Find the half-width z, in standard errors, at which an interval reaches across a gap.

    Regula falsi with the Illinois rule (an end of the bracket that stays twice counts half), begun
    where a straight line through the origin would cross; rows that are done leave the work.

    Args:
        gap: Distance from the estimate to no effect, shape (k,), 0 or more; NaN gives NaN.
        reach: Takes z and `values` of some rows and gives how far the interval reaches towards no
            effect; it never falls as z grows.
        values: Arrays of shape (k,) that `reach` takes.
        farthest: Where to stop looking.

    Returns:
        z of each row: 0 where the gap is 0, inf where `farthest` does not reach across it.
    """
    found = np.where(np.isnan(gap), np.nan, 0.0)
    rows = np.flatnonzero(gap > 0)
    args = [value[rows] for value in values]
    beyond = reach(np.full(len(rows), farthest), *args) - gap[rows]
    found[rows] = np.where(np.isnan(beyond), np.nan, np.inf)
    crossed = beyond >= 0
    rows, args = rows[crossed], [value[crossed] for value in args]
    wanted, low, high = gap[rows], np.zeros(len(rows)), np.full(len(rows), farthest)
    f_low, f_high = -wanted, beyond[crossed]
    side = np.zeros(len(rows))
    z = np.clip(
        wanted / np.maximum(reach(np.ones(len(rows)), *args), 1e-300), _NEAREST, farthest / 2
    )
    for _ in range(_MOST_STEPS):
        f = reach(z, *args) - wanted
        now = np.sign(f)
        f_high = np.where(now < 0, np.where(side < 0, f_high / 2, f_high), f)
        f_low = np.where(now < 0, f, np.where(side > 0, f_low / 2, f_low))
        low, high = np.where(now < 0, z, low), np.where(now < 0, high, z)
        secant = low - f_low * ((high - low) / (f_high - f_low))
        # Where the reach is all but flat, the secant stands still far from the crossing.
        stands_still = np.abs(secant - z) <= _PRECISION * z
        inside = (secant > low) & (secant < high) & ~stands_still
        nearer = np.where(inside, secant, (low + high) / 2)
        found[rows] = np.where(np.abs(f) <= _SAME * wanted, z, nearer)
        keep = (np.abs(f) > _SAME * wanted) & (high - low > _PRECISION * high) & (high > _NEAREST)
        if not keep.any():
            break
        rows = rows[keep]
        wanted, low, high, f_low, f_high, side, z = (
            kept[keep] for kept in (wanted, low, high, f_low, f_high, now, nearer)
        )
        args = [value[keep] for value in args]
    return found
