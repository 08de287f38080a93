"""Answers stay inside where a figure that they are made from is hidden or not released."""

import datetime as dt

import pandas as pd

from rbdc.release.answers import ANSWERS, as_written, released_answers, type_of
from rbdc.release.package.content import Column
from tests.unit.release.small_warehouse import SERVICE, warehouse

ROWS = [
    ("A1", SERVICE, "F1", 1.5),
    ("A2", SERVICE, "F1 F2", 2.5),
    ("A3", SERVICE, "F1 F3", 3.5),  # F3 is hidden, or not released
    ("A4", SERVICE, None, 4.5),  # made from nothing that is known
    ("A5", SERVICE, "", 5.5),
    ("A6", "Peel", "F1", 6.5),
]


def answers(open_figures, service=SERVICE, rows=ROWS):
    connection = warehouse()
    for name in ANSWERS:
        connection.execute(
            f"create table indicators.{name} (figure_id text, service text, source_figures text, "
            "value double, data_as_of date, run_id text)"
        )
    for row in rows:
        connection.execute(
            "insert into indicators.pathway values (?, ?, ?, ?, '2021-12-31', 'run')", row
        )
    described = {("pathway", "value"): "The value."}
    return released_answers(connection, open_figures, service, described, ("arrests",))


def test_only_rows_of_released_figures_that_hide_nothing_go_out():
    (table,), withheld = answers({"F1", "F2"})
    assert table.name == "pathway" and table.frame["figure_id"].tolist() == ["A1", "A2"]
    assert withheld == {**dict.fromkeys(ANSWERS, 0), "pathway": 3}


def test_without_open_figures_there_is_no_table():
    tables, withheld = answers(set())
    assert tables == [] and withheld["pathway"] == 5


def test_of_many_services_all_answers():
    (table,), _ = answers({"F1"}, service=None)
    assert table.frame["figure_id"].tolist() == ["A1", "A6"]


def test_the_table_as_it_is_written():
    (table,), _ = answers({"F1"})
    assert {one.name: (one.type, one.description) for one in table.columns} == {
        "figure_id": ("string", ""), "service": ("string", ""), "source_figures": ("string", ""),
        "value": ("number", "The value."), "data_as_of": ("date", ""),
    }  # fmt: skip
    assert {one.name: one.role["role"] for one in table.columns} == {
        "figure_id": "key", "service": "text", "source_figures": "made_of",
        "value": "statistic", "data_as_of": "text",
    }  # fmt: skip
    assert "run_id" not in table.frame
    assert table.frame["data_as_of"].tolist() == [dt.date(2021, 12, 31)]
    assert (table.key, table.hidden, table.sources) == (("figure_id",), None, ("arrests",))


def test_types():
    frame = pd.DataFrame({"flag": [True], "number": [1], "share": [0.5], "text": ["x"],
                          "day": pd.to_datetime(["2021-01-01"])})  # fmt: skip
    kinds = {name: type_of(frame[name]) for name in frame}
    assert kinds == {"flag": "boolean", "number": "integer", "share": "number", "text": "string",
                     "day": "date"}  # fmt: skip
    written = as_written(frame, [Column(name, kind, "") for name, kind in kinds.items()])
    assert written["day"].tolist() == [dt.date(2021, 1, 1)] and frame["day"].dtype.kind == "M"
