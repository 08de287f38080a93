"""Two release folders compared: which file differs, and where in it."""

import csv
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rbdc.release.package.comparison import count_files, differences


@pytest.fixture
def twins(tmp_path):
    for name in ("one", "other"):
        folder = tmp_path / name
        (folder / "data").mkdir(parents=True)
        (folder / "data" / "t.csv").write_text('a,b\n1,"x\ny"\n2,z\n')
        pq.write_table(pa.table({"a": [1, 2]}), folder / "data" / "t.parquet")
        (folder / "README.md").write_text("one\ntwo\n")
    return tmp_path / "one", tmp_path / "other"


def test_equal_folders_differ_in_nothing(twins):
    assert differences(*twins) == [] and count_files(twins[0]) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('a,b\n1,"x\ny"\n2,w\n', "row 2, column b is 'z', built again 'w'"),
        ('a,b\n1,"x\ny"\n', "row 2 is not built again"),
        ('a,b\n1,"x\ny"\n2,z\n3,z\n', "row 3 is not in the release"),
        ('a,c\n1,"x\ny"\n2,z\n', "its columns are a, b; built again a, c"),
        ('a,b\n1,"x\ny"\n2\n', "row 2, column b is 'z', built again absent"),
        ('a,b\n1,"x\ny"\n"2",z\n', "the same values, written differently"),
        ('a,b\n1,"x\ny"\n2,' + "w" * 99 + "\n", "built again '" + "w" * 60 + "…'"),
    ],
)
def test_the_first_row_and_column_of_a_table_are_named(twins, text, said):
    (twins[1] / "data" / "t.csv").write_text(text)
    (line,) = differences(*twins)
    assert line.startswith("data/t.csv: ") and line.endswith(said)


def test_texts_parquet_and_files_too_many_or_missing(twins):
    one, other = twins
    (other / "README.md").write_text("one\n2\n")
    pq.write_table(pa.table({"a": [1, 3]}), other / "data" / "t.parquet")
    (other / "more.md").write_text("")
    (other / "data" / "t.csv").unlink()
    assert differences(one, other) == [
        "README.md: line 2 is 'two', built again '2'",
        "data/t.csv: missing from what was built again",
        "data/t.parquet: other values",
        "more.md: additional in what was built again",
    ]
    pq.write_table(pa.table({"a": [1, 2]}), other / "data" / "t.parquet", compression="none")
    assert "data/t.parquet: the same values, written differently" in differences(one, other)
    (other / "data" / "t.parquet").write_bytes(b"PAR1")
    assert any("not readable as Parquet" in line for line in differences(one, other))
    (other / "README.md").write_bytes(b"\xff")
    assert "README.md: other bytes, and no readable text" in differences(one, other)


def test_one_byte_anywhere_is_found(written, tmp_path):
    changed = tmp_path / "changed"
    shutil.copytree(written, changed)
    for path in sorted(p for p in changed.rglob("*") if p.is_file()):
        held = path.read_bytes()
        path.write_bytes(held[:-2] + bytes([held[-2] ^ 1]) + held[-1:])
        (line,) = differences(written, changed)
        assert line.startswith(f"{path.relative_to(changed).as_posix()}: ")
        path.write_bytes(held)
    assert differences(written, changed) == []


def test_a_row_is_a_record_and_not_a_line(twins):
    with (twins[1] / "data" / "t.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["a", "b"], ["1", "x\nq"], ["2", "z"]])
    (line,) = differences(*twins)
    assert "row 1, column b" in line
