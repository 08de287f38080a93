"""What a service's framework and labels declare, by which its disclosure policy is checked."""

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rbdc.errors import ConfigError
from rbdc.framework.model import Framework, Indicator
from rbdc.framework.vocabulary import STRATIFIERS

DIMENSIONS = ("race_group", *STRATIFIERS, "service")
"""Every dimension that counts can be published by; `service` only where one file holds many."""

Measure = tuple[str, str]
"""An interaction and its unit of counting."""


@dataclass(frozen=True)
class KnownNames:
    """Names that a policy may use.

    Attributes:
        measures: interactions that the service counts, each with its unit.
        part_of: for each measure those that hold it, nearest or not: item_found lies in
            strip_search, booking and arrest.
        dimensions: dimensions that the service has.
        codes: standard codes of a dimension, where they are declared (a division is not).
        delivered: dimensions with labels of the source's own beside the standard ones.
        indicators: the framework's indicators by name.
    """

    measures: frozenset[Measure]
    part_of: Mapping[Measure, frozenset[Measure]]
    dimensions: frozenset[str]
    codes: Mapping[str, frozenset[str]]
    delivered: frozenset[str]
    indicators: Mapping[str, Indicator]


def known_names(service_dir: Path, framework: Framework) -> KnownNames:
    """The names that the framework and `labels.csv` of a service declare.

    Raises:
        ConfigError: `labels.csv` is absent.
    """
    codes = _standard_labels(service_dir / "labels.csv")
    delivered = frozenset(codes) & frozenset(DIMENSIONS)
    asked = {
        dimension
        for one in framework.indicators
        for crossing in (*one.dimensions, *one.adjust_for)
        for dimension in crossing.split("*")
    }
    codes["race_group"] |= {group.group for group in framework.race_groups}
    return KnownNames(
        measures=_measures(framework),
        part_of=_part_of(framework),
        dimensions=frozenset(DIMENSIONS) & (asked | delivered | {"race_group"}),
        codes={name: frozenset(values) for name, values in codes.items()},
        delivered=delivered,
        indicators={one.indicator: one for one in framework.indicators},
    )


def _measures(framework: Framework) -> frozenset[Measure]:
    outcomes = {(one.outcome, one.unit) for one in framework.indicators}
    benchmarks = {(b.benchmark, b.unit) for b in framework.benchmarks if b.kind == "interaction"}
    return frozenset(outcomes | benchmarks)


def _part_of(framework: Framework) -> dict[Measure, frozenset[Measure]]:
    """Measures that hold each measure: those of indicators of form `subset`, and theirs in turn."""
    holders: dict[Measure, set[Measure]] = defaultdict(set)
    for one in framework.indicators:
        benchmark = framework.benchmark_of(one)
        if one.form == "subset" and benchmark.unit == one.unit:
            holders[one.outcome, one.unit].add((benchmark.benchmark, benchmark.unit))
    found: dict[Measure, frozenset[Measure]] = {}
    for measure in holders:
        seen: set[Measure] = set()
        waiting = [measure]
        while waiting:
            new = holders.get(waiting.pop(), set()) - seen
            seen |= new
            waiting += new
        found[measure] = frozenset(seen)
    return found


def _standard_labels(path: Path) -> dict[str, set[str]]:
    labels: dict[str, set[str]] = defaultdict(set)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                labels[row["field"]] |= {row["standard_label"], "Unknown"}
    except FileNotFoundError:
        name = f"{path.parent.name}/{path.name}"
        raise ConfigError(f"{name} does not exist; every service needs one.") from None
    return labels
