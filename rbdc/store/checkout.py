"""The project as a git checkout: which commit its code is, and another commit of it beside."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rbdc.errors import RbdcError


def clean_commit(project: Path) -> str | None:
    """The commit that a folder holds; None if it is no git checkout, or something is changed."""
    top = _git(project, "rev-parse", "--show-toplevel")
    if top is None or Path(top).resolve() != project.resolve():
        return None
    if _git(project, "status", "--porcelain") != "":
        return None
    return _git(project, "rev-parse", "HEAD")


def knows(project: Path, commit: str) -> bool:
    """Whether git has a commit of the project."""
    return _git(project, "cat-file", "-e", f"{commit}^{{commit}}") is not None


@contextmanager
def checked_out(project: Path, commit: str, folder: Path) -> Iterator[Path]:
    """Another commit of the project in a folder of its own, which is removed afterwards.

    Raises:
        RbdcError: git does not do it.
    """
    if _git(project, "worktree", "add", "--detach", "--force", str(folder), commit) is None:
        raise RbdcError(f"git cannot check out commit {commit} of {project} into {folder}.")
    try:
        yield folder
    finally:
        _git(project, "worktree", "remove", "--force", str(folder))


def _git(project: Path, *arguments: str) -> str | None:
    """What git answers; None if it fails or there is no git."""
    try:
        ended = subprocess.run(
            ["git", "-C", str(project), *arguments], capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None
