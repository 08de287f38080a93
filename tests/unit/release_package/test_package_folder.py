"""The folder: checksums, same bytes, never overwritten, and which one comes before."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rbdc.errors import RbdcError
from rbdc.release.package.checksums import verify
from rbdc.release.package.content import Agent, Licence
from rbdc.release.package.write import plan, predecessor, write_package
from tests.unit.release_package.invented import (
    SECRET,
    SECRET_DATE,
    SECRET_TEXT,
    counts,
    figures,
    release,
    with_table,
)

DATA = [
    f"data/{table.name}.{suffix}" for table in release().tables for suffix in ("csv", "parquet")
]
FILES = [
    *DATA,
    *("datapackage.json", "csvw.json", "dcat.jsonld", "croissant.json", "manifest.json"),
    *("changes.json", "CITATION.cff", "SHA256SUMS", "README.md", "CHANGELOG.md", "METHODOLOGY.md"),
    *("BENCHMARKS.md", "DATA_DICTIONARY.md", "DISCLOSURE.md", "KNOWN_ISSUES.md", "LICENCE.md"),
]


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_folder_holds_exactly_the_files_of_the_format(written):
    assert sorted(contents(written)) == sorted(FILES)
    assert verify(written) == []


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("where", ["first", "middle", "last"])
def test_one_changed_byte_is_detected(copy, name, where):
    path = copy / name
    content = bytearray(path.read_bytes())
    at = {"first": 0, "middle": len(content) // 2, "last": -1}[where]
    content[at] ^= 1
    path.write_bytes(content)
    assert verify(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text + b"anything\n",
        lambda text: text + text.splitlines(keepends=True)[0],
        lambda text: b"".join(reversed(text.splitlines(keepends=True))),
    ],
    ids=["line ends", "more text", "a line twice", "order"],
)
def test_the_checksums_themselves_are_as_written(copy, change):
    path = copy / "SHA256SUMS"
    path.write_bytes(change(path.read_bytes()))
    assert verify(copy)


def test_missing_additional_and_linked_files_are_named(copy):
    (copy / "README.md").unlink()
    (copy / "data/extra.csv").write_text("x\n")
    (copy / "link.md").symlink_to(copy / "LICENCE.md")
    assert verify(copy) == [
        "missing: README.md",
        "additional, not in SHA256SUMS: data/extra.csv",
        "no plain file: link.md",
    ]


def test_folder_without_checksums_is_no_release(tmp_path):
    assert verify(tmp_path / "absent") and verify(tmp_path)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum")
def test_sha256sum_accepts_and_refuses(copy):
    command = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(command, cwd=copy).returncode == 0
    (copy / "README.md").write_text("other")
    assert subprocess.run(command, cwd=copy, capture_output=True).returncode != 0


def test_same_bytes_whatever_the_order_of_rows_and_columns(written, tmp_path):
    rng = np.random.default_rng(7)
    tables = []
    for table in release().tables:
        order = rng.permutation(len(table.frame))
        columns = list(rng.permutation(table.frame.columns))
        frame = table.frame.iloc[order][columns]
        hidden = None if table.hidden is None else table.hidden.iloc[order]
        tables.append(replace(table, frame=frame, hidden=hidden))
    write_package(replace(release(), tables=tuple(tables)), "1.0.0", tmp_path / "1.0.0", None)
    assert contents(tmp_path / "1.0.0") == contents(written)


def test_same_bytes_under_another_locale_time_zone_and_hash_seed(written, tmp_path):
    program = (
        "import sys, pathlib; from rbdc.release.package.write import write_package; "
        "from tests.unit.release_package.invented import release; "
        "write_package(release(), '1.0.0', pathlib.Path(sys.argv[1]), None)"
    )
    for number, other in enumerate(
        (
            {"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "Pacific/Auckland", "PYTHONHASHSEED": "1"},
            {"LC_ALL": "C.UTF-8", "TZ": "America/Toronto", "PYTHONHASHSEED": "2"},
        )
    ):
        folder = tmp_path / str(number)
        path = os.pathsep.join(sys.path)
        environment = {**os.environ, **other, "PYTHONPATH": path}
        subprocess.run([sys.executable, "-c", program, str(folder)], env=environment, check=True)
        assert contents(folder) == contents(written)


def test_same_values_in_another_pandas_type_give_the_same_bytes(written, tmp_path):
    table = figures()
    frame = table.frame.astype({"small_count": "boolean", "outcome_count": "Int32"})
    made = with_table(release(), replace(table, frame=frame))
    write_package(made, "1.0.0", tmp_path / "1.0.0", None)
    assert contents(tmp_path / "1.0.0") == contents(written)


def test_nothing_hidden_is_in_any_file(written):
    for name, content in contents(written).items():
        for number in (SECRET, SECRET + 0.5):
            assert str(number).encode() not in content, name
        for raw in (
            np.int64(SECRET).tobytes(),
            np.float64(SECRET + 0.5).tobytes(),
            SECRET_TEXT.encode(),
            SECRET_DATE.isoformat().encode(),
        ):
            assert raw not in content, name


def test_bytes_do_not_depend_on_what_is_hidden(written, tmp_path):
    """The stronger form: other hidden values, among them other ranks, and nothing moves."""
    made = release()
    for table in (counts(), figures()):
        frame = table.frame.copy()
        for column in table.hidden.columns:
            other = {"note": "Aaron", "as_of": None, "small_count": False}.get(column, 2)
            frame.loc[table.hidden[column], column] = other
        made = with_table(made, replace(table, frame=frame))
    write_package(made, "1.0.0", tmp_path / "1.0.0", None)
    assert contents(tmp_path / "1.0.0") == contents(written)


def test_order_of_rows_without_key_does_not_tell_what_is_hidden(tmp_path):
    table = replace(figures(), key=())
    folders = []
    for value in (1, 10**6):
        frame = table.frame.assign(race_group="Black", period="all", note="plain", as_of=None)
        frame["small_count"] = None
        frame["index"] = 1.0
        frame["outcome_count"] = [5, value, 7]
        hidden = table.hidden[["outcome_count"]]
        made = with_table(release(), replace(table, frame=frame, hidden=hidden))
        folders.append(tmp_path / str(value))
        write_package(made, "1.0.0", folders[-1], None)
    assert contents(folders[0]) == contents(folders[1])


def test_no_clock_in_any_file(written):
    from datetime import UTC, datetime

    for name, content in contents(written).items():
        assert datetime.now(UTC).strftime("%Y-%m-%d").encode() not in content, name


def test_approved_folder_is_never_overwritten(copy):
    before = contents(copy)
    with pytest.raises(RbdcError, match="never overwritten"):
        write_package(release(), "1.0.0", copy, None)
    assert contents(copy) == before
    assert [path.name for path in copy.parent.iterdir()] == ["1.0.0"]


def test_candidate_is_replaced_whole(tmp_path):
    folder = tmp_path / "candidates" / "1.0.0"
    write_package(release(), "1.0.0", folder, None)
    (folder / "left.txt").write_text("from before")
    write_package(release(title="Other"), "1.0.0", folder, None)
    assert verify(folder) == []
    assert (folder / "README.md").read_text(encoding="utf-8").startswith("# Other\n")
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]


def test_candidate_stays_if_writing_fails(tmp_path, monkeypatch):
    folder = tmp_path / "candidates" / "1.0.0"
    write_package(release(), "1.0.0", folder, None)
    before = contents(folder)

    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("rbdc.release.package.write._parquet", full)
    with pytest.raises(OSError, match="disk full"):
        write_package(release(title="Other"), "1.0.0", folder, None)
    assert contents(folder) == before
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]


def test_link_in_the_place_of_a_candidate_is_refused(tmp_path, copy):
    (tmp_path / "candidates").mkdir()
    link = tmp_path / "candidates" / "1.0.0"
    for target in (copy, tmp_path / "absent"):
        link.symlink_to(target)
        with pytest.raises(RbdcError, match="never overwritten"):
            write_package(release(), "1.0.0", link, None)
        link.unlink()
    assert verify(copy) == []


def test_predecessor_is_the_highest_approved_version(tmp_path, written):
    for version in ("1.9.0", "1.10.0", "candidates/2.0.0", "latest", "3.0.0-draft"):
        shutil.copytree(written, tmp_path / version)
        path = tmp_path / version / "datapackage.json"
        name = version.rsplit("/", 1)[-1]
        path.write_text(path.read_text().replace('"version": "1.0.0"', f'"version": "{name}"'))
    (tmp_path / "4.0.0").mkdir()
    shutil.copytree(written, tmp_path / "5.0.0")  # says 1.0.0
    assert predecessor(tmp_path) == tmp_path / "1.10.0"
    assert predecessor(tmp_path, written) == written
    with pytest.raises(RbdcError, match="is no release"):
        predecessor(tmp_path, tmp_path / "4.0.0")


def test_candidates_alone_are_no_predecessor(tmp_path, written):
    shutil.copytree(written, tmp_path / "candidates" / "1.0.0")
    assert predecessor(tmp_path) is None
    assert predecessor(tmp_path / "absent") is None


def test_changed_predecessor_and_that_of_another_service_are_refused(copy, written):
    with pytest.raises(RbdcError, match="not of Other"):
        plan(release(service="Other"), written)
    path = copy / "data/calls_by_month.csv"
    path.write_text(path.read_text().replace("5", "6"))
    with pytest.raises(RbdcError, match=r"changed: data/calls_by_month\.csv"):
        plan(release(), copy)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"tables": ()}, "no table"),
        ({"tables": (counts(), counts())}, "two tables are named arrests_by_division"),
        ({"tables": (replace(counts(), name="../x"),)}, "'../x' is no file name"),
        ({"tables": (replace(counts(), sources=("x",)),)}, "unknown source x"),
        ({"documents": {}}, "METHODOLOGY.md is missing"),
        ({"documents": {"README.md": ""}}, "README.md is written by the package itself"),
        ({"documents": {"a/b.md": ""}}, "'a/b.md' is no name"),
        ({"extent": "2020/2021"}, "is not written as"),
        ({"extent": "2021-01/2020-12"}, "is not written as"),
        ({"tables": (replace(counts(), name="a-parquet"),)}, "'a-parquet' is no file name"),
        ({"contact": Agent("Nobody")}, "neither e-mail nor address"),
        ({"licence": Licence("Open licence", "", "")}, "licence 'Open licence' has more than"),
    ],
)
def test_release_whose_parts_do_not_fit_is_refused(tmp_path, other, message):
    with pytest.raises(RbdcError, match=message.replace(".", r"\.")):
        write_package(release(**other), "1.0.0", tmp_path / "1.0.0", None)
    assert list(tmp_path.iterdir()) == []


def test_version_that_does_not_follow_is_refused(tmp_path, written):
    for version in ("1.0.0", "0.9.0"):
        with pytest.raises(RbdcError, match=r"does not follow 1\.0\.0"):
            write_package(release(), version, tmp_path / "x", written)


def test_wrong_version_is_refused(tmp_path):
    for version in ("1.0", "01.0.0", "1.0.0-rc1", "latest"):
        with pytest.raises(RbdcError, match="is no version"):
            write_package(release(), version, tmp_path / "x", None)


def test_hashes_of_the_manifest_are_those_of_the_files(written):
    import json

    manifest = json.loads((written / "manifest.json").read_text(encoding="utf-8"))
    for file in manifest["files"]:
        content = (written / file["path"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        if file["path"].endswith(".csv"):
            assert file["rows"] == content.count(b"\n") - 1
    assert manifest["loads"][0]["load_id"] == "20220115-1"
    assert not {"run_id", "started_at", "finished_at"} & set(manifest)
