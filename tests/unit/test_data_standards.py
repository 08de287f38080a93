"""Every row of docs/data-standards.md points at what is there, and says how sure it is."""

import re

import pytest


@pytest.fixture(scope="module")
def rows(project):
    text = (project / "docs" / "data-standards.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert cells[0] == ["Standard", "What it asks", "Met", "Where", "Confirmed"]
    assert {len(row) for row in cells} == {5}
    return cells[2:]


def test_every_file_and_name_exists(project, rows):
    for standard, _, _, where, _ in rows:
        places = [place for place in re.findall(r"`([^`]+)`", where) if "/" in place]
        assert places, f"{standard} names no file"
        for place in places:
            path, _, name = place.partition("::")
            assert (project / path).is_file(), f"{standard}: {path}"
            text = (project / path).read_text(encoding="utf-8")
            assert re.search(rf"\b{re.escape(name)}\b", text), f"{standard}: {place}"


def test_every_row_says_whether_it_is_met_and_confirmed(rows):
    for standard, asks, met, where, confirmed in rows:
        assert asks and met in {"yes", "partly", "not met yet"}, standard
        assert confirmed in {"yes", "unconfirmed"}, standard
        assert met != "partly" or "Not met yet: " in where, standard


def test_the_known_standards_stand_in_it_once(rows):
    names = [row[0] for row in rows]
    assert len(set(names)) == len(names)
    for number in ("Standard 2:", "Standard 3:", "Standard 33:"):
        assert sum(name.startswith(number) for name in names) == 1
