"""How HiGHS is set up and loaded here."""

import highspy
import numpy as np
from scipy import sparse

from rbdc.statistics.arrays import FloatArray

PRIMAL_SIMPLEX = 4


class _Quiet(highspy.Highs):
    """HiGHS greets on standard output when its callbacks are enabled, unless told before."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def enableCallbacks(self) -> None:  # noqa: N802 (named by HiGHS)
        self.setOptionValue("output_flag", False)
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def quiet_solver() -> highspy.Highs:
    """HiGHS that prints nothing and gives the same answer every time."""
    solver = _Quiet()
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("random_seed", 0)
    return solver


def attacker_solver(relations: sparse.csr_matrix) -> highspy.Highs:
    """Relations · d = 0 with no aim and no room yet.

    An aim changes from solve to solve, which leaves the basis primal feasible: the primal simplex
    goes on from there.
    """
    solver = quiet_solver()
    solver.setOptionValue("simplex_strategy", PRIMAL_SIMPLEX)
    # Perturbed limits would have to be mended after every solve, at four times the time.
    solver.setOptionValue("primal_simplex_bound_perturbation_multiplier", 0.0)
    rows = np.zeros(relations.shape[0])
    columns = np.zeros(relations.shape[1])
    solver.passModel(model_of(relations, columns, columns, columns, rows, rows))
    return solver


def model_of(
    relations: sparse.csr_matrix,
    cost: FloatArray,
    lower: FloatArray,
    upper: FloatArray,
    row_lower: FloatArray,
    row_upper: FloatArray,
) -> highspy.HighsLp:
    """A linear programme: min cost · x, row_lower ≤ relations · x ≤ row_upper."""
    by_column = relations.tocsc()
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = relations.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, lower, upper
    model.row_lower_, model.row_upper_ = row_lower, row_upper
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = by_column.indptr
    model.a_matrix_.index_ = by_column.indices
    model.a_matrix_.value_ = by_column.data
    return model


def is_optimal(solver: highspy.Highs) -> bool:
    """Whether the last solve ended with an optimum."""
    return bool(solver.getModelStatus() == highspy.HighsModelStatus.kOptimal)
