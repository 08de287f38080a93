"""The part of a disclosure policy on records: how alike they must be, and what becomes coarser."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, model_validator

from rbdc.config_files import ProblemsError
from rbdc.framework.vocabulary import Interaction, Strict, Text, Unit

TIME_COLUMNS = ("year", "quarter", "month")
FLAG_VALUES = 2
"""A flag is true or false: no group holds more values of it."""

RecordColumn = Literal[
    "race_group",
    "gender",
    "age_group",
    "division",
    "occurrence_category",
    "call_type",
    "time_of_day",
    "service",
    "year",
    "quarter",
    "month",
]
Coarser = dict[Text, tuple[Text, ...]]
Step = Literal["drop", "year", "quarter"] | Coarser
"""One step: a coarser code with the codes that it takes in, `drop`, or a longer period."""


class QuasiIdentifier(Strict):
    """A column by which somebody could recognise a person, and how it is made coarser.

    `steps` are in order, each on top of those before it; a code that a step does not name stays
    as it is. `drop` leaves the column out. `at_least` steps are always taken. `weight` says how
    much of the file's worth lies in the column: what weighs less is made coarser first.
    """

    column: RecordColumn
    steps: tuple[Step, ...] = ()
    at_least: Annotated[int, Field(ge=0)] = 0
    weight: Annotated[float, Field(gt=0)] = 1.0

    @model_validator(mode="after")
    def _sound(self) -> "QuasiIdentifier":
        problems: list[tuple[tuple[int | str, ...], str]] = [
            (("steps", number), message)
            for number, step in enumerate(self.steps)
            if (message := self._problem(number, step))
        ]
        if self.at_least > len(self.steps):
            problems.append(
                (("at_least",), f"at_least {self.at_least}: there are {len(self.steps)} steps")
            )
        if problems:
            raise ProblemsError(problems)
        return self

    def _problem(self, number: int, step: Step) -> str | None:
        if step == "drop":
            last = number == len(self.steps) - 1
            return None if last else "nothing is left to make coarser after drop: put it last"
        if isinstance(step, str):
            finer = {"year": ("quarter", "month"), "quarter": ("month",)}[step]
            before = self.steps[number - 1] if number else self.column
            if self.column in finer and before in finer:
                return None
            return f"{step} is a step only from {' or '.join(finer)}"
        if self.column in TIME_COLUMNS:
            return "periods become coarser by quarter, year or drop, not by a list of codes"
        if not step:
            return "the step takes no codes together: name a coarser code with its codes, or drop"
        taken = [code for codes in step.values() for code in codes]
        if twice := sorted({code for code in taken if taken.count(code) > 1}):
            return f"{', '.join(twice)} cannot become two coarser codes in one step"
        return None


class Records(Strict):
    """Whether records are released, and how anonymous they must be.

    Attributes:
        release: whether there is a record file at all.
        measure: a record is one of these, such as `arrest`; `unit` is its unit.
        columns: quasi-identifiers, in the order in which the file shows them.
        sensitive: outcomes that stay in the file as true or false, such as `strip_search`.
        k: the least number of records that look the same by columns.
        k_counts_sensitive: whether outcomes are among what they look the same by (METHODS B.5).
        l: the least number of values of each outcome in a group that looks the same by columns.
        person_key: whether records of one person carry the same key, new in each version.
        suppress_at_most: the share of the records that may be left out to reach k and l.
    """

    release: bool = False
    measure: Interaction = "arrest"
    unit: Unit = "person"
    columns: tuple[QuasiIdentifier, ...] = ()
    sensitive: tuple[Interaction, ...] = ()
    k: int = 5
    k_counts_sensitive: bool = True
    l: int = 1  # noqa: E741  (the usual name)
    person_key: bool = False
    suppress_at_most: Annotated[float, Field(ge=0, lt=1)] = 0.0

    @model_validator(mode="after")
    def _sound(self) -> "Records":
        problems: list[tuple[tuple[int | str, ...], str]] = []
        if self.k < 2:
            problems.append((("k",), f"k {self.k} hides nobody: give 2 or more (5 is usual)"))
        if self.l < 1:
            problems.append((("l",), "l counts values of an outcome: give 1 (off) or 2"))
        if self.l > FLAG_VALUES:
            problems.append(
                (
                    ("l",),
                    f"an outcome has {FLAG_VALUES} values, yes and no; no l {self.l}",
                )
            )
        if self.l == FLAG_VALUES and not self.sensitive:
            problems.append((("l",), "l protects outcomes and sensitive names none: give l: 1"))
        if self.release and not self.columns:
            problems.append((("columns",), "records are released: name the columns of the file"))
        problems += _twice("columns", [one.column for one in self.columns])
        problems += _twice("sensitive", list(self.sensitive))
        if self.measure in self.sensitive:
            problems.append(
                (("sensitive",), f"every record is of measure {self.measure}: take it out")
            )
        if problems:
            raise ProblemsError(problems)
        return self


def step_problems(column: QuasiIdentifier, codes: frozenset[str]) -> list[tuple[int, str]]:
    """Steps that name a code which does not exist there, each with its number.

    Args:
        column: the column with its steps.
        codes: standard codes of the column.
    """
    problems: list[tuple[int, str]] = []
    present = set(codes)
    for number, step in enumerate(column.steps):
        if isinstance(step, str):
            continue
        taken = {code for members in step.values() for code in members}
        if strange := sorted(taken - present):
            problems.append(
                (
                    number,
                    f"no code '{', '.join(strange)}' of {column.column} is left here; there are "
                    f"{', '.join(sorted(present))}",
                )
            )
        present -= taken
        if clash := sorted(set(step) & present):
            problems.append(
                (number, f"'{', '.join(clash)}' is itself a code: list it among those it takes in")
            )
        present |= set(step)
    return problems


def parents(step: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """The coarser code of each code that a step names."""
    return {code: coarser for coarser, codes in step.items() for code in codes}


def _twice(section: str, names: list[str]) -> list[tuple[tuple[int | str, ...], str]]:
    return [
        ((section, number), f"{name} stands twice")
        for number, name in enumerate(names)
        if name in names[:number]
    ]
