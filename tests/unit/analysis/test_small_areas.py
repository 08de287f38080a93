"""Divisions beside each other: which rows take part, and rates by hand."""

import numpy as np
import pytest

from rbdc.analysis.small_areas import small_areas
from tests.unit.analysis.cells import cell, together, with_estimates

AREAS = {"D11": (10, 100), "D12": (30, 100), "D13": (20, 200), "D14": (0, 50), "XX": (5, 10)}


def divisions(framework, areas, **keys):
    return together(
        cell(framework, "strip_search_of_arrests", {"Black": pair, "White": (5, 40)},
             dimension="division", dimension_value=name, **keys)
        for name, pair in areas.items()
    )  # fmt: skip


@pytest.fixture(scope="module")
def rows(framework):
    return small_areas(with_estimates(divisions(framework, AREAS), framework))


def test_rates_are_shrunken_towards_the_rate_of_all_divisions(rows):
    black = rows[rows["race_group"] == "Black"].set_index("dimension_value")
    assert black["overall_rate"].tolist() == pytest.approx([60 / 450] * 4)
    assert black["rate"].tolist() == pytest.approx([0.1, 0.3, 0.1, 0.0])
    # Marshall (1991), by hand
    n, rate, m = np.array([100, 100, 200, 50]), np.array([0.1, 0.3, 0.1, 0.0]), 60 / 450
    between = (n * (rate - m) ** 2).sum() / n.sum() - m / n.mean()
    weight = between / (between + m / n)
    assert black["shrunken_rate"].tolist() == pytest.approx(list(m + weight * (rate - m)))
    assert (black["areas"] == 4).all()
    assert black.loc["D12", "position"] == "above_998"
    assert (black["funnel_low_998"] <= black["funnel_low_95"]).all()


def test_records_without_a_division_are_no_area(rows):
    assert "XX" not in set(rows["dimension_value"])


def test_only_years_of_divisions_inside_the_benchmark_take_part(framework):
    counts = together(
        [
            divisions(framework, {"D11": (3, 9)}, period_type="quarter", period="2022-Q1"),
            cell(framework, "strip_search_of_arrests", {"Black": (3, 9), "White": (1, 9)}),
            cell(framework, "arrest_of_residents", {"Black": (3, 9), "White": (1, 9)},
                 dimension="division", dimension_value="D11"),
        ]
    )  # fmt: skip
    assert small_areas(with_estimates(counts, framework)).empty


def test_services_and_years_are_sets_of_their_own(framework):
    counts = together(
        [
            divisions(framework, {"D11": (10, 100), "D12": (30, 100)}, service="A"),
            divisions(framework, {"D11": (1, 100)}, service="B"),
            divisions(framework, {"D11": (50, 100)}, service="A", period="2021"),
        ]
    )
    rows = small_areas(with_estimates(counts, framework))
    black = rows[rows["race_group"] == "Black"].set_index(["service", "period", "dimension_value"])
    assert black.loc[("A", "2022", "D12"), "overall_rate"] == pytest.approx(0.2)
    assert black.loc[("B", "2022", "D11"), "overall_rate"] == pytest.approx(0.01)
    assert black.loc[("A", "2021", "D11"), "areas"] == 1
    assert black.loc[("A", "2021", "D11"), "shrunken_rate"] == pytest.approx(0.5)


def test_a_division_without_benchmark_events_has_no_rate_and_no_row(framework):
    areas = {"D11": (10, 100), "D12": (0, 0)}
    rows = small_areas(with_estimates(divisions(framework, areas), framework))
    black = rows[rows["race_group"] == "Black"]
    assert black["dimension_value"].tolist() == ["D11"]
