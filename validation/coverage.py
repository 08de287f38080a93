"""Which published intervals held the truth, by method; and whether anything was found."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from rbdc.statistics import EstimationRules
from rbdc.statistics.clustering import design_effects
from rbdc.statistics.inputs import CELL, read_counts
from rbdc.statistics.proportions import EXACT_BELOW

# Each quantity with the columns of its interval.
INTERVALS = {
    "index": ("index_low", "index_high"),
    "rate": ("rate_low", "rate_high"),
    "disparity": ("disparity_low", "disparity_high"),
    "difference": ("rate_difference_low", "rate_difference_high"),
}
Guarantee = Literal["nominal", "at least"]
# What a method promises: coverage near its level, or never below it.
METHODS: dict[str, Guarantee] = {
    "wilson": "nominal",
    "mover_wilson": "nominal",
    "newcombe": "nominal",
    "byar": "nominal",
    "mover_byar": "nominal",
    "clopper_pearson": "at least",
    "exact_poisson": "at least",
    "conditional_exact": "at least",
    "mover_exact_poisson": "at least",
}
SIZES = ("under 10", "10 to 49", "50 and more")
TALLY = ["quantity", "form", "method", "size"]

# The truth and a limit that equals it are sums in another order.
_ROUNDING = 1e-9


def tally(
    counts: pd.DataFrame, estimates: pd.DataFrame, truth: pd.DataFrame, rules: EstimationRules
) -> pd.DataFrame:
    """Count the intervals of one year that lie around, above and below the truth.

    Args:
        counts: rows of `indicators.index_counts` of one year.
        estimates: made of them, in their order.
        truth: as from `known_truth.true_values`.
        rules: with which they were estimated.

    Returns:
        The columns of `TALLY` (`size` is that of the outcome count), intervals, above and below.
    """
    methods = _methods(counts, rules).assign(index=estimates["interval_method"].to_numpy(object))
    size = np.digitize(counts["outcome_count"].to_numpy(float), (10, 50))
    parts = []
    for quantity, names in INTERVALS.items():
        low, high = (estimates[name].to_numpy() for name in names)
        true = truth[quantity].to_numpy()
        slack = _ROUNDING * np.abs(true)
        part = pd.DataFrame(
            {
                "quantity": quantity,
                "form": counts["form"].to_numpy(object),
                "method": methods[quantity].to_numpy(object),
                "size": np.array(SIZES, dtype=object)[size],
                "intervals": 1,
                "above": low > true + slack,
                "below": high < true - slack,
            }
        )
        parts.append(part[~np.isnan(low + high + true)])
    table = pd.concat(parts, ignore_index=True).groupby(TALLY)
    return table[["intervals", "above", "below"]].sum().reset_index()


def any_finding(estimates: pd.DataFrame, rules: EstimationRules) -> pd.DataFrame:
    """Whether the tests of each family find anything.

    Returns:
        One row a family that has tests: test_family; `discovered`, a q-value at or under the false
        discovery rate; `classified`, a figure called over- or under-represented, or that but for
        unknown race.
    """
    tests = estimates[estimates["q_value"].notna()]
    called = ~tests["classification"].isin(["no_disparity_detected", "not_enough_data"])
    found = pd.DataFrame(
        {
            "test_family": tests["test_family"].astype(str),
            "discovered": tests["q_value"] <= rules.false_discovery_rate,
            "classified": called,
        }
    )
    return found.groupby("test_family", as_index=False).any()


def _methods(counts: pd.DataFrame, rules: EstimationRules) -> pd.DataFrame:
    """Methods of the intervals of rate, disparity and difference, which estimates do not name."""
    cells = read_counts(counts, rules.family)
    effects = design_effects(cells, rules.pooled_below)
    effective = (cells["outcome_count"] / effects.rate).to_numpy()
    few = effective < EXACT_BELOW
    is_reference = (cells["race_group"] == cells["reference_group"]).to_numpy()
    of_reference = pd.Series(np.where(is_reference, effective, np.nan)).groupby(
        [cells[name] for name in CELL], dropna=False
    )
    either_few = few | (of_reference.transform("max").to_numpy() < EXACT_BELOW)
    subset = cells["subset"].to_numpy()

    def by_form(inside: npt.ArrayLike, outside: npt.ArrayLike) -> npt.NDArray[np.object_]:
        return np.where(subset, inside, outside).astype(object)

    return pd.DataFrame(
        {
            "rate": by_form(
                np.where(few, "clopper_pearson", "wilson"),
                np.where(few, "exact_poisson", "byar"),
            ),
            "disparity": by_form(
                "mover_wilson", np.where(either_few, "conditional_exact", "mover_byar")
            ),
            "difference": by_form(
                "newcombe", np.where(either_few, "mover_exact_poisson", "mover_byar")
            ),
        }
    )
