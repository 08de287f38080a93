"""The range over benchmarks, against a loop over every outcome, cell and race group."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.analysis.benchmark_range import benchmark_range
from tests.unit.analysis.cells import cell, together, with_estimates

KEY = ["service", "outcome", "unit", "composition_rule", "period_type", "period", "dimension",
       "dimension_value", "race_group"]  # fmt: skip
READINGS = ["over_represented", "under_represented", "no_disparity_detected",
            "depends_on_unknown_race", "not_enough_data"]  # fmt: skip


def one_by_one(figures):
    """What the table must hold, row by row."""
    found = {}
    held = figures[figures["disproportionality_index"].notna()]
    for key, rows in held.groupby(KEY, dropna=False):
        names = [
            one if pd.isna(vintage) else f"{one} {vintage}"
            for one, vintage in zip(rows["benchmark"], rows["benchmark_vintage"], strict=True)
        ]
        if len(set(names)) < 2:
            continue
        indices = list(zip(rows["disproportionality_index"], names, rows["figure_id"], strict=True))
        told = {r for r in rows["classification"] if isinstance(r, str)} - {"not_enough_data"}
        robustness = "agree" if len(told) == 1 else "depends_on_benchmark"
        if "depends_on_unknown_race" in told:
            robustness = "depends_on_unknown_race"
        if not told:
            robustness = "not_enough_data"
        found[tuple("" if pd.isna(one) else one for one in key)] = {
            "benchmarks": len(set(names)),
            "index_lowest": min(indices)[0],
            "benchmark_of_lowest": min(indices)[1],
            "index_highest": max(indices)[0],
            "benchmark_of_highest": max(indices)[1],
            "range_low": rows["index_low"].min(),
            "range_high": rows["index_high"].max(),
            "robustness": robustness,
            "reading": told.pop() if robustness == "agree" else None,
            "source_figures": " ".join(figure for _, _, figure in sorted(indices)),
        }
    return found


ROW = st.tuples(
    st.sampled_from(["arrest", "booking", "resident_population 2016", "resident_population 2021"]),
    st.sampled_from(["2020", "2021"]),
    st.sampled_from(["Black", "White"]),
    st.sampled_from(["Peel", "Toronto"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, unique=True, max_size=20), st.randoms(use_true_random=False))
def test_it_is_what_a_loop_over_the_cells_gives(keys, random):
    figures = pd.DataFrame(
        [
            {
                "figure_id": f"f{number}",
                "service": service,
                "outcome": "strip_search",
                "unit": "person",
                "composition_rule": None,
                "benchmark": against.split(" ")[0],
                "benchmark_vintage": [*against.split(" "), None][1],
                "period_type": "year",
                "period": period,
                "dimension": "all",
                "dimension_value": "all",
                "race_group": group,
                "disproportionality_index": random.choice([math.nan, random.uniform(0, 4)]),
                "index_low": random.uniform(0, 1),
                "index_high": random.choice([math.nan, random.uniform(1, 5)]),
                "classification": random.choice(READINGS),
                "data_as_of": pd.Timestamp("2022-12-31"),
            }
            for number, (against, period, group, service) in enumerate(keys)
        ],
        columns=["figure_id", *KEY, "benchmark", "benchmark_vintage", "disproportionality_index",
                 "index_low", "index_high", "classification", "data_as_of"],
    )  # fmt: skip
    expected = one_by_one(figures)
    found = benchmark_range(figures)
    assert len(found) == len(expected)
    for row in found.to_dict("records"):
        key = tuple("" if pd.isna(row[name]) else row[name] for name in KEY)
        for name, value in expected[key].items():
            same = row[name] == value or (pd.isna(row[name]) and pd.isna(value))
            assert same, (key, name, row[name], value)


def test_no_figures_give_no_rows(framework):
    figures = with_estimates(
        cell(framework, "booking_of_arrests", {"Black": (1, 2), "White": (1, 3)}), framework
    )
    assert benchmark_range(figures).empty
    assert benchmark_range(figures.iloc[:0]).empty


FEW, MANY = {"Black": 1000, "White": 9000}, {"Black": 6000, "White": 4000}


@pytest.mark.parametrize(
    ("residents_2021", "robustness"), [(FEW, "agree"), (MANY, "depends_on_benchmark")]
)
def test_two_vintages_of_a_benchmark_are_two(framework, residents_2021, robustness):
    arrests = {"Black": 300, "White": 700}
    counts = together(
        cell(framework, name, {g: (arrests[g], residents[g]) for g in arrests})
        for name, residents in (
            ("arrest_of_residents", FEW),
            ("arrest_of_residents_2021", residents_2021),
        )
    )
    row = benchmark_range(with_estimates(counts, framework)).set_index("race_group").loc["Black"]
    assert row["robustness"] == robustness
    assert row["benchmarks"] == 2
    assert row["index_highest"] == pytest.approx(3.0)
    assert row["benchmark_of_highest"].startswith("resident_population 20")
