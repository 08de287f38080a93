"""What follows a run that the daemon or the UI started: its night report, and its alerts.

`rbdc refresh` does both itself for the runs that it starts.
"""

from collections.abc import Sequence

import dagster as dg

from orchestration.alerts import alerts_of
from orchestration.instance import READ_ONLY_TAG
from orchestration.night_report import REPORTED_TAG, write_night_report
from orchestration.notifiers import Notifier, notify, summary
from orchestration.outcome import read_outcome
from orchestration.service import Service

_NOT_OURS = {
    REPORTED_TAG: "`rbdc refresh` reports this run itself.",
    READ_ONLY_TAG: "This run only read: there is nothing to report.",
}


def build_sensors(
    service: Service, *, running: bool, notifiers: Sequence[Notifier]
) -> list[dg.SensorDefinition]:
    """Sensors for good runs and for failed ones: two that report, two that alert.

    A run ends once, good or failed, and one sensor alerts of each end: so no problem of a run is
    told twice.

    Args:
        service: whose runs they follow.
        running: start them with the daemon; otherwise an engineer starts them in the UI.
        notifiers: where alerts go.
    """
    status = dg.DefaultSensorStatus.RUNNING if running else dg.DefaultSensorStatus.STOPPED

    def report(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        if reason := _why_not_ours(context.dagster_run):
            return reason
        write_night_report(service, context.instance, context.dagster_run.run_id)
        return None

    def alert(context: dg.RunStatusSensorContext) -> dg.SkipReason | None:
        if reason := _why_not_ours(context.dagster_run):
            return reason
        outcome = read_outcome(service, context.instance, context.dagster_run.run_id)
        alerts = alerts_of(service, outcome)
        if not alerts:
            return dg.SkipReason("Nothing was refused, nothing failed.")
        context.log.warning(summary(alerts))
        notify(notifiers, alerts)
        return None

    good, failed = dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE
    return [
        dg.run_status_sensor(
            run_status=run_status, name=name, description=description, default_status=status
        )(follow)
        for name, run_status, follow, description in (
            ("night_report_done", good, report, "Writes the night report of a good run."),
            ("night_report_failed", failed, report, "Writes the night report of a failed run."),
            (
                "gate_refusal_alert",
                good,
                alert,
                "Tells owners of a table that was refused and held while the run went on.",
            ),
            (
                "run_failed_alert",
                failed,
                alert,
                "Tells owners why a run failed: every refusal at a gate in it, or the fault.",
            ),
        )
    ]


def _why_not_ours(run: dg.DagsterRun) -> dg.SkipReason | None:
    """Why a run needs neither report nor alert from here, or None."""
    return next((dg.SkipReason(why) for tag, why in _NOT_OURS.items() if tag in run.tags), None)
