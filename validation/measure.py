"""Some seeds of one city: simulated, counted by the models, estimated, held against the truth."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.generate import population_table
from rbdc.statistics import EstimationRules, estimate
from validation.coverage import any_finding, tally
from validation.grid import Point
from validation.known_truth import KnownTruth, true_values
from validation.simulated import Records, simulate_years
from validation.warehouse import Models, Tables, index_counts

_FIRST_YEAR = 2001


@dataclass(frozen=True)
class Bench:
    """What all seeds share.

    Attributes:
        models: compiled SQL.
        framework: tables of the indicators compared.
        labels: the demo's labels.
        rules: the demo's rules of estimation.
        grid: the cities.
    """

    models: Models
    framework: Tables
    labels: pd.DataFrame
    rules: EstimationRules
    grid: tuple[Point, ...]


@dataclass(frozen=True)
class Measured:
    """What came out, by point of the grid and seed.

    Attributes:
        tallies: point, seed, and the columns of `coverage.tally`.
        findings: point, seed, and the columns of `coverage.any_finding`; only of cities without
            disparity.
        sizes: point, seed; arrests, strip_searches and the design effect of arrests in the year.
    """

    tallies: pd.DataFrame
    findings: pd.DataFrame
    sizes: pd.DataFrame


def count_years(bench: Bench, configs: Sequence[Simulation]) -> tuple[Records, pd.DataFrame]:
    """Simulate years of one city, and have the models count them: `indicators.index_counts`."""
    records = simulate_years(configs)
    raw = {
        **records.raw,
        "population__residents": population_table(configs[0].residents),
        "config__labels": bench.labels,
    }
    return records, index_counts(bench.models, raw, bench.framework)


def measure(bench: Bench, number: int, seeds: Sequence[int]) -> Measured:
    """Measure seeds of one point, together in one warehouse, where each has a year of its own.

    A warehouse costs the same for one year as for several, and no figure spans years. Estimates are
    made year by year, as pooled design effects and families of tests must not.

    Args:
        bench: what all seeds share.
        number: position of the point in the grid.
        seeds: up to a few dozen.
    """
    point = bench.grid[number]
    years = range(_FIRST_YEAR, _FIRST_YEAR + len(seeds))
    records, counts = count_years(
        bench, [point.of_year(year, seed) for year, seed in zip(years, seeds, strict=True)]
    )
    truth = KnownTruth(point.config, point.alone)
    year_of_figure = counts["period"].str[:4].astype(int)
    tallies, findings, sizes = [], [], []
    for year, seed in zip(years, seeds, strict=True):
        own = counts[year_of_figure == year].reset_index(drop=True)
        arrests = records.arrests[records.arrests["year"] == str(year)]
        estimates = estimate(own, bench.rules)
        true = true_values(own, truth.expected_outcomes(year, arrests))
        which = {"point": number, "seed": seed}
        tallies.append(tally(own, estimates, true, bench.rules).assign(**which))
        sizes.append({**which, **_sizes(own)})
        if point.null:
            findings.append(any_finding(estimates, bench.rules).assign(**which))
    return Measured(
        pd.concat(tallies, ignore_index=True),
        pd.concat(findings, ignore_index=True) if findings else pd.DataFrame(),
        pd.DataFrame(sizes),
    )


def _sizes(counts: pd.DataFrame) -> dict[str, float]:
    whole = counts[(counts["dimension"] == "all") & (counts["period_type"] == "year")]
    totals = whole.astype({"m_x_x": float}).groupby("indicator")[["outcome_total", "m_x_x"]].max()
    arrests = totals["outcome_total"]["arrest_of_residents"]
    return {
        "arrests": float(arrests),
        "strip_searches": float(totals["outcome_total"]["strip_search_of_arrests"]),
        # Mean, over arrests, of how often the same person was arrested in the year.
        "design_effect": float(totals["m_x_x"]["arrest_of_residents"] / arrests),
    }
