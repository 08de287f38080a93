"""All eight tables of Toronto and the City's copies of them, invented rows, from files to marts."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.explain import explain
from rbdc.sources.declaration import load_sources
from rbdc.store.layout import StateFolder
from tests.pipeline import (
    PROJECT,
    beside_the_published,
    hashes,
    land_and_judge_table,
    last_run,
    mart,
    query,
    refresh_here,
)
from tests.quality.good_batches import GOOD
from tests.summary_tables import AXES, FORCE, GRID_SIZES, Rows, grid, with_drift, write

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

TABLES = {table.id: table for table in load_sources(PROJECT / "services" / "toronto").tables}
SUMMARIES = [f"tps__{name}" for name in GRID_SIZES]
GENDER = "use_of_force_by_gender"
FILE = Path("tps") / "RBDC_UOF_TBL_006.csv"


def rows_of(table_id: str) -> Rows:
    rows = GOOD[table_id]()
    if table_id == "provincial_use_of_force__main_records":
        rows = [row | {"PoliceService": "Toronto"} for row in rows]
    return rows


def write_all(folder: Path, *, alias: bool, drift: bool, copies: bool) -> None:
    """Every table that Toronto reads from files; shape and spelling are those of the eight."""
    for table_id, table in TABLES.items():
        if table.folder == "service" or (table.source == "toronto_open_data" and not copies):
            continue
        rows = rows_of(table_id)
        if drift and table.source == "tps":
            rows = with_drift(rows)
        if table.source == "toronto_open_data" and table.table == GENDER:
            rows[-1]["incident_count"] = "5"
        write(folder, table, rows, alias=alias)


def refresh(root: Path, folder: Path):
    return refresh_here(root, "--service", "toronto", "--source-dir", str(folder))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """REST names, with the City's copies beside."""
    root = tmp_path_factory.mktemp("summary")
    write_all(root / "rest", alias=False, drift=False, copies=True)
    outcome = refresh(root, root / "rest")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return root


def counts(state: Path, columns: str, where: str) -> list[tuple]:
    return query(
        f"select {columns} from {mart(state, 'interactions/interaction_counts')} "
        f"where service = 'Toronto' and {where}"
    )


def printed(table: str, **where: str) -> int:
    rows = [row for row in grid(table) if all(row[column] == where[column] for column in where)]
    return sum(int((row["incident_count"] or "0").replace(",", "")) for row in rows)


def test_all_eight_tables_and_their_copies_are_loaded_whole(first):
    loads = query(
        "select source, table_name, verdict, rows_accepted, data_as_of::varchar "
        f"from {mart(first / 'toronto', 'audit/loads')} "
        "where source in ('tps', 'toronto_open_data')"
    )
    expected = {
        (source, table, "accepted", size, "2020-12-31")
        for source in ("tps", "toronto_open_data")
        for table, size in GRID_SIZES.items()
    }
    expected |= {
        (source, "arrests", "accepted", 4, "2020-03-31") for source in ("tps", "toronto_open_data")
    }
    assert set(loads) == expected
    judged = query(
        "select count(*), bool_and(success) from "
        f"{mart(first / 'toronto', 'audit/expectation_results')} "
        "where expectation in ('grid_size', 'grid_is_complete')"
    )
    assert judged == [(28, True)]


def test_published_counts_enter_without_records(first):
    found = counts(
        first / "toronto",
        "dimension, interaction, sum(count)",
        "period = '2020' and period_type = 'year' and unit = 'incident' group by all",
    )
    expected = {
        (next(column for column in reversed(axes)), interaction): printed(table, incident_type=kind)
        for table, axes in AXES.items()
        if "incident_type" in axes
        for interaction, kind in (
            ("enforcement_action", "Enforcement Action Incidents"),
            ("use_of_force", FORCE),
        )
    }
    for interaction, kind in (
        ("enforcement_action", "Enforcement Action Incidents"),
        ("use_of_force", FORCE),
    ):
        expected["call_source", interaction] = printed("use_of_force_call_sources", data_type=kind)
    expected["weapons*highest_force", "use_of_force"] = printed("use_of_force_by_force_type")
    assert {(dimension, name): count for dimension, name, count in found} == expected


def test_records_of_2023_stand_beside_published_counts_of_2020(first):
    found = counts(
        first / "toronto",
        "period, sum(count)",
        "interaction = 'use_of_force' and unit = 'incident' and dimension = 'gender' "
        "and period_type = 'year' group by period",
    )
    assert dict(found) == {"2020": printed(GENDER, incident_type=FORCE), "2023": 2}


def test_published_force_is_held_against_published_enforcement_actions(first):
    figures = mart(first / "toronto", "indicators/disproportionality")
    found = query(
        "select race_group, outcome_count, benchmark_count, persons, variance_method, "
        f"disproportionality_index from {figures} where dimension_value = 'Female' "
        "and indicator = 'use_of_force_of_enforcement_actions' and benchmark_count > 0"
    )
    assert len(found) == 8
    for race, outcome, benchmark, persons, _, index in found:
        cell = {"perceived_race": race, "gender": "Women"}
        assert outcome == printed(GENDER, **cell, incident_type=FORCE)
        assert benchmark == printed(GENDER, **cell, incident_type="Enforcement Action Incidents")
        assert persons is None
        assert index is not None
    periods = query(
        f"select distinct period, data_as_of::varchar from {figures} "
        "where indicator = 'use_of_force_of_enforcement_actions'"
    )
    assert periods == [("2020", "2020-12-31")]


def test_what_was_printed_on_force_stands_beside_the_published_tables(first):
    found = beside_the_published(first / "toronto", "Toronto")
    ours = {
        (name, race): value
        for name, race, value in zip(
            found["published_id"], found["race_group"], found["ours"], strict=True
        )
    }
    actions = printed(GENDER, incident_type="Enforcement Action Incidents")
    force = printed(GENDER, incident_type=FORCE)
    assert ours["enforcement-actions-2020", "all"] == actions
    assert ours["use-of-force-incidents-2020", "all"] == force
    black = {"perceived_race": "Black"}
    share = printed(GENDER, **black, incident_type="Enforcement Action Incidents") / actions
    index = printed(GENDER, **black, incident_type=FORCE) / force / share
    assert ours["use-of-force-of-enforcement-actions-2020", "Black"] == pytest.approx(index)


def test_figures_of_published_counts_are_explained_by_the_printed_tables(first):
    figures = query(
        "select dimension, any_value(figure_id order by hash(figure_id)) "
        f"from {mart(first / 'toronto', 'indicators/disproportionality')} "
        "where indicator = 'use_of_force_of_enforcement_actions' group by all"
    )
    assert len(figures) == 5
    for _, figure_id in figures:
        found = explain(StateFolder(first / "toronto"), figure_id)
        assert found.agrees, found.text
        assert "From the tables that the publisher printed" in found.text
        assert "tps.use_of_force_by_" in found.text and "rms." not in found.text


def test_arrests_are_held_against_both_censuses(first):
    found = query(
        "select benchmark_vintage, any_value(benchmark_total) from "
        f"{mart(first / 'toronto', 'indicators/disproportionality')} "
        "where indicator in ('arrest_of_residents', 'arrest_of_residents_2021') group by 1"
    )
    assert dict(found) == {"2016": 130, "2021": 2761285}


def test_the_one_difference_of_the_copies_is_shown(first):
    with duckdb.connect(str(first / "toronto" / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute("select * from staging.stg_tps__copy_differences").fetchall()
    assert found == [(GENDER, "count", "use_of_force|Multiple|Multiple race group", 2, 5)]


def test_downloads_with_blanks_and_case_drift_give_the_same_marts(first, tmp_path):
    root = tmp_path / "downloads"
    write_all(root / "files", alias=True, drift=True, copies=False)
    outcome = refresh(root, root / "files")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "Type of Incident" in (root / "files" / FILE).read_text()
    names = ("interactions.interaction_counts", "indicators.disproportionality")
    before, after = hashes(first / "toronto"), hashes(root / "toronto")
    assert {name: after[name] for name in names} == {name: before[name] for name in names}


def test_without_any_of_them_nothing_is_refused(tmp_path):
    """That models bear their absence is tested in `tests/dbt/test_toronto.py`."""
    write_all(tmp_path / "files", alias=False, drift=False, copies=False)
    for file in (tmp_path / "files" / "tps").glob("RBDC_UOF_*.csv"):
        file.unlink()
    service = Service(
        Settings(service="toronto", state_root=tmp_path, source_dir=tmp_path / "files")
    )
    absent = [
        table
        for table in service.tables
        if table.source == "toronto_open_data" or table.id in SUMMARIES
    ]
    assert len(absent) == len(SUMMARIES) + 8
    for table in absent:
        load = land_and_judge_table(service, table, "night")
        assert load.verdict == "unchanged" and "not supplied" in load.reason, table.id


@pytest.mark.parametrize(
    ("source", "status", "exit_status"), [("tps", "refused", 3), ("toronto_open_data", "held", 0)]
)
def test_a_table_cut_short_is_refused_and_the_last_one_stays(
    first, tmp_path, source, status, exit_status
):
    root = Path(shutil.copytree(first, tmp_path / "copy", symlinks=True))
    before = hashes(root / "toronto")
    file = root / "rest" / source / FILE.name
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    outcome = refresh(root, root / "rest")
    assert outcome.returncode == exit_status, outcome.stdout + outcome.stderr
    report = last_run(root / "toronto")
    assert report["status"] == status
    (refused,) = [
        one for one in report["sources"] if one["verdict"] == "rejected" and one["table"] == GENDER
    ]
    assert refused["source"] == source
    assert "grid_size" in json.dumps(refused)
    assert hashes(root / "toronto") == before
