"""Writing of a release folder, whole or not at all, and which folder comes before it."""

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rbdc.errors import RbdcError
from rbdc.release.package.changelog import changelog, changes_json
from rbdc.release.package.changes import Changes, diff, next_version
from rbdc.release.package.checksums import NAME as SUMS
from rbdc.release.package.checksums import sha256sums, verify
from rbdc.release.package.citation import citation
from rbdc.release.package.content import Release
from rbdc.release.package.croissant import croissant
from rbdc.release.package.csvw import csvw
from rbdc.release.package.datapackage import datapackage
from rbdc.release.package.dcat import dcat
from rbdc.release.package.documents import data_dictionary, licence, readme
from rbdc.release.package.edition import Edition, csv_path, parquet_path
from rbdc.release.package.manifest import manifest
from rbdc.release.package.snapshot import Snapshot, read_snapshot, snapshot_of
from rbdc.release.package.tables import DataFile, Rows, describe_file, published
from rbdc.release.package.tables import write_csv as _csv
from rbdc.release.package.tables import write_parquet as _parquet

CANDIDATES = "candidates"
REQUIRED_DOCUMENTS = ("METHODOLOGY.md", "BENCHMARKS.md", "DISCLOSURE.md", "KNOWN_ISSUES.md")

_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_METADATA = {
    "datapackage.json": datapackage,
    "csvw.json": csvw,
    "dcat.jsonld": dcat,
    "croissant.json": croissant,
    "manifest.json": manifest,
    "CITATION.cff": citation,
    "README.md": readme,
    "DATA_DICTIONARY.md": data_dictionary,
    "LICENCE.md": licence,
}


@dataclass(frozen=True, eq=False)
class Plan:
    """What writing a release would mean: its rows, its changes, and the version that follows.

    `version` is None when no data file would change, so that there is nothing to release.
    """

    rows: Mapping[str, Rows]
    earlier: Snapshot | None
    changes: Changes
    version: str | None


def plan(release: Release, previous: Path | None) -> Plan:
    """Compare a release with its predecessor's folder, and name the next version.

    Raises:
        RbdcError: the release is inconsistent, or `previous` is no release of this service.
    """
    _check(release)
    rows = {table.name: published(table) for table in release.tables}
    earlier = None if previous is None else _earlier(previous, release.service)
    changes = diff(earlier, snapshot_of(release, rows), release.corrected)
    return Plan(rows, earlier, changes, next_version(earlier.version if earlier else None, changes))


def write_package(
    release: Release, version: str, folder: Path, previous: Path | None, made: Plan | None = None
) -> None:
    """Write a release folder; the same release and predecessor give the same bytes.

    Args:
        release: what to write.
        version: its semantic version, as `plan` names it or higher.
        folder: where; a candidate (in a folder `candidates`) is replaced whole, anything else that
            exists is refused. Nothing half-written is ever seen under this name.
        previous: the predecessor's folder, None for the first release.
        made: what `plan` gave for the same release and predecessor, to save doing it again.

    Raises:
        RbdcError: the release is inconsistent, the version is not one, or the folder is taken.
    """
    if not _VERSION.fullmatch(version):
        raise RbdcError(f"'{version}' is no version; give three numbers such as 1.2.0.")
    candidate = folder.resolve().parent.name == CANDIDATES
    if folder.is_symlink() or (folder.exists() and not candidate):
        raise RbdcError(f"{folder} exists and a release is never overwritten; make a new version.")
    made = made or plan(release, previous)
    before = made.earlier.version if made.earlier else None
    if before and _numbers(version) <= _numbers(before):
        raise RbdcError(f"Version {version} does not follow {before}, the release before.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".writing-", dir=folder.parent))
    try:
        new = workshop / "new"
        _write_all(release, version, made, new)
        _replace(folder, new, workshop / "old")
    finally:
        shutil.rmtree(workshop)


def predecessor(releases: Path, explicit: Path | None = None) -> Path | None:
    """The release that a new one follows.

    Args:
        releases: folder of approved releases; candidates in it never count.
        explicit: a release folder that the user names instead.

    Returns:
        The approved folder of the highest version, or None without any.

    Raises:
        RbdcError: `explicit` is no release folder.
    """
    if explicit is not None:
        if _version_in(explicit) is None:
            raise RbdcError(
                f"{explicit} is no release: it has no datapackage.json with a version; name a "
                "folder such as releases/1.0.0."
            )
        return explicit
    return next(reversed(approved(releases)), None)


def approved(releases: Path) -> list[Path]:
    """Folders of all approved releases, the oldest version first."""
    if not releases.is_dir():
        return []
    found = [
        path
        for path in releases.iterdir()
        if _VERSION.fullmatch(path.name) and _version_in(path) == path.name
    ]
    return sorted(found, key=lambda path: _numbers(path.name))


def _earlier(previous: Path, service: str) -> Snapshot:
    if problems := verify(previous):
        raise RbdcError(
            f"The earlier release {previous} is not as it was written ({'; '.join(problems)}); "
            "restore it before comparing with it."
        )
    earlier = read_snapshot(previous)
    if earlier.service != service:
        raise RbdcError(
            f"{previous} is a release of {earlier.service}, not of {service}; name one of its own."
        )
    return earlier


def _write_all(release: Release, version: str, made: Plan, folder: Path) -> None:
    (folder / "data").mkdir(parents=True)
    files: dict[str, DataFile] = {}
    for table in release.tables:
        rows = made.rows[table.name]
        csv_file, parquet_file = csv_path(table.name), parquet_path(table.name)
        _csv(rows, folder / csv_file)
        _parquet(table, rows, folder / parquet_file)
        files |= {path: describe_file(folder, path, len(rows)) for path in (csv_file, parquet_file)}
    earlier = made.earlier
    edition = Edition(release, version, earlier.version if earlier else None, files)
    texts = {name: write(edition) for name, write in _METADATA.items()}
    texts["changes.json"] = changes_json(made.changes, version)
    texts["CHANGELOG.md"] = changelog(
        release, version, made.changes, earlier.changelog if earlier else ""
    )
    for name, text in (texts | dict(release.documents)).items():
        _text(folder / name, text)
    _text(folder / SUMS, sha256sums(folder))


def _replace(folder: Path, new: Path, aside: Path) -> None:
    """Put `new` in the place of `folder`; if that fails, the old one is there again."""
    if folder.exists():
        folder.rename(aside)
    try:
        new.rename(folder)
    except OSError:
        if aside.exists():
            aside.rename(folder)
        raise


def _text(path: Path, text: str) -> None:
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8", newline="\n")


def _check(release: Release) -> None:
    """Refuse a release whose parts do not fit together, or that a format could not hold."""
    names = [table.name for table in release.tables]
    sources = {source.name for source in release.sources}
    own = {*_METADATA, "changes.json", "CHANGELOG.md", SUMS}
    documents = set(release.documents)
    licences = {release.licence.name, *(source.licence.name for source in release.sources)}
    first, _, last = release.extent.partition("/")
    problems = [
        *(["it has no table"] if not names else []),
        *(
            f"two tables are named {name}"
            for name in sorted({n for n in names if names.count(n) > 1})
        ),
        *(
            f"'{name}' is no file name for a table"
            for name in names
            if not _NAME.fullmatch(name) or name.endswith("-parquet")
        ),
        *(f"{name} is missing" for name in REQUIRED_DOCUMENTS if name not in documents),
        *(f"{name} is written by the package itself" for name in sorted(documents & own)),
        *(
            f"'{name}' is no name for a document"
            for name in sorted(documents)
            if not re.fullmatch(rf"{_NAME.pattern}\.md", name)
        ),
        *(
            f"table {table.name} names the unknown source {name}"
            for table in release.tables
            for name in table.sources
            if name not in sources
        ),
        *(
            []
            if _MONTH.fullmatch(first) and _MONTH.fullmatch(last) and first <= last
            else [f"its extent '{release.extent}' is not written as 2020-01/2021-12"]
        ),
        *(
            f"licence '{name}' has more than letters, digits, '.', '_' and '-' in its name"
            for name in sorted(licences)
            if not re.fullmatch(r"[-a-zA-Z0-9._]+", name)
        ),
        *(
            []
            if release.contact.email or release.contact.url
            else ["its contact has neither e-mail nor address"]
        ),
    ]
    if problems:
        raise RbdcError(
            f"The release of {release.service} cannot be written: {'; '.join(problems)}."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _version_in(folder: Path) -> str | None:
    """The version that a folder's datapackage.json states; None if there is none."""
    try:
        version = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return version if isinstance(version, str) and _VERSION.fullmatch(version) else None
