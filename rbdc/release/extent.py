"""The months that a release covers: whole quarters that are over and that all its data reach."""

import datetime as dt
from collections.abc import Collection, Mapping

import duckdb

from rbdc.disclosure.cells import Months, months_of
from rbdc.errors import RbdcError
from rbdc.release.counting import UNITS, Measure

# Where events are few, days pass after the last one before the quarter is over.
_PART_WITHOUT_EVENT = 12
_DAYS_OF_QUARTER = 91


def closed_extents(
    connection: duckdb.DuckDBPyConnection,
    measures: Collection[Measure],
    part_of: Mapping[str, str],
    service: str | None,
    until: str | None = None,
) -> dict[Measure, Months]:
    """Of each measure the months from its first record to the end of its last closed quarter.

    A quarter is closed when what lies after the last record is at most a twelfth of it, as in
    `rbdc.analysis.keys.latest_complete`. Measures that are parts of one another share their
    months. A measure without a record or without a closed quarter is left out.

    Args:
        connection: the warehouse.
        measures: interactions with their units.
        part_of: the measure of which each is a part.
        service: whose records; None for all.
        until: nothing after this quarter or year, such as `2021-Q3`.

    Raises:
        RbdcError: nothing is closed, or `until` is no quarter or year.
    """
    last_wished = _end_of(until)
    firsts = dict(_read(connection, f"min(period) from {UNITS}", service))
    reached = dict(
        _read(connection, "max(data_as_of) from interactions.interaction_as_of", service)
    )
    found: dict[Measure, Months] = {}
    for family in _families(measures, part_of):
        there = [one for one in family if firsts.get(one) and reached.get(one)]
        if not there:
            continue
        first = min(months_of(str(firsts[one])).first for one in there) // 3 * 3
        last = min(_last_closed(reached[one]) for one in there)
        last = last if last_wished is None else min(last, last_wished)
        if first <= last:
            found |= {one: Months(first, last) for one in there}
    if not found:
        raise RbdcError(
            "There is nothing to release: no quarter is closed of any measure that disclosure.yml "
            "names. Refresh the service, or wait until the quarter is over."
        )
    return found


def whole_years(extent: Months) -> Months:
    """The whole years of an extent, over which cumulative counts run; itself if it holds none.

    A total that grew by a quarter would give that quarter away in every breakdown, printed or not;
    years are printed anyway.
    """
    first, last = -(-extent.first // 12) * 12, (extent.last + 1) // 12 * 12 - 1
    return Months(first, last) if first < last else extent


def _read(
    connection: duckdb.DuckDBPyConnection, what: str, service: str | None
) -> list[tuple[Measure, object]]:
    rows = connection.execute(
        f"select interaction, unit, {what} where $service is null or service = $service "
        "group by interaction, unit",
        {"service": service},
    ).fetchall()
    return [((interaction, unit), value) for interaction, unit, value in rows]


def _end_of(until: str | None) -> int | None:
    if until is None:
        return None
    try:
        last = months_of(until).last
    except ValueError:
        last = 0
    if (last + 1) % 3 or not last:
        raise RbdcError(f"UNTIL={until} is no quarter or year: write it as 2021-Q3 or 2021.")
    return last


def _last_closed(reached: object) -> int:
    """The last month of the last quarter that data reaching to a day close."""
    assert isinstance(reached, dt.date)
    month = reached.year * 12 + reached.month - 1
    quarter = month // 3 * 3
    end = dt.date((quarter + 3) // 12, (quarter + 3) % 12 + 1, 1) - dt.timedelta(days=1)
    is_closed = (end - reached).days <= _DAYS_OF_QUARTER / _PART_WITHOUT_EVENT
    return quarter + 2 if is_closed else quarter - 1


def _families(
    measures: Collection[Measure], part_of: Mapping[str, str]
) -> Collection[Collection[Measure]]:
    """Measures that are parts of one another, together."""
    families: dict[Measure, list[Measure]] = {}
    for measure, unit in sorted(measures):
        whole = measure
        while whole in part_of:
            whole = part_of[whole]
        families.setdefault((whole, unit), []).append((measure, unit))
    return families.values()
