"""The headline says what its rows say, in plain words, in the order of the framework."""

import pandas as pd
import pytest

from rbdc.framework import load_framework
from rbdc.release.headline import chart, headline, markdown_table, text_table


@pytest.fixture
def framework(project):
    return load_framework(project / "services" / "toronto")


@pytest.fixture
def frame(tmp_path, framework):
    file = tmp_path / "disproportionality.parquet"
    rows = pd.DataFrame(
        [
            ("2020", "White", 3240, 1.07, 1.04, 1.10, "over_represented"),
            ("2021", "White", 326, 1.12, 1.03, 1.22, "over_represented"),
            ("2021", "Black", 211, 0.5, 0.4, 0.6, "under_represented"),
            ("2021", "Latino", 6, None, None, None, "not_enough_data"),
            ("2021", "Unmapped", 1, None, None, None, None),
        ],
        columns=[
            "period",
            "race_group",
            "outcome_count",
            "disproportionality_index",
            "index_low",
            "index_high",
            "classification",
        ],
    ).assign(
        service="Toronto",
        indicator="strip_search_of_arrests",
        unit="person",
        benchmark="arrest",
        benchmark_vintage=None,
        outcome_total=686,
        period_type="year",
        dimension="all",
    )
    rows.to_parquet(file)
    return headline(file, framework)


def test_newest_year_in_the_order_of_the_framework(frame):
    assert list(frame["race_group"]) == ["Black", "Latino", "White"]
    assert set(frame["period"]) == {"2021"}
    assert list(frame["finding"]) == ["under-represented", "not enough data", "over-represented"]


def test_tables_show_counts_intervals_and_findings(frame):
    text = text_table(frame, 0.9)
    assert "Strip searches, of people arrested, 2021 (unit: person; benchmark: arrest)" in text
    assert "90% interval" in text and "0.40 – 0.60" in text
    latino = next(line for line in text.splitlines() if "Latino" in line)
    assert latino.split() == ["Latino", "6", "–", "–", "not", "enough", "data"]
    markdown = markdown_table(frame, 0.95, synthetic=True)
    assert markdown.startswith("SIMULATED DATA")
    assert "| White | 326 | 1.12 | 1.03 – 1.22 | over-represented |" in markdown
    assert "SIMULATED" not in markdown_table(frame, 0.95, synthetic=False)


def test_chart_is_a_picture(frame):
    assert chart(frame, synthetic=False).startswith(b"\x89PNG")


def test_figures_of_several_services_are_told_apart(tmp_path, framework):
    columns = {
        "unit": "person",
        "benchmark": "arrest",
        "benchmark_vintage": None,
        "outcome_count": 40,
        "outcome_total": 80,
        "disproportionality_index": 1.2,
        "index_low": 1.1,
        "index_high": 1.3,
        "classification": "over_represented",
        "indicator": "strip_search_of_arrests",
        "period_type": "year",
        "dimension": "all",
        "race_group": "White",
    }
    periods = [("Toronto", "2020"), ("Toronto", "2021"), ("Aylmer", "2020")]
    rows = [columns | {"service": service, "period": period} for service, period in periods]
    pd.DataFrame(rows).to_parquet(tmp_path / "figures.parquet")
    frame = headline(tmp_path / "figures.parquet", framework, every_service=True)
    assert list(zip(frame["service"], frame["period"], strict=True)) == [
        ("Aylmer", "2020"),
        ("Toronto", "2021"),
    ]
    assert "Strip searches, of people arrested, Aylmer, 2020 (unit" in text_table(frame, 0.95)
