"""Rates, shares and other figures made from counts: what an open one tells about a hidden one."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

from rbdc.disclosure.attacker.facts import Facts
from rbdc.disclosure.attacker.folder import Field, Release, Table
from rbdc.disclosure.attacker.model import Model

FULL_DIGITS = 12
_SHOWN = 3


@dataclass
class Breaches:
    """Open statistics of hidden counts: those that nothing can be concluded from, and the rest."""

    unusable: list[str] = field(default_factory=list)
    used: list[str] = field(default_factory=list)


def relate_statistics(release: Release, facts: Facts, model: Model, level: int) -> Breaches:
    """Add what each open statistic with a hidden input says about that input.

    Args:
        release: Whose tables.
        facts: Its facts.
        model: Gets the relations.
        level: The weakest attacker who knows of them.
    """
    found = Breaches()
    for table in release.tables:
        if table.kind not in ("counts", "figures"):
            continue
        for column in table.with_role("statistic"):
            _relate_column(release, table, column, facts, model, level, found)
    return found


def _relate_column(
    release: Release,
    table: Table,
    column: Field,
    facts: Facts,
    model: Model,
    level: int,
    found: Breaches,
) -> None:
    texts = table.frame[column.name].astype(str).tolist()
    of = [str(one) for one in column.options.get("of", ())]
    formula = column.options.get("formula") or {}
    tops = [str(one) for one in formula.get("numerator", ())]
    bottoms = [str(one) for one in formula.get("denominator", ())]
    rounded = _rounded(texts)
    reasons: Counter[str] = Counter()
    used = 0
    hides = {
        name: table.frame[name].isin(list(release.symbols)).to_numpy()
        for name in {*of, *tops, *bottoms}
        if name in table.frame.columns
    }
    for row, text in enumerate(texts):
        if text == "" or text in release.symbols:
            continue
        if not any(hides[name][row] for name in hides):
            continue
        try:
            value = float(text)
        except ValueError:
            reasons["is text"] += 1
            continue
        if not formula:
            reasons["has no formula"] += 1
            continue
        inputs = _Inputs(table, facts, model, row, hides)
        reason = _relate(
            model, value, _tolerance(text, value, rounded), inputs.split(tops),
            inputs.split(bottoms), level, f"{column.name} of {table.name} row {row + 2}",
            rounded,
        )  # fmt: skip
        if reason:
            reasons[reason] += 1
        else:
            used += 1
    where = f"{release.name} {table.name}.{column.name}"
    if used:
        found.used.append(f"{where} is open in {used} rows whose count is hidden.")
    for reason, rows in reasons.items():
        found.unusable.append(
            f"Statistic of a hidden count is open: {where} in {rows} rows ({reason})."
        )


@dataclass
class _Inputs:
    """The inputs of one statistic in one row."""

    table: Table
    facts: Facts
    model: Model
    row: int
    hides: Mapping[str, Any]

    def split(self, names: Sequence[str]) -> tuple[float, list[int]] | None:
        """Product of the known inputs and the variables of the hidden ones, if all are usable."""
        product, variables = 1.0, []
        for name in names:
            if name not in self.table.frame.columns:
                try:
                    product *= float(name)  # a constant such as 1000
                    continue
                except ValueError:
                    return None
            if name in self.hides and self.hides[name][self.row]:
                fact = self.facts.by_place.get((self.table.name, name, self.row))
                if fact is None:
                    return None
                variables.append(self.model.number(fact.cell))
                continue
            try:
                product *= float(self.table.frame[name].iloc[self.row])
            except ValueError:
                return None
        return product, variables


def _relate(
    model: Model,
    value: float,
    tolerance: float,
    top: tuple[float, list[int]] | None,
    bottom: tuple[float, list[int]] | None,
    level: int,
    label: str,
    rounded: bool,
) -> str:
    """Add relations for `value = top ÷ bottom`; gives the reason when that is not possible."""
    if top is None or bottom is None:
        return "an input cannot be read"
    (known_top, tops), (known_bottom, bottoms) = top, bottom
    if known_bottom == 0 or known_top == 0:
        return "an open input is 0"
    relate: Callable[..., None] = model.system.relate
    factor = known_top / known_bottom
    low, high = (value - tolerance) / factor, (value + tolerance) / factor
    if len(tops) == 1 and not bottoms:
        relate([tops[0]], [1.0], low, high, level, label)
        return ""
    if len(tops) == 1 and len(bottoms) == 1:  # low × bottom ≤ top ≤ high × bottom
        if tops[0] == bottoms[0]:
            return ""
        exact = None if rounded else _fraction(value / factor)
        if exact is not None:
            relate(
                [tops[0], bottoms[0]],
                [float(exact.denominator), -float(exact.numerator)], 0.0, 0.0, level, label,
            )  # fmt: skip
            return ""
        relate([tops[0], bottoms[0]], [1.0, -low], 0.0, np.inf, level, label)
        relate([tops[0], bottoms[0]], [1.0, -high], -np.inf, 0.0, level, label)
        return ""
    if not tops and len(bottoms) == 1:  # value × bottom = factor
        if value + tolerance <= 0:
            return "its value is 0"
        least = factor / (value + tolerance)
        most = factor / (value - tolerance) if value > tolerance else np.inf
        relate([bottoms[0]], [1.0], least, most, level, label)
        return ""
    return f"{len(tops) + len(bottoms)} of its inputs are hidden"


def _fraction(ratio: float) -> Fraction | None:
    """The only fraction of small numbers that a ratio of full precision can be."""
    found = Fraction(ratio).limit_denominator(100_000)
    return found if abs(float(found) - ratio) <= 1e-12 * max(1.0, abs(ratio)) else None


def _digits(text: str) -> int:
    return len(re.sub(r"[eE].*$", "", text).lstrip("-+0.").replace(".", ""))


def _rounded(texts: Sequence[str]) -> bool:
    """Whether a column looks rounded: no value has the digits of an unrounded quotient."""
    return max((_digits(text) for text in texts), default=0) < FULL_DIGITS


def _tolerance(text: str, value: float, rounded: bool) -> float:
    """How far the true quotient may lie from the printed one."""
    if not rounded:
        return max(abs(value) * 1e-9, 1e-12)
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return float(0.5 * 10.0**-decimals) * (1 + 1e-9)
