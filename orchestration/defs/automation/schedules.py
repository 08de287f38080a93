"""The nightly schedule; it ships stopped."""

import dagster as dg

from orchestration.defs.automation.jobs import NIGHTLY_REFRESH


def build_schedules(*, running: bool) -> list[dg.ScheduleDefinition]:
    """The nightly refresh at 03:00 in Ontario.

    Args:
        running: start it with the daemon; otherwise an engineer starts it in the UI.
    """
    status = dg.DefaultScheduleStatus.RUNNING if running else dg.DefaultScheduleStatus.STOPPED
    return [
        dg.ScheduleDefinition(
            name="nightly",
            job_name=NIGHTLY_REFRESH,
            cron_schedule="0 3 * * *",
            execution_timezone="America/Toronto",
            default_status=status,
            description="Every night at 03:00, after the source systems' own jobs.",
        )
    ]
