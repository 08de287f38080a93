"""All cells that a measure's published cells imply: margins over every dimension and period."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rbdc.disclosure.attacker.codes import DELIVERED, LEVELS, Codes
from rbdc.disclosure.attacker.facts import Cell
from rbdc.disclosure.attacker.periods import ALWAYS, Interval, atoms
from rbdc.disclosure.attacker.system import IntArray, System

Index = tuple[Any, ...]
Shape = tuple[tuple[str, str], ...]
"""Dimension and level of each filter, in order of dimension."""


def shape_of(cell: Cell) -> Shape:
    """Dimensions and levels of a cell's filters."""
    return tuple((dimension, level) for dimension, level, _ in cell.filters)


def coarser(shape: Shape, axis: int, codes: Codes) -> Shape:
    """The shape one step up on one axis: to the codes of the level above, or to their total."""
    name, level = shape[axis]
    above = codes.dimensions[name].above(level)
    upper: Shape = ((name, above),) if above else ()
    return shape[:axis] + upper + shape[axis + 1 :]


@dataclass(frozen=True)
class _Block:
    """Variables made together: cells of a shape over the same months."""

    start: int
    shape: Shape
    months: Interval
    places: IntArray  # flat index into the grid of codes


class Lattice:
    """The cells of one measure and unit, as grids of variables per shape and interval.

    A grid is an array of variable numbers with one axis per filter, in the order of the codes;
    −1 stands for a cell that is 0 because none of its months is valid for its labels.
    """

    def __init__(self, measure: str, unit: str, cells: Iterable[Cell], codes: Codes) -> None:
        """Collect shapes and intervals of the published cells and of all their margins."""
        self.measure, self.unit, self.codes = measure, unit, codes.of_measure(measure, unit)
        self.intervals: dict[Shape, set[Interval]] = {}
        self.published: set[Shape] = set()
        for cell in cells:
            shape = shape_of(cell)
            self.published.add(shape)
            self.intervals.setdefault(shape, set()).add(cell.months)
        self._close()
        self._grids: dict[tuple[Shape, Interval], IntArray] = {}
        self._cached: dict[tuple[Shape, Interval], IntArray] = {}
        self._blocks: list[_Block] = []
        self._places: dict[tuple[str, str], dict[str, int]] = {}
        self.atoms: dict[Shape, list[Interval]] = {}

    def _close(self) -> None:
        """Add every coarser shape with the intervals of the finer ones, and their atoms."""
        order = sorted(self.intervals, key=_fineness, reverse=True)
        waiting = dict.fromkeys(order)
        while waiting:
            shape = max(waiting, key=_fineness)
            del waiting[shape]
            own = self.intervals[shape]
            firsts, lasts = self._validity(shape)
            for valid in {*zip(firsts.ravel().tolist(), lasts.ravel().tolist(), strict=True)}:
                for months in list(own):
                    cut = max(months[0], valid[0]), min(months[1], valid[1])
                    if cut[0] <= cut[1]:
                        own.add(cut)
            own.update(atoms(own))
            for axis in range(len(shape)):
                upper = coarser(shape, axis, self.codes)
                self.intervals.setdefault(upper, set()).update(own)
                waiting[upper] = None

    def share(self, other: "Lattice") -> None:
        """Give shapes that both have the intervals of the other that are sums of own atoms."""
        for shape in self.intervals.keys() & other.intervals.keys():
            own, its = self.intervals[shape], other.intervals[shape]
            for target, source in ((own, set(its)), (its, set(own))):
                pieces = atoms(target)
                target.update(months for months in source if _covered(months, pieces))

    def common(self, other: "Lattice", shape: Shape) -> tuple[Index, Index]:
        """Indices of this and another lattice's grids of a shape for the codes that both have."""
        mine: list[list[int]] = []
        theirs: list[list[int]] = []
        for own, its in zip(self._axes(shape), other._axes(shape), strict=True):
            place = {code: number for number, code in enumerate(its)}
            mine.append([number for number, code in enumerate(own) if code in place])
            theirs.append([place[code] for code in own if code in place])
        return (np.ix_(*mine), np.ix_(*theirs)) if shape else ((), ())

    def size(self) -> int:
        """How many variables the whole lattice would have at most."""
        return sum(
            int(np.prod([len(c) for c in self._axes(shape)], dtype=float)) * len(intervals)
            for shape, intervals in self.intervals.items()
        )

    def _axes(self, shape: Shape) -> list[list[str]]:
        return [self.codes.dimensions[name].level(level) for name, level in shape]

    def _validity(self, shape: Shape) -> tuple[IntArray, IntArray]:
        """First and last valid month per cell of a shape's grid."""
        axes = self._axes(shape)
        firsts = np.full([len(axis) for axis in axes], ALWAYS[0], dtype=np.int64)
        lasts = np.full(firsts.shape, ALWAYS[1], dtype=np.int64)
        for number, ((name, level), axis) in enumerate(zip(shape, axes, strict=True)):
            if level != DELIVERED:
                continue
            months = self.codes.dimensions[name].months
            along = [1] * len(axes)
            along[number] = len(axis)
            first = np.array([months.get(code, ALWAYS)[0] for code in axis]).reshape(along)
            last = np.array([months.get(code, ALWAYS)[1] for code in axis]).reshape(along)
            firsts, lasts = np.maximum(firsts, first), np.minimum(lasts, last)
        return firsts, lasts

    def build(self, system: System) -> None:
        """Make the variables of every cell and the relations of margins and of periods."""
        for shape, intervals in self.intervals.items():
            self.atoms[shape] = atoms(intervals)
            for months in sorted(intervals):
                self._make(shape, months, system)
        for shape in self.intervals:
            for axis in range(len(shape)):
                self._relate_margin(shape, axis, system)
            self._relate_periods(shape, system)

    def _make(self, shape: Shape, months: Interval, system: System) -> None:
        firsts, lasts = self._validity(shape)
        firsts, lasts = np.maximum(firsts, months[0]), np.minimum(lasts, months[1])
        grid = np.full(firsts.shape, -1, dtype=np.int64)
        for first, last in sorted(
            {*zip(firsts.ravel().tolist(), lasts.ravel().tolist(), strict=True)}
        ):
            if first > last:
                continue
            stored = self._grids.setdefault(
                (shape, (first, last)), np.full(firsts.shape, -1, dtype=np.int64)
            )
            chosen = (firsts == first) & (lasts == last)
            new = chosen & (stored < 0)
            if new.any():
                places = np.flatnonzero(new.ravel())
                numbers = system.variables(len(places))
                stored.ravel()[places] = numbers
                self._blocks.append(_Block(int(numbers[0]), shape, (first, last), places))
            grid[chosen] = stored[chosen]
        self._cached[shape, months] = grid

    def grid(self, shape: Shape, months: Interval) -> IntArray:
        """Variable numbers of the cells of a shape over an interval; −1 where a cell is 0."""
        return self._cached[shape, months]

    def _relate_margin(self, shape: Shape, axis: int, system: System) -> None:
        name, level = shape[axis]
        dimension = self.codes.dimensions[name]
        upper = coarser(shape, axis, self.codes)
        above = dimension.above(level)
        lowest = 0.0 if dimension.complete else -np.inf
        for months in sorted(self.intervals[shape]):
            children = np.moveaxis(self.grid(shape, months), axis, -1)
            parents = self.grid(upper, months)
            if above is None:
                self._sum(system, parents, children, lowest, f"margin of {name}")
                continue
            of = np.array([dimension.taken_in(level)[code] for code in dimension.level(level)])
            for number, code in enumerate(dimension.level(above)):
                if (chosen := np.flatnonzero(of == code)).size:
                    self._sum(
                        system,
                        np.moveaxis(parents, axis, -1)[..., number],
                        children[..., chosen],
                        lowest,
                        f"labels of {name} = {code}",
                    )

    def _relate_periods(self, shape: Shape, system: System) -> None:
        for months in sorted(self.intervals[shape]):
            inside = [a for a in self.atoms[shape] if months[0] <= a[0] and a[1] <= months[1]]
            if len(inside) > 1:
                pieces = np.stack([self.grid(shape, atom) for atom in inside], axis=-1)
                self._sum(system, self.grid(shape, months), pieces, 0.0, "months")

    @staticmethod
    def _sum(
        system: System, parents: IntArray, children: IntArray, lowest: float, label: str
    ) -> None:
        """Relate parents (any shape) to the sum over the last axis of children."""
        table = np.concatenate(
            [children.reshape(-1, children.shape[-1]), parents.reshape(-1, 1)], axis=1
        )
        same = (table[:, :-1] == table[:, -1:]).any(axis=1)  # a period cut to one of its atoms
        table = table[~same & (table >= 0).any(axis=1)]
        if len(table):
            factors = np.ones(table.shape[1])
            factors[-1] = -1.0
            system.relate(table, factors, lowest, 0.0, 0, label)

    def number(self, cell: Cell) -> int:
        """The variable of a published cell."""
        shape = shape_of(cell)
        index = tuple(self._place(name, level, code) for name, level, code in cell.filters)
        return int(self._grids[shape, cell.months][index])

    def _place(self, name: str, level: str, code: str) -> int:
        if (name, level) not in self._places:
            codes = self.codes.dimensions[name].level(level)
            self._places[name, level] = {one: number for number, one in enumerate(codes)}
        return self._places[name, level][code]

    def cell(self, number: int) -> Cell | None:
        """The cell of a variable, when it is one of this lattice."""
        position = bisect_right(self._blocks, number, key=lambda block: block.start) - 1
        if position < 0:
            return None
        block = self._blocks[position]
        if number >= block.start + len(block.places):
            return None
        axes = self._axes(block.shape)
        place = int(block.places[number - block.start])
        index = np.unravel_index(place, [len(axis) for axis in axes]) if axes else ()
        filters = tuple(
            (name, level, axis[int(i)])
            for (name, level), axis, i in zip(block.shape, axes, index, strict=True)
        )
        return Cell(self.measure, self.unit, filters, block.months)

    def grids(self) -> Iterator[tuple[Shape, Interval, IntArray]]:
        """Every shape and interval with its grid of variables."""
        for (shape, months), grid in self._cached.items():
            yield shape, months, grid


def _fineness(shape: Shape) -> tuple[int, Shape]:
    return sum(1 + LEVELS.index(level) for _, level in shape), shape


def _covered(months: Interval, pieces: list[Interval]) -> bool:
    inside = [one for one in pieces if months[0] <= one[0] and one[1] <= months[1]]
    return sum(last - first + 1 for first, last in inside) == months[1] - months[0] + 1
