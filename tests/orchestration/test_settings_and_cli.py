"""The environment is read in one place, and wrong use ends in one sentence and status 2."""

import ast
import json
from pathlib import Path

import pytest

from orchestration.cli import main
from orchestration.settings import PROJECT, Settings
from rbdc.store.layout import StateFolder
from tests.pipeline import smaller_services
from tests.webhook import Hook


def run(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err + captured.out
    return ended.value.code, captured.err


@pytest.fixture(autouse=True)
def state_root(tmp_path, monkeypatch):
    monkeypatch.setenv("RBDC_STATE_ROOT", str(tmp_path / "var"))
    monkeypatch.delenv("RBDC_SOURCE_DIR", raising=False)
    return tmp_path / "var"


def test_settings_survive_the_way_through_an_environment(tmp_path):
    settings = Settings(
        service="toronto",
        state_root=tmp_path,
        source_dir=tmp_path / "source",
        pseudonym_key="k:00",
        enable_automation=True,
        alert_webhook_url="https://example.org/hook",
        alert_email_to="a@example.org",
        alert_email_from="b@example.org",
        smtp_url="smtp://mail.example",
        runbook_url="https://example.org/runbook",
    )
    assert Settings.from_environment(settings.to_environment()) == settings
    assert Settings.from_environment({}) == Settings()
    assert Settings.from_environment({"RBDC_STATE_ROOT": "var"}).state_root.is_absolute()


def test_settings_is_the_only_reader_of_the_environment():
    readers = set()
    for file in [*(PROJECT / "orchestration").rglob("*.py"), *(PROJECT / "rbdc").rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in (
                "os.getenv",
                "os.environ.get",
            ):
                readers.add(file.name)
            if isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
                readers.add(file.name)
    # cli and reproducing hand the environment on to another process; dbt's profile reads it.
    assert readers == {"settings.py", "cli.py", "dbt.py", "reproducing.py"}


def test_unknown_service(capsys, state_root):
    status, error = run(["refresh", "--service", "nowhere"], capsys)
    assert status == 2 and not state_root.exists()
    assert error == "ERROR: Unknown service 'nowhere'; known services: demo, ontario, toronto.\n"


def test_folder_that_does_not_exist(capsys, state_root):
    status, error = run(["refresh", "--service", "toronto", "--source-dir", "no/such"], capsys)
    assert (status, error) == (2, "ERROR: The source folder no/such does not exist.\n")
    assert not state_root.exists()


def test_real_service_without_a_folder(capsys, state_root, monkeypatch):
    monkeypatch.setenv("RBDC_ALERT_WEBHOOK_URL", "http://127.0.0.1:9/nobody-listens")
    status, error = run(["refresh", "--service", "toronto"], capsys)
    assert status == 2 and "SOURCE_DIR=<folder>" in error
    report = json.loads((state_root / "toronto" / "last_run.json").read_text())
    assert (report["status"], report["exit_status"], report["sources"]) == ("failed", 2, [])
    assert [(a["rule"], a["severity"], a["run_id"]) for a in report["alerts"]] == [
        ("configuration", "failed", None)
    ]
    page = (state_root / "toronto" / "last_run.html").read_text()
    assert "Not started" in page and "SOURCE_DIR=&lt;folder&gt;" in page


def test_a_service_that_is_held_is_told(capsys, state_root, monkeypatch):
    with Hook() as hook, StateFolder(state_root / "demo").lock("something else"):
        monkeypatch.setenv("RBDC_ALERT_WEBHOOK_URL", hook.url)
        status, error = run(["refresh"], capsys)
    assert status == 1 and "Another process is at work" in error
    assert [alert["rule"] for alert in hook.received[0]["alerts"]] == ["busy"]


def test_half_a_configuration_of_mail_is_wrong_use(capsys, monkeypatch, state_root):
    monkeypatch.setenv("RBDC_ALERT_EMAIL_TO", "a@example.org")
    status, error = run(["refresh"], capsys)
    assert status == 2 and "set RBDC_ALERT_EMAIL_FROM and RBDC_SMTP_URL" in error
    assert not state_root.exists()


def test_bad_option(capsys):
    assert run(["refresh", "--colour", "red"], capsys)[0] == 2


def test_broken_framework_is_named_with_its_line(capsys, tmp_path, monkeypatch, project):
    services = tmp_path / "services" / "toronto"
    services.mkdir(parents=True)
    for name in ("sources.yml", "labels.csv", "framework.yml"):
        text = (project / "services" / "toronto" / name).read_text()
        (services / name).write_text(text.replace("small_count: 10", "small_count: none"))
    monkeypatch.setenv("RBDC_SERVICES_DIR", str(Path(services).parent))
    status, error = run(["refresh", "--service", "toronto"], capsys)
    assert status == 2 and "toronto/framework.yml line" in error and "small_count" in error


def test_days_pass_in_the_simulated_service(capsys, state_root, tmp_path, monkeypatch):
    services = smaller_services(tmp_path, residents=20_000)
    monkeypatch.setenv("RBDC_SERVICES_DIR", str(services))
    with pytest.raises(SystemExit) as ended:
        main(["simulate", "--days", "32"])
    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert "SIMULATED DATA. Lakeshore stands at 2024-02-02." in printed
    assert "dropped anew: provincial/uof_main_records_2024.csv" in printed
    assert (state_root / "demo" / "source_systems" / "records.sqlite").exists()
    # Another simulation.yml would give other records from here on, so it is refused.
    config = services / "demo" / "simulation.yml"
    config.write_text(config.read_text().replace("seed: ", "seed: 1"))
    status, error = run(["simulate"], capsys)
    assert status == 2 and "made by another simulation.yml" in error


def test_time_neither_goes_back_nor_passes_in_a_real_service(capsys, state_root):
    assert run(["simulate", "--days", "-1"], capsys)[0] == 2
    status, error = run(["simulate", "--service", "toronto"], capsys)
    assert status == 2 and "is a real one" in error


def test_readmit_needs_a_refresh_before(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RBDC_STATE_ROOT", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main(["readmit"])
    assert ended.value.code == 2
    assert "Nothing was refreshed yet" in capsys.readouterr().err
