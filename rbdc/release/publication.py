"""Schema `publication` of the warehouse: what a release prints, as the last gate judges it."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from rbdc.disclosure.cells import STANDARD, Cell
from rbdc.disclosure.policy import Rule
from rbdc.release.figures import Figures
from rbdc.release.printed import RACE

_SEVERAL = 2
# Texts even where all are missing: the rules compare them with texts.
_TEXTS = ("service", "dimension", "dimension_value", "race_group")


def write_publication(
    connection: duckdb.DuckDBPyConnection,
    count: Mapping[Cell, int],
    hidden: frozenset[Cell],
    before: frozenset[Cell],
    figures: Figures,
    rule: Rule,
    service: str | None,
    rounded_to: int | None = None,
) -> None:
    """Write the counts and figures of a release, null where hidden, and the rule of its policy.

    Args:
        connection: the warehouse, for writing.
        count: counts of all printed cells, true ones or rounded.
        hidden: those that are hidden.
        before: cells that an earlier release printed.
        figures: of the release.
        rule: of its policy.
        service: whose; None for all services.
        rounded_to: base of which all counts are multiples; None where they are true.
    """
    counts = pd.DataFrame(
        [
            _row(cell, number, cell in hidden, cell in before, service)
            for cell, number in count.items()
        ]
    ).astype(dict.fromkeys(_TEXTS, "string"))
    mask = figures.hidden(hidden)
    released = figures.frame.copy()
    for column in mask.columns:
        released[column] = released[column].astype(object).where(~mask[column], None)
    released["outcome_cell"] = pd.Series(
        [None if cell is None else _name(cell) for cell in figures.cells["o"]], dtype="string"
    )
    rules = pd.DataFrame(
        {
            "hide_from": [rule.hide_counts_from],
            "hide_to": [rule.hide_counts_to],
            "zeros": [rule.zeros],
            "rounded_to": pd.Series([rounded_to], dtype="Int64"),
        }
    )
    for name, frame in (
        ("released_counts", counts),
        ("released_figures", released),
        ("released_rule", rules),
    ):
        connection.register("frame", frame)
        connection.execute(f"create or replace table publication.{name} as select * from frame")
        connection.unregister("frame")


def _row(
    cell: Cell, count: int, is_hidden: bool, is_before: bool, service: str | None
) -> dict[str, object]:
    """A cell as a row; dimension and value as in the marts where it is one of theirs."""
    codes = {code.dimension: code for code in cell.filters}
    of_mart = all(code.level == STANDARD for code in cell.filters) and RACE in codes
    others = [code for code in cell.filters if code.dimension not in (RACE, "service")]
    in_mart = of_mart and len(others) <= _SEVERAL
    return {
        "cell": _name(cell),
        "service": codes["service"].code if "service" in codes else service,
        "interaction": cell.measure,
        "unit": cell.unit,
        "period": str(cell.period),
        "dimension": ("*".join(c.dimension for c in others) or "all") if in_mart else None,
        "dimension_value": ("|".join(c.code for c in others) or "all") if in_mart else None,
        "race_group": codes[RACE].code if in_mart else None,
        "count": None if is_hidden else count,
        "hidden": is_hidden,
        "published_before": is_before,
    }


def _name(cell: Cell) -> str:
    return str(cell) + "".join(f" [{code.level}]" for code in cell.filters)
