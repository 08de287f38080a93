"""Cells of the summary tables become the publisher's columns, and each column says its role."""

import csv
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.errors import RbdcError
from rbdc.release.summary_tables import (
    LABELS,
    MONTHS,
    TABLES,
    cells_of_years,
    field_roles,
    resource_constants,
    summary_frames,
)

ALL = [
    *("service", "summary_table", "interaction", "year", "month", "call_source", "time_of_day"),
    *("division", "call_type", "occurrence_category", "gender", "weapons", "highest_force"),
    *("race_group", "incidents", "counted_from"),
]
BY_NAME = {table.name: table for table in TABLES}


def row(number: int, incidents: int, **told: str) -> dict[str, object]:
    """A row of the model: of Lakeshore's use of force in 2022, unless told otherwise."""
    usual = {"service": "Lakeshore", "interaction": "use_of_force", "year": "2022"}
    table = {"summary_table": f"RBDC_UOF_TBL_{number:03}", "incidents": incidents}
    return dict.fromkeys(ALL) | usual | table | told


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=ALL)


def published(*rows: dict[str, object], years: tuple[str, str] = ("2022", "2022")):
    return summary_frames(cells_of_years(frame(*rows), "Lakeshore", *years))


def test_columns_are_those_of_the_publisher(shared: Path):
    with (shared / "reference/shapes/toronto_summary_tables.csv").open(encoding="utf-8") as file:
        rows = [line for line in csv.DictReader(file) if line["kind"] == "field"]
    expected: dict[str, list[str]] = {}
    for line in rows:
        expected.setdefault(line["table"], []).append(line["name"])
    found = {table.name: [column.name for column in table.columns] for table in TABLES}
    assert found == expected


def test_months_stand_in_the_order_of_the_year_under_their_names():
    months = [f"2022-{number:02}" for number in (4, 1, 12, 8)]
    rows = [row(1, n, month=month, call_source="Call") for n, month in enumerate(months)]
    table = published(*rows)["RBDC_UOF_TBL_001"]
    assert list(table) == [
        *("Data_Type", "Description", "OccurredYear", "OccurredMonth", "Incident_Count"),
        "ObjectId",
    ]
    assert list(table["OccurredMonth"]) == ["January", "April", "August", "December"]
    assert list(table["Incident_Count"]) == [1, 0, 3, 2]
    assert list(table["ObjectId"]) == [1, 2, 3, 4]
    assert set(table["OccurredYear"]) == {2022}
    assert set(table["Data_Type"]) == {"Reported Use of Force Incidents"}


def test_only_call_sources_keep_their_year_where_a_release_covers_two():
    rows = [
        row(number, incidents, year=year, **told)
        for year, incidents in (("2021", 1), ("2022", 2), ("2023", 4))
        for number, told in (
            (1, {"month": f"{year}-01", "call_source": "Call"}),
            (6, {"gender": "Male", "race_group": "Black"}),
        )
    ]
    tables = published(*rows, years=("2022", "2023"))
    assert list(tables["RBDC_UOF_TBL_001"]["Incident_Count"]) == [2, 4]
    assert list(tables["RBDC_UOF_TBL_006"]["Incident_Count"]) == [6]


def test_other_services_and_absent_tables_are_left_out():
    tables = published(
        row(2, 5, time_of_day="Night", race_group="Black"),
        row(2, 9, time_of_day="Night", race_group="Black", service="Peel"),
    )
    assert list(tables) == ["RBDC_UOF_TBL_002"]
    assert list(tables["RBDC_UOF_TBL_002"]["Incident_Count"]) == [5]


def test_both_kinds_of_incident_stand_under_their_labels():
    told = {"division": "D1", "race_group": "Black"}
    table = published(row(3, 1, **told), row(3, 30, interaction="enforcement_action", **told))
    found = table["RBDC_UOF_TBL_003"][["Type_of_Incident", "Incident_Count"]].values.tolist()
    assert found == [["Enforcement Action Incidents", 30], ["Reported Use of Force Incidents", 1]]


def test_a_hidden_count_stays_hidden_in_its_row():
    cells = cells_of_years(
        frame(
            row(7, 9, weapons="Weapon perceived", highest_force="B", race_group="Black"),
            row(7, 2, weapons="No weapon perceived", highest_force="A", race_group="Black"),
        ),
        "Lakeshore",
        "2022",
        "2022",
    )
    hidden = cells["incidents"] < 5
    cells = cells.assign(incidents=cells["incidents"].astype("Int64").mask(hidden), hidden=hidden)
    table = summary_frames(cells)["RBDC_UOF_TBL_007"]
    assert list(table)[-2:] == ["ObjectId", "hidden"]
    assert table["Incident_Count"].isna().tolist() == [True, False]
    assert table["hidden"].tolist() == [True, False]
    assert list(table["Weapons_Carried"]) == ["No weapon perceived", "Weapon perceived"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"summary_table": "RBDC_UOF_TBL_008"}, "called RBDC_UOF_TBL_008"),
        ({"interaction": "Unmapped"}, "no label for incidents of Unmapped"),
    ],
)
def test_what_no_table_can_hold_is_refused(told, message):
    with pytest.raises(RbdcError, match=message):
        published(row(6, 1, gender="Male", race_group="Black", **told))


def test_years_that_were_not_put_together_are_refused():
    rows = [row(6, 1, gender="Male", race_group="Black", year=year) for year in ("2022", "2023")]
    with pytest.raises(RbdcError, match="a cell twice"):
        summary_frames(frame(*rows))


GENDERS = ("Female", "Male", "Multiple")


@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(list(LABELS)),
            st.sampled_from(["2021", "2022", "2023"]),
            st.sampled_from(GENDERS),
            st.sampled_from(["Black", "White"]),
        ),
        st.integers(0, 1000),
        min_size=1,
    )
)
def test_no_incident_is_lost_and_no_order_of_rows_matters(counts):
    rows = [
        row(6, incidents, interaction=interaction, year=year, gender=gender, race_group=race)
        for (interaction, year, gender, race), incidents in counts.items()
    ]
    table = published(*rows, years=("2021", "2023"))["RBDC_UOF_TBL_006"]
    assert table["Incident_Count"].sum() == sum(counts.values())
    assert list(table["ObjectId"]) == list(range(1, len(table) + 1))
    pd.testing.assert_frame_equal(
        table, published(*reversed(rows), years=("2021", "2023"))["RBDC_UOF_TBL_006"]
    )
    ordered = table.sort_values(["Type_of_Incident", "Gender_of_People_Involved"], kind="stable")
    assert list(ordered["ObjectId"]) == list(table["ObjectId"])


def test_each_column_has_a_role_and_what_no_column_tells_is_a_constant():
    roles = {name: field_roles(table) for name, table in BY_NAME.items()}
    for name, table in BY_NAME.items():
        assert roles[name]["Incident_Count"] == {"role": "count"}
        assert roles[name]["ObjectId"] == {"role": "key"}
        names_measure = any(role["role"] == "measure" for role in roles[name].values())
        constants = resource_constants(table, "all")
        assert names_measure != ("measure" in constants)
        assert (constants.get("period") == "all") != ("OccurredYear" in roles[name])
        assert constants["unit"] == "incident"
    assert roles["RBDC_UOF_TBL_007"]["Highest_Type_of_Force_Used"] == {
        "role": "dimension",
        "dimension": "highest_force",
        "level": "standard",
    }
    codes = roles["RBDC_UOF_TBL_001"]["Data_Type"]["codes"]
    assert codes == {label: measure for measure, label in LABELS.items()}
    assert len(MONTHS) == 12
