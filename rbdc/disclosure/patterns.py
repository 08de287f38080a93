"""Patterns that were chosen before: the same problem is answered the same way again.

The search for a pattern ends when its time is over, so two searches of one problem can end in
different patterns. A release that is built twice must not differ for that.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rbdc.disclosure.cells import Cell
from rbdc.disclosure.problem import Problem
from rbdc.disclosure.suppression import Pattern, exposed_cells
from rbdc.store.layout import write_json

_FORM = 1  # raised when what stands in a file or in a digest changes
SEARCHED = "pattern searched anew"
FROM_STATE = "pattern of an earlier build taken over"
FROM_RELEASE = "pattern of the release itself taken over"
_ARRAYS = ("value", "cost", "lowest", "highest", "secret", "stays_open", "already_hidden",
           "unpublished", "weak", "below", "above", "apart")  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """The pattern of a release that was written before, as its folder shows it.

    Attributes:
        cells: Its cells with their counts, None where hidden.
        gap: How much dearer it is at most than the cheapest one, as a share of its cost.
    """

    cells: Mapping[Cell, int | None]
    gap: float


@dataclass(frozen=True)
class Patterns:
    """Where patterns are remembered.

    What is remembered is used only if it protects. It is for the house alone: the name of a file
    is a digest of true counts, by which guesses could be tried.

    Attributes:
        folder: A file for each problem; without it the search begins anew.
        printed: Of a release that is built again: no other pattern than its own is taken over.
    """

    folder: Path
    printed: Printed | None = None

    def recall(
        self, problem: Problem, cells: Sequence[Cell | None], seconds: float
    ) -> tuple[Pattern, str] | None:
        """The pattern that was chosen for the same problem, and where it comes from in words.

        Args:
            problem: what to protect.
            cells: of the problem, in its order.
            seconds: time limit of a search.

        Returns:
            None where none is known that protects.
        """
        kept = _read(self._file(problem, cells, seconds), problem, cells)
        own = self._own(problem, cells)
        if own is not None and kept is not None and (kept.hidden != own.hidden).any():
            kept = None
        for pattern, origin in ((kept, FROM_STATE), (own, FROM_RELEASE)):
            if pattern is not None and not exposed_cells(problem, pattern.hidden, whole=True):
                return pattern, origin
        return None

    def keep(
        self, problem: Problem, cells: Sequence[Cell | None], seconds: float, pattern: Pattern
    ) -> None:
        """Remember a pattern; arguments as those of `recall`."""
        chosen = np.flatnonzero(pattern.hidden & problem.optional)
        hidden = sorted(name_of(cells[int(at)]) for at in chosen)
        write_json(
            self._file(problem, cells, seconds),
            {"least_cost": pattern.least_cost, "method": pattern.method, "hidden": hidden},
        )

    def _file(self, problem: Problem, cells: Sequence[Cell | None], seconds: float) -> Path:
        return self.folder / f"{digest(problem, cells, seconds)}.json"

    def _own(self, problem: Problem, cells: Sequence[Cell | None]) -> Pattern | None:
        """The pattern of the release that is built again."""
        if self.printed is None:
            return None
        hidden = np.array([c is not None and self.printed.cells.get(c, 0) is None for c in cells])
        hidden = problem.never_read | (hidden & problem.optional)
        cost = problem.cost_of(hidden)
        return Pattern(hidden, cost, cost * (1.0 - self.printed.gap), 0.0)


def digest(problem: Problem, cells: Sequence[Cell | None], seconds: float) -> str:
    """SHA-256 of everything that a pattern depends on, the time for its search included."""
    found = hashlib.sha256(f"{_FORM} {float(seconds)!r} {len(cells)}\n".encode())
    found.update("\n".join(name_of(cell) for cell in cells).encode())
    for name in _ARRAYS:
        values = np.ascontiguousarray(getattr(problem, name))
        found.update(f"\n{name} {values.shape}\n".encode() + values.astype(float).tobytes())
    relations = problem.relations.tocsr().sorted_indices()
    found.update(f"\nrelations {relations.shape}\n".encode())
    for part in (relations.indptr, relations.indices):
        found.update(part.astype(np.int64).tobytes())
    found.update(relations.data.astype(float).tobytes())
    return found.hexdigest()


def name_of(cell: Cell | None) -> str:
    """A cell in words that tell it from all others: with the level of each code."""
    if cell is None:
        return "what others leave"
    codes = (f"{code.dimension} {code.level} {code.code}" for code in cell.filters)
    return "; ".join([f"{cell.measure} ({cell.unit})", *codes, str(cell.period)])


def _read(file: Path, problem: Problem, cells: Sequence[Cell | None]) -> Pattern | None:
    try:
        held = json.loads(file.read_text(encoding="utf-8"))
        names, least_cost = set(held["hidden"]), float(held["least_cost"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    chosen = np.array([cell is not None and name_of(cell) in names for cell in cells])
    if int((chosen & problem.optional).sum()) != len(names):
        return None  # somebody changed the file
    hidden = problem.never_read | chosen
    return Pattern(hidden, problem.cost_of(hidden), least_cost, 0.0)
