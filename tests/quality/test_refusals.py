"""A source that does not deliver ends in one sentence and status 3; nothing is half-loaded."""

import shutil
from fnmatch import fnmatch
from pathlib import Path

import pytest

from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.sources.simulator import generate
from tests.pipeline import (
    KEY,
    PROJECT,
    land_and_judge_table,
    last_run,
    refresh_here,
    smaller_services,
)
from tests.webhook import Hook

POPULATION = "population.csv"
MAIN = "provincial/uof_main_records_2023.csv"


@pytest.fixture(scope="module")
def good_sources(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sources")
    services = smaller_services(folder, residents=20_000)
    generate(services / "demo" / "simulation.yml", folder / "sources")
    return folder / "sources"


@pytest.fixture
def sources(good_sources, tmp_path):
    return Path(shutil.copytree(good_sources, tmp_path / "sources"))


def remove(file: Path):
    file.unlink()


def empty(file: Path):
    file.write_bytes(b"")


def keep_header_only(file: Path):
    file.write_bytes(file.read_bytes().splitlines(keepends=True)[0])


def rename_column(file: Path):
    head, rest = file.read_bytes().split(b"\n", 1)
    file.write_bytes(head.replace(b"count", b"number").replace(b"Date", b"Day") + b"\n" + rest)


def write_in_latin_1(file: Path):
    file.write_bytes(file.read_bytes().replace(b"Black", "Né".encode("latin-1"), 1))


def write_in_utf_16(file: Path):
    file.write_bytes(file.read_bytes().decode("utf-8-sig").encode("utf-16"))


def leave_a_quote_open(file: Path):
    file.write_bytes(file.read_bytes() + b'"')


FAULTS = [
    (remove, POPULATION, "Source population, table residents (population.csv) is missing"),
    (empty, POPULATION, "is empty (0 bytes)"),
    (keep_header_only, MAIN, "has a header but no rows"),
    (rename_column, POPULATION, "lacks the declared column(s) count"),
    (rename_column, MAIN, "lacks the declared column(s) Date"),
    (write_in_latin_1, POPULATION, "is not UTF-8 text (near line"),
    (write_in_utf_16, POPULATION, "is not UTF-8 text"),
    (leave_a_quote_open, MAIN, "cannot be read as CSV"),
    (remove, "records.sqlite", "Source rms, table arrests (records.sqlite) is missing"),
]


@pytest.mark.parametrize(("fault", "file", "sentence"), FAULTS)
def test_fault_is_a_refusal_of_its_table(fault, file, sentence, sources, tmp_path):
    """What landing and gate make of each fault; what follows of it is the next test's."""
    fault(sources / file)
    service = Service(
        Settings(
            services_dir=PROJECT / "services",
            state_root=tmp_path / "var",
            pseudonym_key=KEY,
            source_dir=sources,
        )
    )
    table = next(
        table
        for table in service.tables
        if table.path and fnmatch(file, table.path) and service.place_of(table).folder == sources
    )
    load = land_and_judge_table(service, table, "night")
    assert load.verdict == "rejected" and sentence in load.reason
    assert load.refused_by == "source"
    assert load.rows_landed == 0 and load.balances
    assert not list((service.state.root / "raw").rglob("rows.parquet"))


@pytest.mark.parametrize(
    ("fault", "file", "sentence", "webhook_answers"),
    [(*FAULTS[0], 200), pytest.param(*FAULTS[-2], 500, marks=pytest.mark.slow)],
)
def test_fault_stops_the_run_before_anything_is_built(
    fault, file, sentence, webhook_answers, sources, tmp_path
):
    """And owners are told: once, whether the webhook takes it or not."""
    fault(sources / file)
    with Hook(webhook_answers) as hook:
        outcome = refresh_here(
            tmp_path / "var", "--source-dir", str(sources), RBDC_ALERT_WEBHOOK_URL=hook.url
        )
    assert outcome.returncode == 3 and sentence in outcome.stderr
    state = tmp_path / "var" / "demo"
    report = last_run(state)
    assert (report["status"], report["exit_status"], report["marts_changed"]) == ("refused", 3, [])
    rejected = [row for row in report["sources"] if row["verdict"] == "rejected"]
    [told] = hook.received
    assert told["alerts"] == report["alerts"] and told["run_id"] == report["run_id"]
    assert [(a["table"], a["rule"], a["severity"], a["owner"]) for a in told["alerts"]] == [
        (row["table"], "source", "refused", row["owner"]) for row in rejected
    ]
    assert outcome.stdout.count("ALERT ") == len(rejected)
    failed = "The alerts did not go out by webhook: it answered 500."
    assert (failed in outcome.stdout) == (webhook_answers == 500)
    assert rejected and all(sentence.split(", table")[0] in row["reason"] for row in rejected[:1])
    assert "There are no marts yet" in (state / "last_run.html").read_text()
    # Nothing downstream ran, and nothing of the faulty table was loaded.
    assert not (state / "warehouse.duckdb").exists() and not (state / "marts").exists()
    for row in rejected:
        assert not list((state / "raw" / row["source"] / row["table"]).glob("*/rows.parquet"))
        assert row["rows_landed"] == 0 and row["owner"].startswith("team:")


def test_exception_inside_the_gate_is_a_refusal_and_is_not_remembered(
    sources, tmp_path, monkeypatch
):
    from expectations import gate

    def broken(*arguments):
        raise RuntimeError("P-123 Ann Example")

    arguments = ("--source-dir", str(sources))
    with monkeypatch.context() as patch:
        patch.setattr(gate, "unexpected_counts", broken)
        outcome = refresh_here(tmp_path / "var", *arguments)
    assert outcome.returncode == 3 and "could not be judged" in outcome.stderr
    assert "Ann Example" not in outcome.stderr + outcome.stdout
    state = tmp_path / "var" / "demo"
    assert not (state / "warehouse.duckdb").exists()
    (sources / POPULATION).unlink()  # so that the second run, too, ends at the gate
    assert refresh_here(tmp_path / "var", *arguments).returncode == 3
    verdicts = {row["table"]: row["verdict"] for row in last_run(state)["sources"]}
    assert verdicts.pop("residents") == "rejected" and "rejected" not in verdicts.values()


def test_rows_that_do_not_add_up_stop_the_run(sources, tmp_path, monkeypatch):
    from rbdc.store.loads import Load

    monkeypatch.setattr(Load, "balances", property(lambda load: load.table_name != "residents"))
    outcome = refresh_here(tmp_path / "var", "--source-dir", str(sources))
    assert outcome.returncode == 3 and "do not add up" in outcome.stderr
    assert "population__residents-000001" in outcome.stderr
    assert not (tmp_path / "var" / "demo" / "warehouse.duckdb").exists()
