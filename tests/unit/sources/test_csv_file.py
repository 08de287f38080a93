"""Delimited files: what is landed, and the sentence for each way a file can be wrong."""

import csv

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rbdc.errors import SourceError
from rbdc.sources.batch import Request
from rbdc.sources.csv_file import pull
from rbdc.sources.landing import as_of_sql
from tests.unit.sources.tables import csv_table

HEADER = "id,Label Text,secret,when\n"


def land(folder, content: bytes, since=None, **changes):
    (folder / "people.csv").write_bytes(content)
    return pull(Request(csv_table(**changes), folder, folder=folder, since=since))


def rows(pulled):
    query = f"select * from read_parquet('{pulled.parquet}') order by _row_number"
    return duckdb.sql(query).fetchall()


def test_listed_columns_only_as_text_with_row_numbers(tmp_path):
    pulled = land(tmp_path, (HEADER + "007, a ,SECRET,2023-05-01\n8,,SECRET,2024-01-31\n").encode())
    assert rows(pulled) == [("007", " a ", "2023-05-01", 1), ("8", None, "2024-01-31", 2)]
    assert (pulled.rows, pulled.as_of, pulled.delivery) == (2, "2024-01-31", "full")
    assert b"SECRET" not in pulled.parquet.read_bytes()


def test_byte_order_mark_quotes_and_newlines_inside_fields(tmp_path):
    pulled = land(tmp_path, ("\ufeff" + HEADER + '1,"a ""b""\nc, d",x,2023-01-01\n').encode())
    assert rows(pulled) == [("1", 'a "b"\nc, d', "2023-01-01", 1)]


def test_all_files_of_a_pattern_are_one_delivery(tmp_path):
    (tmp_path / "people_2.csv").write_text("when,id,Label Text\n2023-02-01,2,b\n")
    first = land(tmp_path, (HEADER + "1,a,x,2023-01-01\n").encode(), path="people*.csv")
    # Columns are found by their names in each file, rows are numbered through.
    assert rows(first) == [("1", "a", "2023-01-01", 1), ("2", "b", "2023-02-01", 2)]

    def again(since):
        asked = Request(csv_table(path="people*.csv"), tmp_path / "again", tmp_path, since=since)
        return pull(asked)

    assert again(first.position).delivery == "none"
    (tmp_path / "people_3.csv").write_text(HEADER + "3,c,x,2023-03-01\n")
    assert (again(first.position).rows, again(None).as_of) == (3, "2023-03-01")
    (tmp_path / "people_3.csv").unlink()
    (tmp_path / "people_2.csv").rename(tmp_path / "people_4.csv")
    assert again(first.position).delivery == "full"  # the same rows, but a file of another name
    (tmp_path / "people_4.csv").write_text(HEADER)
    with pytest.raises(SourceError, match=r"people_4\.csv\) has a header but no rows"):
        again(None)


def test_no_file_of_a_pattern(tmp_path):
    with pytest.raises(SourceError, match=r"people\*\.csv was not found in the source folder"):
        pull(Request(csv_table(path="people*.csv"), tmp_path, tmp_path))


def test_same_bytes_are_not_landed_again(tmp_path):
    first = land(tmp_path, (HEADER + "1,a,x,2023-01-01\n").encode())
    again = land(tmp_path, (HEADER + "1,a,x,2023-01-01\n").encode(), since=first.position)
    changed = land(tmp_path, (HEADER + "1,b,x,2023-01-01\n").encode(), since=first.position)
    assert (again.delivery, changed.delivery) == ("none", "full")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (HEADER.encode(), "header but no rows"),
        (b"id,Label,secret,when\n1,a,x,2023-01-01\n", "lacks the declared column"),
        ((HEADER + "1,Mont\xe9,x,2023-01-01\n").encode("latin-1"), "not UTF-8"),
        ((HEADER + "1,a,x,2023-01-01\n").encode("utf-16"), "not UTF-8"),
        ((HEADER + "1,a,x,2023-01-01\n").encode("utf-16-le"), "not UTF-8"),
        ((HEADER + "1,a,PRIVATE,2023-01-01,extra\n").encode(), "cannot be read as CSV"),
        ((HEADER + "1,a,PRIVATE\n").encode(), "cannot be read as CSV"),
        ((HEADER + '1,"PRIVATE,x,2023-01-01\n').encode(), "cannot be read as CSV"),
        (("id," + HEADER + "1,1,a,x,2023-01-01\n").encode(), "id twice"),
    ],
)
def test_each_fault_is_one_sentence_without_content(tmp_path, content, message):
    with pytest.raises(SourceError, match=message) as caught:
        land(tmp_path, content)
    assert "Source files, table people (people.csv)" in str(caught.value)
    assert "PRIVATE" not in str(caught.value)


def test_renamed_column_is_named_with_what_is_there_instead(tmp_path):
    with pytest.raises(SourceError, match=r"lacks the declared column\(s\) Label Text") as caught:
        land(tmp_path, b"id,LabelText,when\n1,a,2023-01-01\n")
    assert "LabelText" in str(caught.value)


def test_missing_file(tmp_path):
    with pytest.raises(SourceError, match="is missing: people.csv was not found"):
        pull(Request(csv_table(), tmp_path, tmp_path))


CELL = st.text(
    st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r\ufeff"), max_size=12
)


@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_was_written_is_read_back(tmp_path, cells):
    with (tmp_path / "people.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["id", "Label Text", "when"])
        writer.writerows([one, two, "2023-01-01"] for one, two in cells)
    pulled = pull(Request(csv_table(), tmp_path, tmp_path))
    landed = [(row[0] or "", row[1] or "") for row in rows(pulled)]
    assert landed == cells


@pytest.mark.parametrize(
    ("year", "label", "expected"),
    [
        ("2020", "Jan-Mar", "2020-03-31"),
        ("2021", "Apr-June ", "2021-06-30"),
        ("2021", "July-Sept", "2021-09-30"),
        ("2020", "Oct-Dec", "2020-12-31"),
        ("2020", "Q9", None),
        (None, "Jan-Mar", None),
    ],
)
def test_quarter_labels_reach_to_the_quarters_end(year, label, expected):
    expression = as_of_sql(csv_table(as_of={"year": "id", "quarter": "when"}))
    query = f'select ({expression})::varchar from (select ?::varchar as id, ?::varchar as "when")'
    assert duckdb.execute(query, [year, label]).fetchone() == (expected,)
