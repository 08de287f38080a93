"""Hit rates by group and together, and the regimes that a period mixes."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from rbdc.analysis.outcome_test import outcome_tests
from rbdc.analysis.whole import overall
from rbdc.statistics import estimation_rules
from tests.unit.analysis.cells import cell, sides, together, with_estimates
from tests.unit.statistics.conftest import build_from_people

INDICATOR, POLICY = "item_found_of_strip_searches", "strip_search_procedure"
GROUPS = {"Black": (20, 100), "White": (60, 150), "Latino": (0, 8), "Unknown": (4, 20)}


def hit_rates(framework, counts):
    return outcome_tests(with_estimates(counts, framework), framework, estimation_rules(framework))


@pytest.fixture(scope="module")
def rows(framework):
    return hit_rates(framework, cell(framework, INDICATOR, GROUPS)).set_index("race_group")


def test_hit_rates_and_their_ratio(rows):
    black = rows.loc["Black"]
    assert (black["found"], black["searches"]) == (20, 100)
    assert black["hit_rate"] == pytest.approx(0.2)
    assert black["hit_rate_ratio"] == pytest.approx(0.5)
    assert black["hit_rate_difference"] == pytest.approx(-0.2)
    assert black["classification"] == "lower"
    tested = rows[rows["p_value"].notna()]
    expected = stats.false_discovery_control(tested["p_value"])
    assert tested["q_value"].tolist() == pytest.approx(list(expected))


def test_all_race_groups_together(rows):
    everybody = rows.loc["All race groups"]
    assert (everybody["found"], everybody["searches"]) == (84, 278)
    low, high = proportion_confint(84, 278, method="wilson")
    assert everybody["hit_rate_low"] == pytest.approx(low)
    assert everybody["hit_rate_high"] == pytest.approx(high)
    assert math.isnan(everybody["hit_rate_ratio"]) and pd.isna(everybody["classification"])
    assert everybody["variance_method"] == "independent_records"


def test_groups_without_finds_are_not_read(rows):
    assert rows.loc["Latino", "hit_rate"] == 0
    assert rows.loc["Latino", "classification"] == "not_enough_data"
    assert pd.isna(rows.loc["White", "classification"])


def test_every_row_carries_the_caveat_of_its_benchmark(rows, framework):
    caveat = next(b.caveat for b in framework.benchmarks if b.benchmark == "strip_search")
    assert set(rows["caveat"]) == {caveat.strip()}


def test_a_period_in_which_the_procedure_changed_mixes_regimes(framework):
    periods = {"2020": "year", "2021": "year", "2020-Q3": "quarter", "2020-Q4": "quarter",
               "2020-10": "month", "all": "all"}  # fmt: skip
    counts = together(
        [
            *(cell(framework, INDICATOR, GROUPS, period=period, period_type=kind)
              for period, kind in periods.items()),
            sides(framework, POLICY, INDICATOR, GROUPS, GROUPS),
        ]
    )  # fmt: skip
    rows = hit_rates(framework, counts)
    mixed = rows.groupby(["dimension", "period"])["mixes_regimes"].agg(set)
    assert mixed["all"].to_dict() == {
        "2020": {True}, "2021": {False}, "2020-Q3": {False}, "2020-Q4": {False},
        "2020-10": {False}, "all": {True},
    }  # fmt: skip
    assert mixed[POLICY, "all"] == {False}


def test_a_change_for_other_indicators_mixes_nothing(framework):
    change = framework.policy_changes[0].model_copy(update={"indicators": ("booking_of_arrests",)})
    other = framework.model_copy(update={"policy_changes": (change,)})
    assert not hit_rates(other, cell(framework, INDICATOR, GROUPS, period="2020"))[
        "mixes_regimes"
    ].any()


def test_the_sides_of_one_change_can_mix_another(framework):
    another = framework.policy_changes[0].model_copy(update={"policy": "another"})
    both = framework.model_copy(update={"policy_changes": (*framework.policy_changes, another)})
    rows = hit_rates(both, sides(framework, POLICY, INDICATOR, GROUPS, GROUPS))
    assert rows["mixes_regimes"].all()


def test_no_searches_give_no_rows_and_no_crash(framework):
    assert hit_rates(framework, cell(framework, "booking_of_arrests", GROUPS)).empty
    nobody = dict.fromkeys(GROUPS, (0, 0))
    rows = hit_rates(framework, cell(framework, INDICATOR, nobody)).set_index("race_group")
    assert rows["hit_rate"].isna().all()
    assert rows.loc["Black", "q_value"] != rows.loc["Black", "q_value"]


def test_repeat_people_widen_the_rate_of_all_race_groups():
    random = np.random.default_rng(7)
    people = pd.DataFrame({"person": range(60), "race_group": ["Black", "White", "Latino"] * 20})
    people["n"] = random.integers(1, 12, len(people))
    people["x"] = random.binomial(people["n"], 0.3)
    # one person is seen as of two groups
    people.loc[1, "person"] = 0
    figures = build_from_people(people).assign(
        outcome_missing_share=0.0, benchmark_missing_share=0.0
    )
    row = overall(figures).iloc[0]
    each = people.groupby("person")[["x", "n"]].sum()
    x, n = each["x"].sum(), each["n"].sum()
    variance = ((each["x"] / x - each["n"] / n) ** 2).sum()
    assert row["rate_design_effect"] == pytest.approx(max(1, variance / (1 / x - 1 / n)))
    assert (row["outcome_count"], row["benchmark_count"]) == (x, n)
    assert row["variance_method"] == "person_clustered"
