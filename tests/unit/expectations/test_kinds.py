"""Every kind of rule, counted by Great Expectations and found by its own SQL predicate alike."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.gate import judge
from expectations.rules import load_suite
from tests.unit.expectations.batches import rows_set_aside, rule, write_batch, write_suite

COLUMNS = ("id", "code", "when", "number", 'odd "name": {x}')
ODD = COLUMNS[-1]

# The rule, and the rows (from 1) of ROWS that break it.
ROWS = [
    {"id": "1", "code": "a", "when": "2023-01-31", "number": "1,234", ODD: "x"},
    {"id": " 1 ", "code": " a ", "when": "2023-02-30", "number": "12.5", ODD: "it's"},
    {"id": "None", "code": "B:7", "when": "2022-03-01T14:05:00", "number": "6042273.0", ODD: None},
    {"id": "", "code": "nan", "when": " na ", "number": "NULL", ODD: "\tnAn\n"},
    {"id": "2", "code": None, "when": None, "number": None, ODD: "{x}"},
    {"id": "3", "code": "b", "when": "soon", "number": "inf", ODD: ":x %s"},
    {"id": "3", "code": "b", "when": "2023-01-31", "number": "1 000", ODD: ":x %s"},
]
ROW_RULES = {
    "not_null_one": (rule("not_null_one", "not_null", columns=["id"]), [3, 4]),
    "not_null_two": (rule("not_null_two", "not_null", columns=["id", "code"]), [3, 4, 5]),
    "not_null_odd": (rule("not_null_odd", "not_null", columns=[ODD]), [3, 4]),
    "not_null_some": (
        rule("not_null_some", "not_null", columns=["id"], where="code like '%:7'"),
        [3],
    ),
    "in_set": (rule("in_set", "values_in_set", columns=["code"], values=["a", "b"]), [3]),
    "in_set_two": (
        rule("in_set_two", "values_in_set", columns=["code", ODD], values=["a", "b", "x"]),
        [2, 3, 5, 6, 7],
    ),
    "in_set_odd": (
        rule("in_set_odd", "values_in_set", columns=[ODD], values=["it's", "{x}", ":x %s"]),
        [1],
    ),
    "matches": (rule("matches", "matches", columns=["code"], pattern="(?:a|b){1}"), [3]),
    "matches_odd": (rule("matches_odd", "matches", columns=[ODD], pattern=r"[x{}]+|:x %\w"), [2]),
    "date": (rule("date", "parses_as", columns=["when"], type="date"), [2, 6]),
    "integer": (rule("integer", "parses_as", columns=["number"], type="integer"), [2, 6]),
    "number": (rule("number", "parses_as", columns=["number"], type="number"), [6]),
    "between": (rule("between", "between", columns=["number"], min=12.5, max=1000), [1, 3, 6]),
    "above": (rule("above", "between", columns=["when", "number"], min=13), [1, 2, 3, 6, 7]),
    "below": (rule("below", "between", columns=["number"], max=13), [1, 3, 6, 7]),
    "unique": (rule("unique", "unique", columns=["id"]), [2, 7]),
    "unique_two": (rule("unique_two", "unique", columns=["id", "when"]), []),
    "unique_odd": (rule("unique_odd", "unique", columns=["id", "code", ODD]), [7]),
    "unique_some": (rule("unique_some", "unique", columns=["id"], where="code = 'b'"), [7]),
    "rows_where": (rule("rows_where", "rows_where", sql="code = 'b' -- a comment"), [6, 7]),
    "rows_in_window": (
        rule("rows_in_window", "rows_where", sql="count(*) over (partition by code) = 1"),
        [3],
    ),
    "rows_in_subquery": (
        rule(
            "rows_in_subquery",
            "rows_where",
            sql="code = (select max(c.code) from cleaned as c)",
        ),
        [6, 7],
    ),
}
# `code` of row 4 and of row 5 is missing, so that they are one group of two.

# The rule, the count when it breaks, and the observed and allowed in words.
TABLE_RULES = {
    "groups": (rule("groups", "groups_where", by=["id"], having="count(*) > 1"), 2),
    "groups_fine": (rule("groups_fine", "groups_where", by=["id"], having="count(*) > 2"), 0),
    "table": (rule("table", "table_where", sql="select count(*) > 9 from cleaned"), 1),
    "table_unknown": (rule("table_unknown", "table_where", sql="select null::boolean"), 1),
    "table_fine": (rule("table_fine", "table_where", sql="select count(*) < 9 from cleaned"), 0),
    "few": (rule("few", "row_count", min=8), 1),
    "many": (rule("many", "row_count", max=6), 1),
    "right": (rule("right", "row_count", min=7, max=7), 0),
    "share": (rule("share", "row_share", sql="code is null", max_share=0.2), 2),
    "share_fine": (rule("share_fine", "row_share", sql="code is null", max_share=0.3), 0),
    "share_small": (
        rule("share_small", "row_share", sql="code is null", max_share=0.2, min_rows=8),
        0,
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("kinds")


@pytest.fixture(scope="module")
def suite(folder):
    declared = [declared | {"action": "quarantine"} for declared, _ in ROW_RULES.values()]
    declared += [declared for declared, _ in TABLE_RULES.values()]
    return load_suite(write_suite(folder, *declared))


@pytest.fixture(scope="module")
def batch(folder):
    return write_batch(folder / "batch.parquet", COLUMNS, ROWS)


@pytest.fixture(scope="module")
def judgement(suite, batch):
    return judge(batch, suite)


@pytest.fixture(scope="module")
def of_nothing(suite, folder):
    return judge(write_batch(folder / "empty.parquet", COLUMNS, []), suite)


def result_of(judgement, name):
    (result,) = [result for result in judgement.results if result.expectation == name]
    return result


def test_batch_is_judged(judgement, suite):
    # Each rule sets rows aside here, so that the gate itself compared both counts of each.
    assert (judgement.refused, judgement.reason) == (False, None)
    assert [result.expectation for result in judgement.results] == [r.name for r in suite.rules]
    assert judgement.suite_version == suite.version


@pytest.mark.parametrize("name", ROW_RULES)
def test_row_rule_counts_and_finds_the_same_rows(name, judgement):
    _, failing = ROW_RULES[name]
    result = result_of(judgement, name)
    assert (result.unexpected_count, result.success) == (len(failing), not failing)
    assert rows_set_aside(judgement, name) == failing


@pytest.mark.parametrize("name", TABLE_RULES)
def test_table_rule_counts(name, judgement):
    _, count = TABLE_RULES[name]
    result = result_of(judgement, name)
    assert (result.unexpected_count, result.success) == (count, count == 0)


def test_results_are_said_in_words(judgement):
    said = {r.expectation: (r.observed, r.limit) for r in judgement.results}
    assert said["not_null_one"] == ("2 rows", "no rows")
    assert said["in_set"] == ("1 row", "no rows")
    assert said["groups"] == ("2 groups", "no groups")
    assert said["table"] == ("does not hold", "must hold")
    assert said["table_fine"] == ("holds", "must hold")
    assert said["few"] == ("7 rows", "at least 8 rows")
    assert said["right"] == ("7 rows", "at least 7 and at most 7 rows")
    assert said["share"] == ("28.6% of rows (2)", "at most 20% of rows")
    assert said["share_fine"] == ("within the limit", "at most 30% of rows")


def test_empty_batch_breaks_only_rules_about_the_batch(of_nothing):
    assert of_nothing.refused is False and of_nothing.set_aside.num_rows == 0
    failed = {r.expectation for r in of_nothing.results if not r.success}
    assert failed == {"table", "table_unknown", "few", "right"}


def present(value):
    """A value as rules see it."""
    text = (value or "").strip(" \t\r\n\u00a0")
    return None if text.lower() in ("", "none", "na", "null", "nan") else text


def number(text):
    try:
        return float(text.replace(",", "").replace(" ", ""))
    except ValueError:
        return None


def later_ones(keys):
    """How many keys stand behind an equal one; keys that are missing altogether do not count."""
    return sum(n - 1 for key, n in Counter(keys).items() if any(part is not None for part in key))


VALUES = st.sampled_from(
    [None, "", " ", "NONE", "na", "1", " 1", "2", "2.0", "2.5", "-3", "1,0", "x", "y:z", "it's"]
)
TABLES = st.lists(st.fixed_dictionaries({"id": VALUES, "code": VALUES}), max_size=12)


@given(rows=TABLES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_counts_are_those_of_plain_python(rows, tmp_path):
    rules = (
        rule("not_null", "not_null", "quarantine", columns=["id"]),
        rule("in_set", "values_in_set", "quarantine", columns=["id"], values=["1", "x", "y:z"]),
        rule("matches", "matches", "quarantine", columns=["id"], pattern="[0-9.]+"),
        rule("integer", "parses_as", "quarantine", columns=["id"], type="integer"),
        rule("between", "between", "quarantine", columns=["id"], min=0, max=2),
        rule("unique_one", "unique", "quarantine", columns=["id"]),
        rule("unique_two", "unique", "quarantine", columns=["id", "code"]),
        rule("rows_where", "rows_where", "quarantine", sql="id = code"),
        rule("groups", "groups_where", by=["id"], having="count(*) > 1"),
    )
    batch = write_batch(tmp_path / "batch.parquet", ("id", "code"), rows)
    judgement = judge(batch, load_suite(write_suite(tmp_path, *rules)))
    assert judgement.refused is False, judgement.reason

    ids = [present(row["id"]) for row in rows]
    pairs = [(present(row["id"]), present(row["code"])) for row in rows]
    there = [text for text in ids if text is not None]
    numbers = [number(text) for text in there]
    assert {r.expectation: r.unexpected_count for r in judgement.results} == {
        "not_null": ids.count(None),
        "in_set": sum(text not in ("1", "x", "y:z") for text in there),
        "matches": sum(not set(text) <= set("0123456789.") for text in there),
        "integer": sum(n is None or n != int(n) for n in numbers),
        "between": sum(n is None or not 0 <= n <= 2 for n in numbers),
        "unique_one": later_ones((text,) for text in ids),
        "unique_two": later_ones(pairs),
        "rows_where": sum(a is not None and a == b for a, b in pairs),
        "groups": sum(n > 1 for text, n in Counter(ids).items() if text is not None),
    }
