"""The one entry point: all tables that are made from the estimates of one service's figures."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from rbdc.analysis.adjusted import adjusted
from rbdc.analysis.benchmark_range import benchmark_range
from rbdc.analysis.findings import findings
from rbdc.analysis.hypotheses import hypothesis_results
from rbdc.analysis.outcome_test import outcome_tests
from rbdc.analysis.pathway import pathways
from rbdc.analysis.policy_change import policy_changes
from rbdc.analysis.schema import typed
from rbdc.analysis.small_areas import small_areas
from rbdc.framework import Framework
from rbdc.framework.published import Published
from rbdc.statistics import estimation_rules
from rbdc.statistics.published import published_comparison


@dataclass(frozen=True)
class Counts:
    """What the tables are made from.

    Attributes:
        index_counts: `indicators.index_counts`.
        estimates: made of them, by figure_id.
        context: `interactions.context_counts`.
        interactions: `interactions.interaction_counts`.
        benchmarks: `benchmarks.benchmark_counts`.
    """

    index_counts: pd.DataFrame
    estimates: pd.DataFrame
    context: pd.DataFrame
    interactions: pd.DataFrame
    benchmarks: pd.DataFrame


def analyse(
    counts: Counts,
    framework: Framework,
    published: Published,
    service: str,
    first_results: Mapping[str, str],
) -> dict[str, pd.DataFrame]:
    """The derived tables by name, each in the columns and types of `schema.COLUMNS`.

    Args:
        counts: figures and context.
        framework: what is asked.
        published: figures that publishers have printed.
        service: label of the service that they are of.
        first_results: digest of each hypothesis when it first had a result, by its id.
    """
    rules = estimation_rules(framework)
    figures = counts.index_counts.merge(
        counts.estimates, on="figure_id", how="left", validate="one_to_one"
    )
    tables = {
        "pathway": pathways(figures, framework),
        "policy_change": policy_changes(figures, framework, rules),
        "outcome_test": outcome_tests(figures, framework, rules),
        "adjusted": adjusted(figures, counts.context, framework, rules),
        "benchmark_range": benchmark_range(figures),
        "small_areas": small_areas(figures),
    }
    tables["hypothesis_results"] = hypothesis_results(
        figures, tables, framework, rules, first_results
    )
    tables["published_comparison"] = published_comparison(
        published, counts.interactions, counts.benchmarks, figures, service
    )
    tables["findings"] = findings(figures, tables, framework, rules)
    return {name: typed(frame, name) for name, frame in tables.items()}
