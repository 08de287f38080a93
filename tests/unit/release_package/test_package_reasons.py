"""The reason of a change, rule by rule."""

from dataclasses import replace

import pytest

from rbdc.release.package.reasons import (
    Context,
    added_reason,
    months_of,
    removed_reason,
    value_reason,
)
from rbdc.release.package.snapshot import Field, Layout, Methods

COUNT = Field("count", "integer", {"role": "count"})
INDEX = Field("index", "number", {"role": "statistic", "of": ["count"]})
PERIOD = Field("period", "string", {"role": "period"})
LAYOUT = Layout("figures", (PERIOD, COUNT, INDEX), ("period",), {})

OLD = Methods("2020-01/2021-09", "1.0.0", "1")
GROWN = Context(OLD, replace(OLD, extent="2020-01/2021-12"))
SAME = Context(OLD, OLD)
FRAMEWORK = Context(OLD, replace(OLD, framework_version="1.1.0"))
CODE = Context(OLD, replace(OLD, method_version="2"))
CORRECTED = Context(OLD, OLD, frozenset({"t"}))


def row(period: str, count: str, index: str = "1.5") -> dict[str, str]:
    return {"period": period, "count": count, "index": index}


@pytest.mark.parametrize(
    ("field", "old", "new", "context", "reason"),
    [
        (COUNT, row("2020", "7"), row("2020", "[c]"), SAME, "suppression"),
        (COUNT, row("2020", "[c]"), row("2020", "7"), GROWN, "suppression"),
        (COUNT, row("all", "7"), row("all", "[c]"), CORRECTED, "suppression"),
        (COUNT, row("all", "7"), row("all", "9"), GROWN, "new data"),
        (COUNT, row("2021", "7"), row("2021", "9"), GROWN, "new data"),
        (COUNT, row("2021-Q3", "7"), row("2021-Q3", "9"), GROWN, "revision"),
        (COUNT, row("2020", "7"), row("2020", "9"), GROWN, "revision"),
        (COUNT, row("all", "7"), row("all", "9"), SAME, "revision"),
        # The rest of 2021 is covered by neither.
        (COUNT, row("2021", "7"), row("2021", "9"), SAME, "revision"),
        (COUNT, row("2020", "7"), row("2020", "9"), CORRECTED, "correction"),
        (COUNT, row("2020", "7"), row("2020", "9"), FRAMEWORK, "revision"),
        (COUNT, row("2020", "7"), row("2020", ""), SAME, "revision"),
        (INDEX, row("2020", "7", "1.5"), row("2020", "7", "1.6"), FRAMEWORK, "method"),
        (INDEX, row("2020", "7", "1.5"), row("2020", "7", "1.6"), CODE, "method"),
        (INDEX, row("2020", "7", "1.5"), row("2020", "7", "1.6"), SAME, "revision"),
        # Its count changed too: the data moved it, whatever else did.
        (INDEX, row("2020", "7", "1.5"), row("2020", "9", "1.6"), FRAMEWORK, "revision"),
        (INDEX, row("all", "7", "1.5"), row("all", "7", "1.6"), GROWN, "new data"),
        (INDEX, row("2020", "7", "1.5"), row("2020", "7", "[c]"), CODE, "suppression"),
    ],
)
def test_reason_of_a_value(field, old, new, context, reason):
    assert value_reason("t", LAYOUT, field, old, new, context) == reason


@pytest.mark.parametrize(
    ("added", "context", "reason"),
    [
        (row("2021-Q4", "7"), GROWN, "new data"),
        (row("2021-10", "7"), GROWN, "new data"),
        (row("2021-Q3", "7"), GROWN, "revision"),
        (row("2020", "7"), SAME, "revision"),
        # A code that occurs for the first time in the new months has zeros in the old ones.
        (row("2020", "0"), GROWN, "new data"),
        (row("2020", "0"), SAME, "revision"),
        (row("2020", "7"), FRAMEWORK, "method"),
        (row("2020", "7"), CORRECTED, "correction"),
    ],
)
def test_reason_of_an_added_row(added, context, reason):
    assert added_reason("t", LAYOUT, added, context) == reason


def test_reason_of_a_removed_row():
    assert removed_reason("t", LAYOUT, SAME) == "revision"
    assert removed_reason("t", LAYOUT, GROWN) == "revision"
    assert removed_reason("t", LAYOUT, CORRECTED) == "correction"
    assert removed_reason("t", LAYOUT, FRAMEWORK) == "method"
    assert removed_reason("t", replace(LAYOUT, fields=(PERIOD, COUNT)), FRAMEWORK) == "revision"


def calendar(**parts: str) -> tuple[Layout, dict[str, str]]:
    fields = tuple(Field(f"the_{role}", "string", {"role": role}) for role in parts)
    return Layout("counts", fields, (), {}), {f"the_{r}": text for r, text in parts.items()}


@pytest.mark.parametrize(
    ("parts", "first", "last"),
    [
        ({"period": "2021"}, "2021-01", "2021-12"),
        ({"period": "2021-Q2"}, "2021-04", "2021-06"),
        ({"period": "2021-02"}, "2021-02", "2021-02"),
        ({"period": "all"}, "2020-01", "2021-09"),
        ({"year": "2021"}, "2021-01", "2021-12"),
        ({"year": "2021", "quarter": "2021-Q4"}, "2021-10", "2021-12"),
        ({"year": "2021", "month": "January"}, "2021-01", "2021-01"),
        ({"year": "2021", "month": "2021-03"}, "2021-03", "2021-03"),
        ({"year": "2021", "quarter": "2021-Q1", "month": "March"}, "2021-03", "2021-03"),
        ({"year": "2021", "quarter": "Oct-Dec"}, "2021-01", "2021-12"),
        ({"year": "All", "month": "All"}, "2020-01", "2021-09"),
        ({}, "2020-01", "2021-09"),
    ],
)
def test_months_of_a_row(parts, first, last):
    layout, texts = calendar(**parts)

    def month(text: str) -> int:
        return int(text[:4]) * 12 + int(text[5:]) - 1

    assert months_of(layout, texts, OLD.extent) == (month(first), month(last))


def test_months_of_a_table_with_one_period():
    layout = Layout("counts", (COUNT,), (), {"period": "2020-Q1"})
    assert months_of(layout, {"count": "7"}, OLD.extent) == (2020 * 12, 2020 * 12 + 2)
