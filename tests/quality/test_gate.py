"""The gate reports each seeded fault by the right rule, and passes nothing that it cannot judge."""

from pathlib import Path

import duckdb
import pytest

from expectations import evaluation
from expectations.gate import judge
from expectations.row_rules import NotNull
from expectations.rules import load_suite, load_suites
from rbdc.sources.batch import Request
from rbdc.sources.csv_file import pull
from rbdc.sources.declaration import LABELS, load_sources
from rbdc.sql import literal
from tests.quality.faults import FAULTS
from tests.quality.good_batches import GOOD, Fault
from tests.unit.expectations.batches import rows_set_aside, rule, write_batch, write_suite

SUITES = load_suites()


def batch_of(table: str, folder: Path, rows) -> Path:
    return write_batch(folder / "batch.parquet", list(GOOD[table]()[0]), rows)


def held_with(fault: Fault, folder: Path) -> str | None:
    """Query of what raw holds when the faulty batch comes."""
    if fault.held is None:
        return None
    rows = GOOD[fault.table]()
    fault.held(rows)
    file = write_batch(folder / "held.parquet", list(rows[0]), rows)
    return f"select * from read_parquet({literal(str(file))})"


def failed(judgement) -> dict[str, int]:
    return {r.expectation: r.unexpected_count for r in judgement.results if not r.success}


@pytest.mark.parametrize("table", SUITES)
def test_good_batch_passes_every_rule(table, tmp_path):
    judgement = judge(batch_of(table, tmp_path, GOOD[table]()), SUITES[table])
    assert (judgement.refused, judgement.reason) == (False, None)
    assert judgement.set_aside.num_rows == 0
    assert failed(judgement) == {}
    assert len(judgement.results) == SUITES[table].rules_declared


@pytest.mark.parametrize("fault", FAULTS, ids=[f"{f.table}-{f.rule}" for f in FAULTS])
def test_seeded_fault_is_reported_by_its_rule(fault, tmp_path):
    rows = GOOD[fault.table]()
    fault.seed(rows)
    suite = SUITES[fault.table]
    batch = batch_of(fault.table, tmp_path, rows)
    judgement = judge(batch, suite, held=held_with(fault, tmp_path))
    assert failed(judgement) == fault.counts, judgement.reason
    rules = {rule.name: rule for rule in suite.rules if rule.name in fault.counts}
    refusing = [name for name, rule in rules.items() if rule.action == "refuse"]
    assert judgement.refused == bool(refusing)
    if refusing:
        first = next(rule for rule in suite.rules if rule.name in refusing)
        assert all(
            text in judgement.reason for text in (fault.table, first.name, first.owner, first.fix)
        )
    aside = {name: rule for name, rule in rules.items() if rule.action == "quarantine"}
    for name in aside:
        assert len(rows_set_aside(judgement, name)) == fault.counts[name]
    for row in judgement.set_aside.to_pylist():
        names = row["expectation"].split(", ")
        assert set(names) <= set(aside)
        assert row["reason"] == "; ".join(aside[name].reason for name in names)


def test_every_rule_has_a_seeded_fault():
    seeded = {(fault.table, fault.rule) for fault in FAULTS}
    own = {table: suite for table, suite in SUITES.items() if not suite.same_as}
    assert seeded == {(table, rule.name) for table, s in own.items() for rule in s.rules}


def test_copies_are_judged_by_the_rules_of_their_originals():
    copies = {table: suite for table, suite in SUITES.items() if suite.same_as}
    assert len(copies) == 8
    for copy in copies.values():
        original = SUITES[copy.same_as]
        assert copy.rules_declared == original.rules_declared
        assert {rule.owner for rule in copy.rules} == {"team:city-open-data"}
        for mine, other in zip(copy.rules, original.rules, strict=True):
            assert mine.model_dump(exclude={"owner"}) == other.model_dump(exclude={"owner"})


def test_later_row_of_a_key_is_set_aside(tmp_path):
    rows = GOOD["rms__arrests"]()
    rows.insert(0, rows[2] | {"division": "D9"})
    batch = batch_of("rms__arrests", tmp_path, rows)
    assert judge(batch, SUITES["rms__arrests"]).set_aside["_row_number"].to_pylist() == [4]


def test_more_rows_are_set_aside_than_great_expectations_lists(tmp_path):
    rows = [row for i in range(500) for row in GOOD["rms__arrests"]()[:1]]
    rows = [row | {"arrest_id": f"A{i}", "age": "999"} for i, row in enumerate(rows)]
    batch = batch_of("rms__arrests", tmp_path, rows)
    assert judge(batch, SUITES["rms__arrests"]).set_aside.num_rows == 500


@pytest.mark.parametrize("table", [table for table in SUITES if table.startswith("rms__")])
def test_empty_increment_passes(table, tmp_path):
    judgement = judge(batch_of(table, tmp_path, []), SUITES[table])
    assert (judgement.refused, failed(judgement)) == (False, {})


def test_a_records_system_need_not_say_what_the_call_was(tmp_path):
    rows = [
        {name: value for name, value in row.items() if name != "call_type"}
        for row in GOOD["rms__arrests"]()
    ]
    batch = write_batch(tmp_path / "batch.parquet", list(rows[0]), rows)
    judgement = judge(batch, SUITES["rms__arrests"])
    assert (judgement.refused, failed(judgement)) == (False, {})


def test_residents_of_several_services_are_judged_apart(tmp_path):
    """A table of one service need not name it; of several each has groups and totals of its own."""
    rows = GOOD["population__residents"]()
    of_two = [row | {"service": service} for service in ("Toronto", "Aylmer") for row in rows]
    suite = SUITES["population__residents"]

    def failed_rules(rows):
        return failed(judge(write_batch(tmp_path / "batch.parquet", list(rows[0]), rows), suite))

    assert failed_rules(of_two) == {}
    assert failed_rules([*of_two[:-1], of_two[-1] | {"service": "Toronto"}]) == {
        "keys_unique": 1,
        "groups_add_up_to_the_total": 1,
    }
    unnamed = [*rows, *rows]
    assert failed_rules(unnamed)["keys_unique"] == len(rows)


# --- what cannot be judged is refused


@pytest.fixture
def suite(tmp_path):
    return load_suite(
        write_suite(
            tmp_path,
            rule("id_present", "not_null", "quarantine", columns=["id"]),
            rule("id_short", "rows_where", "warn", sql="length(id) > 9"),
        )
    )


@pytest.fixture
def batch(tmp_path):
    return write_batch(tmp_path / "batch.parquet", ["id", "name"], [{"id": "1", "name": "Ann Doe"}])


def assert_not_judged(judgement, *texts):
    assert judgement.refused and judgement.results == ()
    assert judgement.set_aside.num_rows == 0
    assert "test__things was refused because it could not be judged" in judgement.reason
    assert all(text in judgement.reason for text in texts), judgement.reason


def test_sound_suite_and_batch_pass(suite, batch):
    assert judge(batch, suite).refused is False


def test_exception_inside_great_expectations(suite, batch, monkeypatch):
    def broken():
        raise RuntimeError("Ann Doe")

    monkeypatch.setattr(evaluation, "great_expectations", broken)
    judgement = judge(batch, suite)
    assert_not_judged(judgement, "RuntimeError", "team:data-engineering")
    assert "Ann" not in judgement.reason


def test_exception_in_a_mild_rule_keeps_records_out_of_the_reason(tmp_path, batch):
    suite = load_suite(
        write_suite(tmp_path, rule("id_small", "rows_where", "info", sql="name::integer > 1"))
    )
    judgement = judge(batch, suite)
    assert_not_judged(judgement, "id_small could not be evaluated")
    assert "Ann" not in judgement.reason and "Doe" not in judgement.reason


def test_condition_that_names_an_absent_column(tmp_path, batch):
    suite = load_suite(write_suite(tmp_path, rule("age_small", "rows_where", sql="age > 1")))
    assert_not_judged(judge(batch, suite), "age_small", 'Referenced column "age" not found')


def test_condition_that_names_another_rule(tmp_path, batch):
    rules = [
        rule("id_small", "rows_where", sql="false"),
        rule("also_small", "rows_where", sql="id_small"),
    ]
    suite = load_suite(write_suite(tmp_path, *rules))
    assert_not_judged(judge(batch, suite), "also_small", 'Referenced column "id_small" not found')


def test_column_that_is_not_in_the_batch(tmp_path, batch):
    suite = load_suite(write_suite(tmp_path, rule("age_there", "not_null", columns=["age"])))
    assert_not_judged(judge(batch, suite), "the column age of rule age_there is not there")


def test_unknown_type_of_expectation(suite, batch, monkeypatch):
    registry = evaluation.great_expectations().expectations.registry
    judge(batch, suite)  # registers the gate's own expectation
    monkeypatch.delitem(registry._registered_expectations, "expect_query_to_find_nothing")
    assert_not_judged(judge(batch, suite))


def test_fewer_results_than_rules(suite, batch, monkeypatch):
    definition = evaluation.great_expectations().ValidationDefinition
    run = definition.run

    def run_and_lose_one(self, **options):
        validation = run(self, **options)
        validation.results.pop()
        return validation

    monkeypatch.setattr(definition, "run", run_and_lose_one)
    assert_not_judged(judge(batch, suite), "1 results came back for 2 rules")


def test_rows_to_set_aside_that_disagree_with_great_expectations(suite, batch, monkeypatch):
    monkeypatch.setattr(NotNull, "condition", lambda self: "true")
    assert_not_judged(
        judge(batch, suite), "Great Expectations counts 0 rows but its own SQL finds 1"
    )


def test_time_limit(tmp_path, batch):
    endless = (
        "(select count(*) from range(1000000) a, range(1000000) b where a.range < b.range) > 1"
    )
    suite = load_suite(write_suite(tmp_path, rule("slow", "rows_where", sql=endless)))
    assert_not_judged(judge(batch, suite, timeout_seconds=1), "it took longer than 1 seconds")


def test_landing_file_that_is_absent_or_not_parquet(suite, tmp_path):
    assert_not_judged(judge(tmp_path / "absent.parquet", suite), "IOException")
    (tmp_path / "text.parquet").write_text("Ann Doe")
    judgement = judge(tmp_path / "text.parquet", suite)
    assert_not_judged(judgement)
    assert "Ann" not in judgement.reason


def test_landing_file_whose_rows_are_not_numbered(suite, tmp_path):
    path = tmp_path / "batch.parquet"
    duckdb.sql("select '1' as id").write_parquet(str(path))
    assert_not_judged(judge(path, suite), "no column _row_number")
    duckdb.sql("select '1' as id, 1 as _row_number from range(2)").write_parquet(str(path))
    assert_not_judged(judge(path, suite), "row numbers of the landing file are not unique")


# --- real public data


PUBLISHED_DEFECTS = {
    "tps__arrests": {
        "arrest_id_present": 469,
        "arrest_id_unique": 2,
        "no_copies_under_another_object_id": 2,
        "race_present": 4,
        "age_group_present": 24,
        "persons_with_one_known_race": 1366,
        "persons_with_one_sex": 37,
        "division_mostly_known": 29646,
        "occurrence_category_present": 165,
        "occurrence_categories_stay_the_same": 27,
        "strip_search_was_booked": 572,
        "strip_search_has_a_reason": 785,
    },
    "provincial_use_of_force__main_records": {
        "incident_within_a_week": 25,
        "incident_on_one_date": 169,
        "incident_number_of_one_service": 3,
        "incident_wholly_included_or_not": 86,
    },
    "provincial_use_of_force__individual_records": {
        "people_of_a_report_are_numbered_in_order": 5,
    },
    "provincial_use_of_force__weapon_records": {"weapon_listed_once": 11},
    "census__neighbourhood_profile": {"topic_and_characteristic_present": 2, "counts_present": 7},
}


@pytest.mark.parametrize("table", PUBLISHED_DEFECTS)
def test_real_data_passes_with_its_known_defects(table, shared, project, tmp_path):
    sources = load_sources(project / "services" / "toronto")
    (declared,) = [t for t in sources.tables if t.id == table]
    landed = pull(Request(declared, tmp_path, shared / "data"))
    judgement = judge(landed.parquet, SUITES[table])
    assert (judgement.refused, judgement.set_aside.num_rows) == (False, 0), judgement.reason
    assert failed(judgement) == PUBLISHED_DEFECTS[table]
    if table == "tps__arrests":
        observed = {result.expectation: result.observed for result in judgement.results}
        assert observed["division_mostly_known"] == "45.4% of rows (29,646)"


@pytest.mark.parametrize("service", ["toronto", "demo"])
def test_labels_of_the_shipped_services_pass(service, project, tmp_path):
    landed = pull(Request(LABELS, tmp_path, project / "services" / service))
    judgement = judge(landed.parquet, SUITES["config__labels"])
    assert (judgement.refused, failed(judgement)) == (False, {}), judgement.reason
