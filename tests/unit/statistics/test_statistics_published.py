"""Printed figures beside ours: what agrees, what differs and why, and what is not held."""

import hashlib
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.framework.published import Published
from rbdc.statistics.published import agrees, published_comparison

DOCUMENT = {"publisher": "A service", "published_in": "A report"}
COUNTS = "service interaction unit composition_rule period_type period dimension dimension_value"


def frame(columns: str, rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


def cell(interaction, period_type, period, counts, unit="person", rule=None, by=("all", "all")):
    return [
        ("Toronto", interaction, unit, rule, period_type, period, *by, group, count)
        for group, count in counts.items()
    ]


@pytest.fixture(scope="module")
def marts() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    searches = {"2020-Q1": (20, 30), "2020-Q2": (10, 40), "2020-Q3": (1, 9)}
    rows = [
        ("Peel Regional", "arrest", "person", None, "year", "2020", "all", "all", "Black", 9999),
        *cell("strip_search", "year", "2020", {"Black": 31, "White": 79}),
        *cell("arrest", "year", "2020", {"Black": 200, "White": 200}),
        *cell("booking", "year", "2020", {"Black": 200, "White": None}),
        *cell("arrest", "year", "2020", {"Black": 3}, by=("gender", "Female")),
        *cell("arrest", "year", "2020", {"Black": 5, "White": 1}, by=("gender", "Male")),
        *cell("arrest", "year", "2021", {"White": 7}, by=("gender", "Male")),
        *cell("use_of_force", "year", "2020", {"Black": 4, "White": 6}, "incident", "multiple"),
        *cell("use_of_force", "year", "2020", {"Black": 40}, "incident", "first"),
        *cell("use_of_force", "year", "2020", {"Black": 5, "White": 5}),
    ]
    for quarter, (black, white) in searches.items():
        rows += cell("strip_search", "quarter", quarter, {"Black": black, "White": white})
    residents = "service benchmark unit vintage period_type period dimension dimension_value"
    population = [
        ("Toronto", "residents", "resident", vintage, "all", "all", "all", "all", group, count)
        for vintage, counts in {"2016": (100, 900), "2021": (200, 800)}.items()
        for group, count in zip(("Black", "White"), counts, strict=True)
    ]
    figures = [
        ("f1", "Toronto", "searches", "year", "2020", "all", "all", "Black", 0.3125, 1.1),
        ("f2", "Toronto", "searches", "year", "2020", "all", "all", "White", 0.6875, None),
        ("f3", "Toronto", "searches", "year", "2020", "gender", "Male", "Black", 0.5, 1.0),
    ]
    return (
        frame(f"{COUNTS} race_group count", rows),
        frame(f"{residents} race_group count", population),
        frame(
            "figure_id service indicator period_type period dimension dimension_value race_group "
            "outcome_share disproportionality_index",
            figures,
        ),
    )


def compare(marts, **printed):
    entry = {"statement": "s", "document": DOCUMENT, "status": "published", **printed}
    published = Published.model_validate({"figures": {"an-id": entry}})
    return published_comparison(published, *marts, "Toronto")


def only(marts, **printed):
    found = compare(marts, **printed)
    assert len(found) == 1
    return found.iloc[0]


def searched(**more):
    return {"interaction": "strip_search", "unit": "person", "period": "2020", **more}


def arrested(**more):
    return searched(interaction="arrest", **more)


def forced(**more):
    return arrested() | {
        "interaction": "use_of_force",
        "unit": "incident",
        "composition_rule": "multiple",
        **more,
    }


def test_a_count_that_agrees(marts):
    row = only(marts, value=110, count=searched(), reason="Not needed.")
    assert (row["ours"], row["difference"], row["agrees"]) == (110, 0, True)
    assert row["explained"] and row["reason"] is pd.NA and row["source_figures"] is pd.NA
    key = b"Toronto|published_comparison|an-id|all"
    assert row["figure_id"] == hashlib.sha256(key).hexdigest()[:16]
    assert row["quantity"] == "count of strip_search (person)"
    assert list(row[["publisher", "published_in"]]) == list(DOCUMENT.values())
    cell = row[["period_type", "period", "dimension", "dimension_value"]]
    assert list(cell) == ["year", "2020", "all", "all"]


@pytest.mark.parametrize("reason", [None, "The table has one more."])
def test_a_count_that_differs_is_explained_only_by_a_reason(marts, reason):
    row = only(marts, value=109, count=searched(), reason=reason)
    assert (row["ours"], row["difference"], row["agrees"]) == (110, 1, False)
    assert row["explained"] == (reason is not None)
    assert (row["reason"] is pd.NA) if reason is None else (row["reason"] == reason)


def test_groups_are_a_row_each_with_a_figure_id_of_its_own(marts):
    found = compare(marts, groups={"all": 110, "Black": 31, "White": 80}, count=searched())
    assert list(found["race_group"]) == ["all", "Black", "White"]
    assert list(found["agrees"]) == [True, True, False]
    assert found["figure_id"].is_unique


@pytest.mark.parametrize(
    ("count", "ours"),
    [
        (searched(period=["2020-Q1", "2020-Q3"]), 60),
        (searched(race_group="White"), 79),
        (arrested(dimension="gender", dimension_value="*"), 9),
        (arrested(dimension="gender", dimension_value="Female"), 3),
        (arrested(dimension="gender", dimension_value="Female", race_group="White"), 0),
        (arrested(dimension="gender", dimension_value="Female", period=["2020", "2021"]), 3),
        (forced(), 10),
        (forced(composition_rule="first"), 40),
        (searched(interaction="use_of_force"), 10),
        ({"benchmark": "residents", "vintage": "2021", "unit": "resident", "period": "all",
          "race_group": "Black"}, 200),
    ],
)  # fmt: skip
def test_counts_are_summed_over_the_rows_that_are_named_and_no_others(marts, count, ours):
    assert only(marts, value=0, count=count)["ours"] == ours


def test_ratios_and_indices_are_made_of_counts(marts):
    ratio = {"numerator": searched(), "denominator": arrested(race_group="all")}
    row = only(marts, value=0.08, to=0.01, race_group="Black", ratio=ratio)
    assert (row["ours"], row["agrees"]) == (31 / 400, True)
    assert row["quantity"] == "ratio of strip_search (person) to arrest (person)"
    residents = {"benchmark": "residents", "vintage": "2016", "unit": "resident", "period": "all"}
    index = {"outcome": forced(), "benchmark": residents}
    row = only(marts, value=4.1, to=0.1, race_group="Black", index=index)
    assert row["ours"] == pytest.approx(4.0) and not row["agrees"]
    assert row["quantity"] == (
        "index of use_of_force (incident, multiple) against residents 2016 (resident)"
    )


def test_a_column_of_our_figures_is_named_with_its_figure_id(marts):
    figure = {"indicator": "searches", "period": "2020", "column": "outcome_share"}
    row = only(marts, value=0.31, to=0.01, race_group="Black", figure=figure)
    assert (row["ours"], row["agrees"], row["source_figures"]) == (0.3125, True, "f1")
    assert row["quantity"] == "outcome_share of searches"
    stratum = figure | {"dimension": "gender", "dimension_value": "Male"}
    assert only(marts, value=1, race_group="Black", figure=stratum)["source_figures"] == "f3"


INDEX_COLUMN = {"indicator": "searches", "period": "2020", "column": "disproportionality_index"}


@pytest.mark.parametrize(
    ("ours", "group", "missing"),
    [
        ({"count": searched(interaction="item_found")}, "all", "item_found (person) in 2020"),
        ({"count": searched(period=["2020-Q1", "2020-Q4"])}, "all", "in 2020-Q4"),
        ({"count": searched(unit="officer_report")}, "all", "strip_search (officer_report)"),
        ({"count": forced(composition_rule="other")}, "all", "use_of_force (incident, other)"),
        ({"count": searched(dimension="division", dimension_value="*")}, "all", "by division"),
        ({"count": arrested(dimension="gender", dimension_value="Femal")}, "all", "gender Femal"),
        ({"count": searched()}, "Martian", "no race group Martian"),
        ({"count": searched(interaction="booking")}, "all", "booking (person) in 2020 is empty"),
        ({"count": {"benchmark": "residents", "vintage": "2011", "unit": "resident",
                    "period": "all"}}, "all", "residents 2011 (resident)"),
        ({"ratio": {"numerator": searched(),
                    "denominator": arrested(dimension="gender", dimension_value="Female")}},
         "White", "divided by zero"),
        ({"figure": INDEX_COLUMN | {"period": "2019"}}, "Black", "figure of searches in 2019"),
        ({"figure": INDEX_COLUMN}, "White", "no disproportionality_index for White"),
    ],
)  # fmt: skip
def test_what_we_do_not_hold_is_a_row_that_says_so(marts, ours, group, missing):
    row = only(marts, value=1, race_group=group, **ours, reason="Also this.")
    assert row["ours"] is pd.NA and row["difference"] is pd.NA and row["agrees"] is pd.NA
    assert missing in row["reason"] and row["reason"].endswith("Also this.")
    assert row["explained"]


def test_empty_marts_and_an_empty_file_have_the_same_columns(marts):
    empty = tuple(one[:0] for one in marts)
    row = only(empty, value=1, count=searched())
    assert row["agrees"] is pd.NA and row["explained"]
    none = published_comparison(Published(), *marts, "Toronto")
    filled = compare(marts, value=1, count=searched())
    assert none.empty and none.dtypes.equals(filled.dtypes)


STEPS = st.sampled_from([Decimal(step) for step in ("0.001", "0.01", "0.05", "0.1", "1", "5")])
OURS = (
    st.floats(0, 1e6)
    | st.integers(0, 10**9).map(float)
    | st.integers(0, 4000).map(
        lambda n: n / 800  # many ties
    )
)


def rounded(ours: float, step: Decimal, way: str) -> Decimal:
    return (Decimal(repr(ours)) / step).to_integral_value(rounding=way) * step


@given(ours=OURS, step=STEPS)
def test_ours_agrees_with_its_own_rounding_whichever_way_ties_go(ours, step):
    for way in (ROUND_HALF_UP, ROUND_HALF_EVEN):
        assert agrees(ours, rounded(ours, step, way), step)


@given(ours=OURS, step=STEPS, steps=st.integers(-3, 3))
def test_ours_agrees_with_no_other_number_of_the_step(ours, step, steps):
    value = rounded(ours, step, ROUND_HALF_UP) + steps * step
    ways = {rounded(ours, step, way) for way in (ROUND_HALF_UP, "ROUND_HALF_DOWN")}
    assert agrees(ours, value, step) == (value in ways)


@given(ours=OURS, step=STEPS, steps=st.integers(-3, 3))
def test_about_allows_one_step_and_never_two(ours, step, steps):
    value = rounded(ours, step, ROUND_HALF_UP) + steps * step
    if agrees(ours, value, step):
        assert agrees(ours, value, step, about=True)
    if abs(steps) >= 2:
        assert not agrees(ours, value, step, about=True)


@pytest.mark.parametrize(("value", "agreed"), [("0.28", True), ("0.29", True), ("0.27", False)])
def test_a_tie_agrees_with_both_neighbours(value, agreed):
    assert agrees(57 / 200, Decimal(value), Decimal("0.01")) is agreed
