"""A candidate is put in its place only if the attacker and the validators find nothing."""

import shutil

import pytest

from rbdc.errors import RbdcError
from rbdc.release import candidate as candidate_module
from rbdc.release.candidate import make_candidate
from rbdc.release.package.check import Finding
from rbdc.release.package.write import write_package
from tests.unit.release.small_release import ARRESTS, made

MORE = {**ARRESTS, ("White", "D2"): 60}


def files(folder):
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file()
    }


def everything(releases):
    return {one.name for one in releases.iterdir()} if releases.exists() else set()


def test_a_protected_release_is_put_in_its_place(tmp_path):
    found = make_candidate(made().release, tmp_path, None, [])
    assert (found.version, found.folder) == ("1.0.0", tmp_path / "candidates" / "1.0.0")
    assert found.problems == [] and found.attack.exit_status == 0
    assert everything(tmp_path) == {"candidates"}
    assert {"data/arrests_by_race_and_division.csv", "SHA256SUMS"} <= set(files(found.folder))


def test_what_the_attacker_can_compute_leaves_no_folder(tmp_path):
    found = make_candidate(made(protects=False).release, tmp_path, None, [])
    assert found.folder is None and found.attack.exit_status == 3
    (problem,) = found.problems
    assert problem.startswith("The attacker found something: ")
    assert "hidden counts come out exactly" in problem and "Black" in problem
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_a_refused_release_does_not_replace_an_older_candidate_by_half(tmp_path):
    """What stood before stands whole, or is gone."""
    before = files(make_candidate(made().release, tmp_path, None, []).folder)
    make_candidate(made(MORE, protects=False).release, tmp_path, None, [])
    folder = tmp_path / "candidates" / "1.0.0"
    assert not folder.exists() or files(folder) == before


def test_an_older_candidate_is_replaced_whole(tmp_path):
    old = make_candidate(made().release, tmp_path, None, []).folder
    (old / "left over.txt").write_text("x")
    (old.parent / "0.9.0").mkdir()
    new = make_candidate(made(MORE).release, tmp_path, None, []).folder
    assert new == old and not (new / "left over.txt").exists()
    assert {one.name for one in new.parent.iterdir()} == {"1.0.0"}
    assert b",All,All,264,false" in files(new)["data/arrests_by_race_and_division.csv"]


def test_the_same_release_has_the_same_bytes(tmp_path):
    one, other = (
        files(make_candidate(made().release, tmp_path / name, None, []).folder)
        for name in ("a", "b")
    )
    assert one == other


@pytest.fixture
def first(tmp_path):
    """An approved release, beside the folder of releases."""
    folder = tmp_path / "1.0.0"
    write_package(made().release, "1.0.0", folder, None)
    return folder


def test_the_same_bytes_make_no_version_and_leave_no_candidate(tmp_path, first):
    releases = tmp_path / "releases"
    make_candidate(made(MORE).release, releases, None, [])
    found = make_candidate(made().release, releases, first, [first])
    assert (found.version, found.folder, found.attack, found.problems) == (None, None, None, [])
    assert everything(releases) == set()


def test_a_changed_count_is_a_new_version_that_is_attacked_with_the_earlier_one(tmp_path, first):
    found = make_candidate(made(MORE).release, tmp_path / "releases", first, [first])
    if found.folder is None:  # protected without the earlier release: the two may tell together
        assert found.problems
    assert found.version not in (None, "1.0.0")
    names = [one.name for one in found.attack.attackers]
    assert "cross-release" in names


def test_what_a_validator_says_refuses_too(tmp_path, monkeypatch):
    wrong = [Finding("frictionless", "wrong", ("no such field",)), Finding("csvw", "not run")]
    monkeypatch.setattr(candidate_module, "check", lambda _: wrong)
    found = make_candidate(made().release, tmp_path, None, [])
    assert found.problems == ["frictionless: no such field"] and found.folder is None
    assert everything(tmp_path) == set()


def test_an_attack_that_fails_leaves_nothing_half_written(tmp_path, monkeypatch):
    def fail(*_):
        raise RbdcError("it broke")

    monkeypatch.setattr(candidate_module, "attack", fail)
    with pytest.raises(RbdcError, match="it broke"):
        make_candidate(made().release, tmp_path, None, [])
    assert everything(tmp_path) == set()


def test_what_a_killed_build_left_is_no_obstacle(tmp_path):
    left = tmp_path / ".being_judged" / "1.0.0"
    left.mkdir(parents=True)
    (left / "datapackage.json").write_text("{")
    found = make_candidate(made().release, tmp_path, None, [])
    assert found.problems == [] and everything(tmp_path) == {"candidates"}
    shutil.rmtree(found.folder)
