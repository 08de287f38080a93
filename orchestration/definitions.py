"""The one entry point of the Dagster layer: everything that one service's pipeline consists of."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from orchestration.dbt import Dbt, ensure_manifest
from orchestration.defs.automation.jobs import build_jobs
from orchestration.defs.automation.schedules import build_schedules
from orchestration.defs.automation.sensors import build_sensors
from orchestration.defs.extract.assets import build_landing_assets
from orchestration.defs.extract.resources import Backfill
from orchestration.defs.extract.sensors import build_file_sensors
from orchestration.defs.quality.assets import build_raw_assets
from orchestration.defs.quality.quarantine import build_quarantine_asset
from orchestration.defs.release.assets import build_release_assets
from orchestration.defs.release.resources import ReleaseWish
from orchestration.defs.statistics.assets import build_statistics_assets
from orchestration.defs.warehouse.assets import build_warehouse_assets
from orchestration.defs.warehouse.resources import build_state_lock
from orchestration.notifiers import Notifier, notifiers_of
from orchestration.service import Service
from orchestration.settings import Settings


def build_defs(
    settings: Settings, *, notifiers: Sequence[Notifier] | None = None, **overrides: Any
) -> dg.Definitions:
    """Definitions of one service's pipeline.

    Args:
        settings: which service and which folders.
        notifiers: where alerts go, instead of where the settings say.
        overrides: resources to replace, by name (`dbt`, `state_lock`), as tests do.

    Raises:
        ConfigError: the service is unknown, or its configuration or that of e-mail is wrong.
    """
    service = Service(settings)
    manifest = ensure_manifest(service)
    resources = {
        "dbt": Dbt(service),
        "state_lock": build_state_lock(service),
        "backfill": Backfill(),
        "release_wish": ReleaseWish(),
        **overrides,
    }
    return dg.Definitions(
        assets=[
            *build_landing_assets(service),
            *build_raw_assets(service),
            build_quarantine_asset(service),
            *build_warehouse_assets(service, manifest),
            *build_statistics_assets(service),
            *build_release_assets(service),
        ],
        jobs=build_jobs(service),
        schedules=build_schedules(running=settings.enable_automation),
        sensors=[
            *build_file_sensors(service, running=settings.enable_automation),
            *build_sensors(
                service,
                running=settings.enable_automation,
                notifiers=notifiers_of(settings) if notifiers is None else notifiers,
            ),
        ],
        resources=resources,
    )


@dg.definitions
def defs() -> dg.Definitions:
    """Definitions of the service that the environment names."""
    return build_defs(Settings.from_environment())
