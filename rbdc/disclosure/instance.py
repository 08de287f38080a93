"""Suppression problems in JSON files: reading them, solving and auditing from the command line.

`python -m rbdc.disclosure.instance FILE... [--seconds 60] [--audit] [--whole]`

A file holds one JSON object. What it must have:

- `cells`: a list of objects with `id` (whole number), `value` and `status`: `u` must be hidden
  (primary), `x` is hidden already, `s` may be hidden, `z` stays open. And if need be `cost` of
  hiding (else the value, at least 1; also where it is 0), `lb` and `ub`, what is known of the cell
  anyway (else from 0, or if it is negative from as far below as the limit lies above, and up to
  10 times the sum of all), `lpl` and `upl`, how far below and above the value of a primary the
  attacker's limits must lie, and `spl`, how far apart (else 0; a primary where all three are 0 must
  not come out exactly), `key`, a list of texts that name it.
- `relations`: a list of objects with `terms`, a list of [id, coefficient], and `rhs` (else 0):
  Σ coefficient · value = rhs.

What it may state, to compare with: `given_suppressed`, ids of a pattern, and
`computed_by_named_library`, where every object of a library may have `optimal_cost_all_suppressed`,
and every object whose name holds `audit` maps the hidden ids of one pattern to [least, greatest].
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rbdc.disclosure.moves import Moves
from rbdc.disclosure.problem import Problem, problem_of, relations_of
from rbdc.disclosure.suppression import CannotProtectError, suppress
from rbdc.errors import RbdcError
from rbdc.statistics.arrays import BoolArray

_STATUSES = "uxsz"
_SAME = 1e-4

Intervals = dict[int, tuple[float, float]]
"""Least and greatest value that an attacker finds possible, by position of the cell."""


class InstanceError(RbdcError):
    """A file is not a suppression problem; the message says where and why."""


@dataclass(frozen=True)
class Instance:
    """A problem and what its file states of it.

    Attributes:
        problem: cells in the order of the file.
        ids: Id of each cell.
        given: Positions of the pattern that the file gives, if it does.
        optimum: Stated optimal cost, if any.
        audits: Stated intervals of patterns, by name.
    """

    problem: Problem
    ids: list[int]
    given: list[int] | None
    optimum: float | None
    audits: dict[str, Intervals]


def read_instance(path: Path) -> Instance:
    """Read a file.

    Raises:
        InstanceError: it cannot be read, or is not a suppression problem.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InstanceError(f"{path}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise InstanceError(f"{path}: is not JSON ({error}).") from error
    if not isinstance(data, dict) or not isinstance(data.get("cells"), list):
        raise InstanceError(
            f"{path}: holds no suppression problem; it must be an object with `cells` and "
            "`relations`."
        )
    try:
        return _instance(data)
    except InstanceError as error:
        raise InstanceError(f"{path}: {error}") from error


def _instance(data: dict[str, Any]) -> Instance:
    cells = data["cells"]
    if not cells or not all(isinstance(cell, dict) for cell in cells):
        raise InstanceError("`cells` must be a list of objects, at least one.")
    ids = [_id(cell.get("id", place), f"cell {place}") for place, cell in enumerate(cells)]
    position = {cell: place for place, cell in enumerate(ids)}
    if len(position) < len(ids):
        twice = next(cell for place, cell in enumerate(ids) if position[cell] != place)
        raise InstanceError(f"cell {twice} stands there twice.")
    value = np.array([_number(cell, "value", None) for cell in cells])
    status = [str(cell.get("status", "")).lower() for cell in cells]
    for cell, one in zip(ids, status, strict=True):
        if one not in _STATUSES or len(one) != 1:
            raise InstanceError(f"cell {cell} has the status “{one}”; it must be u, x, s or z.")
    rows = _rows(data.get("relations"), position, value)
    reach = 10.0 * float(np.abs(value).sum()) + 10.0
    usual_low = np.where(value < 0, -reach, 0.0)
    lowest = np.array(
        [_number(cell, "lb", low) for cell, low in zip(cells, usual_low, strict=True)]
    )
    highest = np.array([_number(cell, "ub", reach) for cell in cells])
    lowest, highest = np.maximum(lowest, -reach), np.minimum(highest, reach)
    for cell, low, one, high in zip(ids, lowest, value, highest, strict=True):
        if not low <= one <= high:
            raise InstanceError(f"cell {cell} is {one:g}, outside lb {low:g} to ub {high:g}.")
    secret = np.array([one == "u" for one in status])
    below, above, apart = (
        np.array([_number(cell, name, 0.0) for cell in cells]) for name in ("lpl", "upl", "spl")
    )
    for name, levels in (("lpl", below), ("upl", above), ("spl", apart)):
        if (levels < 0).any():
            raise InstanceError(f"cell {ids[int(np.argmax(levels < 0))]} has a negative {name}.")
    are_whole = bool((value == np.round(value)).all())
    least = 1.0 if are_whole else 1e-3 * max(float(np.abs(value).max()), 1e-3)
    apart = np.where(secret & (below + above + apart == 0), least, apart)
    cost = np.array([_number(cell, "cost", 0.0) for cell in cells])
    names = [
        "|".join(map(str, key)) if isinstance(key := cell.get("key"), list) else f"cell {one}"
        for cell, one in zip(cells, ids, strict=True)
    ]
    problem = problem_of(
        value,
        relations_of(rows, len(cells)),
        secret=secret,
        cost=np.where(cost > 0, cost, np.maximum(np.abs(value), 1.0)),
        lowest=lowest,
        highest=highest,
        stays_open=[one == "z" for one in status],
        already_hidden=[one == "x" for one in status],
        below=below,
        above=above,
        apart=apart,
        names=names,
    )
    stated = data.get("computed_by_named_library")
    stated = stated if isinstance(stated, dict) else {}
    given = data.get("given_suppressed")
    return Instance(
        problem,
        ids,
        [_position(cell, position, "given_suppressed") for cell in given] if given else None,
        _optimum(stated),
        _audits(stated, position),
    )


def _rows(relations: Any, position: dict[int, int], value: Any) -> list[list[tuple[int, float]]]:
    if not isinstance(relations, list):
        raise InstanceError("`relations` must be a list.")
    rows = []
    for place, relation in enumerate(relations):
        where = f"relation {place}"
        terms = relation.get("terms") if isinstance(relation, dict) else None
        if not isinstance(terms, list) or not all(
            isinstance(term, list) and len(term) == 2 for term in terms
        ):
            raise InstanceError(f"{where} needs `terms`, a list of [id, coefficient].")
        row = [
            (_position(cell, position, where), _number({where: weight}, where, None))
            for cell, weight in terms
        ]
        total = sum(weight * float(value[cell]) for cell, weight in row)
        size = sum(abs(weight * float(value[cell])) for cell, weight in row)
        stated = _number(relation, "rhs", 0.0)
        if abs(total - stated) > 1e-6 * max(1.0, size):
            raise InstanceError(f"{where} does not hold: {total:g} instead of {stated:g}.")
        rows.append(row)
    return rows


def _number(cell: dict[str, Any], name: str, usual: float | None) -> float:
    number = cell.get(name)
    if number is None and usual is not None:
        return usual
    if isinstance(number, bool) or not isinstance(number, int | float) or math.isnan(number):
        raise InstanceError(f"{name} of cell {cell.get('id', '')} must be a number, not {number}.")
    if usual is None and math.isinf(number):
        raise InstanceError(f"{name} of cell {cell.get('id', '')} must be finite.")
    return float(number)


def _id(number: Any, where: str) -> int:
    if isinstance(number, int) and not isinstance(number, bool):
        return number
    raise InstanceError(f"{where} needs a whole number as `id`, not {number}.")


def _position(cell: Any, position: dict[int, int], where: str) -> int:
    number = int(cell) if isinstance(cell, float) and cell.is_integer() else cell
    if isinstance(number, int) and not isinstance(number, bool) and number in position:
        return position[number]
    raise InstanceError(f"{where} names the cell {cell}, which is not among the cells.")


def _optimum(stated: dict[str, Any]) -> float | None:
    for library in stated.values():
        if isinstance(library, dict):
            cost = library.get("optimal_cost_all_suppressed")
            if isinstance(cost, int | float):
                return float(cost)
    return None


def _audits(stated: dict[str, Any], position: dict[int, int]) -> dict[str, Intervals]:
    audits = {}
    for name, intervals in stated.items():
        if "audit" in name and isinstance(intervals, dict):
            try:
                audits[name] = {
                    position[int(cell)]: (float(low), float(high))
                    for cell, (low, high) in intervals.items()
                }
            except (KeyError, TypeError, ValueError) as error:
                raise InstanceError(f"{name} must map ids to [least, greatest].") from error
    return audits


def audit(problem: Problem, hidden: BoolArray) -> Intervals:
    """What an attacker who knows the open cells, relations and limits finds of each hidden cell.

    Args:
        problem: cells and relations.
        hidden: shape (cells,).
    """
    moves = Moves(problem)
    return {int(cell): moves.interval(hidden, int(cell)) for cell in np.flatnonzero(hidden)}


def main(arguments: Sequence[str] | None = None) -> int:
    """Solve the files that are named.

    Returns:
        0, or 1 where a result differs from what a file states or a problem has no solution, or 2
        where a file is wrong.
    """
    parser = argparse.ArgumentParser(
        prog="python -m rbdc.disclosure.instance",
        description="Solve cell suppression problems and compare with what their files state.",
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seconds", type=float, default=60.0, help="time limit for each (60)")
    parser.add_argument("--audit", action="store_true", help="print what an attacker finds")
    parser.add_argument("--whole", action="store_true", help="attackers know: all cells are whole")
    chosen = parser.parse_args(arguments)
    worst = 0
    for path in chosen.files:
        try:
            instance = read_instance(path)
        except InstanceError as error:
            print(error, file=sys.stderr)
            worst = 2
            continue
        agrees = _report(path.stem, instance, chosen.seconds, chosen.audit, chosen.whole)
        worst = max(worst, 0 if agrees else 1)
    return worst


def _report(name: str, instance: Instance, seconds: float, audits: bool, whole: bool) -> bool:
    """Solve and print one problem; answer whether it agrees with what is stated."""
    problem = instance.problem
    print(f"{name}: {problem.cells} cells, {int(problem.secret.sum())} primaries")
    agrees = True
    try:
        pattern = suppress(problem, seconds, whole=whole)
    except CannotProtectError as error:
        print(f"  {error}")
        return False
    secondary = pattern.hidden & ~problem.secret
    print(
        f"  cost {pattern.cost:g}, bound {pattern.least_cost:g}: {pattern.method}; "
        f"{int(secondary.sum())} secondaries; {pattern.seconds:.2f} s"
    )
    if instance.optimum is not None:
        agrees = abs(pattern.cost - instance.optimum) <= _SAME * max(1.0, instance.optimum)
        print(f"  stated optimum {instance.optimum:g}: {'the same' if agrees else 'DIFFERS'}")
    if audits:
        _print_audit("found pattern", instance, pattern.hidden, None)
        if instance.given is not None and not instance.audits:
            _print_audit("given pattern", instance, _flags(problem, instance.given), None)
        for title, stated in instance.audits.items():
            hidden = _flags(problem, list(stated))
            agrees = _print_audit(title, instance, hidden, stated) and agrees
    return agrees


def _flags(problem: Problem, cells: list[int]) -> BoolArray:
    flags = np.zeros(problem.cells, bool)
    flags[cells] = True
    return flags


def _print_audit(
    title: str, instance: Instance, hidden: BoolArray, stated: Intervals | None
) -> bool:
    """Print the intervals of a pattern; answer whether they are those stated."""
    print(f"  {title}:")
    agrees = True
    for cell, (low, high) in audit(instance.problem, hidden).items():
        remark = "  EXACT" if high - low < _SAME else ""
        if stated is not None:
            there = stated[cell]
            same = np.allclose((low, high), there, rtol=_SAME, atol=_SAME)
            agrees &= bool(same)
            remark += "  as stated" if same else f"  DIFFERS from [{there[0]:g}, {there[1]:g}]"
        value, label = instance.problem.value[cell], instance.problem.name_of(cell)
        print(f"    {instance.ids[cell]} {label} = {value:g}: [{low:g}, {high:g}]{remark}")
    return agrees


if __name__ == "__main__":
    sys.exit(main())
