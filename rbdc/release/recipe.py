"""What must be known to build a release again: written into its manifest, and read from there."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version
from typing import Any

from rbdc.errors import ConfigError, RbdcError
from rbdc.release.package.checksums import NAME as SUMS
from rbdc.release.package.content import Earlier, Recipe
from rbdc.sources.declaration import SourceTable
from rbdc.store.first_results import read_first_results
from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory

MANIFEST = "manifest.json"
# Programs whose versions make the bytes of files, and numbers to the last digit.
_PACKAGES = ("duckdb", "highspy", "numpy", "pandas", "pyarrow", "scipy", "statsmodels")


@dataclass(frozen=True)
class RecordedLoad:
    """A load that a release was made from."""

    table: str
    load_id: str
    checksum: str


@dataclass(frozen=True)
class Recorded:
    """What the manifest of a release says of how it was made."""

    service: str
    version: str
    previous: str | None
    code_version: str
    code_commit: str | None
    configuration: str
    loads: tuple[RecordedLoad, ...]
    recipe: Recipe


def recipe_of(
    state: StateFolder,
    tables: Sequence[SourceTable],
    built_by: str | None,
    *,
    until: str | None,
    earlier: Sequence[Path],
    approved: Sequence[Path],
    gap: float,
) -> Recipe:
    """The recipe of a release that is made now.

    Args:
        state: the service's folder.
        tables: declared tables.
        built_by: the run that built the marts; what later runs found unchanged is not in them.
        until: quarter or year that was asked for.
        earlier: folders of earlier releases, in the order in which they are taken.
        approved: those of them that stand among the approved ones.
        gap: see `Recipe`.
    """
    read_until = {}
    for table in tables:
        history = LoadHistory(state, table)
        newest = (history.of_run(built_by) if built_by else None) or history.last
        if newest is not None:
            read_until[table.id] = newest.load_id
    return Recipe(
        until=until,
        earlier=tuple(
            Earlier(_version(folder), digest_of(folder), folder in approved) for folder in earlier
        ),
        read_until=dict(sorted(read_until.items())),
        first_results=dict(sorted(read_first_results(state).items())),
        gap=gap,
        packages=packages(),
    )


def packages() -> dict[str, str]:
    """Versions of Python and of the packages that make the bytes."""
    found = {"python": python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def digest_of(folder: Path) -> str:
    """SHA-256 of a release's SHA256SUMS: two folders with the same one hold the same bytes.

    Raises:
        RbdcError: it has none.
    """
    try:
        return hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
    except OSError:
        raise RbdcError(f"The release {folder} has no {SUMS}: restore it.") from None


def read_recorded(folder: Path) -> Recorded:
    """Read how a release was made.

    Raises:
        ConfigError: its manifest does not say enough to build it again.
    """
    try:
        held = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Recorded(
            held["service"],
            held["version"],
            held["previous"],
            held["code_version"],
            held["code_commit"],
            held["framework"]["hash"],
            tuple(
                RecordedLoad(one["table"], one["load_id"], one["checksum"]) for one in held["loads"]
            ),
            _recipe(held["recipe"]),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(
            f"{folder / MANIFEST} does not say enough to build the release again "
            f"({type(error).__name__}: {error}): it was written by an older version. Build a new "
            "candidate with `make release`."
        ) from None


def _recipe(held: Mapping[str, Any]) -> Recipe:
    return Recipe(**{**held, "earlier": tuple(Earlier(**one) for one in held["earlier"])})


def _version(folder: Path) -> str:
    return str(json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["version"])
