"""What unknown race could do to an index: sharp bounds, and whether its direction could turn."""

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import BoolArray, FloatArray, Interval, divide
from rbdc.statistics.inputs import COUNTS, UNKNOWNS


def sharp_bounds(cells: pd.DataFrame) -> Interval:
    """Lowest and highest index that any assignment of the Unknown people could give.

    Unknown people with and without the outcome are assigned separately (METHODS A, unknown race).
    Subset: high = ((x_g + u_x)/X) / ((n_g + u_x)/N), low = (x_g/X) / ((n_g + u_n − u_x)/N).
    Outside the two sides are assigned apart: high = ((x_g + u_x)/X) / (n_g/N), low =
    (x_g/X) / ((n_g + u_n)/N); residents have no Unknown, u_n = 0, and so a fixed share.
    """
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    subset = cells["subset"].to_numpy()
    low_n = n + np.where(subset, unknown_n - unknown_x, np.nan_to_num(unknown_n))
    high_n = n + np.where(subset, unknown_x, 0.0)
    return (
        divide(divide(x, all_x), divide(low_n, all_n)),
        divide(divide(x + unknown_x, all_x), divide(high_n, all_n)),
    )


def turns(cells: pd.DataFrame, index: FloatArray, ratios: tuple[float, float]) -> BoolArray:
    """Say whether the index lies on the other side of 1 at either end of the declared range.

    The range is of r = the group's share among Unknown people with the outcome ÷ its share among
    those without it. The index rises with r, so its ends suffice.

    Args:
        cells: Rows as `inputs.read_counts` gives them.
        index: The published index of each row, in which Unknown stays a group of its own.
        ratios: Lowest and highest r that the framework declares.
    """
    side = np.sign(index - 1)
    lowest, highest = (np.sign(_index_at(cells, r) - 1) for r in ratios)
    return np.asarray((side != 0) & ((lowest == -side) | (highest == -side)))


def _index_at(cells: pd.DataFrame, r: float) -> FloatArray:
    """Index after Unknown people are shared out at ratio r.

    Subset: without the outcome the group gets its share t = n_g/(N − u_n) of the benchmark's known
    people, with the outcome min(1, r·t). Outside: t = x_g/(X − u_x), its share of known outcomes,
    and of an Unknown benchmark, if there is one, the group gets its share of the known one.
    """
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    subset = cells["subset"].to_numpy()
    share = np.where(subset, divide(n, all_n - unknown_n), divide(x, all_x - unknown_x))
    gained = unknown_x * np.minimum(1.0, r * share)
    of_benchmark = np.nan_to_num(unknown_n) * divide(n, all_n - np.nan_to_num(unknown_n))
    gained_n = np.where(subset, gained + (unknown_n - unknown_x) * share, of_benchmark)
    return divide(divide(x + gained, all_x), divide(n + gained_n, all_n))
