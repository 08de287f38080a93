"""A process killed while it lands, judges or swaps leaves no mixed state, and the next mends it."""

import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pytest

from rbdc.store.layout import StateFolder
from rbdc.store.loads import LoadHistory
from rbdc.store.raw_state import current_rows_sql
from rbdc.store.warehouse import open_warehouse, prepare
from tests.pipeline import PROJECT
from tests.quality import killable
from tests.quality.whole_state import assert_nothing_is_mixed, audit_views

pytestmark = pytest.mark.slow  # whole jobs, see CONTRIBUTING

KEYS, CHANGES = 40, 8


@dataclass
class Source:
    """A records system whose strip searches change, and a file of residents that is replaced."""

    folder: Path
    chance: random.Random
    told: int = 0

    @property
    def database(self) -> Path:
        return self.folder / "records.sqlite"

    def begin(self) -> None:
        self.folder.mkdir()
        with closing(sqlite3.connect(self.database)) as database:
            database.execute(
                "create table strip_searches (search_id primary key, arrest_id, searched_at, "
                "search_level, items_found, updated_at, is_deleted)"
            )
        self.change()

    def change(self) -> None:
        """Some searches are written, spoilt or deleted; every other time residents are counted."""
        with closing(sqlite3.connect(self.database)) as database, database:
            for _ in range(CHANGES):
                self.told += 1
                time_of_change = f"2023-05-{1 + self.told // 1440:02} {self._clock}"
                level, deleted = self.chance.choice(
                    [("3", "0"), ("1", "0"), ("9", "0"), ("3", "1")]
                )
                database.execute(
                    "insert or replace into strip_searches values (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(f"S{self.chance.randrange(KEYS)}", f"A{self.told}"),
                        *("2023-04-01 10:00:00", level, "0", time_of_change, deleted),
                    ),
                )
        if self.told % (2 * CHANGES):
            black = self.chance.randrange(1000)
            (self.folder / "population.csv").write_text(
                "source,vintage,group,stratum,count\ncensus,2021,Total,all,1000\n"
                f"census,2021,Black,all,{black}\ncensus,2021,White,all,{1000 - black}\n"
            )

    @property
    def _clock(self) -> str:
        minutes = self.told % 1440
        return f"{minutes // 60:02}:{minutes % 60:02}:00"


@dataclass
class Server:
    """The bare process that forks a child for each night."""

    process: subprocess.Popen
    durations: list[float] = field(default_factory=list)
    operations: int = 0

    def whole_night(self) -> None:
        began = time.monotonic()
        self._begin("")
        status, operations = self._ended()
        assert status == 0
        self.operations = operations
        self.durations.append(time.monotonic() - began)

    def night_killed_after(self, seconds: float) -> bool:
        """Whether it was killed: it may have ended before."""
        pid = self._begin("")
        time.sleep(seconds)
        subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)
        return self._ended()[0] == -9

    def night_killed_at(self, operation: int) -> bool:
        self._begin(str(operation))
        return self._ended()[0] == -9

    def _begin(self, line: str) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def _ended(self) -> tuple[int, int]:
        assert self.process.stdout
        status, operations = self.process.stdout.readline().split()
        return int(status), int(operations)


@contextmanager
def server(state: StateFolder, sources: Path) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.quality.killable", str(state.root), str(sources)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=PROJECT
    ) as process:
        yield Server(process)
        assert process.stdin
        process.stdin.close()


def stands(state: StateFolder) -> tuple[list, list]:
    """The searches in force, and those set aside and not settled."""
    table = next(one for one in killable.tables() if one.cursor)
    history = LoadHistory(state, table)
    current = current_rows_sql(
        table, history.rows_files(), history.gone_files(), with_deleted=False
    )
    with audit_views(state, killable.tables()) as connection:
        rows = connection.execute(f"select search_id, arrest_id from ({current}) order by all")
        held = rows.fetchall()
        aside = connection.execute(
            "select row ->> 'search_id', row ->> 'arrest_id' from quarantine.rows "
            "where resolved_at is null order by all"
        )
        return held, aside.fetchall()


# --- what must be so after the next night


def assert_state_is_that_of_the_source(state: StateFolder, source: Source) -> None:
    """Raw, quarantine and marts hold what the source says, read here by another way."""
    with closing(sqlite3.connect(source.database)) as database:
        rows = database.execute(
            "select search_id, search_level, is_deleted from strip_searches order by 1"
        ).fetchall()
    sound = sorted(id_ for id_, level, deleted in rows if level != "9" and deleted == "0")
    spoilt = sorted(id_ for id_, level, _ in rows if level == "9")
    lines = (source.folder / "population.csv").read_text().splitlines()[1:]
    residents = sorted((line.split(",")[2], line.split(",")[4]) for line in lines)
    prepare(state, killable.tables(), {}, {})
    with open_warehouse(state.warehouse) as connection:
        held = connection.execute("select search_id from raw.rms__strip_searches order by 1")
        assert [id_ for (id_,) in held.fetchall()] == sound
    with duckdb.connect() as connection:
        counts = connection.execute(
            f"select * from '{state.mart('benchmarks.benchmark_counts')}' order by 1"
        )
        assert counts.fetchall() == residents
        aside = connection.execute(
            f"select search_id from '{state.mart('indicators.data_quality')}' order by 1"
        )
        assert [id_ for (id_,) in aside.fetchall()] == spoilt
        shown = connection.execute(
            f"select distinct search_id from '{state.mart('indicators.disproportionality')}' "
            "order by 1"
        )
        assert [id_ for (id_,) in shown.fetchall()] == sound
    for table in killable.tables():
        history = LoadHistory(state, table)
        assert not list(history.folder.glob(".*"))
        assert not list((state.landing / table.source / table.table).glob(".*"))


def assert_kills_leave_no_mixed_state(folder: Path, kills: int, a_night: int, seed: int) -> None:
    """Nights that are killed at random moments and file operations, and then mended.

    A child that ends before its moment comes was not killed, and does not count.
    """
    chance = random.Random(seed)
    source, state = Source(folder / "sources", chance), StateFolder(folder / "var")
    source.begin()
    killed = 0
    with server(state, source.folder) as process:
        process.whole_night()
        while killed < kills:
            before = stands(state)
            source.change()
            longest, between = statistics.median(process.durations), []
            for _ in range(a_night // 2):
                killed += process.night_killed_after(chance.uniform(0, longest))
                assert_nothing_is_mixed(state, killable.tables())
                between.append(stands(state))
                killed += process.night_killed_at(chance.randint(1, process.operations))
                assert_nothing_is_mixed(state, killable.tables())
                between.append(stands(state))
            process.whole_night()
            assert_nothing_is_mixed(state, killable.tables())
            assert_state_is_that_of_the_source(state, source)
            assert all(one in (before, stands(state)) for one in between)
    assert len(list(state.marts_runs.iterdir())) <= 5


def test_a_dozen_kills_leave_no_mixed_state(tmp_path):
    assert_kills_leave_no_mixed_state(tmp_path, kills=12, a_night=6, seed=1)


@pytest.mark.long
def test_two_hundred_kills_leave_no_mixed_state(tmp_path):
    assert_kills_leave_no_mixed_state(tmp_path, kills=200, a_night=2, seed=2)
