"""Bounds under unknown race, and every classification with what moves a row out of it."""

import itertools

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from rbdc.statistics import EstimationRules, estimate
from rbdc.statistics.inputs import read_counts
from rbdc.statistics.missing_race import tipping_point, turns

pytestmark = pytest.mark.filterwarnings("error")


def reading(counts, group: str = "Black", **rules) -> str:
    found = estimate(counts, EstimationRules(**rules))
    return found["classification"][list(counts["race_group"]).index(group)]


def test_bounds_are_the_extremes_of_every_assignment(cell) -> None:
    groups = {"White": (20, 100), "Black": (15, 50), "Unknown": (4, 9)}
    row = estimate(cell(groups), EstimationRules()).iloc[1]
    every = [
        ((15 + with_it) / 39) / ((50 + with_it + without) / 159)
        for with_it, without in itertools.product(range(5), range(6))
    ]
    assert row["bound_low"] == pytest.approx(min(every))
    assert row["bound_high"] == pytest.approx(max(every))


def test_bounds_against_a_fixed_population(cell) -> None:
    groups = {"White": (200, 9000), "Black": (80, 1000), "Unknown": (20, 0)}
    counts = cell(groups, form="outside", not_comparable=("Unknown",))
    row = estimate(counts, EstimationRules()).iloc[1]
    assert row["bound_low"] == pytest.approx((80 / 300) / 0.1)
    assert row["bound_high"] == pytest.approx((100 / 300) / 0.1)
    assert row["outcome_missing_share"] == pytest.approx(20 / 300)
    assert row["benchmark_missing_share"] == 0


def test_bounds_against_a_benchmark_from_outside_with_unknown_race_of_its_own(cell) -> None:
    groups = {"White": (20, 100), "Black": (15, 50), "Unknown": (4, 9)}
    row = estimate(cell(groups, form="outside"), EstimationRules()).iloc[1]
    every = [
        ((15 + outcomes) / 39) / ((50 + calls) / 159)
        for outcomes, calls in itertools.product(range(5), range(10))
    ]
    assert row["bound_low"] == pytest.approx(min(every))
    assert row["bound_high"] == pytest.approx(max(every))


def test_unknown_race_on_both_sides_from_outside_does_not_turn_an_index_by_itself(cell) -> None:
    groups = {"White": (450_000, 4_000_000), "Black": (44_000, 400_000)}
    # Shared out on one side only, the 5% of outcomes would lift 0.98 above 1.
    counts = cell(groups | {"Unknown": (26_000, 220_000)}, form="outside")
    assert reading(counts, unknown_share_ratio=(0.9, 1.1)) == "under_represented"
    assert reading(counts, unknown_share_ratio=(0.5, 2.0)) == "depends_on_unknown_race"


def test_without_unknown_people_the_bounds_are_the_index(cell) -> None:
    found = estimate(cell({"White": (20, 100), "Black": (15, 50)}), EstimationRules())
    index = found["disproportionality_index"].to_numpy()
    assert found["bound_low"].to_numpy() == pytest.approx(index)
    assert found["bound_high"].to_numpy() == pytest.approx(index)


def test_over_and_under_representation(cell) -> None:
    counts = cell({"White": (600, 4000), "Black": (300, 1000)})
    assert reading(counts) == "over_represented"
    assert reading(counts, "White") == "under_represented"


def test_the_thresholds_of_the_framework_apply(cell) -> None:
    counts = cell({"White": (600, 4000), "Black": (300, 1000)})
    assert reading(counts, index_over=1.6) == "over_represented"
    assert reading(counts, index_over=1.7) == "no_disparity_detected"
    assert reading(counts, "White", index_under=0.84) == "under_represented"
    assert reading(counts, "White", index_under=0.8) == "no_disparity_detected"


def test_no_disparity_is_a_result(cell) -> None:
    assert reading(cell({"White": (600, 4000), "Black": (150, 1000)})) == "no_disparity_detected"


def test_the_false_discovery_rate_decides(cell) -> None:
    counts = cell({"White": (600, 4000), "Black": (175, 1000)})
    q = estimate(counts, EstimationRules())["q_value"][1]
    assert reading(counts, false_discovery_rate=q * 0.99) == "no_disparity_detected"
    assert reading(counts, false_discovery_rate=q) == "over_represented"


def test_small_counts_are_not_classified(cell) -> None:
    nine = cell({"White": (600, 4000), "Black": (9, 10)})
    ten = cell({"White": (600, 4000), "Black": (10, 11)})
    assert reading(nine) == "not_enough_data"
    assert reading(ten) == "over_represented"
    assert reading(nine, small_count=9) == "over_represented"
    found = estimate(nine, EstimationRules())
    assert found["small_count"].tolist() == [False, True]
    assert found["p_value"].notna().all()


def test_no_test_is_not_enough_data(cell) -> None:
    assert reading(cell({"Black": (50, 100)})) == "not_enough_data"


@pytest.mark.parametrize("form", ["subset", "outside"])
def test_a_direction_that_unknown_race_could_turn(cell, form) -> None:
    groups = {"White": (4000, 20_000), "Black": (900, 5000), "Unknown": (1500, 2000)}
    if form == "outside":
        groups["Unknown"] = (1500, 3000)
    counts = cell(groups, form=form)
    assert reading(counts) == "depends_on_unknown_race"
    # A framework sure that Unknown people differ little keeps the direction.
    assert reading(counts, unknown_share_ratio=(0.01, 0.02)) == "under_represented"


def test_the_turn_happens_where_the_formula_says(cell) -> None:
    groups = {"White": (4000, 20_000), "Black": (900, 5000), "Unknown": (1500, 2000)}
    x, all_x, n, all_n, u_x, u_n = 900, 6400, 5000, 27_000, 1500, 2000
    share = n / (all_n - u_n)

    def index_at(ratio: float) -> float:
        gained = u_x * min(1, ratio * share)
        return ((x + gained) / all_x) / ((n + gained + (u_n - u_x) * share) / all_n)

    grid = np.linspace(0.5, 3, 2501)
    turn = grid[np.argmax([index_at(ratio) > 1 for ratio in grid])]
    assert index_at(0.5) < 1 < index_at(3)
    counts = cell(groups)
    assert reading(counts, unknown_share_ratio=(0.5, turn - 0.01)) == "under_represented"
    assert reading(counts, unknown_share_ratio=(0.5, turn + 0.01)) == "depends_on_unknown_race"


def test_a_group_gains_no_more_than_all_unknown_people(cell) -> None:
    # White holds 80% of the known benchmark: at ratio 2 its share among Unknown people with the
    # outcome stops at all 100 of them, which leaves it under 1; 160 would have turned it.
    counts = cell({"White": (680, 4000), "Black": (220, 1000), "Unknown": (100, 110)})

    def index_after(gained: int) -> float:
        return ((680 + gained) / 1000) / ((4000 + gained + 10 * 0.8) / 5110)

    assert index_after(100) < 1 < index_after(160)
    assert reading(counts, "White", unknown_share_ratio=(0.5, 2)) == "under_represented"


def tipping(counts, group: str = "Black") -> float:
    found = estimate(counts, EstimationRules())
    return found["tipping_point"][list(counts["race_group"]).index(group)]


def test_the_tipping_point_by_hand(cell) -> None:
    # Unknown: 10 with and 40 without the outcome; Black is 100 of the 400 known people, t = 1/4.
    counts = cell({"White": (60, 300), "Black": (16, 100), "Unknown": (10, 50)})
    # (16 + g)/86 = (100 + g + 40/4)/450 at g = (86 * 110 - 16 * 450)/(450 - 86), r = g/(10/4).
    assert tipping(counts) == pytest.approx((86 * 110 - 16 * 450) / 364 / 2.5)
    # Outside: 10 outcomes of Unknown residents-to-be; Black has 30 of 130 known outcomes.
    counts = cell(
        {"White": (100, 750), "Black": (30, 250), "Unknown": (10, 0)},
        form="outside",
        not_comparable=("Unknown",),
    )
    assert tipping(counts) == pytest.approx((140 * 0.25 - 30) / (10 * 30 / 130))


def test_no_tipping_point_where_nothing_turns_the_direction(cell) -> None:
    # Over-represented even if no Unknown person is of the group; under- even if all are.
    assert np.isnan(tipping(cell({"White": (10, 300), "Black": (60, 100), "Unknown": (2, 50)})))
    assert np.isnan(tipping(cell({"White": (90, 300), "Black": (1, 100), "Unknown": (2, 50)})))
    # Nobody unknown, no outcome at all, an index of exactly 1, and Unknown itself.
    assert np.isnan(tipping(cell({"White": (10, 300), "Black": (6, 100)})))
    assert np.isnan(tipping(cell({"White": (0, 300), "Black": (0, 100), "Unknown": (0, 9)})))
    even = cell({"White": (10, 100), "Black": (10, 100), "Unknown": (10, 100)})
    assert np.isnan(tipping(even))
    assert np.isnan(tipping(even, "Unknown"))
    # Everybody has the outcome: whoever is added is added on both sides.
    assert np.isnan(tipping(cell({"White": (30, 30), "Black": (10, 10), "Unknown": (5, 5)})))


pairs = st.integers(0, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100
)
@given(
    white=pairs,
    black=pairs,
    unknown=pairs,
    form=st.sampled_from(["subset", "outside"]),
    bounds=st.tuples(st.floats(0.05, 20), st.floats(0.05, 20)).map(sorted),
)
def test_the_direction_turns_at_the_tipping_point_and_nowhere_else(
    cell, white, black, unknown, form, bounds
) -> None:
    groups = {"White": white, "Black": black, "Unknown": unknown}
    cells = read_counts(cell(groups, form=form), ("indicator",))
    over, under, even = np.full(3, 1.1), np.full(3, 0.9), np.ones(3)
    published = estimate(cell(groups, form=form), EstimationRules())
    index = published["disproportionality_index"].to_numpy()
    r = tipping_point(cells, index)[:2]
    np.testing.assert_array_equal(
        r, np.where(np.isnan(index) | (index == 1), np.nan, tipping_point(cells, over))[:2]
    )
    assert np.isnan(tipping_point(cells, even)).all()
    for row in np.flatnonzero(~np.isnan(r)):
        below, above = r[row] * (1 - 1e-6), r[row] * (1 + 1e-6)
        # `turns` says whether the index is on the other side than the one it is told.
        assert turns(cells, over, (below, below))[row]
        assert not turns(cells, under, (below, below))[row]
        assert turns(cells, under, (above, above))[row]
        assert not turns(cells, over, (above, above))[row]
    lowest, highest = bounds
    assume(all(min(abs(r / one - 1)) > 1e-9 for one in bounds if not np.isnan(r).any()))
    inside = (r > lowest * (1 + 1e-9)) & (r < highest * (1 - 1e-9))
    assert turns(cells, index, (lowest, highest))[:2][inside].all()
    # Where no ratio turns it, the index keeps one side for all of them.
    ends = [turns(cells, side, (1e-9, 1e-9)) for side in (over, under)]
    far = [turns(cells, side, (1e9, 1e9)) for side in (over, under)]
    never = np.isnan(r) & ~np.isnan(index[:2]) & (index[:2] != 1)
    for row in np.flatnonzero(never):
        assert not (ends[0][row] and far[1][row])
        assert not (ends[1][row] and far[0][row])
