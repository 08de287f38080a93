"""What unknown race could do to an index: sharp bounds, whether and where its direction turns."""

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


def tipping_point(cells: pd.DataFrame, index: FloatArray) -> FloatArray:
    """Find the ratio r at which the index of each row becomes exactly 1 (see `turns` for r).

    Below it the group is under-represented, above it over-represented. What the group must gain of
    the u_x Unknown people with the outcome, solved from index = 1 with the t of `_index_at`, is
    subset (X·(n_g + (u_n − u_x)·t) − x_g·N) / (N − X), outside X·n_g/(N − u_n) − x_g; r is that
    over u_x·t.

    Args:
        cells: Rows as `inputs.read_counts` gives them.
        index: The published index of each row, in which Unknown stays a group of its own.

    Returns:
        r above 0, without an upper end. NaN where the published index is undefined or exactly 1 (it
        has no direction to turn), and where no r turns it: the group would have to lose outcomes,
        or would not reach 1 with every Unknown person who has the outcome.
    """
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    subset = cells["subset"].to_numpy()
    share = _known_share(cells)
    inside = divide(all_x * (n + (unknown_n - unknown_x) * share) - x * all_n, all_n - all_x)
    outside = divide(all_x * n, all_n - np.nan_to_num(unknown_n)) - x
    gained = np.where(subset, inside, outside)
    turning = (gained > 0) & (gained < unknown_x) & ~np.isnan(index) & (index != 1)
    return np.where(turning, divide(gained, unknown_x * share), np.nan)


def _known_share(cells: pd.DataFrame) -> FloatArray:
    """The group's share t of known people: of the benchmark in a subset, else of outcomes."""
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    subset = cells["subset"].to_numpy()
    return np.where(subset, divide(n, all_n - unknown_n), divide(x, all_x - unknown_x))


def _index_at(cells: pd.DataFrame, r: float) -> FloatArray:
    """Index after Unknown people are shared out at ratio r.

    Subset: without the outcome the group gets its share t = n_g/(N − u_n) of the benchmark's known
    people, with the outcome min(1, r·t). Outside: t = x_g/(X − u_x), its share of known outcomes,
    and of an Unknown benchmark, if there is one, the group gets its share of the known one.
    """
    x, all_x, n, all_n = (cells[column].to_numpy() for column in COUNTS)
    unknown_x, unknown_n = (cells[column].to_numpy() for column in UNKNOWNS)
    subset = cells["subset"].to_numpy()
    share = _known_share(cells)
    gained = unknown_x * np.minimum(1.0, r * share)
    of_benchmark = np.nan_to_num(unknown_n) * divide(n, all_n - np.nan_to_num(unknown_n))
    gained_n = np.where(subset, gained + (unknown_n - unknown_x) * share, of_benchmark)
    return divide(divide(x + gained, all_x), divide(n + gained_n, all_n))
