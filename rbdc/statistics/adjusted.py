"""Ratios of groups to the reference group, adjusted for context by regression."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import FloatArray, z_score
from rbdc.statistics.inversion import two_sided
from rbdc.statistics.regression import (
    Design,
    NoEstimateError,
    SeparatedError,
    build_design,
    fit_firth,
    fit_likelihood,
)

CONVERGED = "converged"
_NO_VARIANCE = 1e-18  # rounding error of a variance that is 0


@dataclass
class _Row:
    """Result of one group; an empty status means that nothing has been said yet."""

    ratio: float = np.nan
    low: float = np.nan
    high: float = np.nan
    p_value: float = np.nan
    method: str | None = None
    status: str = ""


def adjusted_ratios(
    frame: pd.DataFrame,
    race: str,
    reference: str,
    context: Sequence[str],
    outcome: str,
    population: str,
    confidence: float = 0.95,
    deff: float | Mapping[str, float] = 1.0,
    subset: bool = True,
) -> pd.DataFrame:
    """Ratio of each group's rate to the reference's, the context being equal.

    Model: log of the rate outcome/population = intercept + group + the main effect of every level
    of every context column, a Poisson regression with offset log(population). Inside the benchmark
    this is Zou's (2004) modified Poisson regression of one record each: HC0 is taken over records,
    of which a cell holds `outcome` with and `population − outcome` without the outcome. (Over
    cells it would be 0 whenever the cells are few and fit exactly.) Outside, HC0 is taken over
    events. The variance of a group's log ratio is then multiplied by its design effect.

    Context levels without any outcome say nothing about ratios and are left out. A group without
    outcomes has no finite estimate; it, or every group where the whole model has none, is fitted
    with Firth's (1993) penalty by `firthmodels`, with profile likelihood limits and the penalised
    likelihood ratio test, their deviance divided by the design effect. `firthmodels` has no Poisson
    model, so counts are given to its logistic one as a great many trials that seldom succeed.

    Args:
        frame: One row or more a group and context, with the columns named below; nulls in context
            are a level of their own.
        race: Column of the race group.
        reference: The group that all are compared with.
        context: Columns of the context; none gives crude ratios.
        outcome: Column of outcomes.
        population: Column of benchmark events (at least the outcomes) or residents. Rows of 0 are
            left out; where outcomes go with them, the status says how many.
        confidence: Two-sided level.
        deff: Design effect of every group's ratio, or of each group (1 where not named).
        subset: The outcome is part of the population.

    Returns:
        One row a group, sorted by name: group, ratio, low, high, p_value (of ratio 1, inverts the
        interval), method (`poisson_hc0`, `firth_poisson_profile` or null) and status: `converged`,
        `reference`, or the reason why there is no estimate.

    Raises:
        ValueError: A column is missing or holds a null or negative count, a group is null, or
            outcomes exceed the population they are a part of.
    """
    counts = _grouped(frame, race, list(context), outcome, population, subset)
    outcomes = _totals(counts, "outcome")
    rows = _refusals(counts, outcomes, reference)
    comparable = [name for name, row in rows.items() if not row.status]
    regular = {name for name, count in outcomes.items() if count > 0}
    if not regular.issuperset(comparable):
        # A group without outcomes can link others to the reference: ask with all of them first.
        for name, reason in build_design(counts, reference, comparable)[1].items():
            rows[name].status = reason
    widen = {
        name: float(np.sqrt(deff.get(name, 1.0) if isinstance(deff, Mapping) else deff))
        for name in rows
    }
    width = float(z_score(confidence))
    _fill(rows, counts, reference, regular, _by_likelihood, width, widen, subset)
    _fill(rows, counts, reference, set(rows), _by_firth, width, widen, subset)
    for name, count in _totals(counts[counts["population"] == 0], "outcome").items():
        if count > 0 and rows[name].status == CONVERGED:
            rows[name].status += f", without {count:g} outcomes that have no population"
    columns = ["group", *(field.name for field in fields(_Row))]
    listed = [{"group": name} | asdict(row) for name, row in rows.items()]
    found = pd.DataFrame(listed, columns=columns)
    return found.astype({"group": "string", "method": "string", "status": "string"})


def _grouped(
    frame: pd.DataFrame,
    race: str,
    context: list[str],
    outcome: str,
    population: str,
    subset: bool,
) -> pd.DataFrame:
    """One row a group and context: group, c0, c1, ..., outcome, population."""
    missing = [name for name in (race, *context, outcome, population) if name not in frame]
    if missing:
        raise ValueError(f"the frame lacks the column(s) {', '.join(missing)}")
    keys = {"group": frame[race]} | {f"c{place}": frame[name] for place, name in enumerate(context)}
    cells = pd.DataFrame(keys).astype("string")
    for name, column in (("outcome", outcome), ("population", population)):
        cells[name] = frame[column].to_numpy(dtype=float, na_value=np.nan)
        if not (cells[name] >= 0).all():
            raise ValueError(f"{column} must be 0 or more in every row")
    if cells["group"].isna().any():
        raise ValueError(f"{race} must not be null")
    grouped = cells.groupby(list(keys), dropna=False, as_index=False).sum()
    if subset and (grouped["outcome"] > grouped["population"]).any():
        raise ValueError(f"{outcome} exceeds {population}, of which it is a part")
    for name in list(keys)[1:]:  # numbers are grouped faster than text
        grouped[name] = pd.factorize(grouped[name], use_na_sentinel=False)[0]
    return grouped


def _totals(counts: pd.DataFrame, column: str) -> dict[str, float]:
    sums = counts.groupby("group")[column].sum()
    return {str(name): float(total) for name, total in sums.items()}


def _refusals(counts: pd.DataFrame, outcomes: dict[str, float], reference: str) -> dict[str, _Row]:
    """A row a group, with the reason of those that cannot be compared whatever the model."""
    populations = _totals(counts, "population")
    rows = {name: _Row() for name in sorted(outcomes)}
    for name, row in rows.items():
        if reference not in rows:
            row.status = "the reference group is not in the data"
        elif populations[reference] == 0:
            row.status = "the reference group has no population"
        elif outcomes[reference] == 0:
            row.status = "the reference group has no outcomes"
        elif populations[name] == 0:
            row.status = "the group has no population"
        elif name == reference:
            row.ratio, row.status = 1.0, "reference"
    return rows


def _fill(
    rows: dict[str, _Row],
    counts: pd.DataFrame,
    reference: str,
    fitted: set[str],
    method: Callable[..., tuple[str, FloatArray]],
    width: float,
    widen: dict[str, float],
    subset: bool,
) -> None:
    """Write the results of the groups that have none yet, unless a coefficient is infinite.

    Args:
        rows: Results to write into.
        counts: Cells.
        reference: Reference group.
        fitted: Groups that take part in the model, with a result or without.
        method: Model.
        width: Half-width of the interval in standard errors.
        widen: Square root of each group's design effect.
        subset: The outcome is part of the population.
    """
    taking_part = [name for name in rows if name in fitted and rows[name].status in ("", CONVERGED)]
    if all(rows[name].status for name in taking_part):
        return
    design, reasons = build_design(counts, reference, taking_part)
    for name, reason in reasons.items():
        rows[name].status = rows[name].status or reason
    wanted = [name for name in design.groups if not rows[name].status]
    if not wanted:
        return
    try:
        name_of_method, figures = method(
            design, wanted, width, np.array([widen[name] for name in wanted]), subset
        )
    except SeparatedError:
        return
    except NoEstimateError as failure:
        for name in wanted:
            rows[name].status = str(failure)
        return
    for name, (log, low, high, z) in zip(wanted, figures, strict=True):
        row = rows[name]
        if np.isnan(low + high + z):
            row.status = "the estimate has no interval"
        else:
            row.ratio, row.low, row.high = (float(np.exp(limit)) for limit in (log, low, high))
            row.p_value, row.method, row.status = float(two_sided(z)), name_of_method, CONVERGED


def _by_likelihood(
    design: Design, wanted: list[str], width: float, widen: FloatArray, subset: bool
) -> tuple[str, FloatArray]:
    """Log ratio, its limits and z of the wanted groups, shape (groups, 4)."""
    places = [design.groups.index(name) for name in wanted]
    log, variance = (part[places] for part in fit_likelihood(design, subset))
    error = np.sqrt(np.where(variance > _NO_VARIANCE, variance, np.nan)) * widen
    figures = [log, log - width * error, log + width * error, log / error]
    return "poisson_hc0", np.column_stack(figures)


def _by_firth(
    design: Design, wanted: list[str], width: float, widen: FloatArray, subset: bool
) -> tuple[str, FloatArray]:
    """The same with Firth's penalty; a count is a Poisson count, whether a part or not."""
    log, low, high, z = fit_firth(design, wanted, 1 - two_sided(width * widen))
    return "firth_poisson_profile", np.column_stack([log, low, high, z / widen])
