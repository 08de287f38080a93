"""The reviewer's door from a terminal and from the UI: exit statuses, the page, no trace."""

import dagster as dg
import pytest

from orchestration.cli import main
from orchestration.defs.automation.explain import build_explain_job
from orchestration.defs.automation.sensors import build_sensors
from orchestration.exit_status import failures_of
from orchestration.instance import fail_killed_runs
from orchestration.service import Service
from orchestration.settings import Settings
from tests.explained import SEARCH, make_state

SPOIL = "update interactions.encounters set strip_search = 0"


@pytest.fixture
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("RBDC_STATE_ROOT", str(tmp_path))
    return make_state(tmp_path / "demo")


@pytest.fixture
def service(tmp_path):
    return Service(Settings(state_root=tmp_path))


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(["explain", *arguments])
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return ended.value.code, captured.out, captured.err


def config_of(figure_id):
    return {"ops": {"explain_figure": {"config": {"figure_id": figure_id}}}}


def ask(service, figure_id, instance):
    return build_explain_job(service).execute_in_process(
        run_config=config_of(figure_id), instance=instance, raise_on_error=False
    )


def observations(result):
    events = (e for e in result.all_events if e.event_type_value == "ASSET_OBSERVATION")
    return [event.asset_observation_data.asset_observation for event in events]


def test_a_figure_that_agrees_ends_0_and_one_that_does_not_ends_3(state, capsys):
    status, page, error = run(capsys, SEARCH[:6])
    assert (status, error) == (0, "") and "SIMULATED DATA" in page
    assert "Strip searches, of people arrested" in page and page.endswith("made again).\n")
    state.in_warehouse(SPOIL)
    status, page, error = run(capsys, "--service", "demo", SEARCH)
    assert status == 3 and "COULD NOT BE MADE AGAIN" in page
    assert error == f"ERROR: figure {SEARCH} does not agree with its sources.\n"


def test_wrong_use_is_one_line_and_ends_2(state, capsys):
    for arguments, said in (
        (["ffffffff"], "No figure 'ffffffff'"),
        (["abc"], "too short for a figure id"),
        (["--service", "toronto", SEARCH], "make refresh SERVICE=toronto"),
        (["--service", "nowhere", SEARCH], "Unknown service 'nowhere'"),
    ):
        status, page, error = run(capsys, *arguments)
        assert (status, page) == (2, "") and said in error and error.count("\n") == 1


def test_the_job_shows_the_page_as_an_observation_of_the_marts(state, service):
    with dg.DagsterInstance.ephemeral() as instance:
        result = ask(service, SEARCH, instance)
    [seen] = observations(result)
    assert result.success and seen.asset_key == dg.AssetKey(["marts"])
    assert seen.metadata["figure_id"].value == SEARCH and seen.metadata["counts_agree"].value
    page = seen.metadata["explanation"]
    assert isinstance(page, dg.MarkdownMetadataValue)
    assert page.value.startswith("```text\nFigure ") and page.value.endswith("\n```")


def test_the_job_fails_with_the_page_shown_or_with_one_sentence(state, service):
    state.in_warehouse(SPOIL)
    with dg.DagsterInstance.ephemeral() as instance:
        wrong, unknown = ask(service, SEARCH, instance), ask(service, "ffffffff", instance)
    assert [one.status for one in failures_of(wrong.all_events)] == [3]
    assert "DOES NOT AGREE" in observations(wrong)[0].metadata["explanation"].value
    assert [one.status for one in failures_of(unknown.all_events)] == [2]
    assert observations(unknown) == []


def test_neither_report_nor_alert_follows_and_a_running_refresh_is_no_hindrance(state, service):
    class Nobody:
        name = "nobody"

        def send(self, alerts):
            raise AssertionError(alerts)

    sensors = build_sensors(service, running=False, notifiers=[Nobody()])
    with dg.DagsterInstance.ephemeral() as instance:
        with service.state.lock("a refresh"):
            good, failed = ask(service, SEARCH, instance), ask(service, "ffffffff", instance)
        assert good.success and not failed.success
        for result in (good, failed):
            dagster_run = instance.get_run_by_id(result.run_id)
            for sensor in sensors:
                if sensor._run_status is dagster_run.status:
                    context = dg.build_run_status_sensor_context(
                        sensor.name, result.all_events[-1], instance, dagster_run
                    )
                    assert "only read" in sensor(context).skip_message
        assert not (service.state.root / "last_run.json").exists()


def test_a_refresh_does_not_end_an_explanation_under_way(state, service):
    with dg.DagsterInstance.ephemeral() as instance:
        job = build_explain_job(service)
        started = dg.DagsterRunStatus.STARTED
        config = config_of(SEARCH)
        instance.create_run_for_job(job, status=started, tags=job.tags, run_config=config)
        assert fail_killed_runs(service, instance) == []
