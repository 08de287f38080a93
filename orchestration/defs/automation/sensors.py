"""The night report of runs that the daemon or the UI started; `rbdc refresh` writes its own."""

import dagster as dg

from orchestration.night_report import REPORTED_TAG, write_night_report
from orchestration.service import Service


def build_sensors(service: Service, *, running: bool) -> list[dg.SensorDefinition]:
    """One sensor for good runs, one for failed ones."""
    status = dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED

    def report(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        if REPORTED_TAG in context.dagster_run.tags:
            return dg.SkipReason("`rbdc refresh` reports this run itself.")
        write_night_report(service, context.instance, context.dagster_run.run_id)
        return None

    return [
        dg.run_status_sensor(
            run_status=run_status, name=f"night_report_{outcome}", default_status=status
        )(report)
        for run_status, outcome in (
            (dg.DagsterRunStatus.SUCCESS, "done"),
            (dg.DagsterRunStatus.FAILURE, "failed"),
        )
    ]
