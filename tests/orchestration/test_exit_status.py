"""Which failures are refusals (3), which are faults (1)."""

from types import SimpleNamespace

import dagster as dg
import pytest

from orchestration.defs.warehouse.assets import failure_of
from orchestration.exit_status import failures_of, refusal
from rbdc.errors import BusyError, ConfigError


def result(unique_id, status, message="Got 3 results, configured to fail if != 0"):
    """The part of a result of dbt that is asked for."""
    kind, _, name = unique_id.split(".")
    node = SimpleNamespace(resource_type=kind, name=name)
    return SimpleNamespace(node=node, status=status, message=message)


def run(function):
    @dg.asset
    def thing():
        function()

    outcome = dg.materialize([thing], raise_on_error=False)
    return failures_of(outcome.all_events)


def raising(error):
    def function():
        raise error

    return function


def test_a_failed_data_test_is_a_blocking_check_and_a_failed_model_is_a_fault():
    test = result("test.rbdc_models.counts_conserve_rows", "fail")
    model = result("model.rbdc_models.arrests", "error", "Binder Error: no column x")
    passed = result("test.rbdc_models.unique_id", "pass")
    assert run(raising(failure_of([test, passed]))) == [
        (
            3,
            "dbt stopped: counts_conserve_rows: Got 3 results, configured to fail if != 0",
            "dbt_test",
            "dbt stopped at counts_conserve_rows.",
        )
    ]
    [failure] = run(raising(failure_of([model, test])))
    assert (failure.status, failure.kind) == (1, "dbt_model")
    assert "Binder" in failure.reason and "Binder" not in failure.in_short
    assert failure_of([passed]) is None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refusal("Table x was refused."), (3, "Table x was refused.", "rule")),
        (refusal("Rows are lost.", "reconciliation"), (3, "Rows are lost.", "reconciliation")),
        (dg.Failure("Something broke."), (1, "Something broke.", "crash")),
        (
            ConfigError("framework.yml line 3: no."),
            (2, "framework.yml line 3: no.", "configuration"),
        ),
        (BusyError("It is held."), (1, "thing: It is held.", "busy")),
        (ValueError("Ann Example"), (1, "thing: Ann Example", "crash")),
    ],
)
def test_status_sentence_and_kind_of_an_error(error, expected):
    [failure] = run(raising(error))
    assert failure[:3] == expected


def test_the_message_of_a_foreign_error_stays_in_the_house():
    [failure] = run(raising(ValueError("Ann Example")))
    assert (
        failure.in_short == "Step thing failed (ValueError); its message stands in the run's log."
    )


def test_a_failed_blocking_check_is_a_refusal():
    @dg.asset(check_specs=[dg.AssetCheckSpec("sound", asset="thing", blocking=True)])
    def thing():
        return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False)])

    outcome = dg.materialize([thing], raise_on_error=False)
    reason = "thing: a blocking check failed"
    assert failures_of(outcome.all_events) == [(3, reason, "sound", f"{reason}: sound")]


def test_a_good_run_has_no_failures():
    assert run(lambda: None) == []
