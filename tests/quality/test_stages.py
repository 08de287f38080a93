"""The audits report each seeded fault by its rule, and pass nothing that they cannot judge."""

import shutil
from pathlib import Path

import duckdb
import pytest

from expectations import evaluation
from expectations.audit import audit_stage, judge_stage
from expectations.rules import STAGES, StageSuite, SuiteError, load_stage_suite
from rbdc.store.layout import StateFolder
from tests.quality import good_warehouse
from tests.quality.stage_faults import STAGE_FAULTS, lost
from tests.unit.expectations.batches import rule

SUITES = {stage: load_stage_suite(stage) for stage in STAGES}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    return folder / "warehouse.duckdb", good_warehouse.build(folder)


@pytest.fixture
def warehouse(good, tmp_path):
    return Path(shutil.copy(good[0], tmp_path))


def failed(judgement) -> set[str]:
    return {result.expectation for _, result in judgement.results if not result.success}


def spoil(warehouse: Path, statement: str):
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(statement)


@pytest.mark.parametrize("stage", STAGES)
def test_good_warehouse_passes_every_rule(stage, good):
    judgement = judge_stage(good[0], SUITES[stage], good[1])
    assert (judgement.refused, judgement.reason) == (False, None)
    assert failed(judgement) == set()
    assert len(judgement.results) == SUITES[stage].rules_declared


@pytest.mark.parametrize("fault", STAGE_FAULTS, ids=[f"{f.stage}-{f.rule}" for f in STAGE_FAULTS])
def test_seeded_fault_is_reported_by_its_rule(fault, good, warehouse):
    spoil(warehouse, fault.spoil)
    judgement = judge_stage(warehouse, SUITES[fault.stage], good[1])
    assert failed(judgement) == set(fault.rules), judgement.reason
    refusing = [one for one in SUITES[fault.stage].rules if one.action == "refuse"]
    first = next((one for one in refusing if one.name in fault.rules), None)
    assert judgement.refused == (first is not None)
    if first:
        said = (fault.stage, first.name, first.owner, first.fix)
        assert all(text in judgement.reason for text in said)


def test_every_rule_has_a_seeded_fault():
    rules = {(stage, rule.name) for stage, suite in SUITES.items() for rule in suite.rules}
    assert {(fault.stage, fault.rule) for fault in STAGE_FAULTS} == rules


def test_before_the_first_good_run_nothing_is_compared(good):
    nothing = dict.fromkeys(good[1])
    judgement = judge_stage(good[0], SUITES["marts"], nothing)
    assert failed(judgement) == set() and not judgement.refused


def test_observed_value_is_said_beside_the_limit(good, warehouse):
    spoil(warehouse, lost("youth diversions to enforcement actions", 0.2))
    results = {r.expectation: r for _, r in judge_stage(warehouse, SUITES["staging"], {}).results}
    result = results["outcomes_name_an_action"]
    assert (result.observed, result.limit) == ("10.0% (20 of 200)", "at most 2.0%")
    assert result.unexpected_count == 20


# --- whatever keeps a stage from being judged is a refusal


def suite_of(*rules, declared=None) -> StageSuite:
    return StageSuite(
        stage="staging",
        description="A stage that tests judge.",
        rules_declared=declared or len(rules),
        rules=rules,
    )


def finding(name: str, sql: str) -> dict[str, object]:
    return rule(name, "nothing_found", about="raw.rms__arrests", finds="things", sql=sql)


def test_rule_that_cannot_be_evaluated(good):
    judgement = judge_stage(good[0], suite_of(finding("strange", "select nobody")), {})
    assert judgement.refused and judgement.results == ()
    assert "strange could not be evaluated" in judgement.reason


def test_record_is_not_quoted_by_an_error(good):
    quoting = "select 1 from raw.rms__arrests where cast(perceived_race as integer) > 0"
    judgement = judge_stage(good[0], suite_of(finding("casts", quoting)), {})
    assert judgement.refused and "Black" not in judgement.reason


def test_time_limit(good):
    endless = "select 1 from range(10000000) a, range(10000000) b where a.range < b.range"
    judgement = judge_stage(good[0], suite_of(finding("slow", endless)), {}, timeout_seconds=1)
    assert judgement.refused and "it took longer than 1 seconds" in judgement.reason


def test_fewer_results_than_rules(good, monkeypatch):
    run = evaluation.great_expectations().ValidationDefinition.run

    def run_and_lose_one(self, **options):
        validation = run(self, **options)
        validation.results.pop()
        return validation

    monkeypatch.setattr(
        evaluation.great_expectations().ValidationDefinition, "run", run_and_lose_one
    )
    judgement = judge_stage(good[0], suite_of(finding("one", "select 1 where false")), {})
    assert judgement.refused and "0 results came back for 1 rules" in judgement.reason


def test_warehouse_that_is_absent(tmp_path):
    judgement = judge_stage(tmp_path / "warehouse.duckdb", SUITES["staging"], {})
    assert judgement.refused and "could not be judged" in judgement.reason


def test_absent_suite(good, tmp_path, monkeypatch):
    state = StateFolder(good[0].parent)
    monkeypatch.setattr("expectations.audit.load_stage_suite", _absent)
    judgement = audit_stage(state, "staging", "run-1")
    assert judgement.refused and "has no sound suite" in judgement.reason


def _absent(stage: str) -> StageSuite:
    raise SuiteError(f"warehouse/{stage}.yml does not exist.")


def test_suite_that_lost_a_rule(tmp_path):
    text = (Path(evaluation.__file__).parent / "suites/warehouse/marts.yml").read_text()
    first = text.index("  - name: ")
    second = text.index("  - name: ", first + 1)
    (tmp_path / "marts.yml").write_text(text[:first] + text[second:])
    with pytest.raises(SuiteError, match="a rule was lost"):
        load_stage_suite("marts", tmp_path)
