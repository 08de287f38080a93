"""The statistics alone, in a process of its own: invented counts in, estimates and answers out."""

import hashlib
import json
import sys
import time
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from orchestration.settings import PROJECT
from rbdc.framework import Framework, framework_tables, load_framework
from rbdc.framework.published import Published

Result = dict[str, Any]
_GROUPS = {"Black": 0.15, "East/Southeast Asian": 0.1, "Indigenous": 0.04, "Latino": 0.05,
           "Middle Eastern": 0.06, "South Asian": 0.12, "White": 0.42, "Unknown": 0.06}  # fmt: skip
_PERIODS = {
    "year": ["2022", "2023"],
    "quarter": [f"{year}-Q{quarter}" for year in (2022, 2023) for quarter in range(1, 5)],
    "month": [f"{year}-{month:02}" for year in (2022, 2023) for month in range(1, 13)],
    "all": ["all"],
}
_VALUES = {
    "all": ["all"],
    "division": [f"D{number}" for number in range(1, 8)],
    "gender": ["Female", "Male", "X"],
    "age_group": [f"age {number}" for number in range(1, 9)],
    "occurrence_category": [f"category {number}" for number in range(1, 14)],
    "call_type": [f"call {number}" for number in range(1, 16)],
}
_BY_HAND = 500  # rows that the library's own interval is asked for, one by one


def invented(rows: int) -> tuple[Framework, pd.DataFrame, pd.DataFrame]:
    """The demo's framework, and counts of as many services as make up the rows.

    Returns:
        Framework, `indicators.index_counts` and `interactions.context_counts`.
    """
    rng = np.random.default_rng(7)
    framework = load_framework(PROJECT / "services" / "demo")
    one = _figures(framework)
    services = -(-rows // len(one))
    figures = pd.concat([one.assign(service=f"S{n}") for n in range(services)], ignore_index=True)
    share = figures["race_group"].map(_GROUPS).to_numpy()
    n = rng.poisson(40 + 3000 * share * rng.gamma(1, size=len(figures))).astype(float)
    x = rng.binomial(n.astype(int), 0.25).astype(float)
    figures = figures.assign(outcome_count=x, benchmark_count=n)
    cell = figures.groupby(["service", *_CELL], sort=False)
    whole_x, whole_n = (
        cell["outcome_count"].transform("sum"),
        cell["benchmark_count"].transform("sum"),
    )
    unknown = figures["race_group"] == "Unknown"
    unknown_x = figures["outcome_count"].where(unknown, 0.0)
    unknown_n = figures["benchmark_count"].where(unknown, 0.0)
    keys = figures["service"] + "|" + figures[_CELL].agg("|".join, axis=1) + figures["race_group"]
    moments = {"m_xg_xg": x, "m_xg_x": x, "m_x_x": whole_x, "m_ng_ng": n, "m_xg_ng": x,
               "m_xg_n": x, "m_ng_x": x, "m_ng_n": n, "m_n_n": whole_n,
               "m_x_n": whole_x}  # fmt: skip
    index_counts = figures.assign(
        figure_id=[hashlib.sha256(key.encode()).hexdigest()[:16] for key in keys],
        outcome_total=whole_x,
        benchmark_total=whole_n,
        outcome_unknown=unknown_x.groupby([figures[c] for c in ["service", *_CELL]]).transform(
            "sum"
        ),
        benchmark_unknown=unknown_n.groupby([figures[c] for c in ["service", *_CELL]]).transform(
            "sum"
        ),
        comparable=True,
        persons=None,
        data_as_of=pd.Timestamp("2023-12-31"),
        reference_group=framework.reference_group,
        **{name: 1.3 * value for name, value in moments.items()},
    )
    return framework, index_counts, _context(framework, services, rng)


_CELL = ["indicator", "period_type", "period", "dimension", "dimension_value"]


def _figures(framework: Framework) -> pd.DataFrame:
    """Every cell and race group that the framework asks one service for."""
    tables = framework_tables(framework, "one", "perf")
    cells = tables["config__indicator_cells"].astype(object)
    policies = {policy.policy for policy in framework.policy_changes}
    rows = []
    for indicator, period_type, dimension in cells.itertuples(index=False):
        parts = ["before|after"] if dimension in policies else dimension.split("*")
        values = (
            ["before", "after"]
            if dimension in policies
            else ["|".join(pair) for pair in product(*(_VALUES[part] for part in parts))]
        )
        rows += [
            (indicator, period_type, period, dimension, value, group)
            for period, value, group in product(_PERIODS[period_type], values, _GROUPS)
        ]
    frame = pd.DataFrame(rows, columns=[*_CELL, "race_group"])
    about = tables["config__indicators"].astype(object).drop(columns="benchmark_unit")
    frame = frame.merge(about, on="indicator")
    return frame.assign(form="subset", benchmark_unit=frame["unit"])


def _context(framework: Framework, services: int, rng: np.random.Generator) -> pd.DataFrame:
    """Encounters by race group, quarter and all context that any indicator adjusts for."""
    rows = list(product(
        (f"S{n}" for n in range(services)), _GROUPS, _PERIODS["quarter"], _VALUES["division"],
        _VALUES["occurrence_category"], _VALUES["call_type"][:6],
    ))  # fmt: skip
    names = ["service", "race_group", "quarter", "division", "occurrence_category", "call_type"]
    frame = pd.DataFrame(rows, columns=names)
    actions = rng.poisson(3, len(frame))
    arrests = rng.binomial(actions, 0.6)
    return frame.assign(
        year=frame["quarter"].str[:4],
        enforcement_action=actions,
        arrest=arrests,
        strip_search=rng.binomial(arrests, 0.2),
    )


def main() -> None:
    """Estimate and answer; print rows and seconds as JSON."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    from rbdc.analysis.tables import Counts, analyse
    from rbdc.statistics import estimate, estimation_rules

    framework, index_counts, context = invented(int(sys.argv[1]))
    marks = [time.perf_counter()]
    estimates = estimate(index_counts, estimation_rules(framework))
    marks.append(time.perf_counter())
    nothing = pd.DataFrame()
    counts = Counts(index_counts, estimates, context, nothing, nothing)
    tables = analyse(counts, framework, Published(), "S0", {})
    marks.append(time.perf_counter())
    pairs = index_counts[["outcome_count", "benchmark_count"]].head(_BY_HAND).to_numpy()
    for x, n in pairs:
        confint_proportions_2indep(x, n, 0.25 * n, n, compare="ratio", method="score")
    marks.append(time.perf_counter())
    estimated, answered, by_hand = np.diff(marks)
    print(
        json.dumps(
            {
                "rows": len(index_counts),
                "answers": sum(len(frame) for frame in tables.values()),
                "estimate_seconds": estimated,
                "answer_seconds": answered,
                "library_seconds": by_hand / _BY_HAND * len(index_counts),
            }
        )
    )


if __name__ == "__main__":
    main()
