"""What earlier releases printed, as cells: read from their folders, as anybody reads them."""

from collections.abc import Sequence
from pathlib import Path

from rbdc.disclosure.attacker.facts import read_facts
from rbdc.disclosure.attacker.folder import read_release
from rbdc.disclosure.cells import Cell, Code, Months
from rbdc.errors import RbdcError


def earlier_cells(folders: Sequence[Path]) -> dict[Cell, int | None]:
    """Every cell of some releases with its count, None where it is hidden in all of them.

    The newest of two different counts is taken.

    Args:
        folders: release folders, the oldest first.

    Raises:
        RbdcError: a folder is no release, or a table of it cannot be read.
    """
    cells: dict[Cell, int | None] = {}
    for folder in folders:
        release = read_release(folder)
        facts = read_facts(release, release.codes)
        if problems := [*release.problems, *facts.problems]:
            raise RbdcError(
                f"The earlier release {folder} cannot be read in full: {problems[0]} Restore it, "
                "or name another one."
            )
        for fact in facts.facts:
            filters = tuple(sorted(Code(*one) for one in fact.cell.filters))
            cell = Cell(fact.cell.measure, fact.cell.unit, filters, Months(*fact.cell.months))
            if not fact.hidden:
                cells[cell] = int(fact.low)
            else:
                cells.setdefault(cell, None)
    return cells
