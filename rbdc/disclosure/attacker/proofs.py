"""Short sums that show a reader how a hidden count follows from published ones."""

from rbdc.disclosure.attacker.facts import Cell
from rbdc.disclosure.attacker.model import Model
from rbdc.disclosure.attacker.periods import period_text
from rbdc.disclosure.attacker.system import Bounds, Relations

_TERMS = 12


def proof(model: Model, relations: Relations, bounds: Bounds, number: int) -> str:
    """The relation, or the two, that fixed a variable, with the numbers in it."""
    low, high = int(bounds.low_row[number]), int(bounds.high_row[number])
    if low == high and low >= 0:
        return _sum(model, relations, bounds, number, low)
    parts = []
    for word, row in (("at least", low), ("at most", high)):
        if row >= 0:
            parts.append(f"{word}: {_sum(model, relations, bounds, number, row)}")
    return "; ".join(parts) or "from its published bounds"


def _sum(model: Model, relations: Relations, bounds: Bounds, number: int, row: int) -> str:
    terms = relations.terms(row)
    own = next(factor for variable, factor in terms if variable == number)
    others = sorted(
        ((-factor / own, variable) for variable, factor in terms if variable != number),
        reverse=True,
    )
    cell = model.cell(number)
    words: list[str] = []
    for factor, variable in others:
        if bounds.high[variable] == 0 and len(others) > _TERMS:
            continue
        sign = "+" if factor > 0 else "−"
        times = "" if abs(factor) == 1 else f"{abs(factor):g} × "
        other = model.cell(variable)
        name = f" [{_difference(cell, other)}]" if len(words) < _TERMS else ""
        words.append(f"{sign} {times}{_value(model, bounds, variable)}{name}")
    if len(words) > _TERMS:
        words = [*words[:_TERMS], f"… {len(words) - _TERMS} more"]
    label = model.system.label(row)
    return f"{label}: {' '.join(words).removeprefix('+ ') or 'alone'}"


def _value(model: Model, bounds: Bounds, variable: int) -> str:
    low, high = bounds.low[variable], bounds.high[variable]
    if low != high:
        return f"({low:g} to {high:g})"
    return f"{low:g}" if variable in model.open_now else f"{low:g}*"


def _difference(cell: Cell, other: Cell) -> str:
    """What the other cell has that the first has not; short enough for a sum."""
    words = []
    if other.measure != cell.measure:
        words.append(other.measure)
    mine = {name: code for name, _, code in cell.filters}
    its = {name: code for name, _, code in other.filters}
    words += [code for name, code in its.items() if mine.get(name) != code]
    words += [f"all {name}" for name in mine if name not in its]
    if other.months != cell.months:
        words.append(period_text(other.months))
    return ", ".join(words)
