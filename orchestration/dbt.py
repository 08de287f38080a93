"""How the pipeline calls dbt: one project for all services, each with its own target folder."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DbtCliResource

from orchestration.defs.keys import LOADS, raw_key
from orchestration.service import Service
from rbdc.errors import RbdcError
from rbdc.store.inputs import hash_files

_OWNER = "team:data-engineering"


def dbt_executable() -> str:
    """The `rbdc-dbt` of the running Python's environment."""
    beside_python = Path(sys.executable).parent / "rbdc-dbt"
    return str(beside_python) if beside_python.exists() else shutil.which("rbdc-dbt") or "dbt"


def project_dir(service: Service) -> Path:
    """The dbt project."""
    return service.settings.project / "dbt_project"


def dbt_arguments(service: Service) -> list[str]:
    """Arguments that every dbt command of a service ends with."""
    return [
        "--vars",
        json.dumps({"service": service.sources.service}),
        "--log-path",
        str(service.state.logs / "dbt"),
    ]


def dbt_environment(service: Service) -> dict[str, str]:
    """Environment that the profile reads."""
    return {
        "RBDC_WAREHOUSE": str(service.state.warehouse),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


class DbtWithoutAdapter(DbtCliResource):
    """dbt as a command only.

    dagster-dbt also makes dbt's adapter in this process, at two seconds a call, for its own readers
    of row counts and columns; those would open the warehouse while dbt writes to it.
    """

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> None:  # type: ignore[override]
        return None


def build_dbt_resource(service: Service) -> DbtCliResource:
    """The Dagster resource that starts dbt."""
    return DbtWithoutAdapter(
        project_dir=str(project_dir(service)),
        profiles_dir=str(project_dir(service)),
        dbt_executable=dbt_executable(),
    )


def ensure_manifest(service: Service) -> Path:
    """Path of the service's manifest, parsing the project only if no manifest of it exists.

    Raises:
        RbdcError: dbt cannot parse the project.
    """
    target = service.state.dbt_target
    manifest, mark = target / "manifest.json", target / "parsed_project.sha256"
    root = service.settings.project
    parsed = hash_files(root, [root / "models", root / "dbt_project"]) + service.sources.service
    if manifest.exists() and mark.exists() and mark.read_text(encoding="utf-8") == parsed:
        return manifest
    target.mkdir(parents=True, exist_ok=True)
    folder = [
        "--project-dir",
        str(project_dir(service)),
        "--profiles-dir",
        str(project_dir(service)),
    ]
    _run(service, ["deps", *folder, "--log-path", str(service.state.logs / "dbt")])
    _run(service, ["parse", *folder, "--target-path", str(target), *dbt_arguments(service)])
    mark.write_text(parsed, encoding="utf-8")
    return manifest


def _run(service: Service, arguments: Sequence[str]) -> None:
    outcome = subprocess.run(
        [dbt_executable(), "--quiet", *arguments],
        env={**os.environ, **dbt_environment(service)},
        capture_output=True,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise RbdcError(f"dbt {arguments[0]} failed:\n{outcome.stdout}{outcome.stderr}")


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
        return spec.replace_attributes(
            group_name=layer, owners=[_OWNER], deps=[*deps, *raw, *loads]
        )
