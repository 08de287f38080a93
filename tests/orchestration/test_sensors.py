"""The watched folder: which files start a refresh, when, and why not."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.automation.jobs import NIGHTLY_REFRESH
from orchestration.defs.extract.sensors import build_file_sensors, watched_files
from orchestration.service import Service
from orchestration.settings import Settings

MAIN_2023 = "ontario_uof_2023/uof_main_records_2023.csv"
MAIN_2024 = "ontario_uof_2024/uof_main_records_2024.csv"


class Looks:
    """The sensor's looks one after the other, as the daemon would make them."""

    def __init__(self, settings: Settings) -> None:
        [self.sensor] = build_file_sensors(Service(settings), running=False)
        self.cursor: str | None = None

    def look(self) -> list[str] | str:
        """Run keys that were asked for, or the reason why none was."""
        with dg.DagsterInstance.ephemeral() as instance:
            context = dg.build_sensor_context(instance=instance, cursor=self.cursor)
            data = self.sensor.evaluate_tick(context)
        self.cursor = data.cursor
        assert bool(data.run_requests) != bool(data.skip_message)
        return [one.run_key for one in data.run_requests or []] or str(data.skip_message)

    def until_still(self) -> list[str] | str:
        """The answer of the second of two looks between which nothing happens."""
        assert "waiting until they stand still" in self.look()
        return self.look()


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "sources"


@pytest.fixture
def looks(folder, tmp_path) -> Looks:
    folder.mkdir()
    return Looks(Settings(service="ontario", source_dir=folder, state_root=tmp_path / "var"))


def put(folder: Path, name: str, content: str) -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(content)
    return file


def test_it_asks_for_the_nightly_refresh_and_ships_stopped(looks):
    assert looks.sensor.job_name == NIGHTLY_REFRESH
    assert looks.sensor.default_status is dg.DefaultSensorStatus.STOPPED


def test_a_new_file_starts_one_refresh_once_it_stands_still(looks, folder):
    put(folder, MAIN_2023, "a")
    [key] = looks.until_still()
    assert key.startswith("1-")
    assert looks.look() == "No file changed."


def test_a_file_that_is_still_being_copied_starts_nothing(looks, folder):
    file = put(folder, MAIN_2023, "a")
    for _ in range(3):
        assert "waiting until they stand still" in looks.look()
        with file.open("a") as growing:
            growing.write("more")
    assert isinstance(looks.until_still(), list)


def test_a_file_written_anew_with_the_same_content_starts_nothing(looks, folder):
    file = put(folder, MAIN_2023, "a")
    looks.until_still()
    replaced = shutil.copy(file, folder / "copy")
    Path(replaced).replace(file)
    assert "already asked for" in looks.until_still()
    assert looks.look() == "No file changed."


def test_added_replaced_and_removed_files_each_start_a_refresh(looks, folder):
    put(folder, MAIN_2023, "a")
    first = looks.until_still()
    added = put(folder, MAIN_2024, "b")
    second = looks.until_still()
    put(folder, MAIN_2024, "c")
    third = looks.until_still()
    added.unlink()
    fourth = looks.until_still()
    keys = [key for asked in (first, second, third, fourth) for key in asked]
    assert [key.split("-")[0] for key in keys] == ["1", "2", "3", "4"]
    # The content of the first is back, and is a request of its own.
    assert keys[3].split("-")[1] == keys[0].split("-")[1]
    assert len({key.split("-")[1] for key in keys}) == 3


def test_files_that_no_table_declares_are_not_watched(looks, folder):
    put(folder, "notes.txt", "a")
    put(folder, "ontario_uof_2023/EN_DATA_DICTIONARY_2023.csv", "a")
    assert "waiting" in looks.look()  # the first look of all
    assert looks.look() == "No source file is there yet."


def test_every_declared_file_is_watched(looks, folder, tmp_path):
    settings = Settings(service="ontario", source_dir=folder, state_root=tmp_path / "var")
    there = [
        put(folder, name, "a")
        for name in (
            MAIN_2023,
            MAIN_2024,
            "ontario_uof_2020_2022/UseOfForce_DetailedDataset_2020-2022.csv",
            "ontario_uof_2023/uof_individual_records_2023.csv",
            "population.csv",
        )
    ]
    assert watched_files(Service(settings)) == sorted(there)


def test_without_a_folder_the_reason_says_what_to_do(tmp_path):
    looks = Looks(Settings(service="ontario", state_root=tmp_path / "var"))
    assert "name their folder" in looks.look()
