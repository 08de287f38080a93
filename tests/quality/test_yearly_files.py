"""Yearly provincial files on their way through pull and gate: each shape, once, replaced whole."""

import duckdb
import pytest

from expectations.gatekeeper import pass_gate, suite_version
from rbdc.sources.declaration import load_sources
from rbdc.store.intake import Place, pull_batch
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql

HEADER_2023 = (
    "_id,BatchFileName,PoliceServiceType,PoliceService,OPP_PoliceService,IncidentNumber,Date,"
    "ApproximateTimeForceApplied,ReportType,AssignmentType,IncidentType,InteractionType,NumberIndividuals,"
    "Inclusion_SOLGEN_ARA_Analysis"
)
# One more column, and another name for the number of people.
HEADER_2024 = HEADER_2023.replace("_id,", "Id_,IncidentYear,").replace(
    "NumberIndividuals", "NumberIndiv"
)


@pytest.fixture
def table(project):
    tables = load_sources(project / "services" / "ontario").tables
    return next(one for one in tables if one.id == "provincial_use_of_force__main_records")


@pytest.fixture
def refresh(table, tmp_path):
    """Pull the files that are there and let the gate decide; gives the load and rows in force."""
    state = StateFolder(tmp_path / "var")

    def run():
        landed = pull_batch(
            state,
            table,
            Place(folder=tmp_path / "sources"),
            lambda: None,
            suite_version=suite_version(table),
            code_version="test",
            run_id="run",
        )
        load = pass_gate(state, table, landed).load
        history = LoadHistory(state, table)
        current = current_rows_sql(
            table, history.rows_files(), history.gone_files(), with_deleted=False
        )
        rows = duckdb.sql(
            f"select BatchFileName, NumberIndividuals, AssignmentType from ({current}) order by 1"
        ).fetchall()
        return load, rows

    return run


def yearly_file(tmp_path, year, reports, header=None, end="\n"):
    """A yearly file of (id, number of people, assignment) that begins with UTF-8's own mark."""
    header = header or HEADER_2023
    first = f"{year}," if "IncidentYear" in header else ""
    lines = [
        f"{n},{first}{id_},Municipal Police,Toronto,,T-{id_},{year}-05-0{n},08:00:00,Individual,"
        f'"{assignment}",'
        f"Weapon(s),Interaction with Individual(s),{people},Yes"
        for n, (id_, people, assignment) in enumerate(reports, 1)
    ]
    folder = tmp_path / "sources" / f"ontario_uof_{year}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"uof_main_records_{year}.csv"
    file.write_bytes(b"\xef\xbb\xbf" + end.join([header, *lines, ""]).encode())
    return file


def test_shapes_of_several_years_are_one_table(refresh, tmp_path):
    yearly_file(tmp_path, 2023, [("1", 2, "Patrol"), ("2", 1, "Patrol")])
    yearly_file(tmp_path, 2024, [("3", 4, "Patrol")], HEADER_2024)
    load, rows = refresh()
    assert (load.verdict, load.rows_landed, load.data_as_of) == ("accepted", 3, "2024-05-01")
    assert rows == [("1", "2", "Patrol"), ("2", "1", "Patrol"), ("3", "4", "Patrol")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_newlines_inside_fields_are_part_of_the_field(refresh, tmp_path, end):
    broken = f"Patrol (e.g., general,{end}foot){end}"
    yearly_file(tmp_path, 2024, [("1", 1, broken), ("2", 3, "Traffic")], HEADER_2024, end)
    load, rows = refresh()
    assert (load.rows_landed, load.rows_accepted) == (2, 2)
    assert rows == [("1", "1", broken), ("2", "3", "Traffic")]


def test_the_same_bytes_are_loaded_once(refresh, tmp_path):
    file = yearly_file(tmp_path, 2023, [("1", 2, "Patrol")])
    assert refresh()[0].verdict == "accepted"
    file.write_bytes(file.read_bytes())
    load, rows = refresh()
    assert (load.verdict, load.rows_landed, load.rows_unchanged) == ("unchanged", 1, 1)
    assert rows == [("1", "2", "Patrol")]


def test_a_replaced_file_replaces_its_rows_and_a_removed_one_takes_them_away(refresh, tmp_path):
    for year, reports in {
        2023: [("1", 1, "Patrol"), ("2", 1, "Patrol")],
        2024: [("3", 1, "Patrol"), ("4", 1, "Patrol")],
        2025: [("5", 1, "Patrol")],
    }.items():
        yearly_file(tmp_path, year, reports)
    refresh()
    # 3 is corrected, 4 is gone, 6 is new.
    file = yearly_file(tmp_path, 2024, [("3", 2, "Patrol"), ("6", 1, "Patrol")])
    load, rows = refresh()
    assert (load.verdict, load.rows_landed) == ("accepted", 5)
    assert (load.rows_accepted, load.rows_unchanged) == (2, 3)
    assert [(id_, people) for id_, people, _ in rows] == [
        ("1", "1"),
        ("2", "1"),
        ("3", "2"),
        ("5", "1"),
        ("6", "1"),
    ]
    file.unlink()
    load, rows = refresh()
    assert (load.rows_landed, load.rows_accepted, load.rows_unchanged) == (3, 0, 3)
    assert [id_ for id_, _, _ in rows] == ["1", "2", "5"]
