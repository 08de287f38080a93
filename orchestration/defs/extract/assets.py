"""One landing asset for each declared source table."""

import dagster as dg

from expectations.gatekeeper import suite_version
from orchestration.defs.keys import landing_key
from orchestration.progress import say, timed
from orchestration.service import Service
from rbdc.sources.batch import Pull
from rbdc.sources.declaration import SourceTable
from rbdc.store.intake import LandedBatch, pull_batch, pull_quarantine

# A run with this tag reads every source from the beginning and rebuilds all marts.
FULL_REBUILD_TAG = "rbdc/full_rebuild"
# A run with this tag judges what stands in quarantine, and asks no source for anything.
READMIT_TAG = "rbdc/readmit"
# A run with this tag pulls days again, and must be told which.
BACKFILL_TAG = "rbdc/backfill"


def build_landing_assets(service: Service) -> list[dg.AssetsDefinition]:
    """Landing assets of all tables of a service."""
    return [_landing_asset(service, table) for table in service.tables]


def _landing_asset(service: Service, table: SourceTable) -> dg.AssetsDefinition:
    @dg.asset(
        key=landing_key(table),
        group_name="landing",
        description=f"Batches pulled from {table.source}: {table.description}",
        owners=[table.owner],
        kinds={table.connector, "parquet"},
        tags={"personal_information": table.personal_information},
        metadata={
            "dagster/column_schema": dg.TableSchema(
                columns=[dg.TableColumn(name, "string") for name in table.column_names]
            ),
            "attribution": table.attribution,
            "licence": table.licence,
            "cadence": table.cadence,
            "retention": table.retention,
            "personal_information": table.personal_information,
            "key": ", ".join(table.key),
            "on_refusal": table.on_refusal,
            "drift": str(table.drift),
            "schema_reviewed": str(table.schema_reviewed or "never"),
        },
        required_resource_keys={"state_lock", "backfill"},
    )
    def landing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        with timed() as clock:
            landed = _landed(service, table, context)
        pull = landed.batch.pull
        outcome = landed.failure or _outcome(pull)
        if landed.failure is None:
            say(f"landing  {table.source}.{table.table}", outcome, clock.seconds)
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": pull.rows,
                "load_id": landed.batch.load_id,
                "delivery": pull.delivery,
                "outcome": outcome,
                "data_as_of": pull.as_of or "",
                "source_checksum": pull.position.checksum,
            }
        )

    return landing


def _landed(service: Service, table: SourceTable, context: dg.AssetExecutionContext) -> LandedBatch:
    record = {
        "suite_version": suite_version(table),
        "code_version": service.code_version,
        "run_id": context.run_id,
    }
    if READMIT_TAG in context.run.tags:
        return pull_quarantine(service.state, table, **record)
    return pull_batch(
        service.state,
        table,
        service.place_of(table),
        service.pseudonym_key,
        **record,
        afresh=FULL_REBUILD_TAG in context.run.tags,
        period=context.resources.backfill.period(needed=BACKFILL_TAG in context.run.tags),
    )


def _outcome(pull: Pull) -> str:
    match pull.delivery:
        case "readmission":
            return f"{pull.rows:,} rows out of quarantine"
        case "none":
            return "nothing new in the source"
        case "absent":
            return "not supplied"
        case "full" | "increment" | "period":
            return f"{pull.rows:,} rows landed ({pull.delivery})"
