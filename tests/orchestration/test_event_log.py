"""The faster event log holds what Dagster's own would, in the same files."""

import os

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_log import SqliteEventLog
from orchestration.instance import dagster_home, open_instance
from orchestration.service import Service
from orchestration.settings import Settings


@dg.asset(check_specs=[dg.AssetCheckSpec("sound", asset="thing")])
def thing():
    return dg.MaterializeResult(
        metadata={"rows": 3}, check_results=[dg.AssetCheckResult(passed=True)]
    )


@pytest.fixture
def service(tmp_path) -> Service:
    return Service(Settings(state_root=tmp_path))


def test_dagsters_own_storage_reads_what_was_written(service):
    with open_instance(service) as instance:
        storage = instance.event_log_storage
        assert isinstance(storage, SqliteEventLog)
        runs = [dg.materialize([thing], instance=instance).run_id for _ in range(2)]
        own = SqliteEventLogStorage(str(service.state.dagster_home / "history" / "runs"))
        for run_id in runs:  # while the connections are still open, as the UI reads
            events = own.get_logs_for_run(run_id)
            assert events == storage.get_logs_for_run(run_id) and len(events) > 5
        made = own.get_latest_materialization_events([thing.key])[thing.key]
        assert made and made.run_id == runs[-1]
        assert own.get_asset_check_execution_history(next(iter(thing.check_keys)), limit=9)


def test_the_file_that_the_ui_follows_changes_with_each_event(service):
    with open_instance(service) as instance:
        run_id = dg.materialize([thing], instance=instance).run_id
        file = service.state.dagster_home / "history" / "runs" / f"{run_id}.db"
        os.utime(file, (0, 0))
        run = instance.get_run_by_id(run_id)
        assert run
        instance.report_engine_event("one more", run)
        assert file.stat().st_mtime > 0


def test_configuration_follows_the_folder_and_keeps_what_others_wrote(service):
    config = dagster_home(service) / "dagster.yaml"
    written = config.read_text()
    config.write_text(written.replace(str(service.state.root), "/elsewhere"))
    dagster_home(service)
    assert config.read_text() == written
    config.write_text("telemetry:\n  enabled: false\n")
    dagster_home(service)
    assert config.read_text() == "telemetry:\n  enabled: false\n"
