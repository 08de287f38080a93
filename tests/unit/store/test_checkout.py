"""Commits of a project, as git knows them."""

import subprocess

import pytest

from rbdc.errors import RbdcError
from rbdc.store.checkout import checked_out, clean_commit, knows


def git(folder, *arguments):
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    return subprocess.run(
        ["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "code.py").write_text("1\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    return folder


def test_only_a_clean_checkout_is_a_commit(project):
    head = git(project, "rev-parse", "HEAD")
    assert clean_commit(project) == head and len(head) == 40
    (project / "new.py").write_text("")
    assert clean_commit(project) is None
    (project / "new.py").unlink()
    (project / "code.py").write_text("2\n")
    assert clean_commit(project) is None


def test_a_folder_inside_another_checkout_is_none(project):
    (project / "inner").mkdir()
    assert clean_commit(project / "inner") is None
    assert clean_commit(project.parent) is None


def test_without_git_there_is_no_commit(project, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert clean_commit(project) is None and not knows(project, "0" * 40)


def test_another_commit_is_checked_out_and_removed(project, tmp_path):
    first = git(project, "rev-parse", "HEAD")
    (project / "code.py").write_text("2\n")
    git(project, "commit", "-qam", "two")
    assert knows(project, first) and not knows(project, "0" * 40)
    with pytest.raises(ZeroDivisionError), checked_out(project, first, tmp_path / "aside") as it:
        assert (it / "code.py").read_text() == "1\n" and clean_commit(it) == first
        raise ZeroDivisionError
    assert not (tmp_path / "aside").exists() and (project / "code.py").read_text() == "2\n"
    assert len(git(project, "worktree", "list").splitlines()) == 1


def test_what_git_cannot_do_is_said(project, tmp_path):
    nowhere = checked_out(project, "0" * 40, tmp_path / "aside")
    with pytest.raises(RbdcError, match="cannot check out"), nowhere:
        pass
