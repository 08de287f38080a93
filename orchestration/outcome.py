"""What a finished run left behind: how it ended, which loads it made, which steps failed."""

import datetime as dt
from dataclasses import dataclass

import dagster as dg

from orchestration.exit_status import DONE, FAILED, StepFailure, failures_of
from orchestration.service import Service
from rbdc.store.loads import Load, LoadHistory


@dataclass(frozen=True)
class Outcome:
    """A finished run; `histories` has the loads of every table, `failures` the failed steps."""

    run_id: str
    succeeded: bool
    started_at: str | None
    finished_at: str | None
    failures: tuple[StepFailure, ...]
    histories: tuple[LoadHistory, ...]

    @property
    def exit_status(self) -> int:
        """The exit status of DESIGN §5."""
        if self.succeeded:
            return DONE
        return max((failure.status for failure in self.failures), default=FAILED)

    @property
    def loads(self) -> list[tuple[Load, LoadHistory]]:
        """The loads of this run, each with the history of its table."""
        made = ((history.of_run(self.run_id), history) for history in self.histories)
        return [(load, history) for load, history in made if load]


def read_outcome(service: Service, instance: dg.DagsterInstance, run_id: str) -> Outcome:
    """Read what is known of a finished run.

    Raises:
        ValueError: the history does not know the run.
    """
    record = instance.get_run_record_by_id(run_id)
    if record is None:
        raise ValueError(f"no run {run_id} in this service's history")
    events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    return Outcome(
        run_id=run_id,
        succeeded=record.dagster_run.status is dg.DagsterRunStatus.SUCCESS,
        started_at=_iso(record.start_time),
        finished_at=_iso(record.end_time),
        failures=tuple(failures_of(events)),
        histories=tuple(LoadHistory(service.state, table) for table in service.tables),
    )


def _iso(seconds: float | None) -> str | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat() if seconds else None
