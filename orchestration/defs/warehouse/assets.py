"""From raw to the marts that readers see: views over raw, dbt layer by layer, the swap."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtCliRuntimeError,
    DbtCliInvocation,
    DbtCliResource,
    dbt_assets,
)

from orchestration.dbt import (
    LayerTranslator,
    dbt_arguments,
    dbt_environment,
)
from orchestration.defs.extract.assets import FULL_REBUILD_TAG
from orchestration.defs.keys import DISPROPORTIONALITY, LOADS, MARTS, raw_key
from orchestration.defs.standing import standing_results
from orchestration.exit_status import refusal
from orchestration.progress import say, timed
from orchestration.service import Service
from rbdc.framework import framework_tables
from rbdc.store.inputs import build_inputs, reason_to_build
from rbdc.store.layout import write_json
from rbdc.store.marts import MARTS as PUBLIC_MARTS
from rbdc.store.marts import last_run, publish
from rbdc.store.warehouse import declared_raw_tables, open_warehouse, prepare

LAYERS = {
    "staging": "fqn:rbdc_models.staging",
    "interactions": "fqn:rbdc_models.interactions",
    "benchmarks": "fqn:rbdc_models.benchmarks fqn:rbdc_models.indicators,tag:counts",
    "indicators": "fqn:rbdc_models.indicators,tag:results",
}
_OWNER = "team:data-engineering"


def build_warehouse_assets(service: Service, manifest: Path) -> list[dg.AssetsDefinition]:
    """The audit, one asset group a dbt layer, and the published marts."""
    layers = [_layer_assets(service, manifest, name, select) for name, select in LAYERS.items()]
    return [_loads_asset(service), *layers, _marts_asset(service)]


def must_build(service: Service, context: dg.AssetExecutionContext) -> bool:
    """Whether this run rebuilds the marts.

    The audit step of a run decides and leaves a mark; a run that an engineer started for some
    assets only, without that step, does what it was asked.
    """
    asked_for = context.run.asset_selection
    if asked_for and LOADS not in asked_for:  # empty or None: the whole job
        return True
    return _build_under_way(service).get("run_id") == context.run_id


def _build_under_way(service: Service) -> dict[str, Any]:
    mark = service.state.building
    return json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}


def _loads_asset(service: Service) -> dg.AssetsDefinition:
    @dg.asset(
        key=LOADS,
        deps=[raw_key(table) for table in service.tables],
        group_name="audit",
        description="Every judged batch, and views over raw, quarantine and results.",
        owners=[_OWNER],
        kinds={"duckdb"},
        check_specs=[
            dg.AssetCheckSpec(
                "every_row_accounted_for",
                asset=LOADS,
                blocking=True,
                description="Rows landed = accepted + quarantined + unchanged + rejected.",
            )
        ],
        required_resource_keys={"state_lock"},
    )
    def loads(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        state = service.state
        framework = service.framework()
        inputs = build_inputs(
            state, service.tables, service.settings.project, service.settings.service_dir
        )
        reason = reason_to_build(state, inputs)
        if FULL_REBUILD_TAG in context.run.tags:
            reason = "a full rebuild was asked for"
        if reason:
            write_json(state.building, {"run_id": context.run_id, "inputs": inputs})
            prepare(
                state,
                service.tables,
                declared_raw_tables(service.raw_declaration),
                framework_tables(framework, service.sources.service, context.run_id),
            )
        say("marts", f"to be rebuilt: {reason}" if reason else "up to date: nothing to rebuild")
        with open_warehouse(state.warehouse) as connection:
            count, unbalanced = connection.execute(
                "select count(*), count(*) filter (where rows_landed is distinct from "
                "rows_accepted + rows_quarantined + rows_unchanged + rows_rejected) "
                "from audit.loads"
            ).fetchone() or (0, 0)
        return dg.MaterializeResult(
            metadata={"dagster/row_count": count, "rebuild": reason or "not needed"},
            check_results=[
                dg.AssetCheckResult(
                    check_name="every_row_accounted_for",
                    passed=unbalanced == 0,
                    metadata={"loads": count, "loads_that_do_not_add_up": unbalanced},
                )
            ],
        )

    return loads


def _layer_assets(service: Service, manifest: Path, name: str, select: str) -> dg.AssetsDefinition:
    # One op a layer: a blocking check inside one dbt op would not stop later models of that op.
    @dbt_assets(
        manifest=manifest,
        select=select,
        name=f"dbt_{name}",
        dagster_dbt_translator=LayerTranslator(service),
        required_resource_keys={"state_lock", "dbt"},
    )
    def layer(context: dg.AssetExecutionContext) -> Iterator[object]:
        if not must_build(service, context):
            yield from standing_results(context)
            return
        os.environ.update(dbt_environment(service))
        arguments = ["build", "--exclude-resource-type", "unit_test", *dbt_arguments(service)]
        with timed() as clock:
            dbt: DbtCliResource = context.resources.dbt
            call = dbt.cli(arguments, context=context, target_path=service.state.dbt_target)
            try:
                events = list(call.stream())
            except DagsterDbtCliRuntimeError:
                raise _failure(call) from None
            yield from _with_metadata(service, context, call, events)
        say(f"dbt      {name}", f"{len(context.selected_asset_keys)} models built", clock.seconds)

    return layer


def _with_metadata(
    service: Service,
    context: dg.AssetExecutionContext,
    call: DbtCliInvocation,
    events: list[Any],
) -> Iterator[Any]:
    """The events of a finished dbt call, models with row count, columns and lineage."""
    from orchestration.defs.warehouse.table_metadata import model_metadata, read_catalogue

    nodes = call.get_artifact("manifest.json")["nodes"]
    results = call.get_artifact("run_results.json")["results"]
    compiled = {result["unique_id"]: result["compiled_code"] for result in results}
    models = {
        dg.AssetKey([node["schema"], node["name"]]): (node, compiled[unique_id])
        for unique_id, node in nodes.items()
        if node["resource_type"] == "model" and unique_id in compiled
    }
    with open_warehouse(service.state.warehouse, read_only=True) as connection:
        catalogue = read_catalogue(connection)
        for event in events:
            if isinstance(event, dg.Output):
                node, sql = models[context.asset_key_for_output(event.output_name)]
                extra = model_metadata(connection, catalogue, node, sql)
                event = event.with_metadata({**event.metadata, **extra})
            yield event


def _failure(call: DbtCliInvocation) -> dg.Failure:
    """A failed data test is a blocking check between layers; a failed model is a fault."""
    try:
        results = call.get_artifact("run_results.json")["results"]
    except FileNotFoundError:
        results = []
    failed = [result for result in results if result["status"] in ("error", "fail")]
    names = "; ".join(
        f"{result['unique_id'].split('.')[2]}: {(result['message'] or '').strip()}"
        for result in failed
    )
    message = f"dbt stopped: {names or 'see logs/dbt/dbt.log in the state folder'}"
    if failed and all(result["unique_id"].startswith("test.") for result in failed):
        return refusal(message)
    return dg.Failure(message, allow_retries=False)


def _marts_asset(service: Service) -> dg.AssetsDefinition:
    @dg.asset(
        key=MARTS,
        deps=[DISPROPORTIONALITY, LOADS],
        group_name="marts",
        description="The readable copy of the public marts, swapped whole after a good run.",
        owners=[_OWNER],
        kinds={"parquet"},
        required_resource_keys={"state_lock"},
    )
    def marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        state, rebuilt = service.state, must_build(service, context)
        mark = _build_under_way(service)
        own = mark.get("run_id") == context.run_id
        if own:  # what the audit step saw: a file edited since then leads to another rebuild
            inputs = mark["inputs"]
        elif rebuilt:  # an engineer's own choice of assets: the next refresh rebuilds
            inputs = {}
        else:
            inputs = (last_run(state) or {})["inputs"]
        with timed() as clock, open_warehouse(state.warehouse) as connection:
            result = publish(state, connection, context.run_id, inputs, rebuilt=rebuilt)
        if own:
            state.building.unlink()
        changed = ", ".join(result.changed) or "none"
        say("marts    swapped in", f"changed: {changed}", clock.seconds)
        from orchestration.defs.warehouse.headline import headline_metadata  # charts load slowly

        table, chart = headline_metadata(
            state, service.framework(), synthetic=service.sources.synthetic
        )
        return dg.MaterializeResult(
            metadata={
                "headline": dg.MetadataValue.md(table),
                "chart": dg.MetadataValue.md(chart),
                "changed": changed,
                "folder": dg.MetadataValue.path(str(state.marts)),
                **{f"hash {name}": result.hashes[name] for name in PUBLIC_MARTS},
            }
        )

    return marts
