"""Makes a problem smaller: leaves out what comes out anyway, merges, divides into parts.

Two cells alone in a relation move together: to an attacker they are one cell, and either both are
hidden or neither is (one that is open gives the other away).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from rbdc.disclosure.problem import Indices, Problem
from rbdc.statistics.arrays import BoolArray, FloatArray


@dataclass(frozen=True)
class Part:
    """Cells that no relation links to others, as a problem of its own.

    Attributes:
        problem: Its cells are groups of cells of the whole problem that move together.
        cells: Positions in the whole problem, shape (cells of the whole in this part,).
        group: Position of the group of each of them, same shape.
    """

    problem: Problem
    cells: Indices
    group: Indices

    def whole(self, hidden: BoolArray, into: BoolArray) -> None:
        """Write the pattern of the part into that of the whole problem."""
        into[self.cells] |= hidden[self.group]

    def of_whole(self, hidden: BoolArray) -> BoolArray:
        """The part of a pattern of the whole problem; a group is hidden if all its cells are."""
        is_open = ~hidden[self.cells]
        closed: BoolArray = np.bincount(self.group[is_open], minlength=self.problem.cells) == 0
        return closed


@dataclass(frozen=True)
class Presolved:
    """What is left of a problem.

    Attributes:
        parts: Those that hold something to protect; in all others nothing has to be hidden.
        exposed: Secret cells that come out although everything that may be is hidden.
    """

    parts: list[Part]
    exposed: list[int]


def without_weak(problem: Problem) -> Problem:
    """The problem of an attacker who does not use the weak relations."""
    kept = ~problem.weak
    return replace(problem, relations=problem.relations[kept], weak=problem.weak[kept])


def needs(problem: Problem) -> BoolArray:
    """Secret cells that ask for some distance, shape (cells,)."""
    asked = (problem.below > 0) | (problem.above > 0) | (problem.apart > 0)
    return problem.secret & asked


def presolved(problem: Problem) -> Presolved:
    """Leave out, merge and divide."""
    small = problem
    group = np.arange(problem.cells)  # −1: left out
    exposed: list[int] = []
    while True:
        known = _known_anyway(small)
        inside = group >= 0
        out = inside & known[group]
        exposed += np.flatnonzero(out & needs(problem)).tolist()
        place = np.where(known, -1, np.cumsum(~known) - 1)
        group = np.where(inside, place[group], -1)
        small = _of_groups(small, place, np.ones(len(place)), int((~known).sum()))
        place, ratio, number = _moving_together(small)
        if number == small.cells:
            break
        group = np.where(group >= 0, place[group], -1)
        small = _of_groups(small, place, ratio, number)
    return Presolved(_divided(small, group), sorted(exposed))


def pattern_of(relations: sparse.csr_matrix) -> sparse.csr_matrix:
    """1 where a cell stands in a relation."""
    pattern = relations.copy()
    pattern.data = (pattern.data != 0).astype(float)
    return pattern


def _known_anyway(problem: Problem) -> BoolArray:
    """Cells that come out by single sums even if all others that may be are hidden."""
    known: BoolArray = problem.stays_open | (problem.lowest == problem.highest)
    pattern = pattern_of(problem.relations)
    while True:
        unknown = pattern @ (~known).astype(float)
        single = pattern[np.flatnonzero(unknown == 1)]
        found: BoolArray = (single.T @ np.ones(single.shape[0]) > 0) & ~known
        if not found.any():
            return known
        known |= found


def _moving_together(problem: Problem) -> tuple[Indices, FloatArray, int]:
    """Group of each cell, how far it moves if the group moves by 1, and the number of groups."""
    relations = problem.relations
    leader = np.arange(problem.cells)
    ratio = np.ones(problem.cells)

    def follow(cell: int) -> tuple[int, float]:
        far = 1.0
        while leader[cell] != cell:
            far *= ratio[cell]
            cell = int(leader[cell])
        return cell, far

    for row in np.flatnonzero(np.diff(relations.indptr) == 2):
        start = relations.indptr[row]
        (one, other), (a, b) = relations.indices[start:][:2], relations.data[start:][:2]
        # Other ratios are left, so that whole numbers of a group are whole numbers of its cells.
        if abs(a) != abs(b):
            continue
        (first, far), (second, wide) = follow(int(one)), follow(int(other))
        if first != second:
            leader[first], ratio[first] = second, -b * wide / (a * far)
    ends = [follow(cell) for cell in range(problem.cells)]
    leaders, group = np.unique([end for end, _ in ends], return_inverse=True)
    return group.astype(np.intp), np.array([far for _, far in ends]), len(leaders)


def _of_groups(problem: Problem, group: Indices, ratio: FloatArray, number: int) -> Problem:
    """The problem of groups of cells; those of group −1 are left out."""
    at = np.flatnonzero(group >= 0)
    to, far = group[at], ratio[at]
    size = np.abs(far)
    up, down = (problem.highest - problem.value)[at], (problem.value - problem.lowest)[at]
    above, below, apart = (
        np.where(problem.secret, asked, 0.0)[at]
        for asked in (problem.above, problem.below, problem.apart)
    )
    turned = far < 0

    def least(numbers: FloatArray) -> FloatArray:
        found = np.full(number, np.inf)
        np.minimum.at(found, to, numbers)
        return found

    def most(numbers: FloatArray) -> FloatArray:
        found = np.zeros(number)
        np.maximum.at(found, to, numbers)
        return found

    def some(flags: BoolArray) -> BoolArray:
        return np.bincount(to[flags[at]], minlength=number) > 0

    # A secret cell that asks for nothing is only one more that nobody reads.
    asking = needs(problem)
    secret = some(asking)
    optional = some(problem.optional) & ~secret
    costs = (asking | problem.optional) & ~problem.already_hidden & ~problem.unpublished
    chosen = np.where(costs, problem.cost, 0.0)[at]
    first = np.full(number, problem.cells, np.intp)
    np.minimum.at(first, to, at)
    moved = sparse.csr_matrix((far, (at, to)), shape=(problem.cells, number))
    relations = (problem.relations @ moved).tocsr()
    relations.data[np.abs(relations.data) < 1e-9] = 0.0
    relations.eliminate_zeros()
    kept = _once(relations)
    value = np.zeros(number)
    return Problem(
        value=value,
        cost=np.bincount(to, chosen, minlength=number).astype(float),
        lowest=-least(np.where(turned, up, down) / size),
        highest=least(np.where(turned, down, up) / size),
        secret=secret,
        stays_open=some(problem.stays_open),
        already_hidden=np.zeros(number, bool),
        unpublished=~secret & ~optional & ~some(problem.stays_open),
        relations=relations[kept],
        weak=problem.weak[kept],
        below=most(np.where(turned, above, below) / size),
        above=most(np.where(turned, below, above) / size),
        apart=most(apart / size),
        names=[problem.name_of(int(cell)) for cell in first] if len(problem.names) else (),
    )


def _divided(problem: Problem, group: Indices) -> list[Part]:
    """The parts that no relation links."""
    links = abs(problem.relations).T @ abs(problem.relations)
    number, part = csgraph.connected_components(links, directed=False)
    asked = needs(problem)
    parts = []
    for one in range(number):
        inside = part == one
        if asked[inside].any():
            place = np.where(inside, np.cumsum(inside) - 1, -1)
            ones = np.ones(problem.cells)
            small = _of_groups(problem, place, ones, int(inside.sum()))
            own = np.where(group >= 0, place[group], -1)
            cells = np.flatnonzero(own >= 0)
            parts.append(Part(small, cells, own[cells]))
    return parts


def _once(relations: sparse.csr_matrix) -> Indices:
    """Rows that are not empty, and of those that say the same the first."""
    seen: dict[tuple[bytes, bytes], int] = {}
    relations.sort_indices()
    for row in range(relations.shape[0]):
        inside = slice(relations.indptr[row], relations.indptr[row + 1])
        weights = relations.data[inside]
        if len(weights):
            scaled = np.round(weights / weights[0], 9)
            seen.setdefault((relations.indices[inside].tobytes(), scaled.tobytes()), row)
    return np.array(sorted(seen.values()), np.intp)
