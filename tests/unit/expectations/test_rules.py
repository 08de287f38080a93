"""A suite that is not sound is refused while it is read, with file, line and rule."""

import subprocess
import sys

import pytest
import yaml

from expectations.rules import SUITES, SuiteError, load_suite, load_suites
from tests.unit.expectations.batches import rule, write_suite


def without(content, key):
    return {name: value for name, value in content.items() if name != key}


GOOD = rule("id_present", "not_null", columns=["id"])
ERRORS = [
    (rule("id_present", "is_nice", columns=["id"]), "rule id_present: Input tag 'is_nice'"),
    (without(GOOD, "kind"), "rule id_present: Unable to extract tag"),
    (GOOD | {"action": "ignore"}, "rule id_present: action: Input should be 'refuse'"),
    (GOOD | {"dimension": "beauty"}, "rule id_present: dimension: Input should be"),
    (without(GOOD, "owner"), "rule id_present: owner: Field required"),
    (GOOD | {"owner": "somebody"}, "rule id_present: owner: String should match"),
    (without(GOOD, "reason"), "rule id_present: reason: Field required"),
    (GOOD | {"reason": "No full stop"}, "rule id_present: reason: String should match"),
    (without(GOOD, "fix"), "rule id_present: fix: Field required"),
    (without(GOOD, "columns"), "rule id_present: columns: Field required"),
    (GOOD | {"columns": []}, "rule id_present: columns: Tuple should have at least 1"),
    (GOOD | {"colums": ["id"]}, "rule id_present: colums: Extra inputs"),
    (GOOD | {"name": "Id Present"}, "rule Id Present: name: String should match"),
    (without(GOOD, "name"), "rule number 1: name: Field required"),
    (rule("age", "between", columns=["age"]), "rule age: needs min or max"),
    (rule("some", "row_count"), "rule some: needs min or max"),
    (rule("code", "matches", columns=["code"], pattern="("), "rule code: pattern: not a regular"),
    (rule("flag", "values_in_set", columns=["flag"], values=[0, 1]), "rule flag: values.0: Input"),
    (rule("when", "parses_as", columns=["when"], type="word"), "rule when: type: Input should"),
    (
        rule("many", "row_share", "quarantine", sql="true", max_share=0.5),
        "rule many: action: Input should be 'refuse', 'warn' or 'info'",
    ),
    (rule("many", "row_share", sql="true", max_share=1.5), "rule many: max_share: Input should"),
]


@pytest.mark.parametrize(("faulty", "message"), ERRORS, ids=[message for _, message in ERRORS])
def test_error_names_file_line_and_rule(tmp_path, faulty, message):
    with pytest.raises(SuiteError) as error:
        load_suite(write_suite(tmp_path, faulty))
    assert message in str(error.value)
    assert f"{tmp_path.name}/test__things.yml line " in str(error.value)


def test_line_is_the_one_of_the_mistake(tmp_path):
    path = write_suite(tmp_path, GOOD, rule("other", "not_null", action="ignore", columns=["id"]))
    wrong = path.read_text().splitlines().index("  action: ignore") + 1
    with pytest.raises(SuiteError, match=f"line {wrong}: rule other: action"):
        load_suite(path)


def test_number_of_rules_must_be_right(tmp_path):
    with pytest.raises(SuiteError, match="rules_declared says 2 but 1 rules follow"):
        load_suite(write_suite(tmp_path, GOOD, rules_declared=2))


def test_name_stands_once(tmp_path):
    with pytest.raises(SuiteError, match="declared twice: id_present"):
        load_suite(write_suite(tmp_path, GOOD, GOOD))


def test_file_has_the_name_of_its_table(tmp_path):
    with pytest.raises(SuiteError, match=r"table is 'test__others'"):
        load_suite(write_suite(tmp_path, GOOD, table="test__others"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Input should be a valid dictionary"),
        ("rules: [", r"line \d: "),
        ("table: test__things\ntable: test__things\n", "line 2: the key 'table' stands twice"),
        ("rules: [just, words]", "rules_declared: Field required"),
    ],
)
def test_file_that_is_no_suite(tmp_path, text, message):
    path = tmp_path / "test__things.yml"
    path.write_text(text)
    with pytest.raises(SuiteError, match=message):
        load_suite(path)


def test_absent_file(tmp_path):
    with pytest.raises(SuiteError, match="does not exist"):
        load_suite(tmp_path / "test__things.yml")


def test_version_is_of_the_content_and_not_of_the_layout(tmp_path):
    path = write_suite(tmp_path, GOOD)
    version = load_suite(path).version
    path.write_text("# a comment\n\n" + path.read_text().replace("kind: ", "kind:    "))
    assert load_suite(path).version == version
    assert len(version) == 12 and int(version, 16) >= 0
    path.write_text(path.read_text().replace("action: warn", "action: refuse"))
    assert load_suite(path).version != version


def test_all_suites_load():
    suites = load_suites()
    assert {path.stem for path in SUITES.glob("*.yml")} == set(suites)
    assert sum(len(suite.rules) for suite in suites.values()) > 100


def test_great_expectations_is_not_imported_to_read_suites():
    code = (
        "import sys, expectations.gate, expectations.rules as r; r.load_suites(); "
        "sys.exit(any(m.split('.')[0] == 'great_expectations' for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def write_copy(folder, **values):
    write_suite(folder, GOOD)
    content = {
        "table": "copies__things",
        "description": "A copy of the things.",
        "same_as": "test__things",
        "owner": "team:copyists",
    }
    path = folder / "copies__things.yml"
    path.write_text(yaml.safe_dump(content | values), encoding="utf-8")
    return path


def test_copy_has_the_rules_of_its_original_and_an_owner_of_its_own(tmp_path):
    copy = load_suite(write_copy(tmp_path))
    original = load_suite(tmp_path / "test__things.yml")
    assert [rule.name for rule in copy.rules] == ["id_present"]
    assert (copy.table, copy.rules[0].owner) == ("copies__things", "team:copyists")
    assert copy.version != original.version
    write_suite(tmp_path, GOOD | {"action": "refuse"})
    assert load_suite(tmp_path / "copies__things.yml").version != copy.version


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"same_as": "test__others"}, "test__others.yml does not exist"),
        (
            {"same_as": "copies__things"},
            "copies__things.yml line 1: rules_declared: Field required",
        ),
        ({"rules": []}, "copies__things.yml line 3: rules: Extra inputs"),
        ({"owner": "nobody"}, "copies__things.yml line 2: owner: String should match"),
    ],
)
def test_copy_that_is_not_sound(tmp_path, values, message):
    with pytest.raises(SuiteError) as error:
        load_suite(write_copy(tmp_path, **values))
    assert message in str(error.value)
