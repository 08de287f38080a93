"""What the estimates refuse: settings without meaning and counts that contradict each other."""

import dataclasses

import pandas as pd
import pytest

from rbdc.statistics import EstimationRules, estimate

GROUPS = {"White": (300, 1500), "Black": (250, 800), "Unknown": (30, 200)}


def test_the_defaults_are_those_of_the_methods_page() -> None:
    assert dataclasses.asdict(EstimationRules()) == {
        "confidence": 0.95,
        "small_count": 10,
        "false_discovery_rate": 0.05,
        "index_over": 1.0,
        "index_under": 1.0,
        "unknown_share_ratio": (0.5, 2.0),
        "no_difference_within": (0.8, 1.25),
        "family": ("indicator", "benchmark", "benchmark_vintage", "period_type", "dimension"),
        "pooled_below": 50,
        "unknown_group": "Unknown",
    }
    with pytest.raises(dataclasses.FrozenInstanceError):
        EstimationRules().confidence = 0.5


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("confidence", 95),
        ("confidence", 0),
        ("confidence", float("nan")),
        ("false_discovery_rate", 1),
        ("small_count", -1),
        ("pooled_below", -5),
        ("index_over", 0.8),
        ("index_under", 1.25),
        ("index_under", 0),
        ("unknown_share_ratio", (2.0, 0.5)),
        ("unknown_share_ratio", (0.0, 2.0)),
        ("unknown_share_ratio", (0.5,)),
        ("family", ()),
        ("family", ("indicator", "")),
        ("unknown_group", ""),
    ],
)
def test_a_setting_without_meaning_is_named(setting, value) -> None:
    with pytest.raises(ValueError, match=setting):
        EstimationRules(**{setting: value})


def test_a_missing_column_is_named(cell) -> None:
    with pytest.raises(ValueError, match="benchmark_unknown"):
        estimate(cell(GROUPS).drop(columns="benchmark_unknown"), EstimationRules())
    with pytest.raises(ValueError, match="call_type"):
        estimate(cell(GROUPS), EstimationRules(family=("call_type",)))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"form": "inside"}, "unknown form"),
        ({"outcome_count": -1}, "negative"),
        ({"outcome_count": None}, "null count"),
        ({"benchmark_unknown": None}, "benchmark_unknown is null"),
        ({"outcome_total": 100}, "exceeds its total"),
        ({"benchmark_count": 200}, "declare the form outside"),
    ],
)
def test_contradictory_counts_name_the_figure(cell, changes, rule) -> None:
    counts = cell(GROUPS).astype(object)
    for column, value in changes.items():
        counts.loc[1, column] = value
    with pytest.raises(ValueError, match=rule) as caught:
        estimate(counts, EstimationRules())
    assert counts.loc[1, "figure_id"] in str(caught.value)


def test_a_figure_may_stand_once_only(cell) -> None:
    counts = cell(GROUPS)
    with pytest.raises(ValueError, match="stands twice"):
        estimate(pd.concat([counts, counts]), EstimationRules())


def test_nullable_integers_and_strings_are_read(cell) -> None:
    counts = cell(GROUPS)
    plain = estimate(counts, EstimationRules())
    numbers = [column for column in counts if column.endswith(("_count", "_total", "_unknown"))]
    nullable = counts.astype(dict.fromkeys(numbers, "Int64") | {"comparable": "boolean"})
    nullable = nullable.astype({"benchmark_vintage": "string", "race_group": "string"})
    pd.testing.assert_frame_equal(estimate(nullable, EstimationRules()), plain)
