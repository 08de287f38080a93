"""Marts after nights of random changes are those of a full rebuild from the final records."""

import datetime as dt
import random
import sqlite3
from contextlib import closing

import pytest

from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.store.loads import LoadHistory
from tests.pipeline import KEY, hashes, land_and_judge, refresh_here, smaller_services

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

NIGHTS, CHANGES = 3, 30
TABLES = {
    "arrests": ("arrest_id", "arrested_at", "age = 999", "age = 30"),
    "strip_searches": ("search_id", "searched_at", "search_level = 9", "search_level = 3"),
    "enforcement_actions": ("action_id", "action_at", "action_type = 'Tea'", "age = 44"),
}


def change(database: sqlite3.Connection, chance: random.Random, now: dt.datetime) -> None:
    """One row inserted, corrected, spoilt, deleted, or back from the deleted."""
    table = chance.choice(list(TABLES))
    key, date, spoilt, sound = TABLES[table]
    rows = database.execute(f"select rowid from {table} where is_deleted = 0").fetchall()
    deleted = database.execute(f"select rowid from {table} where is_deleted = 1").fetchall()
    (row,) = chance.choice(rows)
    kind = chance.choice(["insert", "correct", "correct", "spoil", "delete", "restore"])
    if kind == "restore" and deleted:
        (row,) = chance.choice(deleted)
    if kind == "insert":
        names = [column[1] for column in database.execute(f"pragma table_info({table})")]
        new = {key: f"'new-{now:%d%H}-{chance.random()}'", date: f"'{now:%Y-%m-%dT%H:%M:%S}'"}
        values = ", ".join(new.get(name, name) for name in names)
        added = database.execute(
            f"insert into {table} select {values} from {table} where rowid = {row}"
        )
        row = added.lastrowid
    what = {"correct": sound, "spoil": spoilt, "delete": "is_deleted = 1"}.get(
        kind, "is_deleted = 0"
    )
    database.execute(
        f"update {table} set {what}, updated_at = '{now:%Y-%m-%dT%H:%M:%S}' where rowid = {row}"
    )


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))]
)
def test_nights_end_in_the_marts_of_a_rebuild(seed, tmp_path):
    services = smaller_services(tmp_path, residents=20_000)

    def refresh(root, *options):
        outcome = refresh_here(tmp_path / root, *options, RBDC_SERVICES_DIR=str(services))
        assert outcome.returncode == 0, outcome.stderr
        return hashes(tmp_path / root / "demo")

    service = Service(
        Settings(services_dir=services, state_root=tmp_path / "nightly", pseudonym_key=KEY)
    )
    service.simulate()
    land_and_judge(service, "first")
    chance, now = random.Random(seed), dt.datetime(2024, 2, 1)
    sources = service.state.source_systems
    for night in range(NIGHTS):
        with closing(sqlite3.connect(sources / "records.sqlite")) as database:
            for _ in range(CHANGES):
                now += dt.timedelta(hours=chance.randint(0, 5))
                change(database, chance, now)
            database.commit()
        if night < NIGHTS - 1:
            land_and_judge(service, f"night-{night}")
    nightly = refresh("nightly")
    history = LoadHistory(service.state, service.tables[0])
    assert [load.delivery for load in history.loads] == ["full", *["increment"] * NIGHTS]
    assert sum(load.rows_quarantined for load in history.loads[1:]) > 0
    assert refresh("rebuilt", "--source-dir", str(sources)) == nightly
