"""What a column's codes become at each step of generalisation."""

from fractions import Fraction

from rbdc.disclosure.policy_records import QuasiIdentifier, parents

DROPPED = "*"
"""The one code of a column that is left out of the file."""


def code_at(column: QuasiIdentifier, level: int, code: str | None) -> str | None:
    """The code that a code has become after `level` steps; `*` where the column is dropped.

    Args:
        column: the column with its steps.
        level: steps taken, 0 to the number of steps.
        code: the code in the data; empty is a code that only `drop` changes.
    """
    for step in column.steps[:level]:
        if step == "drop":
            return DROPPED
        if code is None:
            continue
        if step == "year":
            code = code[:4]
        elif step == "quarter":
            code = _quarter(code)
        else:
            code = parents(step).get(code, code)
    return code


def is_dropped(column: QuasiIdentifier, level: int) -> bool:
    """Whether the column is left out of the file after `level` steps."""
    return "drop" in column.steps[:level]


def precision_lost(columns: tuple[QuasiIdentifier, ...], levels: tuple[int, ...]) -> Fraction:
    """Share of the precision that steps have taken away: 0 for none, 1 for all steps there are.

    Source: the precision metric of Sweeney (2002), Achieving k-Anonymity Privacy Protection Using
    Generalization and Suppression, section 4, with weights of columns from policy. A column without
    steps has nothing to lose.
    """
    weights = [Fraction(one.weight) if one.steps else Fraction(0) for one in columns]
    if not sum(weights):
        return Fraction(0)
    lost = sum(
        (
            weight * Fraction(level, max(len(one.steps), 1))
            for one, level, weight in zip(columns, levels, weights, strict=True)
        ),
        Fraction(0),
    )
    return lost / sum(weights)


def _quarter(month: str) -> str:
    year, _, number = month.partition("-")
    return month if number.startswith("Q") else f"{year}-Q{(int(number) + 2) // 3}"
