"""The command of the attacker: exit status, files, and what it says of folders it cannot read."""

import csv
import json
from pathlib import Path

import pytest

from rbdc.disclosure.attacker import attack
from rbdc.disclosure.attacker.__main__ import main
from tests.unit.disclosure.attacker.releases import HIDDEN, Made, count, dimension, write_release

CODES = {"race": ["A", "B", "D"]}


def table(a: object, b: object) -> Made:
    rows = [["A", a], ["B", b], ["D", 30], ["All", 53]]
    return Made("t", {"race": dimension("race"), "n": count()}, rows)


def test_a_safe_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_release(tmp_path / "r", [table(HIDDEN, HIDDEN)], CODES)
    assert main([str(path), "--intervals", str(tmp_path / "i.csv")]) == 0
    assert "Exact disclosures: 0" in capsys.readouterr().out
    with (tmp_path / "i.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {(row["lowest"], row["highest"]) for row in rows} == {("1", "22")}


def test_an_unsafe_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write_release(tmp_path / "r", [table(HIDDEN, 20)], CODES)
    assert main([str(path), "--json", str(tmp_path / "r.json")]) == 3
    assert "race = A" in capsys.readouterr().out
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["disclosures"][0]["value"] == 3
    assert report["disclosures"][0]["filters"] == [["race", "standard", "A"]]


def test_no_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "not a release folder" in capsys.readouterr().err


def test_an_unknown_role_is_told(tmp_path: Path) -> None:
    made = table(HIDDEN, HIDDEN)
    made.roles = {**made.roles, "n": {"role": "counts"}}
    report = attack(write_release(tmp_path / "r", [made], CODES))
    assert report.exit_status == 4
    assert any("unknown role 'counts'" in one for one in report.problems)
    assert any("without a column of role count" in one for one in report.problems)


def test_a_code_that_is_not_listed_is_told(tmp_path: Path) -> None:
    report = attack(write_release(tmp_path / "r", [table(HIDDEN, 20)], {"race": ["A", "B"]}))
    assert any("'D' of race is not in the list" in one for one in report.problems)


def test_a_file_that_is_not_listed_is_told(tmp_path: Path) -> None:
    path = write_release(tmp_path / "r", [table(HIDDEN, HIDDEN)], CODES)
    (path / "data" / "extra.csv").write_text("a\n1\n")
    report = attack(path)
    assert report.exit_status == 4 and any("extra.csv" in one for one in report.problems)


def test_numbers_of_other_tables_are_listed(tmp_path: Path) -> None:
    other = Made("o", {"x": {"role": "text"}}, [["1"], ["2"]], {"kind": "other"})
    report = attack(write_release(tmp_path / "r", [table(HIDDEN, HIDDEN), other], CODES))
    assert any(one.startswith("o (other)") for one in report.warnings)


def test_everybody_of_a_small_group(tmp_path: Path) -> None:
    searched = table(7, 0)
    searched.name, searched.about = "s", {"kind": "counts", "measure": "search", "unit": "person"}
    searched.rows = [["A", 7], ["B", 0], ["D", 30], ["All", 37]]
    arrested = table(7, 16)
    path = write_release(tmp_path / "r", [searched, arrested], CODES, [("search", "arrest")])
    report = attack(path)
    assert report.exit_status == 0
    assert any("All 7 of a small group" in one for one in report.warnings)
