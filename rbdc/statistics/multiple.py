"""Correction for many tests: Benjamini-Hochberg inside a declared family."""

import numpy as np
import pandas as pd
from scipy import stats

from rbdc.statistics.arrays import FloatArray


def family_names(cells: pd.DataFrame, family: tuple[str, ...]) -> "pd.Series[str]":
    """Name each row's family of tests: its values in the family's columns joined by `|`.

    A null value is written as nothing at all, so the number of bars is always the same.
    """
    values = cells[list(family)].astype("string").fillna("")
    return values[family[0]].str.cat(values[list(family[1:])], sep="|")


def q_values(p_value: FloatArray, family: "pd.Series[str]") -> FloatArray:
    """Adjust p-values inside each family (Benjamini & Hochberg 1995; scipy's implementation).

    Args:
        p_value: p-values in any order; NaN rows are no tests: they take no part and stay NaN.
        family: The family's name of each row.

    Returns:
        q-values: the smallest false discovery rate at which the row would be a discovery.
    """
    adjusted = np.full(len(p_value), np.nan)
    tests = np.flatnonzero(~np.isnan(p_value))
    for members in family.iloc[tests].groupby(family.to_numpy()[tests]).indices.values():
        rows = tests[members]
        adjusted[rows] = stats.false_discovery_control(p_value[rows])
    return adjusted
