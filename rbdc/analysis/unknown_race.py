"""Which figures could turn to the other side of 1 by the race of people whose race is unknown."""

import numpy as np
import pandas as pd

from rbdc.statistics import EstimationRules
from rbdc.statistics.inputs import COUNTS, UNKNOWNS
from rbdc.statistics.missing_race import turns


def turning_figures(figures: pd.DataFrame, rules: EstimationRules) -> frozenset[str]:
    """Ids of the figures whose index turns inside the declared range, as it is classified by.

    The tipping point alone does not tell: where Unknown people had the outcome more seldom than
    others, an index just above 1 lies under it at every ratio and has no tipping point.

    Args:
        figures: `indicators.index_counts` with their estimates.
        rules: the declared range, and the group that stands for unknown race.
    """
    rows = figures[
        figures["comparable"].astype(bool)
        & (figures["race_group"] != rules.unknown_group)
        & figures["disproportionality_index"].notna()
    ]
    counts = pd.DataFrame(
        {name: rows[name].to_numpy(dtype=float, na_value=np.nan) for name in [*COUNTS, *UNKNOWNS]}
    ).assign(subset=(rows["form"] == "subset").to_numpy(bool))
    index = rows["disproportionality_index"].to_numpy(float)
    return frozenset(rows["figure_id"][turns(counts, index, rules.unknown_share_ratio)])
