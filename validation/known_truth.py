"""The true value behind every figure of a year, evaluated at the realised benchmark."""

import datetime as dt
from collections.abc import Iterator

import numpy as np
import pandas as pd

from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.truth import Truth
from rbdc.statistics.arrays import divide
from validation.grid import with_changes

# Indicators whose truth is known, with the dimensions in which it is. A record's age can lie in
# another age group than the configuration's.
_OF_ARRESTS = ("all", "division", "gender", "occurrence_category")
DIMENSIONS = {
    "strip_search_of_arrests": _OF_ARRESTS,
    "strip_search_of_bookings": _OF_ARRESTS,
    "arrest_of_residents": ("all", "division", "gender"),
    "use_of_force_of_residents": ("all", "gender"),
}
PERIODS = ("year", "quarter")

_FIGURE = ["indicator", "period_type", "period", "dimension", "dimension_value", "race_group"]


class KnownTruth:
    """The truth of one city, whatever the seed."""

    def __init__(self, config: Simulation, alone: bool) -> None:
        """Sum over a configuration.

        Args:
            config: of the city.
            alone: whether everybody meets police alone; only then do incidents of use of force have
                a truth that is known.
        """
        self._of_residents = {"arrest_of_residents": ("arrest", Truth(config))}
        if alone:
            # The provincial form has no way to say that race is not known.
            form = with_changes(config, {"perception.recorded_unknown": 0.0})
            self._of_residents["use_of_force_of_residents"] = ("use_of_force", Truth(form))

    def expected_outcomes(self, year: int, arrests: pd.DataFrame) -> pd.DataFrame:
        """Expected outcome count behind every figure of one year.

        Outcome inside the benchmark: the sum of the chances of the arrests (or bookings) that
        happened, each with its own. Benchmark from outside: the number expected of the city.

        Args:
            year: which.
            arrests: those of the year, as `simulated.Records` has them.

        Returns:
            The columns that name a figure, and `expected`. Groups without any are left out.
        """
        parts = [*_of_arrests(arrests)]
        for indicator, (interaction, truth) in self._of_residents.items():
            for period_type, period, first, last in _periods(year):
                for dimension in DIMENSIONS[indicator]:
                    by = [] if dimension == "all" else [dimension]
                    numbers = truth.expected(interaction, first, last, by).rename("expected")
                    figures = numbers.reset_index().rename(columns={dimension: "dimension_value"})
                    if not by:
                        figures["dimension_value"] = "all"
                    parts.append(
                        figures.assign(
                            indicator=indicator,
                            period_type=period_type,
                            period=period,
                            dimension=dimension,
                        )
                    )
        return pd.concat(parts, ignore_index=True)[[*_FIGURE, "expected"]]


def _of_arrests(arrests: pd.DataFrame) -> Iterator[pd.DataFrame]:
    booked = arrests[arrests["booked"]]
    for indicator, rows, chance in (
        ("strip_search_of_arrests", arrests, "chance_strip_searched"),
        ("strip_search_of_bookings", booked, "chance_if_booked"),
    ):
        for period_type in PERIODS:
            for dimension in DIMENSIONS[indicator]:
                value = "all" if dimension == "all" else rows[dimension]
                table = pd.DataFrame(
                    {
                        "period": rows[period_type],
                        "dimension_value": value,
                        "race_group": rows["race_group"],
                        "expected": rows[chance],
                    }
                )
                sums = table.groupby(list(table.columns[:3]), as_index=False).sum()
                yield sums.assign(indicator=indicator, period_type=period_type, dimension=dimension)


def _periods(year: int) -> Iterator[tuple[str, str, dt.date, dt.date]]:
    """Period type, period, first and last day of a year and of its quarters."""
    yield "year", str(year), dt.date(year, 1, 1), dt.date(year, 12, 31)
    for quarter, (last_month, last_day) in enumerate(((3, 31), (6, 30), (9, 30), (12, 31)), 1):
        first = dt.date(year, last_month - 2, 1)
        yield "quarter", f"{year}-Q{quarter}", first, dt.date(year, last_month, last_day)


def true_values(counts: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    """True index, rate, disparity index and rate difference of every figure.

    Args:
        counts: rows of `indicators.index_counts` of one year.
        expected: as from `KnownTruth.expected_outcomes`.

    Returns:
        Columns index, rate, disparity and difference in the order of `counts`. NaN where there is
        no truth: nobody in the benchmark, a reference rate of 0, or a cell that is not told.
    """
    told = counts[_FIGURE].merge(expected, how="left", on=_FIGURE, validate="one_to_one")
    cell = told.groupby(_FIGURE[:-1])["expected"]
    # Within a cell that is told, groups without a number expect none.
    outcome = told["expected"].fillna(0.0).where(cell.transform("count") > 0).to_numpy()
    total = cell.transform("sum").to_numpy()
    people, all_people = (
        counts[name].to_numpy(float) for name in ("benchmark_count", "benchmark_total")
    )
    rate = divide(outcome, people)
    is_reference = (counts["race_group"] == counts["reference_group"]).to_numpy()
    reference = pd.Series(np.where(is_reference, rate, np.nan)).groupby(
        [told[name] for name in _FIGURE[:-1]]
    )
    reference_rate = reference.transform("max").to_numpy()
    return pd.DataFrame(
        {
            "index": divide(divide(outcome, total), divide(people, all_people)),
            "rate": rate,
            "disparity": divide(rate, reference_rate),
            "difference": rate - reference_rate,
        }
    )
