"""Records written day by day into a database: from the beginning, or on from where it stands."""

import datetime as dt
import hashlib
from collections.abc import Iterator

import numpy as np

from rbdc.errors import ConfigError
from rbdc.sources.simulator.config import Simulation
from rbdc.sources.simulator.databases import Clock, make_indexes, open_records
from rbdc.sources.simulator.encounters import Facts
from rbdc.sources.simulator.facts import Clerk
from rbdc.sources.simulator.records import ENFORCEMENT_ACTIONS, TABLES, RecordsTable

# Days are written together as long as the next one, if like the last, leaves them no more actions
# than this: memory stays the same however large the city is.
_ACTIONS_AT_ONCE = 20_000
_DAY = dt.timedelta(days=1)


def fingerprint(config: Simulation) -> str:
    """Hash of everything that decides what the records are, whatever the day."""
    content = config.model_dump_json(exclude={"period": {"last_day"}})
    return hashlib.sha256(content.encode()).hexdigest()


def start_of(day: dt.date) -> dt.datetime:
    """The first instant of a day."""
    return dt.datetime.combine(day, dt.time())


def create_records(clerk: Clerk, url: str, until: dt.datetime) -> None:
    """Write all records as they stand at an instant into an empty database.

    Args:
        clerk: keeps the books of a simulated police.
        url: path of an SQLite file, or `postgresql://…`.
        until: the instant; the last day that has records ends with it.

    Raises:
        ConfigError: the database cannot be opened.
    """
    first = clerk.config.period.first_day
    with open_records(url) as database:
        database.create()
        for table, facts in _in_chunks(clerk, first, until.date() - _DAY):
            database.add(table, clerk.labelled(facts), until)
            database.keep_so_far()  # without its clock, an unfinished database is not taken for one
        database.set_clock(Clock(until, fingerprint(clerk.config)))
    make_indexes(url)


def advance_records(clerk: Clerk, url: str, days: int) -> tuple[dt.datetime, dt.datetime]:
    """Let days pass: new records, late ones, corrections and deletions; all of it or nothing.

    Returns:
        The instants between which the changes lie.

    Raises:
        ConfigError: the records were made by another configuration.
        SourceError: the database holds no simulated records.
    """
    config = clerk.config
    with open_records(url) as database:
        clock = database.clock()
        if clock.configuration != fingerprint(config):
            raise ConfigError(
                "The source systems were made by another simulation.yml than the one there now. "
                "Undo the edit, or remove the source systems so that they are made anew."
            )
        until = clock.until + days * _DAY
        # Older records have had all their changes by now.
        oldest = clock.until.date() - dt.timedelta(days=config.lateness.most_days + 2)
        for table, facts in _in_chunks(
            clerk, max(oldest, config.period.first_day), until.date() - _DAY
        ):
            database.collect(table, clerk.labelled(facts), clock.until, until)
        for table in TABLES:
            database.apply(table)
        database.set_clock(Clock(until, clock.configuration))
    return clock.until, until


def _in_chunks(clerk: Clerk, first: dt.date, last: dt.date) -> Iterator[tuple[RecordsTable, Facts]]:
    """Facts of every table for some days at a time."""
    held: list[dict[str, Facts]] = []
    actions, day = 0, first
    while day <= last:
        held.append(clerk.record(day, day))
        of_day = len(held[-1][ENFORCEMENT_ACTIONS.name]["number"])
        actions += of_day
        if actions + of_day > _ACTIONS_AT_ONCE or day == last:
            yield from _joined(held)
            held, actions = [], 0
        day += _DAY


def _joined(days: list[dict[str, Facts]]) -> Iterator[tuple[RecordsTable, Facts]]:
    for table in TABLES:
        # Each part is let go of as soon as it is joined.
        parts = [facts.pop(table.name) for facts in days]
        yield table, _concatenated(parts)


def _concatenated(parts: list[Facts]) -> Facts:
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
