"""What Dagster is given: every asset, check, job, schedule and sensor, and how it is loaded."""

import json
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest

from orchestration import dbt
from orchestration.definitions import build_defs
from orchestration.defs.keys import raw_key
from orchestration.defs.warehouse import assets as warehouse
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.errors import RbdcError

SNAPSHOTS = Path(__file__).parent / "snapshots"


def described(definitions: dg.Definitions) -> dict[str, object]:
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    return {
        "assets": {
            spec.key.to_user_string(): {
                "group": spec.group_name,
                "kinds": sorted(spec.kinds),
                "owners": sorted(spec.owners),
                "deps": sorted(dep.asset_key.to_user_string() for dep in spec.deps),
            }
            for spec in definitions.resolve_all_asset_specs()
        },
        "checks": sorted(
            f"{key.asset_key.to_user_string()}:{key.name}"
            + (" (blocking)" if graph.get_check_spec(key).blocking else "")
            for key in graph.asset_check_keys
        ),
        "jobs": sorted(n for n in repository.job_names if not n.startswith("__")),
        "schedules": {
            schedule.name: f"{schedule.cron_schedule} {schedule.execution_timezone} "
            f"{schedule.default_status.value}"
            for schedule in repository.schedule_defs
        },
        "sensors": {s.name: s.default_status.value for s in repository.sensor_defs},
    }


def test_snapshot(definitions, service_name):
    """After a change that is meant: `make snapshot`, and read the difference."""
    file = SNAPSHOTS / f"{service_name}.json"
    found = json.dumps(described(definitions), indent=1, sort_keys=True) + "\n"
    if os.environ.get("RBDC_UPDATE_SNAPSHOTS"):
        file.write_text(found)
    assert found == file.read_text()


def test_every_asset_is_described_for_people(definitions):
    for spec in definitions.resolve_all_asset_specs():
        assert spec.description, spec.key
        assert spec.owners, spec.key
        assert spec.kinds, spec.key
        assert spec.group_name not in (None, "default"), spec.key


def test_every_model_in_the_manifest_is_an_asset_once(definitions, settings):
    manifest = json.loads((Service(settings).state.dbt_target / "manifest.json").read_text())
    models = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]
    expected = sorted(f"{node['config']['schema']}/{node['name']}" for node in models)
    layers = {"staging", "interactions", "benchmarks", "indicators", "publication"}
    assets = sorted(
        spec.key.to_user_string()
        for spec in definitions.resolve_all_asset_specs()
        if spec.key.path[0] in layers
    )
    assert assets == expected and len(assets) > 15


def test_a_blocking_check_stands_before_every_layer(definitions, settings):
    """Staging waits for the audit, and the audit for the gate of every table."""
    graph = definitions.resolve_asset_graph()
    audit = dg.AssetKey(["audit", "loads"])
    gates = {raw_key(table) for table in Service(settings).tables}
    assert graph.get(audit).parent_keys == gates
    for key in graph.get_all_asset_keys():
        if key.path[0] == "staging":
            assert audit in graph.get(key).parent_keys
    blocking = {k.asset_key for k in graph.asset_check_keys if graph.get_check_spec(k).blocking}
    assert blocking >= {*gates, audit}


@pytest.mark.parametrize(("running", "status"), [(False, "STOPPED"), (True, "RUNNING")])
def test_automation_ships_stopped_unless_the_environment_enables_it(state_root, running, status):
    environment = {"RBDC_STATE_ROOT": str(state_root)}
    if running:
        environment["RBDC_ENABLE_AUTOMATION"] = "1"
    found = described(build_defs(Settings.from_environment(environment)))
    schedules, sensors = found["schedules"], found["sensors"]
    assert isinstance(schedules, dict) and isinstance(sensors, dict)
    assert [line.split()[-1] for line in schedules.values()] == [status]
    assert set(sensors.values()) == {status}


def test_nothing_is_parsed_when_a_manifest_exists(definitions, settings, monkeypatch):
    def no_dbt(*arguments):
        raise AssertionError("dbt was started")

    monkeypatch.setattr(dbt, "_invoke", no_dbt)
    assert build_defs(settings).resolve_all_asset_specs()


def test_an_engineers_choice_of_assets_is_what_dbt_builds(settings, monkeypatch):
    class Asked(dbt.Dbt):
        def build(self, *selection):
            self.selection = selection
            raise RbdcError("asked")

    monkeypatch.setattr(warehouse, "must_build", lambda *_: True)
    asked = Asked(Service(settings))
    layer = next(
        one for one in build_defs(settings, dbt=asked).assets if one.op.name == "dbt_interactions"
    )
    resources = {"dbt": asked, "state_lock": None}

    def selection(chosen):
        dg.materialize([layer], selection=chosen, resources=resources, raise_on_error=False)
        return asked.selection

    assert selection(None) == ("--select", "fqn:rbdc_models.interactions")
    chosen = selection([dg.AssetKey(["interactions", "encounters"])])
    assert chosen[:3] == ("--indirect-selection", "empty", "--select")
    assert chosen[3] == "rbdc_models.interactions.encounters"
    assert len(chosen) > 6 and all("_encounters_" in test for test in chosen[4:])


def test_loading_imports_neither_great_expectations_nor_scipy(state_root):
    code = (
        "import sys; import orchestration.definitions as d; "
        "from orchestration.settings import Settings; "
        "d.build_defs(Settings.from_environment()).resolve_all_asset_specs(); "
        "print([m for m in ('great_expectations', 'scipy.stats', 'altair') if m in sys.modules])"
    )
    environment = {**os.environ, "RBDC_STATE_ROOT": str(state_root)}
    outcome = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True
    )
    assert outcome.stdout.strip().endswith("[]")


def test_dagster_definitions_validate(project, state_root, tmp_path):
    command = [str(Path(sys.executable).parent / "dagster"), "definitions", "validate"]
    environment = {
        **os.environ,
        "RBDC_STATE_ROOT": str(state_root),
        "DAGSTER_HOME": str(tmp_path),
    }
    outcome = subprocess.run(
        command, cwd=project, capture_output=True, text=True, env=environment, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
