"""Days pulled again: from the command line, from the job's run configuration, twice the same."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace

import dagster as dg
import duckdb
import pytest

from orchestration.cli import main
from orchestration.definitions import build_defs
from orchestration.defs.automation.jobs import BACKFILL, NIGHTLY_REFRESH
from orchestration.defs.extract.resources import backfill_config, parse_period
from orchestration.exit_status import failures_of
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql
from tests.pipeline import (
    KEY,
    land_and_judge,
    mart,
    query,
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
        return [failure[:2] for failure in failures_of(result.all_events)]

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


def arrests_in_force(job, service):
    """Rows of the arrests that stand, without which load brought them."""
    history = LoadHistory(service.state, job.table)
    rows = current_rows_sql(
        job.table, history.rows_files(), history.gone_files(), with_deleted=False
    )
    return duckdb.sql(f"select * exclude (_load_id, _row_number) from ({rows})").fetchall()


@pytest.mark.long
def test_refresh_that_pulls_days_again(job, tmp_path):
    """What the records system changed without a later cursor comes in, once, and nothing else."""
    root, state = job.settings.state_root, job.service.state
    land_and_judge(job.service, "first")
    with closing(sqlite3.connect(state.source_systems / "records.sqlite")) as database:
        # By hand, by somebody who did not think of the time of the last change.
        database.execute(
            "update arrests set division = case division when 'D1' then 'D2' else 'D1' end "
            "where arrested_at between '2023-03-10' and '2023-03-20'"
        )
        database.commit()
    land_and_judge(job.service, "second")
    assert job.last.verdict == "unchanged"
    outcome = refresh_here(
        root, "--again", *MARCH, RBDC_SERVICES_DIR=str(job.settings.services_dir)
    )
    assert outcome.returncode == 0, outcome.stderr
    assert job.last.delivery == "period" and job.last.rows_accepted > 0
    by_division = query(
        "select dimension_value, sum(count) from "
        f"{mart(state.root, 'interactions/interaction_counts')} where interaction = 'arrest' "
        "and unit = 'person' and period_type = 'all' and dimension = 'division' group by all"
    )
    pulled_again = arrests_in_force(job, job.service)
    division = [column.name for column in job.table.columns].index("division")
    assert dict(by_division) == Counter(row[division] for row in pulled_again)

    afresh = Service(replace(job.settings, state_root=tmp_path, source_dir=state.source_systems))
    land_and_judge(afresh, "afresh")
    assert Counter(arrests_in_force(job, afresh)) == Counter(pulled_again)
