"""The run history of a service, shared by `rbdc refresh`, the daemon and the UI."""

from pathlib import Path

import dagster as dg

from orchestration.progress import LOGGER_NAME
from orchestration.service import Service

_OURS = "# Written by rbdc"
_DAGSTER_YAML = f"""\
{_OURS}: run history of one service, on SQLite. Remove this line to keep changes of your own.
event_log_storage:
  module: orchestration.event_log
  class: SqliteEventLog
  config:
    base_dir: "{{home}}/history/runs"
telemetry:
  enabled: false
nux:
  enabled: false
python_logs:
  managed_python_loggers: [{LOGGER_NAME}]
  python_log_level: INFO
"""
# Runs that change nothing of a service: no refresh waits for them, reports them or ends them.
READ_ONLY_TAG = "rbdc/read_only"
_UNFINISHED = [
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.CANCELING,
]


def dagster_home(service: Service) -> Path:
    """The service's DAGSTER_HOME, made where absent."""
    home = service.state.dagster_home
    home.mkdir(parents=True, exist_ok=True)
    config = home / "dagster.yaml"
    wanted = _DAGSTER_YAML.format(home=home)
    held = config.read_text(encoding="utf-8") if config.exists() else _OURS
    if held.startswith(_OURS) and held != wanted:  # new, older, or its folder moved
        config.write_text(wanted, encoding="utf-8")
    return home


def open_instance(service: Service) -> dg.DagsterInstance:
    """Open the history."""
    return dg.DagsterInstance.from_config(str(dagster_home(service)))


def fail_killed_runs(service: Service, instance: dg.DagsterInstance) -> list[dg.DagsterRun]:
    """Mark the runs that a killed process left started as failed, and return them.

    Raises:
        BusyError: a living run holds the service.
    """
    with service.state.lock("starting a run"):  # nobody holds it, so nobody is at work
        unfinished = instance.get_runs(filters=dg.RunsFilter(statuses=_UNFINISHED))
        killed = [run for run in unfinished if READ_ONLY_TAG not in run.tags]
        for run in killed:
            instance.report_run_failed(run, "The process of this run was killed.")
    return killed
