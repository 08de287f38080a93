"""Steps multiply to the whole way, and where they cannot, the row says why."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.analysis.pathway import pathways
from tests.unit.analysis.cells import cell, together, with_estimates

STEPS = ["arrest_of_residents", "booking_of_arrests", "strip_search_of_bookings"]
WHOLE = "strip_search_of_residents"


def chain_of(framework, residents, arrests, bookings, searches, **keys):
    """Figures of every step and of the whole, from counts of each decision point."""
    points = [residents, arrests, bookings, searches]
    groups = list(residents)
    sides = [*zip(STEPS, points[1:], points[:-1], strict=True), (WHOLE, searches, residents)]
    return together(
        cell(framework, name, {g: (x.get(g, 0), n.get(g, 0)) for g in groups}, **keys)
        for name, x, n in sides
    )


@pytest.fixture(scope="module")
def rows(framework):
    counts = chain_of(
        framework,
        {"Black": 100, "White": 900, "Latino": 50, "Unknown": 0},
        {"Black": 40, "White": 140, "Latino": 10, "Unknown": 10},
        {"Black": 20, "White": 50, "Latino": 0, "Unknown": 5},
        {"Black": 8, "White": 12, "Latino": 0, "Unknown": 0},
    )
    return pathways(with_estimates(counts, framework), framework)


def of_group(rows, group):
    return rows[rows["race_group"] == group].sort_values("step")


def test_steps_are_those_computed_by_hand(rows):
    black = of_group(rows, "Black")
    expected = [(40 / 200) / (100 / 1050), (20 / 75) / (40 / 200), (8 / 20) / (20 / 75)]
    assert black["step_index"].tolist() == pytest.approx(expected)
    assert black["overall_index"].tolist() == pytest.approx([(8 / 20) / (100 / 1050)] * 3)
    assert black["log_step_index"].tolist() == pytest.approx([math.log(one) for one in expected])
    shares = [math.log(one) / math.log((8 / 20) / (100 / 1050)) for one in expected]
    assert black["share_of_whole"].tolist() == pytest.approx(shares)
    assert black["share_of_whole"].sum() == pytest.approx(1)
    assert black["chain"].eq("complete").all() and black["reason"].isna().all()


def test_the_share_of_unknown_race_stands_at_both_ends_of_every_step(rows):
    black = of_group(rows, "Black")
    assert black["outcome_missing_share"].tolist() == pytest.approx([10 / 200, 5 / 75, 0])
    assert black["benchmark_missing_share"].tolist() == pytest.approx([0, 10 / 200, 5 / 75])


def test_a_stage_without_outcomes_has_no_chain_and_says_where(rows):
    latino = of_group(rows, "Latino")
    assert latino["chain"].eq("no_chain").all()
    assert set(latino["reason"]) == {"the step from arrest to booking is zero"}
    assert latino["log_overall_index"].isna().all() and latino["share_of_whole"].isna().all()
    assert latino["step_index"].iloc[0] == pytest.approx((10 / 200) / (50 / 1050))


def test_a_group_that_residents_cannot_hold_has_no_chain(rows):
    unknown = of_group(rows, "Unknown")
    assert set(unknown["reason"]) == {
        "the step from resident_population 2016 to arrest is undefined"
    }
    assert unknown["overall_index"].isna().all()


def test_every_row_names_the_figures_of_all_steps_and_of_the_whole(rows):
    assert rows["source_figures"].str.split().map(len).eq(4).all()
    assert rows["figure_id"].is_unique
    assert len(rows) == 3 * 4


def test_a_period_that_one_step_lacks_is_left_out(framework):
    groups = {"Black": 10, "White": 90}
    counts = together(
        chain_of(framework, groups, groups, groups, groups, period=year)
        for year in ("2021", "2022")
    )
    counts = counts[(counts["indicator"] != STEPS[1]) | (counts["period"] != "2021")]
    assert set(pathways(with_estimates(counts, framework), framework)["period"]) == {"2022"}


def test_services_keep_their_own_chains(framework):
    groups = {"Black": 100, "White": 900}
    a = chain_of(framework, groups, {"Black": 20, "White": 20}, {"Black": 5, "White": 5},
                 {"Black": 2, "White": 1}, service="A")  # fmt: skip
    b = chain_of(framework, groups, {"Black": 5, "White": 20}, {"Black": 5, "White": 9},
                 {"Black": 1, "White": 4}, service="B")  # fmt: skip
    both = pathways(with_estimates(together([a, b]), framework), framework)
    for service, counts in (("A", a), ("B", b)):
        alone = pathways(with_estimates(counts, framework), framework)
        pd.testing.assert_frame_equal(
            both[both["service"] == service].reset_index(drop=True), alone, check_dtype=False
        )


COUNT = st.integers(1, 400)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), min_size=3, max_size=3))
def test_steps_multiply_to_the_whole(framework, groups):
    points = [
        {name: sum(group[point:]) for name, group in zip(("Black", "White", "Latino"), groups)}  # noqa: B905
        for point in range(4)
    ]
    rows = pathways(with_estimates(chain_of(framework, *points), framework), framework)
    product = rows.groupby("race_group")["step_index"].prod()
    whole = rows.groupby("race_group")["overall_index"].first()
    assert np.allclose(product, whole, rtol=1e-9)
    assert rows["log_residual"].abs().max() < 1e-9
