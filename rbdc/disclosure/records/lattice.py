"""The combinations of generalisation steps: whom each leaves too much alone, and the best one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pandas as pd

from rbdc.disclosure.policy_records import QuasiIdentifier
from rbdc.disclosure.records.hierarchy import code_at, precision_lost
from rbdc.disclosure.records.risk import IntArray
from rbdc.statistics.arrays import BoolArray

Levels = tuple[int, ...]
"""Steps taken, one number for each column."""


@dataclass(frozen=True)
class Coded:
    """Records as numbers, so that thousands of combinations of steps can be tried.

    Attributes:
        columns: quasi-identifiers, of which `values` and `becomes` hold one entry each.
        values: numbers of the codes, each of shape (records,).
        becomes: number of the code that a code has become, shape (levels, codes) each.
        outcomes: the sensitive outcomes, shape (outcomes, records).
        person: number of the person of each record, or of the record itself.
    """

    columns: tuple[QuasiIdentifier, ...]
    values: tuple[IntArray, ...]
    becomes: tuple[IntArray, ...]
    outcomes: BoolArray
    person: IntArray

    @property
    def top(self) -> Levels:
        """All steps of all columns."""
        return tuple(len(one.steps) for one in self.columns)

    @property
    def bottom(self) -> Levels:
        """The steps that policy takes in any case."""
        return tuple(one.at_least for one in self.columns)

    def groups(self, levels: Levels) -> IntArray:
        """Number of the group that looks the same by columns, shape (records,)."""
        size = len(self.person)
        number = np.zeros(size, np.int64)
        for values, becomes, level in zip(self.values, self.becomes, levels, strict=True):
            number = _numbered(
                number * (becomes[level].max(initial=0) + 1) + becomes[level][values]
            )
        return number


@dataclass(frozen=True)
class Asked:
    """How anonymous records must be; `l` is 1 where no outcome is protected.

    With `linked`, records of one person can be told to be the same person's, so that at least `k`
    people must share the whole set of their records.
    """

    k: int
    l: int  # noqa: E741  (the usual name)
    k_counts_sensitive: bool
    linked: bool


def coded(
    frame: pd.DataFrame,
    columns: Sequence[QuasiIdentifier],
    sensitive: Sequence[str],
    person: str | None,
) -> Coded:
    """Records as numbers; a record without a person is a person of its own."""
    values, becomes = [], []
    for one in columns:
        numbers, codes = pd.factorize(frame[one.column].astype("string"), use_na_sentinel=False)
        values.append(numbers.astype(np.int64))
        known = [None if pd.isna(code) else str(code) for code in codes]
        levels = [
            pd.factorize(
                pd.Series([code_at(one, level, code) for code in known], dtype="string"),
                use_na_sentinel=False,
            )[0]
            for level in range(len(one.steps) + 1)
        ]
        becomes.append(np.array(levels, np.int64).reshape(len(one.steps) + 1, len(known)))
    own = np.arange(len(frame), dtype=np.int64)
    people = own
    if person is not None:
        found = pd.factorize(frame[person])[0].astype(np.int64)
        people = np.where(found < 0, len(frame) + own, found)
    outcomes = np.zeros((len(sensitive), len(frame)), bool)
    for number, name in enumerate(sensitive):
        outcomes[number] = frame[name].to_numpy(bool)
    return Coded(tuple(columns), tuple(values), tuple(becomes), outcomes, people)


def left_out(records: Coded, levels: Levels, asked: Asked) -> BoolArray:
    """Records that must be left out so that the others reach k and l after these steps.

    No further step makes them more: groups only grow together.

    Returns:
        Whether each record is left out, shape (records,).
    """
    groups = records.groups(levels)
    alike = _alike(records, groups, asked)
    out = _people_alike(alike, records.person, asked.linked) < asked.k
    for outcome in records.outcomes if asked.l > 1 else ():
        # A group that is lost to one outcome is lost whole: no other group changes by it.
        out = out | (_values(groups, outcome, ~out)[groups] < asked.l)
    return out


@dataclass(frozen=True)
class Reached:
    """The k and l of records that stay; None where there are none, or no outcomes."""

    k: int | None
    l: int | None  # noqa: E741  (the usual name)


def reached_by(records: Coded, levels: Levels, asked: Asked, stays: BoolArray) -> Reached:
    """What the records that stay reach, counted among themselves.

    Args:
        records: all records.
        levels: steps taken.
        asked: what k counts.
        stays: records that are not left out, shape (records,).
    """
    if not stays.any():
        return Reached(None, None)
    groups = records.groups(levels)
    alike = _alike(records, groups, asked)[stays]
    people = _people_alike(alike, records.person[stays], asked.linked)
    values = [_values(groups, one, stays)[groups[stays]].min() for one in records.outcomes]
    return Reached(int(people.min()), int(min(values)) if values else None)


def _alike(records: Coded, groups: IntArray, asked: Asked) -> IntArray:
    """Number of the group that looks the same by all that k counts, shape (records,)."""
    alike = groups
    for outcome in records.outcomes if asked.k_counts_sensitive else ():
        alike = _numbered(alike * 2 + outcome)
    return alike


def _people_alike(alike: IntArray, person: IntArray, linked: bool) -> IntArray:
    """Different people among the records like each record, shape (records,).

    With `linked`, people are alike only if all their records are.
    """
    if not len(alike):
        return alike
    if linked:
        order = np.lexsort((alike, person))
        sets = pd.Series(alike[order]).groupby(person[order]).agg(tuple)
        whole = pd.factorize(sets)[0]
        alike = whole[np.searchsorted(sets.index.to_numpy(), person)].astype(np.int64)
    many = int(person.max()) + 1
    pairs = np.unique(alike * many + person)  # both lie under twice the records: no overflow
    return np.bincount(pairs // many, minlength=int(alike.max()) + 1)[alike]


def _values(groups: IntArray, outcome: BoolArray, stays: BoolArray) -> IntArray:
    """Different values of an outcome among the records of each group that stay."""
    many = int(groups.max(initial=-1)) + 1
    yes = np.bincount(groups[stays & outcome], minlength=many) > 0
    no = np.bincount(groups[stays & ~outcome], minlength=many) > 0
    return yes.astype(np.int64) + no


@dataclass(frozen=True)
class Found:
    """The least loss that reaches what is asked for, and how many combinations were looked at."""

    levels: Levels
    lost: Fraction
    out: BoolArray
    tried: int


def least_loss(records: Coded, asked: Asked, may_leave_out: int) -> Found | None:
    """The steps that lose the least precision and leave out no more records than allowed.

    Combinations are taken in the order of their loss, so that the first that suffices is the best.
    One that does not suffice rules out all that take no step more (LeFevre et al., 2005,
    Incognito: generalisation is monotone); to make use of it, each column and each two columns are
    first tried with all steps of the others. Of equal losses, the one of the lowest discernibility
    is taken (Bayardo and Agrawal, 2005: squares of group sizes, and the number of all records for
    each that is left out, summed), then the one that comes first in the order of the columns.

    Returns:
        None if not even all steps suffice.
    """
    tried = 0
    failed: list[Levels] = []

    def suffices(levels: Levels) -> BoolArray | None:
        nonlocal tried
        if any(all(a <= b for a, b in zip(levels, one, strict=True)) for one in failed):
            return None
        tried += 1
        out = left_out(records, levels, asked)
        if out.sum() <= may_leave_out:
            return out
        failed.append(levels)
        return None

    for levels in _probes(records.bottom, records.top):
        if suffices(levels) is None and levels == records.top:
            return None
    best: Found | None = None
    best_discernibility = 0
    ranges = (range(a, b + 1) for a, b in zip(records.bottom, records.top, strict=True))
    lattice = sorted((precision_lost(records.columns, one), one) for one in product(*ranges))
    for lost, levels in lattice:
        if best is not None and lost > best.lost:
            break
        out = suffices(levels)
        if out is None:
            continue
        discernibility = _discernibility(records.groups(levels), out)
        if best is None or discernibility < best_discernibility:
            best, best_discernibility = Found(levels, lost, out, tried), discernibility
    return None if best is None else Found(best.levels, best.lost, best.out, tried)


def _probes(bottom: Levels, top: Levels) -> Iterator[Levels]:
    """All steps, then one or two columns with fewer, the coarsest first."""
    yield top
    for size in (1, 2):
        for held in combinations(range(len(top)), size):
            steps = [range(top[one] - 1, bottom[one] - 1, -1) for one in held]
            for taken in product(*steps):
                levels = list(top)
                for one, level in zip(held, taken, strict=True):
                    levels[one] = level
                yield tuple(levels)


def _discernibility(groups: IntArray, out: BoolArray) -> int:
    sizes = np.bincount(groups[~out])
    return int((sizes**2).sum()) + int(out.sum()) * len(groups)


def _numbered(values: IntArray) -> IntArray:
    """Values by their rank, so that products of many columns stay small numbers."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
