"""Exit statuses of `rbdc` commands, and how a failed run is told apart from a refused one."""

from collections.abc import Sequence

import dagster as dg

from rbdc.errors import ConfigError

DONE, FAILED, WRONG_USE, REFUSED = 0, 1, 2, 3
_STATUS = "exit_status"


def refusal(reason: str) -> dg.Failure:
    """The failure of a step that a blocking check stopped."""
    return dg.Failure(reason, metadata={_STATUS: REFUSED}, allow_retries=False)


def failures_of(events: Sequence[dg.DagsterEvent]) -> list[tuple[int, str]]:
    """Exit status and plain reason of every step of a run that failed."""
    failures = []
    for event in events:
        if not event.is_step_failure:
            continue
        data = event.step_failure_data
        said = data.user_failure_data
        causes = []
        error = data.error
        while error is not None:
            causes.append(error)
            error = error.cause
        names = {cause.cls_name for cause in causes}
        if said and said.description:
            status = said.metadata.get(_STATUS)
            failures.append((int(status.value) if status else FAILED, said.description))
        elif "DagsterAssetCheckFailedError" in names:
            failures.append((REFUSED, f"{event.step_key}: a blocking check failed"))
        elif ConfigError.__name__ in names:
            failures.append((WRONG_USE, _message(causes[-1].message)))
        else:
            last = causes[-1].message if causes else "unknown error"
            failures.append((FAILED, f"{event.step_key}: {_message(last)}"))
    return failures


def _message(text: str) -> str:
    """The message of a serialised error without its class name's module."""
    name, separator, rest = text.strip().partition(": ")
    return rest if separator and " " not in name else text.strip()
