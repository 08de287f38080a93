"""A grid is complete where each combination of labels stands once, however labels are written."""

import itertools
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.gate import judge
from expectations.rules import SuiteError, load_suite
from tests.unit.expectations.batches import rule, write_batch, write_suite

COLUMNS = ("kind", "part", "month")
GRID = [
    ("A", "a1", "May"),
    (" a ", "A1 ", "june"),
    ("A", "a2", "MAY"),
    ("a", "a2", "June"),
    ("B", "b1", "May"),
    ("B", "b1", "June "),
]


def count(folder, rows, axes) -> int:
    suite = load_suite(write_suite(folder, rule("grid", "complete_grid", axes=axes)))
    batch = write_batch(
        folder / "batch.parquet", COLUMNS, [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    )
    (result,) = judge(batch, suite).results
    assert result.success == (result.unexpected_count == 0)
    return result.unexpected_count


@pytest.mark.parametrize(
    ("rows", "axes", "unexpected"),
    [
        (GRID, [["kind", "part"], "month"], 0),
        # As axes of their own, (A, b1), (B, a1) and (B, a2) are missing in both months.
        (GRID, ["kind", "part", "month"], 6),
        (GRID[:-1], [["kind", "part"], "month"], 1),
        ([*GRID, GRID[0]], [["kind", "part"], "month"], 1),
        # One is missing and another stands twice, so that the number of rows is right.
        ([*GRID[:-1], GRID[0]], [["kind", "part"], "month"], 2),
        # A missing label is a third month, in which the two other pairs are missing too.
        ([*GRID[:-1], ("B", "b1", None)], [["kind", "part"], "month"], 3),
        ([], [["kind", "part"], "month"], 0),
    ],
)
def test_combinations_missing_or_repeated(tmp_path, rows, axes, unexpected):
    assert count(tmp_path, rows, axes) == unexpected


LABELS = st.tuples(*[st.sampled_from(["x", "X ", "y", "z", None])] * 3)


@given(rows=st.lists(LABELS, max_size=14))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_count_is_that_of_plain_python(rows, tmp_path):
    folded = [tuple(text and text.strip().lower() for text in row) for row in rows]
    times = Counter(folded)
    grid = itertools.product(*(set(labels) for labels in zip(*folded, strict=True)))
    wrong = sum(times[cell] != 1 for cell in grid) if rows else 0
    assert count(tmp_path, rows, ["kind", "part", "month"]) == wrong


def test_a_grid_has_two_axes_at_least(tmp_path):
    with pytest.raises(SuiteError, match="rule grid: axes: Tuple should have at least 2"):
        load_suite(write_suite(tmp_path, rule("grid", "complete_grid", axes=["kind"])))
