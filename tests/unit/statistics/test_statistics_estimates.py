"""The assembled estimates: what each row says, and what is null and why."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from rbdc.statistics import EstimationRules, estimate
from rbdc.statistics.comparisons import (
    proportion_difference,
    proportion_ratio,
    rate_difference,
    rate_ratio,
    rate_ratio_p_value,
)
from rbdc.statistics.counts import rate_interval
from rbdc.statistics.proportions import equal_proportions_p_value, share_interval

pytestmark = pytest.mark.filterwarnings("error")

COLUMNS = [
    *("figure_id", "outcome_share", "benchmark_share", "disproportionality_index"),
    *("index_low", "index_high", "rate", "rate_low", "rate_high", "disparity_index"),
    *("disparity_low", "disparity_high", "disparity_p_value", "disparity_method"),
    *("rate_design_effect", "rate_difference"),
    *(
        "rate_difference_low",
        "rate_difference_high",
        "expected_count",
        "excess_count",
        "interval_method",
    ),
    *("variance_method", "p_value", "q_value", "test_family"),
    *("outcome_missing_share", "benchmark_missing_share", "bound_low", "bound_high"),
    *("tipping_point", "small_count", "classification"),
]
TESTED = ["index_low", "index_high", "p_value", "q_value"]
GROUPS = {"White": (300, 1500), "Black": (250, 800), "Indigenous": (6, 40), "Unknown": (30, 200)}
RULES = EstimationRules()


def rows(counts: pd.DataFrame, rules: EstimationRules = RULES) -> pd.DataFrame:
    return estimate(counts, rules).set_axis(counts["race_group"], axis="index")


def test_columns_order_and_key(cell) -> None:
    counts = cell(GROUPS)
    found = estimate(counts, RULES)
    assert list(found.columns) == COLUMNS
    assert list(found["figure_id"]) == list(counts["figure_id"])


def test_an_empty_frame_has_the_same_columns_and_types(cell) -> None:
    counts = cell(GROUPS)
    empty = estimate(counts.head(0), RULES)
    assert len(empty) == 0
    assert empty.dtypes.equals(estimate(counts, RULES).dtypes)


def test_outcome_inside_its_benchmark(cell) -> None:
    found = rows(cell(GROUPS))
    black = found.loc["Black"]
    x, all_x, n, all_n = 250, 586, 800, 2540
    weight = n / all_n
    assert black["outcome_share"] == pytest.approx(x / all_x)
    assert black["benchmark_share"] == pytest.approx(weight)
    assert black["disproportionality_index"] == pytest.approx((x / all_x) / weight)
    assert black["expected_count"] == pytest.approx(all_x * weight)
    assert black["excess_count"] == pytest.approx(x - all_x * weight)
    ratios = np.ravel(proportion_ratio(x, n, all_x - x, all_n - n))
    limits = ratios / (weight * ratios + 1 - weight)
    assert black[["index_low", "index_high"]].tolist() == pytest.approx(limits)
    assert black[["rate_low", "rate_high"]].tolist() == pytest.approx(
        np.ravel(share_interval(x, n))
    )
    assert black["disparity_index"] == pytest.approx((250 / 800) / (300 / 1500))
    assert black[["disparity_low", "disparity_high"]].tolist() == pytest.approx(
        np.ravel(proportion_ratio(x, n, 300, 1500))
    )
    assert black[["rate_difference_low", "rate_difference_high"]].tolist() == pytest.approx(
        np.ravel(proportion_difference(x, n, 300, 1500))
    )
    methods = found["interval_method"].to_dict()
    assert methods.pop("Indigenous") == "clopper_pearson"  # 6 outcomes
    assert set(methods.values()) == {"mover_wilson"}
    assert set(found["variance_method"]) == {"independent_records"}


def test_few_outcomes_inside_their_benchmark_are_judged_exactly(cell) -> None:
    """The score test finds 2 of 2 against 4 of 139 at p = 3e-9; Fisher's exact p is 0.0015."""
    found = rows(cell({"White": (4, 139), "Black": (2, 2)})).loc["Black"]
    assert found["interval_method"] == "clopper_pearson"
    low, high = share_interval(2, 6)
    assert found[["index_low", "index_high"]].tolist() == pytest.approx(
        [low * 141 / 2, high * 141 / 2]
    )
    assert 0.0015 < found["p_value"] < 0.05


def test_benchmark_from_outside(cell) -> None:
    residents = {"White": (900, 50_000), "Black": (400, 9_000), "Latino": (8, 3_000)}
    found = rows(cell(residents, form="outside"))
    for group, (x, n) in residents.items():
        low, high = share_interval(x, 1308)
        share = n / 62_000
        assert found.loc[group, ["index_low", "index_high"]].tolist() == pytest.approx(
            [low / share, high / share]
        )
        assert found.loc[group, ["rate_low", "rate_high"]].tolist() == pytest.approx(
            np.ravel(rate_interval(x, n))
        )
    for group in ("Black", "Latino"):
        x, n = residents[group]
        assert found.loc[group, ["disparity_low", "disparity_high"]].tolist() == pytest.approx(
            np.ravel(rate_ratio(x, n, 900, 50_000))
        )
        assert found.loc[
            group, ["rate_difference_low", "rate_difference_high"]
        ].tolist() == pytest.approx(np.ravel(rate_difference(x, n, 900, 50_000)))
    methods = found["interval_method"]
    assert methods.to_dict() == {"White": "wilson", "Black": "wilson", "Latino": "clopper_pearson"}


def test_repeat_people_widen_every_interval_of_their_row(cell) -> None:
    returning = {"m_xg_xg": 400.0, "m_xg_x": 410.0, "m_x_x": 720.0}
    single = {"m_xg_xg": 300.0, "m_xg_x": 310.0, "m_x_x": 720.0}
    residents = {"White": (300, 50_000), "Black": (200, 9_000)}
    plain = rows(cell(residents, form="outside"))
    moments = {"Black": returning, "White": single}
    wide = rows(cell(residents, form="outside", moments=moments))
    for name in ("index", "rate", "disparity", "rate_difference"):
        low, high = f"{name}_low", f"{name}_high"
        assert wide.loc["Black", low] < plain.loc["Black", low]
        assert wide.loc["Black", high] > plain.loc["Black", high]
    x, n = 200 / 2.0, 9_000 / 2.0
    assert wide.loc["Black", ["rate_low", "rate_high"]].tolist() == pytest.approx(
        np.ravel(rate_interval(x, n))
    )
    # Each of two compared groups uses its own design effect: the reference keeps 1 here.
    expected = np.ravel(rate_ratio(x, n, 300, 50_000))
    assert wide.loc["Black", ["disparity_low", "disparity_high"]].tolist() == pytest.approx(
        expected
    )
    assert wide.loc["Black", "p_value"] > plain.loc["Black", "p_value"]


def test_the_reference_group_is_compared_with_nothing(cell) -> None:
    white = rows(cell(GROUPS)).loc["White"]
    assert white["disparity_index"] == 1
    assert white["rate_difference"] == 0
    compared = ["disparity_low", "disparity_high", "rate_difference_low", "rate_difference_high"]
    assert white[compared].isna().all()


@pytest.mark.parametrize("absent", ["no row", "not comparable", "no benchmark"])
def test_without_a_reference_there_is_no_disparity(cell, absent) -> None:
    groups = GROUPS | ({"White": (0, 0)} if absent == "no benchmark" else {})
    counts = cell(groups, not_comparable=("White",) if absent == "not comparable" else ())
    if absent == "no row":
        counts = counts[counts["race_group"] != "White"]
    found = rows(counts)
    assert found.filter(like="disparity").isna().all(axis=None)
    assert found.filter(like="rate_difference").isna().all(axis=None)
    assert found.loc["Black", TESTED].notna().all()


def test_a_reference_without_outcomes_leaves_the_difference(cell) -> None:
    black = rows(cell(GROUPS | {"White": (0, 1500)})).loc["Black"]
    assert black[["disparity_index", "disparity_low", "disparity_high"]].isna().all()
    assert black["rate_difference_low"] < 250 / 800 < black["rate_difference_high"]


def test_reference_is_looked_up_inside_the_cell(cell) -> None:
    first = cell(GROUPS, dimension="division", dimension_value="D1")
    second = cell({"White": (10, 1000), "Black": (20, 1000)}, dimension="division", period="2021")
    # Null keys are keys too: with and without a vintage are two cells.
    third = cell({"White": (40, 1000), "Black": (20, 1000)}, benchmark_vintage="2016")
    found = estimate(pd.concat([first, second, third]), RULES)["disparity_index"]
    assert found.tolist()[4:] == pytest.approx([1, 2, 1, 0.5])


def test_a_group_that_one_side_cannot_hold(cell) -> None:
    groups = {"White": (90, 5000), "Multiple race group": (40, 0), "No police label": (0, 700)}
    found = rows(cell(groups, form="outside", not_comparable=tuple(groups)[1:]))
    kept = ["outcome_share", "benchmark_share", "outcome_missing_share", "test_family"]
    for group in ("Multiple race group", "No police label"):
        row = found.loc[group]
        assert row[kept].notna().all()
        kept_too = [
            "figure_id",
            "benchmark_missing_share",
            "small_count",
            "rate",
            "rate_design_effect",
        ]
        nulls = row.drop([*kept_too, *kept])
        assert nulls.isna().all()
    assert np.isnan(found.loc["Multiple race group", "rate"])
    assert found.loc["No police label", "rate"] == 0


def test_unknown_is_tested_like_the_others_but_has_no_bounds(cell) -> None:
    unknown = rows(cell(GROUPS)).loc["Unknown"]
    assert unknown[["disproportionality_index", "index_low", "index_high"]].notna().all()
    assert unknown[["p_value", "q_value", "classification"]].notna().all()
    assert unknown[["bound_low", "bound_high"]].isna().all()


@pytest.mark.parametrize("form", ["subset", "outside"])
def test_every_zero_pattern_is_defined(cell, form) -> None:
    pairs = [(0, 0), (0, 7), (7, 7), (3, 7), (400, 900)]
    for white, black, unknown in itertools.product(pairs, pairs, pairs[:4]):
        groups = {"White": white, "Black": black, "Unknown": unknown}
        counts = cell(groups, form=form)
        found = estimate(counts, RULES)
        numbers = found.select_dtypes("number")
        assert not np.isinf(numbers).any(axis=None)
        for row, group in enumerate(groups):
            x, n = groups[group]
            all_x = sum(pair[0] for pair in groups.values())
            all_n = sum(pair[1] for pair in groups.values())
            index = found["disproportionality_index"][row]
            assert np.isnan(index) == (all_x == 0 or n == 0)
            assert np.isnan(found["rate"][row]) == (n == 0)
            alone = form == "subset" and n == all_n
            assert np.isnan(found["index_low"][row]) == (np.isnan(index) or alone)
            for name in ("index", "rate", "disparity", "rate_difference"):
                point = {"index": "disproportionality_index", "disparity": "disparity_index"}
                point = found[point.get(name, name)][row]
                low, high = found[f"{name}_low"][row], found[f"{name}_high"][row]
                assert np.isnan(low) == np.isnan(high)
                assert np.isnan(low) or low - 1e-9 <= point <= high + 1e-9
            if form == "subset" and x == all_x > 0 and 0 < n < all_n:
                assert found["index_high"][row] == pytest.approx(all_n / n)


def test_nobody_at_all(cell) -> None:
    found = rows(cell({"White": (0, 0), "Black": (0, 0)}))
    assert (
        found.drop(columns=["figure_id", "rate_design_effect"])
        .select_dtypes("number")
        .isna()
        .all(axis=None)
    )
    assert set(found["classification"]) == {"not_enough_data"}


group_counts = st.integers(0, 2000).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))
)  # fmt: skip


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    pairs=st.lists(group_counts, min_size=2, max_size=6),
    form=st.sampled_from(["subset", "outside"]),
    level=st.sampled_from([0.8, 0.95, 0.99]),
)
def test_p_is_small_exactly_when_the_interval_excludes_1(cell, pairs, form, level) -> None:
    counts = cell({f"group {row}": pair for row, pair in enumerate(pairs)}, form=form)
    found = estimate(counts, EstimationRules(confidence=level))
    found = found[found["p_value"].notna() & ((found["p_value"] - (1 - level)).abs() > 1e-9)]
    excluded = (found["index_low"] > 1) | (found["index_high"] < 1)
    assert (excluded == (found["p_value"] < 1 - level)).all()


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100
)
@given(
    white=group_counts,
    black=group_counts,
    form=st.sampled_from(["subset", "outside"]),
    level=st.sampled_from([0.8, 0.95, 0.99]),
)
def test_the_disparity_p_value_inverts_the_published_interval(
    cell, white, black, form, level
) -> None:
    counts = cell({"White": white, "Black": black}, form=form)
    own, found = estimate(counts, EstimationRules(confidence=level)).itertuples(index=False)
    p, low, high = found.disparity_p_value, found.disparity_low, found.disparity_high
    assert np.isnan(own.disparity_p_value)
    assert np.isnan(p) == np.isnan(low)
    # Where a limit touches 1 to the last digits, rounding decides.
    if not np.isnan(p) and min(abs(low - 1), abs(high - 1)) > 1e-9:
        assert (p < 1 - level) == (low > 1 or high < 1)


@pytest.mark.parametrize("form", ["subset", "outside"])
def test_design_effects_enter_the_disparity_p_value(cell, form) -> None:
    groups = {"White": (300, 1500), "Black": (60, 200)}
    # Each person of the group has two arrests, and both have the outcome or neither.
    twice = {"m_xg_xg": 120.0, "m_ng_ng": 400.0, "m_xg_ng": 120.0}
    once = {"m_xg_xg": 300.0, "m_ng_ng": 1500.0, "m_xg_ng": 300.0}
    found = estimate(cell(groups, form=form, moments={"Black": twice, "White": once}), RULES)
    test = {"subset": equal_proportions_p_value, "outside": rate_ratio_p_value}[form]
    assert found["disparity_p_value"][1] == pytest.approx(float(test(30, 100, 300, 1500)))


def test_rows_do_not_influence_each_other_by_their_order(cell) -> None:
    counts = pd.concat(
        [cell(GROUPS, dimension="division", dimension_value=f"D{row}") for row in range(6)]
    )
    straight = estimate(counts, RULES).set_index("figure_id").sort_index()
    shuffled = estimate(counts.sample(frac=1, random_state=1), RULES)
    pd.testing.assert_frame_equal(shuffled.set_index("figure_id").sort_index(), straight)


def test_one_row_alone_keeps_its_interval(cell) -> None:
    counts = cell(GROUPS)
    alone = estimate(counts[counts["race_group"] == "Black"], RULES)
    together = rows(counts).loc[["Black"]]
    same = ["disproportionality_index", "index_low", "index_high", "p_value", "rate_low"]
    np.testing.assert_array_equal(alone[same].to_numpy(), together[same].to_numpy())


def test_families_are_corrected_separately(cell) -> None:
    years = pd.concat([cell(GROUPS), cell(GROUPS, period="2021")])
    fewer = {"White": (30, 150), "Black": (27, 90), "Unknown": (3, 20)}
    months = pd.concat([cell(fewer, period_type="month", period=f"2022-{m:02}") for m in (1, 2)])
    counts = pd.concat([years, months], ignore_index=True)
    found = estimate(counts, RULES)
    assert set(found["test_family"]) == {
        "strip_search_of_arrests|arrest||year|all",
        "strip_search_of_arrests|arrest||month|all",
    }
    for _, family in found[found["p_value"].notna()].groupby("test_family"):
        expected = stats.false_discovery_control(family["p_value"])
        assert family["q_value"].to_numpy() == pytest.approx(expected)
    single = estimate(counts, EstimationRules(family=("indicator",)))
    assert set(single["test_family"]) == {"strip_search_of_arrests"}
    assert not np.allclose(single["q_value"], found["q_value"], equal_nan=True)


def test_services_are_estimated_as_if_each_stood_alone(cell) -> None:
    toronto = cell(GROUPS, service="Toronto")
    aylmer = cell({"White": (3, 500), "Black": (9, 90), "Unknown": (1, 30)}, service="Aylmer")
    together = estimate(pd.concat([toronto, aylmer]), RULES).set_index("figure_id")
    for alone in (toronto, aylmer):
        expected = estimate(alone, RULES).set_index("figure_id")
        pd.testing.assert_frame_equal(together.loc[expected.index], expected)
    # A framework may name the service in its families, which changes nothing but the name.
    named = EstimationRules(family=("service", *RULES.family))
    named_together = estimate(pd.concat([toronto, aylmer]), named).set_index("figure_id")
    assert set(named_together["test_family"].str.split("|").str[0]) == {"Toronto", "Aylmer"}
    pd.testing.assert_frame_equal(
        named_together.drop(columns="test_family"), together.drop(columns="test_family")
    )
