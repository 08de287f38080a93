"""What kind of value a column of text holds, where its source names no type."""

from collections.abc import Mapping
from pathlib import Path

from rbdc.duck import connect
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier, literal

# How copies write "missing", in lower case.
MISSING = ("", "none", "na", "null", "nan")
# A column is of a kind if this share of its values is: single wrong ones are the gate's matter.
SHARE = 0.99
# In the order in which they are tried; each a condition on the column `value`.
_KINDS = {
    "whole number": r"regexp_full_match(value, '[+-]?(\d+|\d{1,3}([, ]\d{3})+)')",
    "number": "try_cast(replace(value, ',', '') as double) is not null",
    "date": "try_cast(value as timestamp) is not null",
}


def with_kinds(table: SourceTable, columns: Mapping[str, str], parquet: Path) -> dict[str, str]:
    """The columns of a source, those without a type by the kind of value that was landed of them.

    Args:
        table: the declaration.
        columns: type of each column as the source names it, or an empty text.
        parquet: the landed rows, read once.

    Returns:
        The same columns. A column without values, and one that is not landed, has no kind.
    """
    untyped = {
        name: column.name
        for column in table.columns
        for name in [next((one for one in column.source_names if one in columns), None)]
        if name is not None and not columns[name]
    }
    if not untyped:
        return dict(columns)
    counts = ", ".join(f"count(*) filter ({condition})" for condition in _KINDS.values())
    values = " union all ".join(
        f"select {n} as n, trim({identifier(column)}) as value from landed"
        for n, column in enumerate(untyped.values())
    )
    missing = ", ".join(map(literal, MISSING))
    with connect() as connection:
        connection.execute(f"create view landed as from read_parquet({literal(str(parquet))})")
        found = connection.execute(
            f"select n, count(*), {counts} from ({values}) "
            f"where lower(value) not in ({missing}) group by n"
        ).fetchall()
    kinds = {n: _kind(*fitting) for n, *fitting in found}
    return {**columns, **{name: kinds.get(n, "") for n, name in enumerate(untyped)}}


def _kind(values: int, *fitting: int) -> str:
    fits = (name for name, n in zip(_KINDS, fitting, strict=True) if n >= SHARE * values)
    return next(fits, "text")
