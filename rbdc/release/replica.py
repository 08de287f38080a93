"""A state folder aside that holds what a release was made from, by links, and nothing later."""

import json
from collections.abc import Iterator
from pathlib import Path

from rbdc.errors import RbdcError
from rbdc.release.package.checksums import NAME as SUMS
from rbdc.release.package.checksums import verify
from rbdc.release.package.content import Earlier
from rbdc.release.package.write import CANDIDATES
from rbdc.release.recipe import Recorded, digest_of
from rbdc.store.first_results import FILE as FIRST_RESULTS
from rbdc.store.layout import StateFolder, write_json


class NotThereError(RbdcError):
    """Something that a release was made from is not there any more, or not as it was."""


def link_state(real: StateFolder, aside: StateFolder, recorded: Recorded) -> None:
    """Link raw, and what was judged and set aside of it, up to the loads that a release knew.

    Args:
        real: the service's folder; only read.
        aside: a folder that does not exist yet.
        recorded: what the release says of itself.

    Raises:
        NotThereError: a load is gone or is another one.
    """
    _check_loads(real, recorded)
    wanted = {folder.name: folder for folder in _loads_until(real, recorded)}
    for load_id, folder in wanted.items():
        for file in folder.iterdir():
            _link(file, real, aside)
        for kind in ("results", "drift"):
            _link(real.quality / kind / f"{load_id}.json", real, aside)
    for file in real.quarantine.glob("*/*/*.parquet"):
        if file.name.split(".")[0] in wanted:
            _link(file, real, aside)
    known = {name: {"digest": digest} for name, digest in recorded.recipe.first_results.items()}
    write_json(aside.quality / FIRST_RESULTS, known)


def link_earlier(
    real: StateFolder, aside: StateFolder, folder: Path, recorded: Recorded
) -> Path | None:
    """Link the earlier releases that a release knew.

    Args:
        real: the service's folder.
        aside: the folder that they are linked into.
        folder: of the release; earlier ones may stand beside it.
        recorded: what the release says of itself.

    Returns:
        The one that it follows; None for the first release.

    Raises:
        NotThereError: one of them is gone or was changed.
    """
    places = [real.releases, real.releases / CANDIDATES, folder.parent, folder.parent.parent]
    there = {
        digest_of(sums.parent): sums.parent for place in places for sums in place.glob(f"*/{SUMS}")
    }
    linked: dict[str, Path] = {}
    for earlier in recorded.recipe.earlier:
        found = _sound(there, earlier)
        place = aside.releases if earlier.approved else aside.root / "followed"
        place.mkdir(parents=True, exist_ok=True)
        linked[earlier.version] = place / earlier.version
        linked[earlier.version].symlink_to(found.resolve(), target_is_directory=True)
    return linked[recorded.previous] if recorded.previous else None


def _sound(there: dict[str, Path], earlier: Earlier) -> Path:
    found = there.get(earlier.sha256sums)
    if found is None:
        raise NotThereError(
            f"It followed release {earlier.version}, and no folder with that content "
            f"({SUMS}: {earlier.sha256sums[:12]}…) is there. Restore it, or put it beside the "
            "release."
        )
    if problems := verify(found):
        raise NotThereError(
            f"It followed release {earlier.version}, and {found} is not as it was written: "
            f"{'; '.join(problems)}. Restore it."
        )
    return found


def _check_loads(real: StateFolder, recorded: Recorded) -> None:
    missing, changed = [], []
    for load in recorded.loads:
        file = real.raw / Path(*load.table.split(".", 1)) / load.load_id / "load.json"
        if not file.is_file():
            missing.append(load.load_id)
        elif json.loads(file.read_text(encoding="utf-8"))["batch_checksum"] != load.checksum:
            changed.append(load.load_id)
    found = {folder.name for folder in _loads_until(real, recorded)}
    missing += sorted(set(recorded.recipe.read_until.values()) - found - set(missing))
    if missing:
        raise NotThereError(
            f"Release {recorded.version} was made from loads that are not in {real.raw}: "
            f"{', '.join(missing)}. Restore raw from its backup."
        )
    if changed:
        raise NotThereError(
            f"Loads in {real.raw} are not those that release {recorded.version} was made from "
            f"(another checksum): {', '.join(changed)}. Restore raw from its backup."
        )


def _loads_until(real: StateFolder, recorded: Recorded) -> Iterator[Path]:
    """Folders of all loads of each table up to the newest that the release knew."""
    until = recorded.recipe.read_until
    for file in sorted(real.raw.glob("*/*/[!.]*/load.json")):
        load_id = file.parent.name
        if load_id <= until.get(load_id.rsplit("-", 1)[0], ""):
            yield file.parent


def _link(file: Path, real: StateFolder, aside: StateFolder) -> None:
    """Link a file at the same place; a symbolic link, so that the folders may be on two disks."""
    if file.is_file():
        place = aside.root / file.relative_to(real.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(file.resolve())
