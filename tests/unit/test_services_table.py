"""Counts by service say what is counted, and why there is no index."""

import pandas as pd
import pytest

from rbdc.framework import load_framework
from rbdc.release.services_table import counts_by_service, counts_markdown, counts_text

ROWS = [
    ("Toronto", "use_of_force", "incident", "multiple_race_group", "2023", "Black", 1400),
    ("Toronto", "use_of_force", "incident", "multiple_race_group", "2023", "Unmapped", 3),
    ("Aylmer", "use_of_force", "incident", "multiple_race_group", "2023", "White", 2),
    ("Aylmer", "use_of_force", "incident", "multiple_race_group", "2022", "White", 50),
    ("Aylmer", "use_of_force", "person", None, "2024", "White", 60),
    ("Aylmer", "arrest", "person", None, "2024", "White", 70),
]


def table(tmp_path, project, rows):
    columns = ["service", "interaction", "unit", "composition_rule", "period", "race_group"]
    frame = pd.DataFrame(rows, columns=[*columns, "count"]).astype({"count": "int64"})
    frame = frame.assign(period_type="year", dimension="all")
    frame.to_parquet(tmp_path / "counts.parquet")
    return counts_by_service(
        tmp_path / "counts.parquet", load_framework(project / "services" / "ontario")
    )


@pytest.fixture
def counts(tmp_path, project):
    return table(tmp_path, project, ROWS)


def test_newest_year_of_the_headline_outcome_in_the_order_of_the_framework(counts):
    assert list(counts.index) == ["Aylmer", "Toronto"]
    assert list(counts.columns)[:2] == ["Black", "East/Southeast Asian"]
    assert list(counts.columns)[-3:] == ["Unknown", "Unmapped", "Total"]
    assert "No police label" not in counts.columns
    assert counts.loc["Toronto"].to_dict() | {"Black": 1400, "Total": 1403} == (
        counts.loc["Toronto"].to_dict()
    )
    assert (counts.loc["Aylmer", "White"], counts.loc["Aylmer", "Total"]) == (2, 2)


def test_text_says_what_is_counted_and_why_there_is_no_index(counts):
    text = counts_text(counts, indexed=1, small_count=10)
    assert "Use of force, 2023, by service and race group (unit: incident)" in text
    toronto = next(line for line in text.splitlines() if "Toronto" in line)
    assert toronto.split() == ["Toronto", "1,400", *["0"] * 8, "3", "1,403"]
    assert "1 of 2 services supply no residents" in text
    assert "A count under 10 is not enough data for an index." in text
    assert "supply no residents" not in counts_text(counts, indexed=2, small_count=10)


def test_markdown_has_a_row_a_service(counts):
    lines = counts_markdown(counts, indexed=0, small_count=10).splitlines()
    assert lines[0] == "**Use of force, 2023, by service and race group (unit: incident)**"
    assert "| Aylmer | 0 | 0 | 0 | 0 | 0 | 0 | 2 | 0 | 0 | 0 | 2 |" in lines
    assert lines[-1].startswith("2 of 2 services supply no residents")


def test_without_counts_it_says_so(tmp_path, project):
    empty = table(tmp_path, project, [])
    assert counts_text(empty, 0, 10) == counts_markdown(empty, 0, 10) == "No figures yet."
