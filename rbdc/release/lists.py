"""The lists that a machine needs to understand counts: codes and measures."""

from collections.abc import Iterable, Mapping

import pandas as pd

from rbdc.disclosure.cells import COARSE, DELIVERED, STANDARD, Code, Codes, Months
from rbdc.release.counting import Measure
from rbdc.release.measures import MEANINGS
from rbdc.release.package.content import Column, Table
from rbdc.release.printed import RACE

_TEXT = {"role": "text"}


def codes_table(
    codes: Codes,
    labels: Mapping[str, Mapping[str, str]],
    of_residents: Iterable[str],
    sources: tuple[str, ...],
) -> Table:
    """Every code that occurs, what takes it in, and when it was in use.

    Args:
        codes: of the release.
        labels: of each dimension with labels as delivered the standard value of each.
        of_residents: race groups that figures print, and that only a census holds.
        sources: names of the sources of the release.
    """
    rows: list[tuple[str | None, ...]] = []
    for dimension, standards in labels.items():
        for label, standard in standards.items():
            if Code(dimension, DELIVERED, label) not in codes.parent:  # alone in its standard code
                counts = _measures(codes, Code(dimension, STANDARD, standard))
                rows.append((dimension, DELIVERED, label, standard, None, None, counts))
    for group in of_residents:
        rows.append((RACE, STANDARD, group, None, None, None, "resident_population/resident"))
    for code, parent in codes.parent.items():
        used = codes.used.get(code)
        first, last = (str(Months(at, at)) for at in used) if used else (None, None)
        rows.append((*code, parent.code if parent else None, first, last,
                     _measures(codes, code)))  # fmt: skip
    texts = {
        "dimension": "The dimension, such as race_group.",
        "level": (
            f"`{STANDARD}`: harmonised; `delivered`: the source's own label; `{COARSE}`: several "
            "standard codes together, in the file of records."
        ),
        "code": "The code as tables print it.",
        "parent": "The code of the next level up that takes it in; empty: only the total does.",
        "first_month": "First month in which the label was in use; empty: always.",
        "last_month": "Last month in which the label was in use; empty: always.",
        "counts": "Measures that are counted by the code, as arrest/person, separated by blanks.",
    }
    return Table(
        name="codes",
        title="Codes",
        description="Values of the dimensions by which tables are broken down.",
        kind="code_list",
        columns=tuple(Column(name, "string", text, _TEXT) for name, text in texts.items()),
        key=("dimension", "level", "code"),
        frame=pd.DataFrame(rows, columns=list(texts), dtype="string"),
        sources=sources,
    )


def _measures(codes: Codes, code: Code) -> str:
    return " ".join(sorted(f"{measure}/{unit}" for measure, unit in codes.counts[code]))


def measures_table(
    extents: Mapping[Measure, Months], part_of: Mapping[str, str], sources: tuple[str, ...]
) -> Table:
    """Every measure with the measure that it is a part of and the months that are covered."""
    rows = []
    for (measure, unit), extent in extents.items():
        whole = part_of.get(measure)
        first, last = (str(Months(at, at)) for at in extent)
        of = whole if (whole, unit) in extents else None
        rows.append((measure, unit, of, first, last, MEANINGS.get(measure, measure)))
    texts = {
        "measure": "The interaction that is counted.",
        "unit": "What one of them is: a person in it, an incident, an officer's report.",
        "part_of": "The measure, of the same unit, that holds it.",
        "first_month": "First month that is covered.",
        "last_month": "Last month that is covered: the end of the last closed quarter.",
        "meaning": "What it counts.",
    }
    return Table(
        name="measures",
        title="Measures",
        description="What the tables count.",
        kind="measures",
        columns=tuple(Column(name, "string", text, _TEXT) for name, text in texts.items()),
        key=("measure", "unit"),
        frame=pd.DataFrame(rows, columns=list(texts), dtype="string"),
        sources=sources,
    )
