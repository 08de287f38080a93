"""Tables before protection: complete grids with margins, each count with its cell."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from rbdc.disclosure.cells import DELIVERED, STANDARD, Code, months_of
from rbdc.release.printed import ALL, cell_at, counts_of, hidden_in, period_months, printed_counts
from tests.unit.release.test_counting import ARREST, EXTENT, ROWS, SEARCH, counting, row

WHOLE = "2020-01/2021-12"


def table(found, by, level=STANDARD, kinds=("all", "year"), measures=(ARREST,)):
    made = printed_counts(found, measures, by, level, kinds)
    return made, {
        measure: counts_of(cells, found.count([c for c in cells if c]))
        for measure, cells in made.cells.items()
    }


@settings(max_examples=20, deadline=None)
@given(st.lists(row, min_size=1, max_size=25), st.sampled_from([STANDARD, DELIVERED]))
def test_a_table_is_complete_and_its_margins_are_sums(rows, level):
    rows = [{**one, "interaction": "arrest", "service": "Lakeshore"} for one in rows]
    rows = [*rows, {**ROWS[0], "race_group_as_delivered": "B one"}]
    found = counting(rows, {ARREST: EXTENT})
    made, counts = table(found, ["race_group", "division"], level)
    race = "race_group" if level == STANDARD else "race_group_as_delivered"
    frame = made.frame.assign(count=counts[ARREST])
    inside = pd.DataFrame(rows)
    inside = inside[inside["period"].str[:4].isin(["2020", "2021"])]
    races, divisions = inside[race].unique(), inside["division"].dropna().unique()
    assert len(frame) == 3 * (len(races) + 1) * (len(divisions) + 1)
    assert not frame.duplicated(["period", race, "division"]).any()
    keyed = {(p, r, d): n for _, p, r, d, n in frame.itertuples(index=False)}
    inside = inside.fillna({"units": 1, "division": "(none)"})
    year = inside["period"].str[:4]
    for (period, group, division), count in keyed.items():
        expected = sum(
            units
            for text, one, other, units in zip(
                year, inside[race], inside["division"], inside["units"], strict=True
            )
            if period in (text, WHOLE) and group in (one, ALL) and division in (other, ALL)
        )
        assert count == expected, (period, group, division)


def test_zeros_are_rows():
    made, counts = table(counting(ROWS), ["race_group", "division"], kinds=["year"])
    zeros = made.frame[counts[ARREST].eq(0)]
    assert ("2021", "White", "D2") in set(zeros[["period", "race_group", "division"]].itertuples(
        index=False, name=None))  # fmt: skip


def test_periods_are_whole_ones_of_the_extent_and_all_is_written_out():
    found = counting(ROWS, {ARREST: months_of("2020-04/2021-09")})
    made, _ = table(found, [], kinds=["all", "year", "quarter"])
    assert list(made.frame.itertuples(index=False, name=None)) == [
        ("all", "2020-04/2021-09"), ("quarter", "2020-Q2"), ("quarter", "2020-Q3"),
        ("quarter", "2020-Q4"), ("quarter", "2021-Q1"), ("quarter", "2021-Q2"),
        ("quarter", "2021-Q3"),
    ]  # fmt: skip


def test_months_only_where_they_are_known():
    by_quarter = [{**one, "period": "2020-Q2"} for one in ROWS]
    assert len(table(counting(by_quarter), [], kinds=["month"])[0].frame) == 0
    assert len(table(counting(ROWS), [], kinds=["month"])[0].frame) == 24


def test_what_was_not_counted_in_a_period_has_no_cell():
    """Strip searches reach three months less far, so `all` is another period of theirs: 2020."""
    made, counts = table(counting(ROWS), [], kinds=["all", "quarter"], measures=[ARREST, SEARCH])
    rows = made.frame.assign(arrest=counts[ARREST], strip_search=counts[SEARCH])
    found = {p: (a, s) for _, p, a, s in rows.itertuples(index=False)}
    assert found["2021-Q2"] == (1, 1) and found[WHOLE][0] == 3
    assert pd.isna(found["2021-Q4"][1]) and found["2021-Q4"][0] == 0
    assert pd.isna(found[WHOLE][1]) and found["2020"][1] == 0
    assert all(cell is not None for cell in made.all_cells())


def test_all_is_every_whole_year():
    """A total that grew by a quarter would give that quarter away in every breakdown."""
    found = counting(ROWS, {ARREST: months_of("2019-10/2021-09")})
    made, _ = table(found, [], kinds=["all", "quarter"])
    periods = list(made.frame.itertuples(index=False, name=None))
    assert periods[0] == ("all", "2020") and len(periods) == 1 + 8


def test_measures_without_a_dimension_are_left_out():
    found = counting([*ROWS, {"interaction": "use_of_force", "period": "2020-02"}],
                     {ARREST: EXTENT, ("use_of_force", "person"): EXTENT})  # fmt: skip
    made, _ = table(found, ["division"], measures=[ARREST, ("use_of_force", "person")])
    assert set(made.cells) == {ARREST}
    assert (
        printed_counts(found, [("use_of_force", "person")], ["division"], STANDARD, ["all"]) is None
    )
    assert printed_counts(found, [("booking", "person")], [], STANDARD, ["all"]) is None


def test_labels_are_printed_where_the_source_has_them_and_one_cell_has_one_name():
    """A label alone in its standard code prints the cell of that code; divisions have no labels."""
    found = counting(ROWS)
    delivered, _ = table(found, ["race_group", "division"], DELIVERED)
    standard, _ = table(found, ["race_group", "division"], STANDARD)
    assert list(delivered.frame.columns[2:]) == ["race_group_as_delivered", "division"]
    both = set(delivered.all_cells()) & set(standard.all_cells())
    assert any(cell.filters == (Code("race_group", STANDARD, "White"),) for cell in both)
    labelled = [c for c in delivered.all_cells() if any(x.level == DELIVERED for x in c.filters)]
    assert {code.code for cell in labelled for code in cell.filters} == {
        "B one", "B two", "D1", "D2",
    }  # fmt: skip


def test_a_label_is_counted_in_the_years_in_which_it_was_in_use():
    found = counting(ROWS)
    one = Code("race_group", DELIVERED, "B one")
    of_2020 = cell_at(found, ARREST, "year", "2020", [one])
    assert cell_at(found, ARREST, "all", WHOLE, [one]) == of_2020
    unused = cell_at(found, ARREST, "year", "2021", [one])
    assert unused.period == months_of("2021") and found.count([unused]) == {unused: 0}


def test_months_of_a_printed_period():
    found = counting(ROWS)
    assert period_months(found, ARREST, "all", "all") == EXTENT
    assert period_months(found, ARREST, "all", WHOLE) == EXTENT
    assert period_months(found, ARREST, "all", "2020-01/2021-09") is None
    assert period_months(found, SEARCH, "all", "all") == months_of("2020")
    assert period_months(found, ARREST, "quarter", "2021-Q4") == months_of("2021-Q4")
    assert period_months(found, SEARCH, "quarter", "2021-Q4") is None
    assert period_months(found, ARREST, "year", "2022") is None
    assert period_months(found, ("booking", "person"), "year", "2020") is None


def test_what_is_hidden_of_a_column():
    made, _ = table(counting(ROWS), ["division"], kinds=["all"])
    cells = made.cells[ARREST]
    assert hidden_in([*cells, None], {cells[1]}).tolist() == [False, True, False, False]
