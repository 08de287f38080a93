"""A bare process that lands, judges and swaps without Dagster, in children that can be killed.

`python -m tests.quality.killable STATE SOURCES` imports once, and forks a child for each line on
its standard input: an empty one, or the number of the file operation at which the child kills
itself. It answers with the child's process id, and later with how the child ended and how many
file operations it had begun.
"""

import os
import signal
import struct
import sys
import tempfile
from pathlib import Path

from expectations import gatekeeper
from rbdc.sources.declaration import SourceTable, load_sources
from rbdc.store.intake import Place, pull_batch
from rbdc.store.layout import StateFolder
from rbdc.store.marts import ANSWERS, publish
from rbdc.store.warehouse import open_warehouse, prepare

PROJECT = Path(__file__).resolve().parents[2]
# Instead of the models: what the marts hold is read from raw and quarantine at once.
MARTS = {
    "interactions.interaction_counts": (
        "select search_level, items_found, count(*) as count from raw.rms__strip_searches "
        "group by all"
    ),
    "benchmarks.benchmark_counts": 'select "group", count from raw.population__residents',
    "indicators.disproportionality": (
        'select "group", count, search_id from raw.population__residents, raw.rms__strip_searches'
    ),
    "indicators.data_quality": (
        "select expectation, row ->> 'search_id' as search_id from quarantine.rows "
        "where resolved_at is null"
    ),
}
# Answers are exported as the figures are; none is asked here.
MARTS |= dict.fromkeys(ANSWERS, "select 0 as figure_id where false")
_FILE_OPERATIONS = {"open", "os.mkdir", "os.remove", "os.rename", "os.link", "os.symlink"}


def tables() -> list[SourceTable]:
    """A table of a database that has increments, and a file that is delivered whole."""
    wanted = ("rms__strip_searches", "population__residents")
    declared = load_sources(PROJECT / "services" / "demo").tables
    labels = {"labels": {}}  # without labels.csv no column is mapped
    return [table.model_copy(update=labels) for table in declared if table.id in wanted]


def night(state: StateFolder, sources: Path, run_id: str) -> None:
    """What a nightly job does, without Dagster and dbt."""
    for table in tables():
        landed = pull_batch(
            state,
            table,
            Place(sources),
            lambda: None,
            suite_version=gatekeeper.suite_version(table),
            code_version="c",
            run_id=run_id,
        )
        load = gatekeeper.pass_gate(state, table, landed).load
        if load.verdict == "rejected":
            raise ValueError(load.reason)
    prepare(state, tables(), {}, {})
    with open_warehouse(state.warehouse) as connection:
        for name, query in MARTS.items():
            connection.execute(f"create or replace table {name} as {query}")
        publish(state, connection, run_id, {}, rebuilt=True)


class _Operations:
    """Counts file operations, and kills the process at one of them."""

    def __init__(self, report_to: int, die_at: int | None) -> None:
        self.begun, self._report_to, self._die_at = 0, report_to, die_at
        sys.addaudithook(self._hook)

    def _hook(self, event: str, _: object) -> None:
        if event in _FILE_OPERATIONS:
            self.begun += 1
            if self.begun == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def report(self) -> None:
        os.write(self._report_to, struct.pack("q", self.begun))


def _child(state: StateFolder, sources: Path, die_at: int | None, report_to: int) -> None:
    status = 1
    try:
        operations = _Operations(report_to, die_at)
        night(state, sources, f"run-{os.getpid()}")
        operations.report()
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve(state: StateFolder, sources: Path) -> None:
    """Fork a child for each line; nothing that is open here is shared with it."""
    with tempfile.TemporaryDirectory() as folder:  # whatever is imported late is imported now
        night(StateFolder(Path(folder)), sources, "first")
    for line in sys.stdin:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            _child(state, sources, int(line) if line.strip() else None, writer)
        os.close(writer)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        told = os.read(reader, 8)
        os.close(reader)
        print(os.waitstatus_to_exitcode(status), *struct.unpack("q", told or bytes(8)), flush=True)


if __name__ == "__main__":
    serve(StateFolder(Path(sys.argv[1])), Path(sys.argv[2]))
