"""`rbdc reproduce`: a release built again from raw, in a folder aside, and every byte compared."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from orchestration.exit_status import DONE, FAILED, REFUSED, WRONG_USE
from orchestration.progress import timed
from orchestration.release_wish import Wish
from orchestration.releasing import PATTERNS, pattern_origin
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.errors import ConfigError, RbdcError
from rbdc.release.package.checksums import verify
from rbdc.release.package.comparison import count_files, differences
from rbdc.release.package.write import CANDIDATES
from rbdc.release.recipe import Recorded, packages, read_recorded
from rbdc.release.replica import NotThereError, link_earlier, link_state
from rbdc.store.checkout import checked_out, knows
from rbdc.store.inputs import code_version, hash_files
from rbdc.store.layout import StateFolder

# Another commit's code is run in a process of its own, and so is this one's: one way for both.
_REBUILD = "from orchestration.reproducing import main; main()"


def reproduce(settings: Settings, release: str) -> int:
    """Build a release or candidate again from raw, and compare it byte for byte.

    Everything happens in temporary folders; the service's state and its sources stay as they are.

    Args:
        settings: which service and which folders.
        release: its folder, or its version.

    Returns:
        0 if all bytes are equal; 3 if any differ, the folder was changed since it was written, or
        something that it was made from is not there any more; else as the rebuild ended.

    Raises:
        ConfigError: there is no such release, it is of another service or of a version that did
            not record enough, or its code cannot be had.
    """
    service = Service(settings)
    name = service.sources.service
    folder = find_release(service.state, release)
    if problems := verify(folder):
        return _refused(f"{folder} is not as it was written: {'; '.join(problems)}.")
    recorded = read_recorded(folder)
    if recorded.service != name:
        raise ConfigError(
            f"{folder} is a release of {recorded.service}, and SERVICE={settings.service} is "
            f"{name}. Name its service."
        )
    print(f"Release {recorded.version} of {name}: {folder}", flush=True)
    with tempfile.TemporaryDirectory(prefix="rbdc-reproduce-") as temporary, timed() as clock:
        place = Path(temporary)
        state = StateFolder(place / "state" / settings.service)
        try:
            link_state(service.state, state, recorded)
            previous = link_earlier(service.state, state, folder, recorded)
        except NotThereError as error:
            return _refused(str(error))
        _copy_memory(service.state, state)
        with code_of(settings, recorded, place / "code") as used:
            aside = replace(used, state_root=place / "state")
            status = _rebuild(aside, Wish(recorded.recipe.until, previous, folder))
        if status != DONE:
            return _refused(f"{recorded.version} cannot be built again: see above.", status)
        return _compare(folder, recorded, state, clock.seconds)


def find_release(state: StateFolder, release: str) -> Path:
    """The folder of a release.

    Args:
        state: the service's folder.
        release: a folder, or the version of an approved release or of a candidate.

    Raises:
        ConfigError: there is none.
    """
    if not release.strip():
        raise ConfigError("Name a release: make reproduce RELEASE=<version or folder>.")
    places = [state.releases / release, state.releases / CANDIDATES / release]
    for folder in (Path(release), *places):
        if folder.is_dir():
            return folder.resolve()
    kept = [*state.releases.glob("[0-9]*/"), *(state.releases / CANDIDATES).glob("[0-9]*/")]
    there = ", ".join(sorted(path.name for path in kept)) or "none"
    raise ConfigError(
        f"There is no release '{release}': no such folder, and below {state.releases} there is "
        f"{there}."
    )


@contextmanager
def code_of(settings: Settings, recorded: Recorded, folder: Path) -> Iterator[Settings]:
    """Settings by which the code and configuration of a release run.

    Args:
        settings: of the code here.
        recorded: what the release says of its code.
        folder: where another commit may be checked out; removed afterwards.

    Raises:
        ConfigError: they differ from those here, and git cannot give them.
    """
    if not _differ(settings, recorded):
        yield settings
        return
    commit, project = recorded.code_commit, settings.project
    here = _identity(settings)
    made_by = f"code {recorded.code_version}, configuration {recorded.configuration[:12]}"
    if commit is None or not knows(project, commit):
        why = f"git does not know its commit {commit}" if commit else "no commit of it is recorded"
        raise ConfigError(
            f"Release {recorded.version} was made by {made_by}; here are {here}, and {why}. Put "
            "that code and configuration in place, and try again."
        )
    print(f"  Made by {made_by}: commit {commit} is used, not {here}.", flush=True)
    with checked_out(project, commit, folder) as checkout:
        services = settings.services_dir
        if services.is_relative_to(project):
            services = checkout / services.relative_to(project)
        used = replace(settings, project=checkout, services_dir=services)
        if _differ(used, recorded):
            raise ConfigError(
                f"Release {recorded.version} was made by {made_by}, and commit {commit} with "
                f"{services} has {_identity(used)}. Put that configuration in place."
            )
        yield used


def main() -> None:
    """Build a release again in the state that the environment names; arguments as `_rebuild`'s."""
    from orchestration.refresh import rebuild_release

    until, previous, again = sys.argv[1:]
    wish = Wish(until or None, Path(previous) if previous else None, Path(again))
    try:
        status = rebuild_release(Settings.from_environment(), wish)
    except RbdcError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        status = WRONG_USE if isinstance(error, ConfigError) else FAILED
    sys.exit(status)


def _rebuild(settings: Settings, wish: Wish) -> int:
    key = settings.pseudonym_key
    if key and Path(key).is_file():
        key = str(Path(key).resolve())
    quiet = replace(
        settings, pseudonym_key=key, alert_webhook_url=None, alert_email_to=None, smtp_url=None
    )
    others = {name: value for name, value in os.environ.items() if not name.startswith("RBDC_")}
    ended = subprocess.run(
        [sys.executable, "-c", _REBUILD, wish.until or "", str(wish.previous or ""),
         str(wish.again)],
        cwd=settings.project,
        env={**others, **quiet.to_environment(), "PYTHONPATH": str(settings.project)},
        check=False,
    )  # fmt: skip
    return ended.returncode if ended.returncode in (DONE, WRONG_USE, REFUSED) else FAILED


def _copy_memory(real: StateFolder, state: StateFolder) -> None:
    """Take along what the house remembers of patterns, and the key of a simulated service."""
    patterns, key = real.releases / PATTERNS, real.root / "demo_pseudonym.key"
    if patterns.is_dir():
        shutil.copytree(patterns, state.releases / PATTERNS)
    if key.is_file():
        shutil.copy2(key, state.root / key.name)


def _compare(folder: Path, recorded: Recorded, state: StateFolder, seconds: float) -> int:
    made = sorted((state.releases / CANDIDATES).glob("[0-9]*/"))
    if not made:
        return _refused(f"{recorded.version} is not built again: nothing new came of it.")
    rebuilt = made[-1]
    found = differences(folder, rebuilt)
    how = pattern_origin(rebuilt)
    if not found:
        print(
            f"\nreproduced: {count_files(folder)} files, all bytes equal "
            f"({recorded.version}, {how}; {seconds:.0f} s)"
        )
        return DONE
    kept = Path(tempfile.mkdtemp(prefix="rbdc-rebuilt-")) / rebuilt.name
    shutil.copytree(rebuilt, kept)
    print(f"\nNOT reproduced: {len(found)} of {count_files(folder)} files differ ({how}).")
    for line in found:
        print(f"  {line}")
    here = packages()
    others = [
        f"{name} {version}, here {here.get(name, 'none')}"
        for name, version in recorded.recipe.packages.items()
        if here.get(name) != version
    ]
    if others:
        print(f"Made with other versions, which may be why: {'; '.join(others)}.")
    print(f"What was built again: {kept}")
    return REFUSED


def _differ(settings: Settings, recorded: Recorded) -> bool:
    return (code_version(settings.project), _configuration(settings)) != (
        recorded.code_version,
        recorded.configuration,
    )


def _identity(settings: Settings) -> str:
    code, configuration = code_version(settings.project), _configuration(settings)
    return f"code {code}, configuration {configuration[:12]}"


def _configuration(settings: Settings) -> str:
    return hash_files(settings.service_dir, [settings.service_dir])


def _refused(message: str, status: int = REFUSED) -> int:
    print(f"\nERROR: {message}", file=sys.stderr, flush=True)
    return status
