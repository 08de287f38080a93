"""Days pulled again: from the command line, from the job's run configuration, twice the same."""

import sqlite3
from contextlib import closing

import dagster as dg
import pytest

from orchestration.cli import main
from orchestration.definitions import build_defs
from orchestration.defs.automation.jobs import BACKFILL, NIGHTLY_REFRESH
from orchestration.defs.extract.resources import backfill_config, parse_period
from orchestration.exit_status import failures_of
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.store.loads import LoadHistory
from tests.pipeline import (
    KEY,
    hashes,
    land_and_judge,
    last_run,
    refresh_here,
    smaller_services,
)

MARCH = ("2023-03-01", "2023-03-31")


@pytest.mark.parametrize(
    ("days", "message"),
    [
        (("2023-03-01", "March"), "'2023-03-01' to 'March' are not two days."),
        (("2023-03-31", "2023-03-01"), "The period 2023-03-31 to 2023-03-01 ends before it begins"),
    ],
)
def test_days_that_are_none_are_wrong_use(days, message, tmp_path):
    outcome = refresh_here(tmp_path / "var", "--again", *days)
    assert outcome.returncode == 2 and message in outcome.stderr
    assert not (tmp_path / "var").exists()


@pytest.mark.parametrize("options", [["--again", "2023-03-01"], ["--again", *MARCH, "--full"]])
def test_options_that_do_not_fit(options, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["refresh", *options])
    assert ended.value.code == 2 and "--again" in capsys.readouterr().err


class Job:
    """The landing of arrests and its gate, run as the UI runs a job with a configuration."""

    def __init__(self, root):
        services = smaller_services(root, residents=20_000)
        self.settings = Settings(
            services_dir=services, state_root=root / "var", pseudonym_key=KEY, service="demo"
        )
        self.service = Service(self.settings)
        self.service.simulate()
        self.definitions = build_defs(self.settings)
        (self.table,) = [table for table in self.service.tables if table.id == "rms__arrests"]

    def run(self, job, period=None, config=None):
        keys = [dg.AssetKey([layer, "rms__arrests"]) for layer in ("landing", "raw")]
        result = self.definitions.resolve_job_def(job).execute_in_process(
            asset_selection=keys,
            run_config=config or backfill_config(period),
            raise_on_error=False,
        )
        return failures_of(result.all_events)

    @property
    def last(self):
        load = LoadHistory(self.service.state, self.table).last
        assert load is not None
        return load


@pytest.fixture(scope="module")
def job(tmp_path_factory):
    job = Job(tmp_path_factory.mktemp("backfill"))
    assert job.run(NIGHTLY_REFRESH) == []
    return job


def test_job_without_days_says_what_to_do(job):
    before = job.last
    ((status, said),) = job.run(BACKFILL)
    assert status == 2 and "Name first_day and last_day (YYYY-MM-DD) under resources" in said
    assert job.last == before


def test_job_with_wrong_days_is_wrong_use(job):
    config = {"resources": {"backfill": {"config": {"first_day": "soon", "last_day": "later"}}}}
    ((status, said),) = job.run(BACKFILL, config=config)
    assert status == 2 and said == "'soon' to 'later' are not two days. Write both as YYYY-MM-DD."


def test_job_pulls_the_days_that_its_configuration_names(job):
    assert job.run(BACKFILL, parse_period(*MARCH)) == []
    load = job.last
    assert (load.delivery, load.rows_accepted, load.rows_deleted) == ("period", 0, 0)
    assert 0 < load.rows_unchanged <= load.rows_landed
    assert job.run(BACKFILL, parse_period(*MARCH)) == []
    assert job.last.verdict == "unchanged" and job.last.batch_checksum == load.batch_checksum


def test_marts_after_days_were_pulled_again(job, tmp_path):
    """What the records system changed without a later cursor comes in, once, and nothing else."""

    def refresh(root, *options):
        services = {"RBDC_SERVICES_DIR": str(job.settings.services_dir)}
        outcome = refresh_here(root, *options, **services)
        assert outcome.returncode == 0, outcome.stderr
        return hashes(root / "demo")

    sources, root = job.service.state.source_systems, job.settings.state_root
    land_and_judge(job.service, "first")
    with closing(sqlite3.connect(sources / "records.sqlite")) as database:
        # By hand, by somebody who did not think of the time of the last change.
        database.execute(
            "update arrests set division = case division when 'D1' then 'D2' else 'D1' end "
            "where arrested_at between '2023-03-10' and '2023-03-20'"
        )
        database.commit()
    land_and_judge(job.service, "second")
    assert job.last.verdict == "unchanged"
    again = refresh(root, "--again", *MARCH)
    assert job.last.delivery == "period" and job.last.rows_accepted > 0
    assert refresh(root, "--again", *MARCH) == again
    assert last_run(root / "demo")["marts_changed"] == []
    assert refresh(tmp_path / "rebuilt", "--source-dir", str(sources)) == again
