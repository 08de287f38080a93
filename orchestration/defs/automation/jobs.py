"""The jobs: every night, all from the beginning, days again, readmission, rebuilds."""

from typing import Any

import dagster as dg

from orchestration.defs.automation.explain import build_explain_job
from orchestration.defs.extract.assets import BACKFILL_TAG, FULL_REBUILD_TAG, READMIT_TAG
from orchestration.defs.keys import CANDIDATE, NIGHTLY_REFRESH, landing_key, raw_key
from orchestration.release_wish import policy_of
from orchestration.service import Service

BACKFILL = "backfill"
FULL_REBUILD = "full_rebuild"
READMIT = "readmit"
BUILD_RELEASE = "build_release"
REBUILD_MARTS = "rebuild_marts"


def build_jobs(service: Service) -> list[Any]:
    """All jobs run in one process: DuckDB has one writer, and imports are paid for once."""
    policy = policy_of(service)
    every = dg.AssetSelection.all()
    without_release = every - dg.AssetSelection.assets(CANDIDATE) if policy else every
    to_raw = [key for table in service.tables for key in (landing_key(table), raw_key(table))]
    nightly = every if policy and policy.build == "nightly" else without_release
    return [
        dg.define_asset_job(
            NIGHTLY_REFRESH,
            selection=nightly,
            executor_def=dg.in_process_executor,
            description="Pull what is new, judge it, rebuild the marts if anything changed.",
        ),
        dg.define_asset_job(
            FULL_REBUILD,
            selection=nightly,
            executor_def=dg.in_process_executor,
            tags={FULL_REBUILD_TAG: "true"},
            description="Read every source from the beginning and rebuild all marts.",
        ),
        dg.define_asset_job(
            BACKFILL,
            selection=without_release,
            executor_def=dg.in_process_executor,
            tags={BACKFILL_TAG: "true"},
            description=(
                "Pull days again that were pulled before: name first_day and last_day under "
                "resources › backfill in the launchpad."
            ),
        ),
        dg.define_asset_job(
            READMIT,
            selection=without_release,
            executor_def=dg.in_process_executor,
            tags={READMIT_TAG: "true"},
            description=(
                "Judge the rows in quarantine by today's suites and corrections, let in those that "
                "pass, and rebuild the marts if any does. No source is asked for anything."
            ),
        ),
        dg.define_asset_job(
            REBUILD_MARTS,
            selection=without_release - dg.AssetSelection.assets(*to_raw),
            executor_def=dg.in_process_executor,
            description=(
                "Rebuild the marts from raw as it stands, if anything changed. No source is asked "
                "and nothing is judged again; `make reproduce` does this in a folder aside."
            ),
        ),
        *([_build_release()] if policy else []),
        build_explain_job(service),
    ]


def _build_release() -> Any:
    return dg.define_asset_job(
        BUILD_RELEASE,
        selection=dg.AssetSelection.assets(CANDIDATE),
        executor_def=dg.in_process_executor,
        description=(
            "Build a candidate release from the marts as they are: protect, judge, attack, check. "
            "What it follows and where it ends can be named under resources › release_wish."
        ),
    )
