"""The summary tables of incidents in a release: cells that are those of the warehouse."""

import pandas as pd
import pytest

from rbdc.disclosure.cells import STANDARD, Cell, Code, months_of
from rbdc.release.counting import Counting
from rbdc.release.incident_tables import DIMENSIONS, MEASURES, incident_tables
from tests.unit.release.small_warehouse import SERVICE, warehouse

FORCE, ACTION = MEASURES
YEARS = months_of("2020-01/2021-12")
MODEL = ("service", "summary_table", "interaction", "year", "month", "call_source", "time_of_day",
         "division", "call_type", "occurrence_category", "gender", "weapons", "highest_force",
         "race_group")  # fmt: skip
INCIDENTS = [
    ("use_of_force", "2020-02", "Black", "D1", 3),
    ("use_of_force", "2021-05", "White", "D2", 12),
    ("enforcement_action", "2021-05", "White", "D1", 40),
    ("use_of_force", "2022-01", "White", "D1", 9),  # no whole year
]


def tables_of(extent="2020-01/2022-03", counted_from="records", service=SERVICE, measures=MEASURES):
    """Table 3 (division and race) and 1 (months), counted from incidents."""
    units = [
        {"interaction": name, "unit": "incident", "period": month, "race_group": race,
         "division": division, "call_source": "Call", "units": number}
        for name, month, race, division, number in INCIDENTS
    ]  # fmt: skip
    connection = warehouse(units)
    rows = [
        {"summary_table": "RBDC_UOF_TBL_003", "interaction": name, "year": month[:4],
         "division": division, "race_group": race, "incidents": number}
        for name, month, race, division, number in INCIDENTS
    ] + [
        {"summary_table": "RBDC_UOF_TBL_001", "interaction": name, "year": month[:4],
         "month": month, "call_source": "Call", "incidents": number}
        for name, month, _, _, number in INCIDENTS
    ]  # fmt: skip
    frame = pd.DataFrame(rows).reindex(columns=[*MODEL, "incidents"])
    for name in MODEL:
        frame[name] = frame[name].astype("string")
    frame = frame.assign(service=SERVICE, counted_from=counted_from)
    connection.register("frame", frame)
    connection.execute("create table publication.summary_counts_of_incidents as from frame")
    extents = dict.fromkeys(measures, months_of(extent))
    counting = Counting(connection, extents, sorted(DIMENSIONS), service)
    return incident_tables(connection, counting, service), counting


def cell(measure, period, **codes):
    filters = tuple(sorted(Code(name, STANDARD, value) for name, value in codes.items()))
    return Cell(*measure, filters, months_of(period))


BLACK_D1 = cell(FORCE, "2020-01/2021-12", race_group="Black", division="D1")


def test_cells_of_whole_years_and_of_months_are_counted_as_the_table_says():
    found, counting = tables_of()
    assert found.period == YEARS and found.issues == ()
    assert {BLACK_D1, cell(FORCE, "2021-05", call_source="Call")} <= set(found.cells)
    assert cell(FORCE, "2022-01", call_source="Call") not in found.cells
    counted = counting.count(found.cells)
    told = found.rows["incidents"].astype(int).tolist()
    assert told == [counted[one] for one in found.cells] and sum(told) == 2 * (3 + 12 + 40)


def test_what_is_hidden_is_hidden_in_the_publishers_columns():
    tables = {one.name: one for one in tables_of()[0].tables(frozenset({BLACK_D1}), ("src",))}
    assert set(tables) == {"RBDC_UOF_TBL_001", "RBDC_UOF_TBL_003"}
    table = tables["RBDC_UOF_TBL_003"]
    hidden = table.frame[table.hidden["Incident_Count"]]
    assert hidden[["Type_of_Incident", "Location__Division_", "Perceived_Race_of_People_Involv"]]\
        .to_numpy().tolist() == [["Reported Use of Force Incidents", "D1", "Black"]]  # fmt: skip
    assert not tables["RBDC_UOF_TBL_001"].hidden.to_numpy().any()
    assert table.constants == {"unit": "incident", "period": "2020-01/2021-12"}
    assert "period" not in tables["RBDC_UOF_TBL_001"].constants  # it has columns for that
    assert not table.frame.duplicated(list(table.key)).any()


@pytest.mark.parametrize(
    "case", [{"extent": "2020-01/2020-09"}, {"extent": "2020-04/2021-09"}, {"service": None}]
)
def test_without_a_whole_year_or_one_service_there_are_none(case):
    found = tables_of(**case)[0]
    assert (found.period, found.cells, found.tables(frozenset(), ())) == (None, (), [])


def test_tables_that_a_publisher_printed_are_not_printed_again_and_it_is_said():
    found = tables_of(counted_from="publisher")[0]
    assert (found.cells, found.tables(frozenset(), ())) == ((), [])
    assert found.issues and "publisher printed" in found.issues[0]


def test_a_measure_that_the_release_does_not_count_is_left_out():
    found = tables_of(measures=[FORCE])[0]
    assert found.cells and {one.measure for one in found.cells} == {"use_of_force"}
    assert len(found.rows) == len(found.cells)
