"""What stands from an earlier run where a step has nothing to do: metadata and check results."""

from collections.abc import Iterator
from graphlib import TopologicalSorter

import dagster as dg
from dagster._core.storage.asset_check_execution_record import AssetCheckExecutionRecordStatus

_JUDGED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


def standing_results(
    context: dg.AssetExecutionContext,
) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
    """Report a step's assets again as they stand, because none of their inputs changed.

    Without this a night with nothing new would take row counts, columns and check results off
    the UI: it shows those of the newest run only.
    """
    upstream = {
        key: parents & context.selected_asset_keys
        for key, parents in context.assets_def.asset_deps.items()
        if key in context.selected_asset_keys
    }
    for key in TopologicalSorter(upstream).static_order():  # Dagster wants parents first
        metadata = standing_metadata(context, key)
        yield dg.MaterializeResult(
            asset_key=key, metadata={**metadata, "rebuilt": "no: its inputs are unchanged"}
        )
    for check in context.selected_asset_check_keys:
        yield from _standing_check(context.instance, check)


def standing_metadata(
    context: dg.AssetExecutionContext, key: dg.AssetKey
) -> dict[str, dg.MetadataValue]:
    """What was said of an asset when it was last made; empty if the history no longer holds it."""
    event = context.instance.get_latest_materialization_event(key)
    made = event.asset_materialization if event else None
    return {**made.metadata} if made else {}


def _standing_check(
    instance: dg.DagsterInstance, check: dg.AssetCheckKey
) -> Iterator[dg.AssetCheckResult]:
    """The newest result of a check; none if the history no longer holds one."""
    history = instance.event_log_storage.get_asset_check_execution_history(
        check, limit=1, status=_JUDGED
    )
    for record in history:
        evaluation = record.evaluation
        if evaluation is None:
            continue
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=evaluation.passed,
            severity=evaluation.severity,
            description=evaluation.description,
            metadata={**evaluation.metadata, "evaluated": "in an earlier run, on the same inputs"},
        )
