"""The months that a release covers: whole quarters that are over and that all its data reach."""

from collections.abc import Collection

import duckdb

from rbdc.disclosure.cells import Months, months_of
from rbdc.errors import RbdcError
from rbdc.release.counting import UNITS
from rbdc.sql import literal

# Where events are few, days pass after the last one before the quarter is over.
_PART_WITHOUT_EVENT = 12


def closed_extent(
    connection: duckdb.DuckDBPyConnection,
    measures: Collection[tuple[str, str]],
    until: str | None = None,
) -> Months:
    """First quarter with a record to the last one that is closed for every measure.

    A quarter is closed when what lies after the last record is at most a twelfth of it, as in
    `rbdc.analysis.keys.latest_complete`.

    Args:
        connection: the warehouse.
        measures: interactions with their units.
        until: the last quarter or year, where it is not to be the last closed one.

    Raises:
        RbdcError: no quarter is closed, or `until` is not closed.
    """
    wanted = ", ".join(f"({literal(m)}, {literal(unit)})" for m, unit in sorted(measures))
    row = connection.execute(
        f"select min(period), max(period) from {UNITS} where (interaction, unit) in ({wanted})"
    ).fetchone()
    first_period = row[0] if row else None
    reached = connection.execute(
        "select min(reached) from (select max(data_as_of) as reached "
        "from interactions.interaction_as_of "
        f"where (interaction, unit) in ({wanted}) group by interaction, unit)"
    ).fetchone()
    if first_period is None or reached is None or reached[0] is None:
        raise RbdcError(
            "There is nothing to release: no record of the measures that disclosure.yml names. "
            "Refresh the service first."
        )
    first = months_of(first_period).first // 3 * 3
    day = reached[0]
    month = day.year * 12 + day.month - 1
    quarter = month // 3 * 3
    days = (quarter + 3 - month) * 30 - day.day
    last = quarter + 2 if days <= 91 / _PART_WITHOUT_EVENT else quarter - 1
    if until is not None:
        wished = months_of(until).last
        if wished > last or (wished + 1) % 3:
            raise RbdcError(
                f"UNTIL={until} is not a closed quarter: the data reach to {day}. "
                f"Name a quarter or year up to {Months(last - 2, last)}."
            )
        last = wished
    if last < first:
        raise RbdcError(
            f"No quarter is closed yet: records begin {first_period} and reach to {day}."
        )
    return Months(first, last)
