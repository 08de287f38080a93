"""Data files: what stands in them, and frames that do not fit their description."""

import csv
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rbdc.errors import RbdcError
from rbdc.release.package.content import Column, Table
from rbdc.release.package.tables import published, write_csv, write_parquet
from tests.unit.release_package.invented import counts, figures

# Any text but surrogates, which no UTF-8 file can hold.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8).filter(lambda t: t != "[c]")


def table(rows: list[tuple[object, ...]], hidden: list[bool] | None = None) -> Table:
    columns = (
        Column("id", "integer", "Key."),
        Column("text", "string", "Text."),
        Column("number", "number", "Number."),
    )
    frame = pd.DataFrame(rows, columns=["id", "text", "number"]).astype(
        {"id": "int64", "text": object, "number": float}
    )
    mask = None if hidden is None else pd.DataFrame({"number": hidden}, dtype=bool)
    return Table("t", "T", "T.", "other", columns, ("id",), frame, mask)


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            texts,
            st.floats(allow_nan=False, allow_infinity=False),
            st.booleans(),
        ),
        unique_by=lambda row: row[0],
        max_size=6,
    )
)
def test_csv_and_parquet_give_back_every_value(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("t")
    made = table([row[:3] for row in rows], [row[3] for row in rows])
    found = published(made)
    write_csv(found, folder / "t.csv")
    write_parquet(made, found, folder / "t.parquet")
    with (folder / "t.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file))
    assert lines[0] == ["id", "text", "number", "hidden"]
    columns = pq.read_table(folder / "t.parquet").to_pydict()
    for line, (i, row) in zip(lines[1:], enumerate(sorted(rows)), strict=True):
        number, text, value, hidden = row
        assert line[:2] == [str(number), text]
        assert line[3] == ("true" if hidden else "false")
        assert line[2] == "[c]" if hidden else float(line[2]) == value
        assert columns["number"][i] == (None if hidden else value)
        assert columns["text"][i] == (text or None)


def test_csv_as_written():
    rows = published(table([(2, 'b,"c"\nd', 0.1), (-1, None, None), (10, "x", -0.0)]))
    assert rows.texts == {
        "id": ["-1", "2", "10"],
        "text": ["", 'b,"c"\nd', "x"],
        "number": ["", "0.1", "0.0"],
    }


def test_parquet_has_types_and_no_metadata_of_pandas(written):
    schema = pq.read_schema(written / "data/disproportionality.parquet")
    assert [str(kind) for kind in schema.types] == [
        *("string", "string", "int64", "double", "bool", "date32[day]", "string", "bool")
    ]
    assert schema.metadata is None
    assert pq.read_metadata(written / "data/disproportionality.parquet").metadata is None


def test_empty_table_is_a_header(tmp_path):
    made = table([], [])
    write_csv(published(made), tmp_path / "t.csv")
    write_parquet(made, published(made), tmp_path / "t.parquet")
    assert (tmp_path / "t.csv").read_bytes() == b"id,text,number,hidden\n"
    assert pq.read_table(tmp_path / "t.parquet").num_rows == 0


def test_row_of_one_empty_value_is_a_row(tmp_path):
    frame = pd.DataFrame({"a": ["x", None]})
    made = Table("t", "T", "T.", "other", (Column("a", "string", "A."),), (), frame)
    write_csv(published(made), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_bytes() == b'a\n""\nx\n'


def test_dates_and_integers_of_other_pandas_types():
    made = figures()
    frame = made.frame.assign(
        as_of=pd.to_datetime(made.frame["as_of"]), outcome_count=[40.0, np.nan, 0.0]
    )
    assert published(replace(made, frame=frame)).texts == published(made).texts
    assert published(made).values["as_of"][0] == date(2021, 12, 31)


def with_value(column: str, value: object) -> Table:
    made = counts()
    frame = made.frame.astype(object)
    frame.loc[0, column] = value
    return replace(made, frame=frame)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("arrests", "7", "a value is no integer"),
        ("arrests", 7.5, "a value is no integer"),
        ("arrests", float("inf"), "a value is no integer"),
        ("arrests", None, "is required but empty in 1 row"),
        ("race_group", "", "is required but empty in 1 row"),
        ("race_group", 7, "a value is no string"),
        ("race_group", "[c]", "stands for hidden values only"),
        ("Perceived Division", "D99", "'D99' is none of its categories"),
        ("period", "2021", "stands twice"),
    ],
)
def test_value_that_does_not_fit_is_refused(column, value, message):
    with pytest.raises(RbdcError, match=message):
        published(with_value(column, value))


def test_refusal_does_not_show_a_value_that_may_be_hidden():
    with pytest.raises(RbdcError) as error:
        published(with_value("strip_searches", 4711.5))
    assert "4711" not in str(error.value)


def test_infinite_number_and_wrong_boolean_are_refused():
    made = figures()
    for column, value in (("index", float("inf")), ("small_count", "true"), ("as_of", "2021")):
        frame = made.frame.astype(object)
        frame.loc[0, column] = value
        with pytest.raises(RbdcError, match=f"column {column}: a value is no"):
            published(replace(made, frame=frame))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"frame": counts().frame.drop(columns="arrests")}, "arrests is described but not in"),
        ({"frame": counts().frame.assign(more=1)}, "more is in the frame but not described"),
        ({"key": ("other",)}, "other is in the key but not described"),
        ({"columns": (*counts().columns, counts().columns[0])}, "is described twice"),
        ({"hidden": pd.DataFrame({"x": [True] * 18})}, "column x of hidden is unknown"),
        ({"hidden": pd.DataFrame({"arrests": [True]})}, "have different rows"),
        ({"hidden": pd.DataFrame({"period": [True] * 18})}, "period is required or part of"),
        ({"hidden": pd.DataFrame({"arrests": [None] * 18})}, "must be yes or no"),
        (
            {"columns": (*counts().columns, Column("hidden", "boolean", ""))},
            "hidden is described twice",
        ),
    ],
)
def test_frame_and_description_must_agree(other, message):
    with pytest.raises(RbdcError, match=message):
        published(replace(counts(), **other))
