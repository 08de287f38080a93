"""How the pipeline runs dbt: in its own process, one project for all services."""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator

from orchestration.defs.keys import LOADS, audit_key, raw_key
from orchestration.service import Service
from rbdc.errors import RbdcError
from rbdc.framework.tables import framework_variables
from rbdc.sources.corrections import of_table
from rbdc.sources.raw_columns import delivered_tables
from rbdc.store.inputs import hash_files

if TYPE_CHECKING:  # dbt's tasks take a second to import, which definitions need not wait for
    from dbt.artifacts.schemas.run import RunResult
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

_OWNER = "team:data-engineering"


def project_dir(service: Service) -> Path:
    """The dbt project."""
    return service.settings.project / "dbt_project"


class Dbt:
    """dbt on one service's warehouse.

    It runs in this process: to start another takes seconds a call, and one that outlived a killed
    refresh would go on holding the warehouse.
    """

    def __init__(self, service: Service) -> None:
        """Take the service whose warehouse is built."""
        self._service = service

    @cached_property
    def manifest(self) -> "Manifest":
        """The parsed project, read once from what `ensure_manifest` left.

        Raises:
            RbdcError: dbt cannot parse the project.
        """
        outcome = _invoke(
            self._service, "parse", *_QUIETLY, "--no-write-json", *_parsed(self._service)
        )
        return _result(outcome, "parse")

    def build(self, *selection: str) -> "list[RunResult]":
        """Build models and run their data tests.

        Args:
            selection: arguments of dbt that select nodes.

        Returns:
            A result for each selected node, in the order in which they ended.

        Raises:
            RbdcError: dbt gave up before it came to any node.
        """
        outcome = _invoke(
            self._service,
            "build",
            *("--no-write-json", "--no-use-colors", "--exclude-resource-type", "unit_test"),
            *selection,
            *_parsed(self._service),
            manifest=self.manifest,
        )
        return list(_result(outcome, "build").results)


def ensure_manifest(service: Service) -> Path:
    """Path of the service's manifest, parsing the project only if no manifest of it exists.

    Raises:
        RbdcError: dbt cannot parse the project.
    """
    target = service.state.dbt_target
    manifest, mark = target / "manifest.json", target / "parsed_project.sha256"
    root = service.settings.project
    parsed = hash_files(root, [root / "models", root / "dbt_project"]) + _variables(service)
    is_parsed = manifest.exists() and mark.exists() and mark.read_text(encoding="utf-8") == parsed
    if is_parsed and service.state.dbt_packages.exists():
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    for command, arguments in (("deps", ()), ("parse", _parsed(service))):
        _result(_invoke(service, command, *_QUIETLY, *arguments), command)
    mark.write_text(parsed, encoding="utf-8")
    return manifest


_QUIETLY = ("--log-level", "none", "--log-level-file", "debug")


def _parsed(service: Service) -> tuple[str, ...]:
    """What the parsed project depends on: where it is kept, and what it is told of the service."""
    return "--target-path", str(service.state.dbt_target), "--vars", _variables(service)


def _variables(service: Service) -> str:
    """Whose records the models read, what is corrected in them, and what is counted beside."""
    sources = service.sources
    return json.dumps(
        {
            "service": sources.service,
            "every_service": sources.every_service,
            "corrected": _corrected(service),
            **framework_variables(service.framework()),
            "count_action_incidents": _asks_for_action_incidents(service),
        }
    )


def _asks_for_action_incidents(service: Service) -> bool:
    """Whether something is held against incidents of enforcement actions of the records."""
    if "rms__enforcement_actions" not in {table.id for table in service.tables}:
        return False
    return any(
        (benchmark.benchmark, benchmark.unit) == ("enforcement_action", "incident")
        for benchmark in service.framework().benchmarks
    )


def _corrected(service: Service) -> dict[str, dict[str, Sequence[str]]]:
    """Of each table with corrections its columns, its key and the columns that they touch."""
    columns = delivered_tables(service.models) if service.corrections else {}
    return {
        table.id: {
            "columns": columns[table.id],
            "key": table.key,
            "fields": sorted({one.field for one in found}),
        }
        for table in service.tables
        if table.id in columns and (found := of_table(service.corrections, table))
    }


def _invoke(
    service: Service, command: str, *arguments: str, manifest: "Manifest | None" = None
) -> "dbtRunnerResult":
    """Run one dbt command and let go of all that dbt would keep open in this process."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager_client import cleanup_event_logger

    os.environ["RBDC_WAREHOUSE"] = str(service.state.warehouse)  # the profile reads it
    # dbt_project.yml reads it: runs of two services at once must not install into one folder.
    os.environ["RBDC_DBT_PACKAGES"] = str(service.state.dbt_packages)
    folder = str(project_dir(service))
    where = ("--project-dir", folder, "--profiles-dir", folder)
    log = ("--log-path", str(service.state.logs / "dbt"))
    try:
        outcome = dbtRunner(manifest).invoke([command, *arguments, *where, *log])
    finally:
        reset_adapters()
        # dbt-duckdb holds the file open for a next command; other programs wait for it.
        DuckDBConnectionManager.close_all_connections()
        cleanup_event_logger()
    if outcome.exception is not None and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # dbt catches even the interruption of a run
    return outcome


def _result(outcome: "dbtRunnerResult", command: str) -> Any:
    """What a command gave; nodes that failed are in its result and no error here."""
    if outcome.exception is not None:
        raise RbdcError(f"dbt {command} failed: {outcome.exception}")
    return outcome.result


class LayerTranslator(DagsterDbtTranslator):
    """Groups models by layer; a raw table that the service lacks is no asset of it."""

    def __init__(self, service: Service) -> None:
        """Take the service whose raw tables exist."""
        super().__init__()
        self._raw = {raw_key(table) for table in service.tables}

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetSpec:
        """Spec of a model: its layer as group, only upstream tables that the service lands."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["nodes"].get(unique_id)
        if node is None or node["resource_type"] != "model":
            return spec
        layer = node["fqn"][1]
        deps = [dep for dep in spec.deps if dep.asset_key.path[0] not in ("raw", "audit")]
        raw = [dep for dep in spec.deps if dep.asset_key in self._raw]
        # The audit step makes the views that staging reads, and its blocking check stands
        # between raw and every layer.
        loads = [dg.AssetDep(LOADS)] if layer == "staging" or not deps else []
        # What staging read must have passed its audit before anything is made of it.
        staged = [dg.AssetDep(audit_key("staging"))] if layer == "interactions" else []
        return spec.replace_attributes(
            group_name=layer, owners=[_OWNER], deps=[*deps, *raw, *loads, *staged]
        )
