"""Hypotheses as rows: which figures answer them, what is missing, and what changed since."""

import pandas as pd
import pytest
from scipy import stats

from rbdc.framework.questions import Hypothesis
from tests.unit.analysis.cells import answers, cell, context, sides, together

POLICY = "strip_search_procedure"
ARRESTS, BOOKINGS = "strip_search_of_arrests", "strip_search_of_bookings"
ITEMS = "item_found_of_strip_searches"
KNOWN = {"Black": (60, 200), "White": (60, 400), "Indigenous": (3, 20)}
TABLE = "hypothesis_results"


def asking(framework, name, **update):
    """The framework with one of its hypotheses alone, changed."""
    one = next(one for one in framework.hypotheses if one.hypothesis == name)
    changed = Hypothesis.model_validate(one.model_dump() | update)
    return framework.model_copy(update={"hypotheses": (changed,)})


def both_benchmarks(framework, **keys):
    return together(cell(framework, name, KNOWN, **keys) for name in (ARRESTS, BOOKINGS))


def test_a_row_for_each_benchmark_and_group(framework):
    rows = answers(both_benchmarks(framework, period="2020"), asking(framework, "H1"))[TABLE]
    assert rows.groupby("indicator")["race_group"].agg(list).to_dict() == {
        ARRESTS: ["Black", "Indigenous"],
        BOOKINGS: ["Black", "Indigenous"],
    }
    assert rows["estimate"].iloc[0] == pytest.approx((60 / 123) / (200 / 620))
    assert rows["result"].tolist() == ["supports", "not_enough_data"] * 2
    assert set(rows["verdict"]) == {"partly_supported"}
    tested = rows[rows["p_value"].notna()]
    expected = stats.false_discovery_control(tested["p_value"])
    assert tested["q_value"].tolist() == pytest.approx(list(expected))


def test_without_named_periods_the_latest_complete_one_answers(framework):
    counts = together(
        both_benchmarks(framework, period=year, as_of="2022-06-30")
        for year in ("2020", "2021", "2022")
    )
    rows = answers(counts, asking(framework, "H1", periods=()))[TABLE]
    assert set(rows["period"]) == {"2021"}


def test_an_index_that_unknown_race_could_turn_is_no_support(framework):
    # 1.11 times their share, but under 1 once the unknown people are shared out: no tipping point
    groups = {"Black": (500, 1900), "White": (400, 1000), "Unknown": (0, 900)}
    counts = cell(framework, ARRESTS, groups, period="2020")
    one = asking(framework, "H1", groups=("Black",), benchmarks=("arrest",))
    tables = answers(counts, one)
    row = tables[TABLE].iloc[0]
    assert row["q_value"] < 0.05 and pd.isna(row["tipping_point"])
    assert row["result"] == row["verdict"] == "depends_on_unknown_race"
    said = tables["findings"]
    black = said[(said["race_group"] == "Black") & (said["measure"] == "index")]
    assert set(black["reading"]) == {"depends_on_unknown_race"} and len(black) == 2


def test_nothing_held_stays_in_the_table(framework):
    counts = cell(framework, "booking_of_arrests", KNOWN)
    tables = answers(counts, framework)
    rows = tables[TABLE]
    assert set(rows["hypothesis"]) == {one.hypothesis for one in framework.hypotheses}
    assert set(rows["verdict"]) == {"cannot_be_told"}
    assert set(rows["result"]) == {"not_enough_data"}
    assert rows["figure_id"].is_unique
    assert rows[["benchmark", "unit", "measure", "race_group"]].notna().all(axis=None)
    h6 = rows[rows["hypothesis"] == "H6"]
    assert sorted(set(h6["benchmark_vintage"])) == ["2016", "2021"]
    assert set(rows.loc[rows["hypothesis"] == "H3", "measure"]) == {"gap_ratio"}
    sentences = tables["findings"]
    verdicts = sentences[sentences["measure"] == "verdict"]
    assert len(verdicts) == len(framework.hypotheses)
    assert (
        verdicts["sentence_en"].str.endswith("It cannot be told: there is not enough data.").all()
    )


def test_what_only_one_group_lacks_is_a_gap_too(framework):
    groups = {"Black": (50, 200), "White": (60, 400)}
    counts = sides(framework, POLICY, ARRESTS, groups, groups)
    rows = answers(counts, asking(framework, "H3"))[TABLE].set_index("race_group")
    assert rows.loc["Indigenous", "result"] == "not_enough_data"
    assert rows.loc["Black", "result"] == "undecided"
    assert set(rows["verdict"]) == {"not_shown"}


def test_what_only_one_period_lacks_is_a_gap_too(framework):
    one = asking(framework, "H1", periods=("2020", "2021"), groups=("Black",))
    rows = answers(both_benchmarks(framework, period="2020"), one)[TABLE]
    lacking = rows[rows["period"] == "2021"]
    assert len(lacking) == 2 and lacking["estimate"].isna().all()


def test_a_question_that_one_service_answers_is_a_gap_in_another(framework):
    counts = together(
        [
            sides(framework, POLICY, ARRESTS, KNOWN, KNOWN, service="A", as_of="2023-12-31"),
            cell(framework, "booking_of_arrests", KNOWN, service="B", as_of="2020-01-31"),
        ]
    )
    rows = answers(counts, asking(framework, "H3"))[TABLE]
    b = rows[rows["service"] == "B"]
    assert set(b["verdict"]) == {"cannot_be_told"}
    assert set(b["data_as_of"]) == {pd.Timestamp("2020-01-31")}
    assert set(rows.loc[rows["service"] == "A", "data_as_of"]) == {pd.Timestamp("2023-12-31")}


def test_only_the_strata_in_question_answer(framework):
    counts = together(
        cell(framework, ITEMS, KNOWN, period="2020", dimension="gender", dimension_value=value)
        for value in ("Female", "Male")
    )
    update = {"policy": None, "periods": ("2020",), "dimension": "gender"}
    one = asking(framework, "H4", **update, dimension_values=("Female",))
    assert set(answers(counts, one)[TABLE]["dimension_value"]) == {"Female"}
    every = asking(framework, "H4", **update)
    assert set(answers(counts, every)[TABLE]["dimension_value"]) == {"Female", "Male"}


def test_an_outcome_test_by_regime_answers_for_both_sides(framework):
    counts = sides(framework, POLICY, ITEMS, KNOWN, KNOWN)
    rows = answers(counts, asking(framework, "H4"))[TABLE]
    black = rows[rows["race_group"] == "Black"]
    assert black["dimension_value"].tolist() == ["after", "before"]
    assert black["estimate"].tolist() == pytest.approx([2.0, 2.0])
    assert set(black["measure"]) == {"hit_rate_ratio"}


def test_adjusted_rows_are_those_of_mantel_and_haenszel(framework):
    held = context(
        {"race_group": group, "year": "2020", "division": "D1", "strip_search": x, "arrest": n}
        for group, (x, n) in KNOWN.items()
    )
    counts = cell(framework, ARRESTS, KNOWN, period="2020")
    rows = answers(counts, asking(framework, "H5"), held)[TABLE].set_index("race_group")
    assert rows.loc["Black", "estimate"] == pytest.approx(2.0)
    assert rows.loc["Black", "crude_estimate"] == pytest.approx(2.0)
    assert rows.loc["Black", "result"] == "contradicts"


def test_equivalence_of_rates_of_incidents(framework):
    alike = {"Black": (400, 2000), "White": (800, 4000), "Multiple race group": (9, 50)}
    where = {"dimension": "occurrence_category", "dimension_value": "Weapons/Homicide"}
    name = "use_of_force_of_enforcement_actions"
    one = asking(framework, "H7")
    rows = answers(cell(framework, name, alike, period="2020", **where), one)[TABLE]
    assert rows["result"].tolist() == ["supports"] and rows["verdict"].tolist() == ["supported"]
    few = {group: (x // 20, n // 20) for group, (x, n) in alike.items()}
    rows = answers(cell(framework, name, few, period="2020", **where), one)[TABLE]
    assert rows["result"].tolist() == ["undecided"] and rows["verdict"].tolist() == ["not_shown"]


def test_a_hypothesis_that_changed_after_its_first_result_says_so(framework):
    counts = both_benchmarks(framework, period="2020")
    digest = {one.hypothesis: one.digest for one in framework.hypotheses}["H1"]
    for noted, changed in (({}, False), ({"H1": digest}, False), ({"H1": "0123"}, True)):
        rows = answers(counts, asking(framework, "H1"), first_results=noted)[TABLE]
        assert set(rows["changed_after_first_result"]) == {changed}
