"""Time passes: records made at once for a later day are those that days passing one by one give."""

import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from rbdc.errors import ConfigError, SourceError
from rbdc.sources.simulator import advance, generate
from rbdc.sources.simulator.records import TABLES

from .conftest import Changed

SMALL = {
    "residents.total": 20_000,
    "period.first_day": "2023-04-01",
    "searches.policy_change.date": "2023-10-01",
    "period.last_day": "2023-11-20",
    # Many late changes, so that a few days show some.
    **{f"planted_defects.{table}.deleted": 0.1 for table in ("arrests", "enforcement_actions")},
}


def rows(folder: Path, table: str) -> list[tuple]:
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        return sorted(connection.execute(f"select * from {table}").fetchall(), key=str)


@pytest.fixture(scope="module")
def start(tmp_path_factory, demo_config):
    """A small city as it stands on the evening of 20 November 2023."""
    folder = tmp_path_factory.mktemp("time")
    text = demo_config.read_text()
    config = folder / "simulation.yml"
    for shipped, small in (
        ("total: 600000", "total: 20000"),
        ("first_day: 2022-01-01", "first_day: 2023-04-01"),
        ("last_day: 2023-12-31", "last_day: 2023-11-20"),
        ("date: 2022-10-01", "date: 2023-10-01"),
        ("deleted: 0.004", "deleted: 0.1"),
    ):
        assert shipped in text
        text = text.replace(shipped, small)
    config.write_text(text)
    generate(config, folder / "source_systems")
    return config, folder / "source_systems"


def copy_of(start: tuple[Path, Path], folder: Path) -> tuple[Path, Path]:
    config, systems = start
    return config, Path(shutil.copytree(systems, folder / "source_systems"))


@pytest.mark.parametrize("steps", [[60], [1, 1, 9, 49]], ids=["at once", "in steps"])
def test_days_that_pass_equal_a_later_beginning(start, tmp_path, changed: Changed, steps) -> None:
    config, folder = copy_of(start, tmp_path)
    for days in steps:
        report = advance(config, folder, days)
    assert report.until == dt.datetime(2024, 1, 20)
    later = tmp_path / "later"
    generate(changed(SMALL | {"period.last_day": "2024-01-19"}), later)
    for table in [*(table.name for table in TABLES), "planted_defects"]:
        assert rows(folder, table) == rows(later, table), table
    files = {file.name: file.read_bytes() for file in (folder / "provincial").iterdir()}
    assert files == {file.name: file.read_bytes() for file in (later / "provincial").iterdir()}


def test_old_records_are_corrected_and_deleted_months_later(start, tmp_path) -> None:
    config, folder = copy_of(start, tmp_path)
    before = {row[0]: row for row in rows(folder, "arrests")}
    advance(config, folder, 25)
    after = {row[0]: row for row in rows(folder, "arrests")}
    changed = {key for key in before if before[key] != after[key]}
    old = [key for key in changed if before[key][7] < "2023-10-01"]
    assert set(before) <= set(after) and len(after) > len(before)
    assert old and any(after[key][-1] == 1 for key in changed)  # is_deleted
    updated = [after[key][-2] for key in (*changed, *(set(after) - set(before)))]
    assert min(updated) > "2023-11-21" and max(updated) <= "2023-12-16"
    kept = [key for key in before if key not in changed]
    assert len(kept) > 0.9 * len(before)


def test_files_are_dropped_when_a_month_has_ended(start, tmp_path) -> None:
    config, folder = copy_of(start, tmp_path)
    file = folder / "provincial" / "uof_main_records_2023.csv"
    before = file.read_bytes()
    assert advance(config, folder, 5).files == ()
    assert file.read_bytes() == before
    dropped = advance(config, folder, 8).files
    assert file in dropped
    content = file.read_bytes()
    assert content.startswith(before) and len(content) > len(before)


def test_files_that_a_stopped_program_left_out_are_dropped_next_time(start, tmp_path) -> None:
    config, folder = copy_of(start, tmp_path)
    note = (folder / "simulation.json").read_text()
    advance(config, folder, 20)
    wanted = {file.name: file.read_bytes() for file in (folder / "provincial").iterdir()}
    shutil.rmtree(folder / "provincial")
    (folder / "simulation.json").write_text(note)  # the records went on, the files did not
    advance(config, folder, 0)
    found = {file.name: file.read_bytes() for file in (folder / "provincial").iterdir()}
    assert {name: wanted[name] for name in found} == found
    assert "uof_main_records_2023.csv" in found


def test_another_configuration_is_refused_and_changes_nothing(
    start, tmp_path, changed: Changed
) -> None:
    _, folder = copy_of(start, tmp_path)
    before = (folder / "records.sqlite").read_bytes()
    with pytest.raises(ConfigError, match=r"made by another simulation\.yml"):
        advance(changed(SMALL | {"seed": 3}), folder, 1)
    assert (folder / "records.sqlite").read_bytes() == before


def test_records_of_another_program_are_refused(start, tmp_path) -> None:
    config, _ = start
    folder = tmp_path / "source_systems"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "records.sqlite")) as connection:
        connection.execute("create table arrests (arrest_id text)")
    with pytest.raises(SourceError, match="holds no simulated records"):
        advance(config, folder, 1)
