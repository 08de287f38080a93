"""Poisson regression of grouped counts on group and context: design, likelihood, penalty."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rbdc.statistics.arrays import FloatArray

# A Poisson count is the limit of many trials that seldom succeed. With this many trials a unit of
# population the coefficients agree with those of the limit to about a millionth of the rate.
_TRIALS = 1e6
# A fitted rate so much lower than the overall one is a rate that the likelihood wants to be 0.
_SEPARATED = 1e-6
_SAME = 1e-8  # entries of a projection that differ by less are equal
_SMALLEST_LEVEL = 1e-14  # 1 − level keeps no digits under it


class NoEstimateError(Exception):
    """A model gave no estimate; the message says why."""


class SeparatedError(NoEstimateError):
    """Some coefficient is infinite."""


@dataclass(frozen=True)
class Design:
    """Cells of one model.

    Attributes:
        groups: Groups other than the reference, in the order of columns 1 to len(groups).
        columns: Intercept, indicators of groups, then of context levels without redundant ones;
            shape (cells, columns), of full rank.
        outcome: Outcomes of each cell.
        population: Population of each cell, above 0.
    """

    groups: list[str]
    columns: FloatArray
    outcome: FloatArray
    population: FloatArray


def build_design(
    counts: pd.DataFrame, reference: str, groups: list[str]
) -> tuple[Design, dict[str, str]]:
    """Make the design of the groups that can be compared with the reference.

    Context levels without outcomes are left out: whatever their groups are, 0 = 0.

    Args:
        counts: One row a cell: group, outcome, population, and all else columns of context.
        reference: Group without a column of its own.
        groups: Groups to compare with it.

    Returns:
        The design, and the reason for every group that is not in it.
    """
    reasons: dict[str, str] = {}
    context = [name for name in counts.columns if name not in ("group", "outcome", "population")]
    cells = counts[counts["population"] > 0]
    groups = list(groups)
    while True:
        cells = cells[cells["group"].isin([reference, *groups])]
        for column in context:
            level_outcomes = cells.groupby(column, dropna=False)["outcome"].transform("sum")
            cells = cells[level_outcomes > 0]
        gone = [name for name in groups if not (cells["group"] == name).any()]
        reasons |= dict.fromkeys(gone, "the group occurs only where nobody has the outcome")
        groups = [name for name in groups if name not in gone]
        own = [(cells["group"] == name).to_numpy(float) for name in groups]
        levels = [
            (pd.factorize(cells[column], use_na_sentinel=False)[0][:, None] == place)
            for column in context
            for place in range(1, cells[column].nunique(dropna=False))
        ]
        columns = np.column_stack([np.ones(len(cells)), *own, *levels]).astype(float)
        # A coefficient is identified where the design's rows can be combined to it alone.
        products = columns.T @ columns
        projection = np.linalg.pinv(products, hermitian=True) @ products
        apart = np.abs(projection - np.eye(len(projection))).max(axis=1)[1 : len(groups) + 1]
        lonely = [name for name, gap in zip(groups, apart, strict=True) if gap > _SAME]
        if not lonely:
            break
        reasons |= dict.fromkeys(lonely, "the group and the reference share no context")
        groups = [name for name in groups if name not in lonely]
    return (
        Design(
            groups,
            _full_rank(columns),
            cells["outcome"].to_numpy(float),
            cells["population"].to_numpy(float),
        ),
        reasons,
    )


def _full_rank(columns: FloatArray) -> FloatArray:
    """Drop the columns that those before them make up already."""
    basis = np.empty((len(columns), 0))
    kept: list[int] = []
    for place, column in enumerate(columns.T):
        rest = column
        for _ in range(2):  # the second time takes off what rounding left
            rest = rest - basis @ (basis.T @ rest)
        if np.linalg.norm(rest) > _SAME * np.linalg.norm(column):
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
            kept.append(place)
    return columns[:, kept]


def fit_likelihood(design: Design, subset: bool) -> tuple[FloatArray, FloatArray]:
    """Fit by maximum likelihood.

    Args:
        design: Cells.
        subset: Take HC0 over records of which a cell has `population`, else over events.

    Returns:
        Coefficients of the groups and their HC0 variances.

    Raises:
        NoEstimateError: There is no estimate; the message says why.
    """
    import statsmodels.api as sm  # slow to import

    rows, happened, weight, start = _trials(design, 1.0 if subset else _TRIALS)
    family = sm.families.Poisson()
    offset = np.full(len(rows), start)
    model = sm.GLM(happened, rows, family=family, freq_weights=weight, offset=offset)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they warn of is asked below
        begin = np.zeros(rows.shape[1])
        # Newton's method takes a fifth of the time, but can step too far and fail there.
        try:
            fit = model.fit(start_params=begin, cov_type="HC0", method="newton", disp=False)
            converged = fit.mle_retvals["converged"] and np.isfinite(fit.params).all()
        except np.linalg.LinAlgError:
            converged = False
        if not converged:
            fit = model.fit(start_params=begin, cov_type="HC0")
            converged = fit.converged
        relative = np.exp(design.columns @ fit.params)
    if not np.isfinite(fit.params).all() or relative.min() < _SEPARATED:
        raise SeparatedError("a coefficient is infinite")
    if not converged:
        raise NoEstimateError("the model did not converge")
    places = slice(1, len(design.groups) + 1)
    return fit.params[places], np.square(fit.bse[places])


def fit_firth(
    design: Design, wanted: list[str], levels: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Fit with Firth's (1993) penalty.

    `firthmodels` has the logistic model only; a count is given to it as trials that seldom succeed,
    whose limit is the Poisson model with its penalty. Where every cell has a rate of its own it is
    (outcome + ½) / population.

    Args:
        design: Cells.
        wanted: Groups whose coefficients are needed.
        levels: Confidence level of each wanted group's profile likelihood limits.

    Returns:
        Coefficient, lower limit, upper limit, and z whose square is the likelihood ratio statistic
        of coefficient 0, of each wanted group; NaN limits or z where the profile was not found.

    Raises:
        NoEstimateError: There is no estimate; the message says why.
    """
    from firthmodels import FirthLogisticRegression  # slow to import
    from scipy import special

    rows, happened, weight, start = _trials(design, _TRIALS)
    model = FirthLogisticRegression(backend="numpy", max_iter=200, gtol=1e-6, xtol=1e-8)
    places = [design.groups.index(name) for name in wanted]
    limits = np.full((len(wanted), 2), np.nan)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # what they warn of is asked below
        model.fit(rows[:, 1:], happened, sample_weight=weight, offset=np.full(len(rows), start))
        if not model.converged_:
            raise NoEstimateError("the penalised model did not converge")
        model.lrt(places)
        for row, (place, level) in enumerate(zip(places, levels, strict=True)):
            if 1 - level > _SMALLEST_LEVEL:
                limits[row] = model.conf_int(
                    1 - level, method="pl", features=[place], max_iter=200, tol=1e-6
                )[place]
    z = -special.ndtri(model.lrt_pvalues_[places] / 2)
    return model.coef_[places], limits[:, 0], limits[:, 1], z


def _trials(design: Design, trials: float) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Rows of `trials` a unit of population, weighted: those with the outcome, then those without.

    Returns:
        Design, outcome (1 or 0), weight, and the logarithm of the overall rate a trial, from which
        the coefficients start.
    """
    size = trials * design.population
    weight = np.concatenate([design.outcome, size - design.outcome])
    happened = np.repeat([1.0, 0.0], len(design.outcome))
    used = weight > 0
    start = float(np.log(design.outcome.sum() / size.sum()))
    return np.tile(design.columns, (2, 1))[used], happened[used], weight[used], start
