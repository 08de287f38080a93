"""What a release hides: the rule and earlier releases turned into a problem, and its solution."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from rbdc.disclosure.cells import Cell, Codes
from rbdc.disclosure.patterns import SEARCHED, Patterns
from rbdc.disclosure.problem import Problem, problem_of, relations_of
from rbdc.disclosure.rounding import CannotRoundError, controlled_rounding
from rbdc.disclosure.suppression import CannotProtectError, exposed_cells, suppress
from rbdc.disclosure.universe import Universe, build_universe
from rbdc.errors import PolicyCannotBeMetError
from rbdc.statistics.arrays import BoolArray

_NAMED = 5  # cells that a message names before it says how many more there are


@dataclass(frozen=True)
class Rule:
    """Which counts are hidden of themselves.

    Attributes:
        hide_from: The least count that is hidden.
        hide_to: The greatest count that is hidden.
        zeros: Whether counts of 0 stay open or are hidden too.
        apart: What an attacker is left with must be at least this wide, in units of a count.
        group_below: Where everybody of a group smaller than this has an outcome, the outcome is
            hidden: who belongs to the group would be known to have it.
    """

    hide_from: int = 1
    hide_to: int = 4
    zeros: Literal["open", "hidden"] = "open"
    apart: float = 1.0
    group_below: int = 0

    def hides(self, count: int) -> bool:
        """Whether a count is hidden of itself."""
        return self.hide_from <= count <= self.hide_to or (count == 0 and self.zeros == "hidden")


@dataclass(frozen=True)
class Already:
    """What cannot be chosen any more.

    Attributes:
        earlier: Cells of earlier releases with the count that was printed, None where hidden.
        in_records: Cells that a file of records gives away.
    """

    earlier: Mapping[Cell, int | None] = field(default_factory=dict)
    in_records: frozenset[Cell] = frozenset()


@dataclass(frozen=True)
class Protection:
    """What is hidden, and what it cost.

    Attributes:
        hidden: Printed cells that are hidden.
        primary: How many of them are hidden of themselves.
        printed: How many cells are printed.
        implied: How many others can be added up or subtracted from them.
        relations: What ties them all.
        cost: Sum of the costs of hidden cells.
        least_cost: What no pattern that protects can undercut.
        method: How the pattern was found.
        disclosed_before: Cells that an earlier release gave away, which nothing can undo.
        rounded: What is printed instead of each count, where counts are rounded.
        origin: Where the pattern comes from, in words.
    """

    hidden: frozenset[Cell]
    primary: int
    printed: int
    implied: int
    relations: int
    cost: float
    least_cost: float
    method: str
    disclosed_before: int
    rounded: Mapping[Cell, int] | None = None
    origin: str = SEARCHED

    @property
    def gap(self) -> float:
        """How much dearer it is at most than the cheapest, as a share, rounded up to thousandths.

        What may be printed of its cost: the cost itself is a sum of hidden counts.
        """
        if self.cost <= 0:
            return 0.0
        return math.ceil(1000 * (1 - self.least_cost / self.cost) - 0.001) / 1000


def protect(
    printed: Collection[Cell],
    codes: Codes,
    part_of: Mapping[str, str],
    count: Callable[[Collection[Cell]], Mapping[Cell, int]],
    rule: Rule,
    cost: Callable[[Cell, int], float],
    already: Already | None = None,
    seconds: float = 60.0,
    remembered: Patterns | None = None,
) -> Protection:
    """Choose what to hide of all counts that one source publishes, in one problem.

    Args:
        printed: cells of the release, each clipped to the months in which its codes were in use.
        codes: of all dimensions.
        part_of: the measure of which each measure is a part.
        count: true counts of cells.
        rule: what is hidden of itself.
        cost: what is lost if a cell with its count is hidden, above 0.
        already: what earlier releases and a file of records say.
        seconds: time after which the best pattern so far is taken.
        remembered: patterns that were chosen before, for the same problem again.

    Raises:
        PolicyCannotBeMetError: secret counts come out although all that may be hidden is.
    """
    already = already or Already()
    now = count([*printed, *already.earlier])
    unrevised = {cell: old for cell, old in already.earlier.items() if old in (None, now[cell])}
    known = set(printed) | set(unrevised) | already.in_records
    universe = build_universe(known, codes, part_of, count)
    problem, given_away = _problem(
        universe, frozenset(printed), unrevised, already, part_of, rule, cost
    )
    try:
        known_one = remembered and remembered.recall(problem, universe.cells, seconds)
        pattern, origin = known_one or (suppress(problem, seconds), SEARCHED)
    except CannotProtectError as error:
        raise _refusal(problem, error.cells, already) from error
    cells = universe.cells
    needed = pattern.hidden & ~_known_anyway(problem, pattern.hidden)
    pattern = replace(pattern, hidden=needed, cost=problem.cost_of(needed))
    if remembered and not known_one:
        remembered.keep(problem, cells, seconds, pattern)
    hidden = frozenset(
        cell for cell, hides in zip(cells, needed, strict=True) if hides and cell in known
    ) & frozenset(printed)
    return Protection(
        hidden=hidden,
        primary=sum(rule.hides(now[cell]) for cell in hidden),
        printed=len(set(printed)),
        implied=len(cells) - len(known),
        relations=len(universe.relations),
        cost=pattern.cost,
        least_cost=pattern.least_cost,
        method=pattern.method,
        disclosed_before=given_away,
        origin=origin,
    )


def rounded(
    printed: Collection[Cell],
    codes: Codes,
    part_of: Mapping[str, str],
    count: Callable[[Collection[Cell]], Mapping[Cell, int]],
    base: int,
    seconds: float = 60.0,
) -> Protection:
    """Round all counts to multiples of a base so that every sum still holds; none is hidden.

    Raises:
        PolicyCannotBeMetError: no multiples near the counts fulfil all sums.
    """
    universe = build_universe(set(printed), codes, part_of, count)
    relations = relations_of([one.terms for one in universe.relations], len(universe.cells))
    is_printed = np.array([cell in set(printed) for cell in universe.cells], float)
    try:
        found = controlled_rounding(
            np.array(universe.value, float), relations, base, weight=is_printed, seconds=seconds
        )
    except CannotRoundError as error:
        raise PolicyCannotBeMetError(f"The disclosure policy cannot be met: {error}") from error
    values = {
        cell: int(value)
        for cell, value in zip(universe.cells, found.value, strict=True)
        if cell is not None
    }
    how = "least change" if found.is_optimal else "best within the time limit"
    return Protection(
        hidden=frozenset(),
        primary=0,
        printed=len(set(printed)),
        implied=len(universe.cells) - len(set(printed)),
        relations=len(universe.relations),
        cost=found.deviation,
        least_cost=found.deviation if found.is_optimal else 0.0,
        method=f"controlled rounding to {base}, up to {found.steps + 1} multiples away; {how}",
        disclosed_before=0,
        rounded={cell: values[cell] for cell in printed},
    )


def _known_anyway(problem: Problem, hidden: BoolArray) -> BoolArray:
    """Hidden cells that protect nothing: everybody can compute them, so they may be printed."""
    read = hidden & ~problem.unpublished & ~problem.secret
    asked = replace(
        problem,
        secret=problem.secret | read,
        stays_open=problem.stays_open & ~read,
        below=np.zeros(problem.cells),
        above=np.zeros(problem.cells),
        apart=np.where(read, 1.0, 0.0),
    )
    known = np.zeros(problem.cells, bool)
    known[exposed_cells(asked, hidden, whole=True)] = True
    return known & read


def only_small(
    printed: Collection[Cell],
    count: Callable[[Collection[Cell]], Mapping[Cell, int]],
    rule: Rule,
) -> Protection:
    """Hide small counts and nothing else: what the attacker finds then shows that it can find."""
    now = count(printed)
    hidden = frozenset(cell for cell in printed if rule.hides(now[cell]))
    method = "small counts only; others give them away"
    return Protection(hidden, len(hidden), len(now), 0, 0, 0.0, 0.0, method, 0, origin="no search")


def _problem(
    universe: Universe,
    printed: frozenset[Cell],
    earlier: Mapping[Cell, int | None],
    already: Already,
    part_of: Mapping[str, str],
    rule: Rule,
    cost: Callable[[Cell, int], float],
) -> tuple[Problem, int]:
    """The problem, and how many secret cells an earlier release gave away."""
    value = np.array(universe.value, float)
    position = universe.position()
    size = len(value)
    is_read = np.zeros(size, bool)  # printed now, in records, or in an earlier release
    secret, fixed, hidden_before = np.zeros(size, bool), np.zeros(size, bool), np.zeros(size, bool)
    price = np.ones(size)
    for cell, at in position.items():
        count = universe.value[at]
        is_read[at] = cell in printed or cell in earlier or cell in already.in_records
        secret[at] = rule.hides(count) or _revised_by_few(cell, count, already, rule)
        whole = part_of.get(cell.measure)
        of = position.get(cell._replace(measure=whole)) if whole else None
        if of is not None and 0 < count == universe.value[of] < rule.group_below:
            secret[at] = True
        if cell in printed:
            price[at] = cost(cell, count)
        if cell in earlier:
            fixed[at] = earlier[cell] is not None
            hidden_before[at] = earlier[cell] is None
    given_away = fixed & secret
    secret &= ~fixed
    for cell in already.in_records:
        fixed[position[cell]] = True
    if (fixed & secret).any():
        raise _refusal_of_records(
            [str(universe.cells[at]) for at in np.flatnonzero(fixed & secret)]
        )
    zeros_open = rule.zeros == "open"
    if zeros_open:
        fixed |= is_read & (value == 0) & ~hidden_before
    lowest = np.where(is_read & (value > 0) & zeros_open, 1.0, 0.0)
    rows = [relation.terms for relation in universe.relations]
    problem = problem_of(
        value,
        relations_of(rows, size),
        secret=secret,
        cost=price,
        lowest=np.minimum(lowest, value),
        stays_open=fixed,
        already_hidden=hidden_before,
        unpublished=~is_read,
        weak=np.array([relation.weak for relation in universe.relations], bool),
        apart=np.where(secret, rule.apart, 0.0),
        names=["what others leave" if c is None else str(c) for c in universe.cells],
    )
    return problem, int(given_away.sum())


def _revised_by_few(cell: Cell, count: int, already: Already, rule: Rule) -> bool:
    """Whether an earlier count and this one differ by what the rule hides: few people came."""
    old = already.earlier.get(cell)
    return old is not None and old != count and rule.hides(abs(count - old))


def _refusal(problem: Problem, cells: list[int], already: Already) -> PolicyCannotBeMetError:
    named = "; ".join(problem.name_of(cell) for cell in cells[:_NAMED])
    more = f" and {len(cells) - _NAMED} more" if len(cells) > _NAMED else ""
    choices = ["release fewer tables or coarser ones", "let more cells be hidden (zeros: hidden)"]
    why = "even if everything that may be hidden is"
    if already.in_records:
        choices.insert(0, "do not release records, or generalise them further")
        why += ", because the file of records gives other counts away"
    if already.earlier:
        choices.insert(0, "leave the cells of the earlier release as they were (same extent)")
        why += ", given what earlier releases printed"
    return PolicyCannotBeMetError(
        f"The disclosure policy cannot be met: {len(cells)} secret counts come out {why}: "
        f"{named}{more}. Choices in disclosure.yml: {'; or '.join(choices)}."
    )


def _refusal_of_records(cells: list[str]) -> PolicyCannotBeMetError:
    more = f" and {len(cells) - _NAMED} more" if len(cells) > _NAMED else ""
    return PolicyCannotBeMetError(
        f"The disclosure policy cannot be met: the file of records gives away {len(cells)} counts "
        f"that the rule hides: {'; '.join(cells[:_NAMED])}{more}. Choices in disclosure.yml: do "
        "not release records; or generalise them further (more steps, a greater k); or leave out "
        "the columns by which these counts are made."
    )
