"""Record files as tables: each row is one unit, so every cross-tabulation of them is published."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from rbdc.disclosure.attacker.codes import DELIVERED, STANDARD, Codes
from rbdc.disclosure.attacker.folder import Release, Table
from rbdc.disclosure.attacker.lattice import Lattice, Shape
from rbdc.disclosure.attacker.periods import Interval, calendar_part, intersect, parse_period
from rbdc.errors import RbdcError

Known = tuple[int, float, float, str]
"""Variable, lowest and highest count, and where it was counted."""

_TRUE = {"true", "1", "yes", "y"}
_UNKNOWN = -2  # a code that is hidden or empty in the record: it could be any


def count_records(
    release: Release,
    lattices: Mapping[tuple[str, str], Lattice],
    codes: Codes,
    problems: list[str],
) -> Iterator[Known]:
    """Count the rows of every record file for the cells that other tables have or imply.

    Args:
        release: Whose record files.
        lattices: The cells of each measure and unit.
        codes: Codes of the dimensions.
        problems: Gets what could not be used.
    """
    for table in release.tables:
        if table.kind != "records":
            continue
        unit = str(table.constants.get("unit", ""))
        whole = str(table.constants.get("measure", ""))
        if not unit or not whole:
            problems.append(f"{table.name}: a record file without measure and unit; not counted.")
            continue
        covered = _covered(release, table)
        months = _months(release, table, covered, problems)
        everyone = np.ones(len(table.frame), dtype=bool)
        measures = [(whole, everyone)]
        for flag in table.with_role("flag"):
            values = table.frame[flag.name].str.lower()
            measures.append(
                (str(flag.options.get("measure", flag.name)), values.isin(_TRUE).to_numpy())
            )
        for measure, chosen in measures:
            lattice = lattices.get((measure, unit))
            if lattice is not None:
                columns = _columns(release, table, lattice.codes, problems)
                yield from _count(table.name, lattice, columns, covered, months, chosen)


def _covered(release: Release, table: Table) -> Interval:
    """The months whose units a record file holds."""
    named = parse_period(str(table.constants.get("period", "all")), release.extent)
    return intersect(named, release.extent) or release.extent


def _months(
    release: Release, table: Table, every: Interval, problems: list[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last month that each record may belong to."""
    order = {"period": 0, "year": 1, "quarter": 2, "month": 3}
    parts = sorted(
        table.with_role("period", "year", "quarter", "month"), key=lambda one: order[one.role]
    )
    firsts = np.full(len(table.frame), every[0], dtype=np.int64)
    lasts = np.full(len(table.frame), every[1], dtype=np.int64)
    seen: dict[tuple[str, ...], Interval] = {}
    for row, texts in enumerate(
        zip(*(table.frame[one.name].tolist() for one in parts), strict=True)
    ):
        if texts not in seen:
            months, year = every, None
            try:
                for column, text in zip(parts, texts, strict=True):
                    if text == "" or text in release.symbols:
                        continue
                    part = calendar_part(year, column.role, text, release.extent)
                    year = part if column.role == "year" else year
                    months = intersect(months, part) or months
            except RbdcError:
                problems.append(f"{table.name}: the period {' '.join(texts)} is not understood.")
            seen[texts] = months
        firsts[row], lasts[row] = seen[texts]
    return firsts, lasts


def _columns(
    release: Release, table: Table, codes: Codes, problems: list[str]
) -> dict[tuple[str, str], NDArray[np.int64]]:
    """The place of each record's code in the list of its dimension and level."""
    columns: dict[tuple[str, str], NDArray[np.int64]] = {}
    for one in table.with_role("dimension"):
        name, level = str(one.options["dimension"]), str(one.options.get("level", STANDARD))
        if name not in codes.dimensions:
            continue  # no other table has it
        dimension = codes.dimensions[name]
        place = {code: number for number, code in enumerate(dimension.level(level))}
        texts = table.frame[one.name].tolist()
        strange = {t for t in texts if t and t not in release.symbols and t not in place}
        if strange:
            problems.append(
                f"{table.name}: {one.name} has codes that are not in the list of codes: "
                f"{', '.join(sorted(strange)[:5])}; that column was not counted."
            )
            continue
        columns[name, level] = np.array([place.get(text, _UNKNOWN) for text in texts], np.int64)
        if level == DELIVERED and (name, STANDARD) not in columns:
            upper = {code: number for number, code in enumerate(dimension.standard)}
            parents = {code: upper[dimension.parent[code]] for code in dimension.delivered}
            columns[name, STANDARD] = np.array(
                [parents.get(text, _UNKNOWN) for text in texts], np.int64
            )
    return columns


def _count(
    name: str,
    lattice: Lattice,
    columns: Mapping[tuple[str, str], NDArray[np.int64]],
    covered: Interval,
    months: tuple[NDArray[np.int64], NDArray[np.int64]],
    chosen: NDArray[np.bool_],
) -> Iterator[Known]:
    for shape, interval, grid in lattice.grids():
        if not all(axis in columns for axis in shape):
            continue
        if intersect(interval, covered) != interval:
            continue  # of the other months the file says nothing
        inside = chosen & (months[0] >= interval[0]) & (months[1] <= interval[1])
        outside = (months[1] < interval[0]) | (months[0] > interval[1])
        certain = inside & _complete(shape, columns)
        possible = chosen & ~outside & ~certain
        low = _tabulate(shape, columns, certain, grid.shape)
        high = low + _match(shape, columns, possible, grid.shape)
        where = f"the rows of {name}"
        for number, least, most in zip(
            grid.ravel().tolist(), low.ravel().tolist(), high.ravel().tolist(), strict=True
        ):
            if number >= 0:
                yield number, float(least), float(most), where


def _complete(
    shape: Shape, columns: Mapping[tuple[str, str], NDArray[np.int64]]
) -> NDArray[np.bool_]:
    known: NDArray[np.bool_] = np.bool_(True) & np.ones(
        len(next(iter(columns.values()))) if columns else 1, dtype=bool
    )
    for axis in shape:
        known &= columns[axis] >= 0
    return known


def _tabulate(
    shape: Shape,
    columns: Mapping[tuple[str, str], NDArray[np.int64]],
    rows: NDArray[np.bool_],
    size: tuple[int, ...],
) -> NDArray[np.int64]:
    counts = np.zeros(size, dtype=np.int64)
    if not shape:
        counts[()] = int(rows.sum())
        return counts
    np.add.at(counts, tuple(columns[axis][rows] for axis in shape), 1)
    return counts


def _match(
    shape: Shape,
    columns: Mapping[tuple[str, str], NDArray[np.int64]],
    rows: NDArray[np.bool_],
    size: tuple[int, ...],
) -> NDArray[np.int64]:
    """How many of the rows could belong to each cell, as an unknown code could be any."""
    counts = np.zeros(size, dtype=np.int64)
    for row in np.flatnonzero(rows):
        index = tuple(
            slice(None) if columns[axis][row] < 0 else int(columns[axis][row]) for axis in shape
        )
        counts[index] += 1
    return counts
