"""Exit statuses of `rbdc` commands, and how a failed run is told apart from a refused one."""

from collections.abc import Sequence
from typing import NamedTuple

import dagster as dg

from rbdc.errors import BusyError, ConfigError

DONE, FAILED, WRONG_USE, REFUSED = 0, 1, 2, 3
# Rules refused: which ones stands in their results. Every other kind is an entry of the runbook.
RULE = "rule"
_STATUS, _KIND, _IN_SHORT = "exit_status", "stopped_by", "in_short"


class StepFailure(NamedTuple):
    """Why a step of a run failed.

    Attributes:
        status: the exit status that it leads to.
        reason: one sentence for whoever may see the run.
        kind: what stopped it: `rule`, or the name of an entry of docs/runbook.md.
        in_short: the reason as it may leave the house. Nothing in it comes from the message of
            another program, which may quote a record.
    """

    status: int
    reason: str
    kind: str
    in_short: str


def stopped(status: int, reason: str, kind: str, in_short: str | None = None) -> dg.Failure:
    """The failure of a step that stops for a known reason; see `StepFailure`."""
    metadata = {_STATUS: status, _KIND: kind, _IN_SHORT: in_short or reason}
    return dg.Failure(reason, metadata=metadata, allow_retries=False)


def refusal(reason: str, kind: str = RULE, in_short: str | None = None) -> dg.Failure:
    """The failure of a step that a blocking check stopped; see `StepFailure`."""
    return stopped(REFUSED, reason, kind, in_short)


def failures_of(events: Sequence[dg.DagsterEvent]) -> list[StepFailure]:
    """Every step of a run that failed, in the order in which they did."""
    failed_checks = {
        event.step_key: event.asset_check_evaluation_data.check_name
        for event in events
        if event.event_type is dg.DagsterEventType.ASSET_CHECK_EVALUATION
        and event.asset_check_evaluation_data.blocking
        and not event.asset_check_evaluation_data.passed
    }
    return [
        _failure(event, failed_checks.get(event.step_key, RULE))
        for event in events
        if event.is_step_failure
    ]


def _failure(event: dg.DagsterEvent, failed_check: str) -> StepFailure:
    data = event.step_failure_data
    said = data.user_failure_data
    if said and said.description and _STATUS in said.metadata:
        status, kind, in_short = (said.metadata[key].value for key in (_STATUS, _KIND, _IN_SHORT))
        return StepFailure(int(status), said.description, str(kind), str(in_short))
    causes = []
    error = data.error
    while error is not None:
        causes.append(error)
        error = error.cause
    names = [cause.cls_name or "error" for cause in causes] or ["error"]
    message = _message(causes[-1].message) if causes else "unknown error"
    if "DagsterAssetCheckFailedError" in names:
        reason = f"{event.step_key}: a blocking check failed"
        return StepFailure(REFUSED, reason, failed_check, f"{reason}: {failed_check}")
    if ConfigError.__name__ in names:
        return StepFailure(WRONG_USE, message, "configuration", message)
    if BusyError.__name__ in names:
        return StepFailure(FAILED, f"{event.step_key}: {message}", "busy", message)
    reason = said.description if said and said.description else f"{event.step_key}: {message}"
    in_short = f"Step {event.step_key} failed ({names[-1]}); its message stands in the run's log."
    return StepFailure(FAILED, reason, "crash", in_short)


def _message(text: str) -> str:
    """The message of a serialised error without its class name's module."""
    name, separator, rest = text.strip().partition(": ")
    return rest if separator and " " not in name else text.strip()
