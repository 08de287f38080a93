"""How strong an unmeasured cause would have to be to explain a ratio away."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rbdc.statistics.arrays import FloatArray, divide, floats


class EValues(NamedTuple):
    """E-values, 1 or more, of the estimate and of the limit nearest to 1; NaN if undefined."""

    estimate: FloatArray
    limit: FloatArray


def e_values(ratio: ArrayLike, low: ArrayLike, high: ArrayLike) -> EValues:
    """E-values of a risk ratio and its interval (VanderWeele & Ding 2017).

    The E-value is the smallest risk ratio that an unmeasured cause must have both with the group
    and with the outcome to make the whole ratio vanish: RR + √(RR·(RR − 1)), of 1/RR where RR is
    under 1. That of the limit nearest to 1 makes the interval reach 1; it is 1 where the interval
    holds 1 already. It assumes nothing about the cause and says nothing about whether one exists.

    Args:
        ratio: Ratios of risks or rates, any shape.
        low: Their lower limits.
        high: Their upper limits; inf is allowed.

    Returns:
        NaN where the ratio, or its limit, is undefined; the E-value of a ratio or limit of 0 is
        infinite and given as NaN too.
    """
    ratio, low, high = floats(ratio, low, high)
    nearest = np.where(ratio >= 1, np.maximum(low, 1.0), np.minimum(high, 1.0))
    undefined = np.isnan(ratio) | np.isnan(low) | np.isnan(high)
    return EValues(_e_value(ratio), _e_value(np.where(undefined, np.nan, nearest)))


def _e_value(ratio: FloatArray) -> FloatArray:
    away = np.where(ratio >= 1, ratio, divide(1.0, np.where(ratio > 0, ratio, np.nan)))
    return np.where(np.isfinite(away), away + np.sqrt(away * (away - 1)), np.nan)
