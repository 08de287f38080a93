"""Where along the decision points a disparity arises: the chain of step indices."""

from itertools import pairwise

import numpy as np
import pandas as pd

from rbdc.analysis.keys import figure_ids, together
from rbdc.analysis.schema import COLUMNS
from rbdc.framework import Framework
from rbdc.framework.model import Indicator
from rbdc.framework.questions import Pathway
from rbdc.statistics.arrays import divide
from rbdc.statistics.chain import log_steps

_KEY = ["service", "pathway", "step", "period_type", "period", "race_group"]
_CELL = ["service", "period_type", "period", "race_group"]


def pathways(figures: pd.DataFrame, framework: Framework) -> pd.DataFrame:
    """One row a pathway, step, period and race group.

    The steps come from the separately computed figures of dimension `all`, and so does the whole
    way; `log_residual` is what their logs differ by, 0 but for rounding. Where a stage has no
    outcome, or one side cannot hold the group, there is no chain and `reason` says why. The shares
    of unknown race at both ends of every step stand beside it.

    Args:
        figures: `indicators.index_counts` with their estimates.
        framework: names the pathways.
    """
    parts = [_pathway(figures, framework, one) for one in framework.pathways]
    rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=_COLUMNS)
    rows["figure_id"] = figure_ids(rows, "pathway", _KEY)
    return rows


_COLUMNS = [name for name in COLUMNS["pathway"] if name != "figure_id"]


def _pathway(figures: pd.DataFrame, framework: Framework, pathway: Pathway) -> pd.DataFrame:
    points = pathway.points
    undivided = figures[figures["dimension"] == "all"]
    indicators = [_step(framework, outcome, benchmark) for benchmark, outcome in pairwise(points)]
    whole = _step(framework, points[-1], points[0])
    sides = {one.indicator: _rows(undivided, one) for one in (*indicators, whole)}
    cells = sides[whole.indicator].index
    for one in indicators:
        cells = cells.intersection(sides[one.indicator].index)
    cells = cells.sort_values()
    overall = sides[whole.indicator].loc[cells]
    steps = np.array(
        [
            sides[one.indicator].loc[cells, "disproportionality_index"].to_numpy(float)
            for one in indicators
        ]
    )
    names = tuple(f"the step from {a} to {b}" for a, b in pairwise(points))
    chain = log_steps(steps, overall["disproportionality_index"].to_numpy(float), names)
    complete = chain.status == "complete"
    whole_log = np.where(complete, chain.total + chain.residual, np.nan)
    sources = [
        together(*ids)
        for ids in zip(
            *(sides[one.indicator].loc[cells, "figure_id"] for one in (*indicators, whole)),
            strict=True,
        )
    ]
    parts = []
    for number, one in enumerate(indicators):
        part = sides[one.indicator].loc[cells].reset_index()
        part = part.rename(columns={"disproportionality_index": "step_index"})
        parts.append(
            part.assign(
                pathway=pathway.pathway,
                title=pathway.title,
                step=number + 1,
                steps=len(indicators),
                from_point=points[number],
                to_point=points[number + 1],
                log_step_index=chain.log_steps[number],
                share_of_whole=divide(chain.log_steps[number], whole_log),
                overall_indicator=whole.indicator,
                overall_index=overall["disproportionality_index"].to_numpy(float),
                log_overall_index=whole_log,
                log_residual=chain.residual,
                chain=np.where(complete, "complete", "no_chain"),
                reason=pd.Series(chain.status, dtype="string").mask(complete).to_numpy(),
                source_figures=sources,
            )[_COLUMNS]
        )
    return pd.concat(parts, ignore_index=True)


def _step(framework: Framework, outcome: str, benchmark: str) -> Indicator:
    found = framework.step_indicator(outcome, benchmark)
    if found is None:  # refused when the framework is read
        raise ValueError(f"no indicator of {outcome} against {benchmark}")
    return found


def _rows(undivided: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    rows = undivided[undivided["indicator"] == indicator.indicator]
    return rows.set_index(_CELL)
