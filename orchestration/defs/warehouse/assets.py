"""From raw to the marts that readers see: views over raw, dbt layer by layer, the swap."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import dbt_assets

from orchestration.dbt import Dbt, LayerTranslator
from orchestration.defs.extract.assets import FULL_REBUILD_TAG
from orchestration.defs.keys import (
    DATA_QUALITY,
    DISPROPORTIONALITY,
    LOADS,
    MARTS,
    audit_key,
    mart_key,
    raw_key,
)
from orchestration.defs.quality.audits import build_audit
from orchestration.defs.standing import standing_metadata, standing_results
from orchestration.exit_status import FAILED, refusal, stopped
from orchestration.progress import say, timed
from orchestration.service import Service
from rbdc.analysis.schema import COLUMNS
from rbdc.framework import framework_tables
from rbdc.sources.raw_columns import delivered_tables
from rbdc.store.first_results import note_first_results
from rbdc.store.freshness import ages
from rbdc.store.inputs import build_inputs, reason_to_build
from rbdc.store.layout import write_json
from rbdc.store.marts import MARTS as PUBLIC_MARTS
from rbdc.store.marts import last_run, publish
from rbdc.store.warehouse import open_warehouse, prepare

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult

LAYERS = {
    "staging": "fqn:rbdc_models.staging",
    "interactions": "fqn:rbdc_models.interactions",
    "benchmarks": "fqn:rbdc_models.benchmarks fqn:rbdc_models.indicators,tag:counts",
    # Views that only the build of a release reads come with the last layer.
    "indicators": "fqn:rbdc_models.indicators,tag:results fqn:rbdc_models.publication",
}
_OWNER = "team:data-engineering"
_UNIQUE_ID = "dagster_dbt/unique_id"  # where dagster-dbt keeps dbt's name of a node
_FAILED_ROWS = "dagster_dbt/failed_row_count"
# Texts about the marts that stay true while the marts do.
_SHOWN = ("headline", "chart", "findings")


def build_warehouse_assets(service: Service, manifest: Path) -> list[dg.AssetsDefinition]:
    """The loads, one asset group a dbt layer, an audit after each stage, and the marts."""
    layers = {
        name: _layer_assets(service, manifest, name, select) for name, select in LAYERS.items()
    }
    audits = [
        build_audit(service, "staging", layers["staging"].keys),
        build_audit(service, "benchmarks", layers["benchmarks"].keys),
        build_audit(service, "marts", layers["indicators"].keys),
    ]
    return [_loads_asset(service), *layers.values(), *audits, _marts_asset(service)]


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
            ),
            dg.AssetCheckSpec(
                "sources_are_fresh",
                asset=LOADS,
                description="No table holds only what is older than fresh_within_days allows.",
            ),
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
                delivered_tables(service.models),
                framework_tables(framework, service.sources.service, context.run_id),
                service.corrections,
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
                ),
                _freshness(service),
            ],
        )

    return loads


def _freshness(service: Service) -> dg.AssetCheckResult:
    today = None if service.sources.synthetic else dt.date.today()
    found = ages(service.state, service.tables, today=today)
    stale = [one for one in found if one.is_stale]
    lines = [
        f"| {one.table.source}.{one.table.table} | {one.data_as_of} | {one.days} "
        f"| {one.allowed} | {one.table.owner} |"
        for one in sorted(found, key=lambda one: one.allowed - one.days)
    ]
    head = "| table | data as of | days old | allowed | owner |\n|---|---|---:|---:|---|"
    owners = ", ".join(sorted({one.table.owner for one in stale}))
    return dg.AssetCheckResult(
        check_name="sources_are_fresh",
        passed=not stale,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(stale)} tables are too old: {owners}." if stale else "None is too old.",
        metadata={"ages": dg.MetadataValue.md("\n".join([head, *lines])), "stale": len(stale)},
    )


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
        dbt: Dbt = context.resources.dbt
        with timed() as clock:
            results = dbt.build(*_selection(context, dbt, select))
            yield from _check_results(context, results)
            if failure := failure_of(results):
                raise failure
            yield from _materializations(service, context, results)
        say(f"dbt      {name}", f"{len(context.selected_asset_keys)} models built", clock.seconds)

    return layer


def _selection(context: dg.AssetExecutionContext, dbt: Dbt, layer: str) -> list[str]:
    """Arguments of dbt for the layer, or for what an engineer chose of it in the UI."""
    if not context.is_subset:
        return ["--select", layer]
    chosen = [*_models_by_id(context), *_checks_by_id(context)]
    names = [".".join(dbt.manifest.nodes[unique_id].fqn) for unique_id in chosen]
    return ["--indirect-selection", "empty", "--select", *names]


def _models_by_id(context: dg.AssetExecutionContext) -> Mapping[str, dg.AssetKey]:
    """The selected assets by dbt's name of the model."""
    specs = (context.assets_def.get_asset_spec(key) for key in context.selected_asset_keys)
    return {spec.metadata[_UNIQUE_ID]: spec.key for spec in specs}


def _checks_by_id(context: dg.AssetExecutionContext) -> Mapping[str, dg.AssetCheckKey]:
    """The selected checks by dbt's name of the data test."""
    keys = context.selected_asset_check_keys
    specs = (context.assets_def.get_spec_for_check_key(key) for key in keys)
    return {spec.metadata[_UNIQUE_ID]: spec.key for spec in specs}


def _check_results(
    context: dg.AssetExecutionContext, results: "Sequence[RunResult]"
) -> Iterator[dg.AssetCheckResult]:
    """Results of the data tests that were run; a test that was skipped has none."""
    checks = _checks_by_id(context)
    for result in results:
        check = checks.get(result.node.unique_id)
        if check is None or result.status == "skipped":
            continue
        warns = result.status == "warn"
        yield dg.AssetCheckResult(
            asset_key=check.asset_key,
            check_name=check.name,
            passed=result.status == "pass",
            severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
            description=result.message,
            metadata={
                **_result_metadata(result),
                **({} if result.failures is None else {_FAILED_ROWS: result.failures}),
            },
        )


def _materializations(
    service: Service, context: dg.AssetExecutionContext, results: "Sequence[RunResult]"
) -> Iterator[dg.MaterializeResult]:
    """The models that were built, with row count, columns and lineage."""
    from orchestration.defs.warehouse.table_metadata import model_metadata, read_catalogue

    models = _models_by_id(context)
    with open_warehouse(service.state.warehouse, read_only=True) as connection:
        catalogue = read_catalogue(connection)
        for result in results:
            if key := models.get(result.node.unique_id):
                known = model_metadata(connection, catalogue, result.node)
                yield dg.MaterializeResult(
                    asset_key=key, metadata={**_result_metadata(result), **known}
                )


def _result_metadata(result: "RunResult") -> dict[str, Any]:
    return {
        "unique_id": result.node.unique_id,
        "status": str(result.status),
        "Execution Duration": result.execution_time,
    }


def failure_of(results: "Sequence[RunResult]") -> dg.Failure | None:
    """A failed data test is a blocking check between layers; a failed model is a fault."""
    failed = [result for result in results if result.status in ("error", "fail")]
    if not failed:
        return None
    names = "; ".join(f"{one.node.name}: {(one.message or '').strip()}" for one in failed)
    message = f"dbt stopped: {names}"
    # dbt's messages may quote a value of a record.
    in_short = f"dbt stopped at {', '.join(one.node.name for one in failed)}."
    if all(one.node.resource_type == "test" for one in failed):
        return refusal(message, "dbt_test", in_short)
    return stopped(FAILED, message, "dbt_model", in_short)


def _marts_asset(service: Service) -> dg.AssetsDefinition:
    @dg.asset(
        key=MARTS,
        deps=[
            DISPROPORTIONALITY,
            *(mart_key(table) for table in COLUMNS),
            DATA_QUALITY,
            LOADS,
            audit_key("marts"),
        ],
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
            answered = connection.execute(
                "select distinct hypothesis from statistics.hypothesis_results "
                "where verdict <> 'cannot_be_told'"
            ).fetchall()
        note_first_results(
            state, service.framework(), [name for (name,) in answered], context.run_id
        )
        if own:
            state.building.unlink()
        changed = ", ".join(result.changed) or "none"
        say("marts    swapped in", f"changed: {changed}", clock.seconds)
        return dg.MaterializeResult(
            metadata={
                **_headline(service, {} if rebuilt else standing_metadata(context, MARTS)),
                "changed": changed,
                "folder": dg.MetadataValue.path(str(state.marts)),
                **{f"hash {name}": result.hashes[name] for name in PUBLIC_MARTS},
            }
        )

    return marts


def _headline(service: Service, shown: Mapping[str, dg.MetadataValue]) -> dict[str, Any]:
    """Headline, chart and findings, made anew unless an earlier run showed the same marts."""
    if shown.keys() >= set(_SHOWN):
        return {name: shown[name] for name in _SHOWN}
    from orchestration.defs.warehouse.headline import headline_metadata  # charts load slowly

    texts = headline_metadata(service.state, service.framework(), service.sources)
    return {name: dg.MetadataValue.md(text) for name, text in texts.items()}
