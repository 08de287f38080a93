"""Released figures: which go out, and what of them hangs on a hidden count."""

import pytest

from rbdc.disclosure.cells import STANDARD, Cell, Code, months_of
from rbdc.release.counting import Counting
from rbdc.release.figures import FORMULAS, MADE_OF, grids_of, measures_of_figures
from tests.unit.release.invented_figures import family, figures_of, policy, write_figures
from tests.unit.release.small_warehouse import SERVICE, warehouse

ARREST, SEARCH = ("arrest", "person"), ("strip_search", "person")
GROUPS = {"Black": (30, 10), "White": (50, 8), "Unknown": (20, 2)}
UNITS = [
    {"interaction": name, "race_group": group, "division": "D1", "period": "2020-05", "units": n}
    for group, (arrests, searches) in GROUPS.items()
    for name, n in (("arrest", arrests), ("strip_search", searches))
]
ALL_COUNTS = {"outcome_total": 20, "benchmark_total": 100}
FIGURES = [
    {"race_group": g, "outcome_count": o, "benchmark_count": b, **ALL_COUNTS}
    for g, (b, o) in GROUPS.items()
]
RESIDENTS = {"indicator": "strip_search_of_residents", "benchmark": "resident_population",
             "benchmark_unit": "resident", "benchmark_vintage": "2016", "benchmark_count": 999,
             "benchmark_total": 9999, "outcome_count": 10, "outcome_total": 20}  # fmt: skip
EXTENT = months_of("2020-01/2021-12")


def released(rows=FIGURES, units=UNITS, families=None, service=SERVICE, extent=EXTENT):
    connection = warehouse(units)
    write_figures(connection, rows)
    dimensions = ["race_group", "division", "gender"] + (["service"] if service is None else [])
    counting = Counting(connection, {ARREST: extent, SEARCH: extent}, dimensions, service)
    return figures_of(connection, counting, families or (family(),), service)


def cell(measure, group=None, period="2020", **others):
    codes = {"race_group": group, **others} if group else others
    filters = tuple(sorted(Code(name, STANDARD, value) for name, value in codes.items()))
    return Cell(*measure, filters, months_of(period))


def hidden_columns(found, hidden, row=0):
    mask = found.hidden(hidden)
    return set(mask.columns[mask.iloc[row]])


INDEX = {"disproportionality_index", "index_low", "index_high", "expected_count", "excess_count",
         "p_value", "q_value"}  # fmt: skip
RATE = {"rate", "rate_low", "rate_high"}
DISPARITY = {"disparity_index", "disparity_low", "disparity_high", "rate_difference",
             "rate_difference_low", "rate_difference_high"}  # fmt: skip
BOUNDS = {"bound_low", "bound_high"}
EVERY = INDEX | BOUNDS | {"classification"}


@pytest.mark.parametrize(
    ("hidden", "columns"),
    [
        (cell(SEARCH, "Black"), {"outcome_count", "outcome_share", "small_count"} | EVERY | RATE
         | DISPARITY),
        (cell(SEARCH), {"outcome_total", "outcome_share", "outcome_missing_share"} | EVERY),
        (cell(ARREST, "Black"), {"benchmark_count", "benchmark_share"} | EVERY | RATE | DISPARITY),
        (cell(ARREST), {"benchmark_total", "benchmark_share", "benchmark_missing_share"} | EVERY),
        (cell(SEARCH, "White"), DISPARITY),
        (cell(ARREST, "White"), DISPARITY),
        (cell(SEARCH, "Unknown"), {"outcome_missing_share", "classification"} | BOUNDS),
        (cell(ARREST, "Unknown"), {"benchmark_missing_share", "classification"} | BOUNDS),
        (cell(SEARCH, "Black", "2021"), set()),
        (cell(SEARCH, "Black", division="D1"), set()),
    ],
    ids=lambda value: str(value) if isinstance(value, Cell) else "",
)  # fmt: skip
def test_what_hangs_on_a_hidden_count(hidden, columns):
    """The row of Black people, with White ones as reference group."""
    assert hidden_columns(released(), {hidden}) == columns


def test_nothing_hidden_nothing_lost():
    assert not released().hidden(frozenset()).to_numpy().any()


def test_each_row_hangs_on_its_own_group():
    found = released()
    mask = found.hidden({cell(SEARCH, "Unknown")})
    outcome = dict(zip(found.frame["race_group"], mask["outcome_count"], strict=True))
    assert outcome == {"Black": False, "White": False, "Unknown": True}
    assert (
        mask["bound_low"].all()
        and not mask["index_low"][found.frame["race_group"] != "Unknown"].any()
    )


def test_persons_are_never_in_the_frame_and_every_number_is_known_to_the_mask():
    found = released()
    assert {"persons", "run_id"} & set(found.frame.columns) == set()
    numbers = {n for n in found.frame.columns if found.frame[n].dtype.kind in "fiu"}
    numbers -= {"composition_rule"}  # empty here
    assert numbers <= set(MADE_OF)


def test_formulas_name_counts_on_which_their_statistic_hangs():
    columns = {"outcome_count": "o", "outcome_total": "O", "benchmark_count": "b",
               "benchmark_total": "B"}  # fmt: skip
    for name, (above, below) in FORMULAS.items():
        assert {columns[one] for one in above + below} <= set(MADE_OF[name]), name


def test_cells_of_a_row():
    found = released()
    assert {name: cells[0] for name, cells in found.cells.items()} == {
        "o": cell(SEARCH, "Black"), "O": cell(SEARCH), "b": cell(ARREST, "Black"),
        "B": cell(ARREST), "ro": cell(SEARCH, "White"), "rb": cell(ARREST, "White"),
        "uo": cell(SEARCH, "Unknown"), "ub": cell(ARREST, "Unknown"),
    }  # fmt: skip
    assert len(found.all_cells()) == 8
    assert grids_of(found) == {("year", "all"): {ARREST, SEARCH}}


def test_residents_are_public():
    found = released([RESIDENTS])
    assert [found.cells[name][0] for name in ("b", "B", "rb", "ub")] == [None] * 4
    lost = hidden_columns(found, {cell(SEARCH, "Black")})
    assert "rate" in lost and not {"benchmark_count", "benchmark_share"} & lost
    assert grids_of(found) == {("year", "all"): {SEARCH}}


def test_strata_are_filters_and_crossings_too():
    rows = [
        {"dimension": "division", "dimension_value": "D1|x", **FIGURES[0]},
        {"dimension": "division*gender", "dimension_value": "D1|Male", **FIGURES[0]},
    ]
    units = [
        {**one, "division": division, "gender": "Male"}
        for one in UNITS
        for division in ("D1", "D1|x")
    ]
    found = released(rows, units, (family(dimensions=["division", "division*gender"]),))
    assert found.cells["O"] == [
        cell(SEARCH, division="D1|x"), cell(SEARCH, division="D1", gender="Male"),
    ]  # fmt: skip
    assert found.cells["uo"][0] == cell(SEARCH, "Unknown", division="D1|x")


@pytest.mark.parametrize(
    ("families", "ids"),
    [
        ((family(),), ["F0", "F3"]),
        ((family(periods=["quarter"]),), ["F1"]),
        ((family(dimensions=["division"]),), ["F2"]),
        ((family(indicators=["use_of_force_of_residents"]),), []),
        ((family(), family(dimensions=["division"])), ["F0", "F2", "F3"]),
    ],
)
def test_only_figures_that_the_policy_names(families, ids):
    rows = [
        FIGURES[0],
        {**FIGURES[0], "period_type": "quarter", "period": "2020-Q2"},
        {**FIGURES[0], "dimension": "division", "dimension_value": "D1"},
        RESIDENTS,
    ]
    assert sorted(released(rows, families=families).frame["figure_id"]) == ids


def test_measures_of_the_figures_of_a_policy():
    connection = warehouse(UNITS)
    by_month = {**FIGURES[0], "period_type": "month", "outcome": "item_found"}
    write_figures(connection, [FIGURES[0], {**RESIDENTS, "outcome": "booking"}, by_month])
    assert measures_of_figures(connection, policy(figures=(family(),))) == {
        ARREST, SEARCH, ("booking", "person"),
    }  # fmt: skip


# --- figures that do not fit the closed months

AFTER = [{**UNITS[0], "period": "2022-01", "units": 7}]
OF_ALL = [{**row, "period_type": "all", "period": "all"} for row in FIGURES]


def test_figures_of_all_months_go_out_with_their_months():
    found = released(OF_ALL, families=(family(periods=["all"]),))
    assert found.frame["period"].tolist() == ["2020-01/2021-12"] * 3 and found.left_out == ()
    assert found.cells["o"][0] == cell(SEARCH, "Black", "2020-01/2021-12")


def test_figures_that_count_records_outside_the_closed_months_are_left_out_with_a_reason():
    rows = [{**row, "benchmark_total": 107} for row in OF_ALL]
    found = released([*rows, *FIGURES], [*UNITS, *AFTER], (family(periods=["all", "year"]),))
    assert found.frame["period_type"].unique().tolist() == ["year"]
    assert found.left_out == (
        "strip_search_of_arrests, all figures by all: "
        "they count records outside the closed months.",
    )


def test_figures_of_a_period_that_is_not_closed_are_left_out_with_a_reason():
    rows = [FIGURES[0], {**FIGURES[1], "period": "2022"}]
    found = released(rows)
    assert found.frame["figure_id"].tolist() == ["F0"]
    assert found.left_out == (
        "strip_search_of_arrests, year figures by all: the period is not closed.",
    )


def test_a_file_of_many_services_has_them_as_a_filter():
    rows = [{**FIGURES[0], "outcome_total": 20}, {**FIGURES[0], "service": "Peel"}]
    units = [*UNITS, *({**one, "service": "Peel"} for one in UNITS)]
    found = released(rows, units, service=None)
    assert found.cells["O"] == [cell(SEARCH, service=SERVICE), cell(SEARCH, service="Peel")]
    assert len(released(rows, units).frame) == 1
