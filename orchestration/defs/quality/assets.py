"""One raw asset for each source table: what the gate admitted."""

from collections.abc import Iterator

import dagster as dg

from expectations.gatekeeper import pass_gate, suite_version
from orchestration.defs.keys import landing_key, raw_key
from orchestration.defs.quality.checks import (
    RECONCILIATION,
    gate_check_results,
    gate_check_specs,
    in_short,
)
from orchestration.exit_status import refusal
from orchestration.progress import say, timed
from orchestration.service import Service
from rbdc.sources.declaration import SourceTable
from rbdc.store.intake import newest_batch
from rbdc.store.loads import Load, LoadHistory


def build_raw_assets(service: Service) -> list[dg.AssetsDefinition]:
    """Raw assets of all tables of a service."""
    return [_raw_asset(service, table) for table in service.tables]


def _raw_asset(service: Service, table: SourceTable) -> dg.AssetsDefinition:
    specs = gate_check_specs(table)

    @dg.multi_asset(
        name=f"gate__{table.id}",
        specs=[
            dg.AssetSpec(
                raw_key(table),
                deps=[landing_key(table)],
                group_name="raw",
                description=f"Rows that the gate admitted: {table.description}",
                owners=[table.owner],
                kinds={"parquet", "greatexpectations"},
                metadata={
                    "dagster/column_schema": dg.TableSchema(
                        columns=[dg.TableColumn(name, "string") for name in table.column_names]
                    ),
                    "on_refusal": table.on_refusal,
                },
            )
        ],
        check_specs=specs,
        required_resource_keys={"state_lock"},
    )
    def raw() -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        with timed() as clock:
            landed = newest_batch(service.state, table, suite_version(table))
            decision = pass_gate(
                service.state, table, landed, service.labels_file, service.corrections
            )
        load = decision.load
        say(f"gate     {table.source}.{table.table}", _outcome(load), clock.seconds)
        if decision.drift:
            say(f"drift    {table.source}.{table.table}", in_short(decision.drift))
        yield from gate_check_results(table, decision, specs)
        if load.verdict == "rejected" and table.on_refusal == "stop":
            raise refusal(load.reason or "refused")
        if not load.balances:
            raise refusal(
                f"Load {load.load_id}: {load.rows_landed} rows landed, but accepted, quarantined, "
                "unchanged and rejected rows do not add up to that.",
                RECONCILIATION,
            )
        current = LoadHistory(service.state, table).current()
        yield dg.MaterializeResult(
            asset_key=raw_key(table),
            metadata={
                "load_id": load.load_id,
                "verdict": load.verdict,
                "rows_accepted": load.rows_accepted,
                "rows_quarantined": load.rows_quarantined,
                "rows_deleted": load.rows_deleted,
                "loads_in_force": len(current),
                "data_as_of": (current[-1].data_as_of or "") if current else "",
                "batch_checksum": load.batch_checksum,
            },
        )

    return raw


def _outcome(load: Load) -> str:
    if load.verdict == "rejected":
        word = "rejected, as declared" if load.on_refusal == "exclude" else "REFUSED"
        return f"{word}: {load.reason}"
    if load.delivery == "absent":
        return load.reason or "not supplied"
    if load.verdict == "unchanged":
        return (
            f"unchanged ({load.rows_unchanged:,} rows known)" if load.rows_landed else "unchanged"
        )
    parts = [f"{load.rows_accepted:,} accepted", f"{load.rows_quarantined:,} quarantined"]
    if load.rows_unchanged:
        parts.append(f"{load.rows_unchanged:,} unchanged")
    if load.rows_deleted:
        parts.append(f"{load.rows_deleted:,} no longer in force")
    return ", ".join(parts)
