"""What earlier releases printed, read from their folders."""

import shutil

import pytest

from rbdc.errors import RbdcError
from rbdc.release.earlier import earlier_cells
from rbdc.release.package.write import write_package
from tests.unit.release.small_release import ARRESTS, made


def written(folder, what, version="1.0.0"):
    write_package(what.release, version, folder, None)
    return folder


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    what = made()
    return what, written(tmp_path_factory.mktemp("first") / "1.0.0", what)


def test_every_cell_with_its_count_or_nothing_where_hidden(release):
    what, folder = release
    hidden = what.protection.hidden
    assert len(hidden) > 2
    assert earlier_cells([folder]) == {
        cell: None if cell in hidden else count for cell, count in what.count.items()
    }


def test_no_earlier_release_says_nothing():
    assert earlier_cells([]) == {}


def test_of_two_releases_the_newest_count_is_taken_and_an_open_one_before_a_hidden_one(
    release, tmp_path
):
    what, folder = release
    other = made({**ARRESTS, ("Black", "D1"): 20, ("White", "D2"): 55})
    second = written(tmp_path / "2.0.0", other, "2.0.0")
    assert other.protection.hidden == frozenset()
    assert earlier_cells([folder, second]) == other.count
    back = earlier_cells([second, folder])
    assert back == {
        cell: other.count[cell] if cell in what.protection.hidden else count
        for cell, count in what.count.items()
    }


def test_a_folder_that_cannot_be_read_in_full_is_refused(release, tmp_path):
    with pytest.raises(RbdcError):
        earlier_cells([tmp_path])
    copy = shutil.copytree(release[1], tmp_path / "copy")
    file = copy / "data" / "arrests_by_race_and_division.csv"
    file.write_text(file.read_text().replace("D1", "D7"))
    with pytest.raises(RbdcError, match="cannot be read in full") as refused:
        earlier_cells([copy])
    assert "Restore it" in str(refused.value)
