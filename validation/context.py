"""Intervals adjusted for context in many cities, counted straight from what the simulator drew."""

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.encounters import Police
from rbdc.sources.simulator.labels import PERCEIVED_RACES
from rbdc.statistics.arrays import z_score
from rbdc.statistics.stratified import mantel_haenszel_ratio
from validation.grid import with_changes
from validation.simulated import DrawnCity

CONTEXT = ["call_type", "division"]
_CONFIDENCE = 0.95


def adjusted_for_context(
    config: Simulation, seeds: Iterable[int], group: str, reference: str, until: dt.date
) -> pd.DataFrame:
    """Ratio of arrests a recorded enforcement action, in equal call type and division.

    Args:
        config: the city.
        seeds: cities drawn.
        group: race group compared.
        reference: with this one.
        until: first day that is no longer counted.

    Returns:
        One row a seed: seed, ratio, low, high (95%), log of the ratio over its standard error.
    """
    numbers = [PERCEIVED_RACES.index(name) for name in (group, reference)]
    rows = []
    for seed in seeds:
        police = Police(DrawnCity(with_changes(config, {"seed": seed})))
        actions = police.draw(config.period.first_day, config.period.last_day).actions
        before = actions["happened_at"] < np.datetime64(until)
        frame = pd.DataFrame(
            {name: actions[name][before] for name in ("recorded", "arrested", *CONTEXT)}
        )
        cells = frame.groupby([*CONTEXT, "recorded"])["arrested"].agg(["sum", "count"])
        strata = cells.unstack("recorded", fill_value=0)
        counts = [strata[what, number] for number in numbers for what in ("sum", "count")]
        found = mantel_haenszel_ratio(*counts, np.zeros(len(strata), int), 1, _CONFIDENCE)
        rows.append((seed, found.estimate[0], found.low[0], found.high[0]))
    frame = pd.DataFrame(rows, columns=["seed", "ratio", "low", "high"])
    error = np.log(frame["high"] / frame["low"]) / (2 * z_score(_CONFIDENCE))
    return frame.assign(z=np.log(frame["ratio"]) / error)
