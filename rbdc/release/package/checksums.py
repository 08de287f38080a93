"""`SHA256SUMS`: a checksum of every other file of a release folder, and what contradicts it."""

import hashlib
import re
from pathlib import Path

NAME = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")


def sha256sums(folder: Path) -> str:
    """The text of SHA256SUMS for the files that stand in a folder, as `sha256sum -c` reads it."""
    return "".join(
        f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n"
        for path in _files(folder)
    )


def verify(folder: Path) -> list[str]:
    """What is wrong with a folder: missing, changed and additional files; empty if nothing is."""
    if not folder.is_dir():
        return [f"{folder} is no folder"]
    try:
        text = (folder / NAME).read_bytes().decode("utf-8", errors="surrogateescape")
    except OSError:
        return [f"{NAME} is missing: the folder is no release, or not all of it"]
    promised = {path: digest for digest, path in _LINE.findall(text)}
    found = set(_files(folder))
    problems = [f"missing: {path}" for path in sorted(set(promised) - found)]
    problems += [f"additional, not in {NAME}: {path}" for path in sorted(found - set(promised))]
    problems += [f"no plain file: {path}" for path in sorted(_links(folder))]
    problems += [
        f"changed: {path}"
        for path in sorted(found & set(promised))
        if hashlib.sha256((folder / path).read_bytes()).hexdigest() != promised[path]
    ]
    if not problems and text != sha256sums(folder):
        problems.append(f"changed: {NAME} itself (order, spaces or lines)")
    return problems


def _files(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path != folder / NAME
    )


def _links(folder: Path) -> list[str]:
    return [
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not (path.is_file() or path.is_dir())
    ]
