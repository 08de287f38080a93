"""Which column of a source is which declared one: the border that unlisted columns never cross."""

from collections.abc import Sequence

from rbdc.errors import SourceError
from rbdc.sources.declaration import SourceTable

Matched = dict[str, str | None]


def match_columns(table: SourceTable, there: Sequence[str], name: str) -> Matched:
    """The source's name of each declared column, None for one that the source lost.

    Args:
        table: the declaration.
        there: columns that the source has.
        name: how messages name the source.

    Raises:
        SourceError: a declared column is lost and the table's policy (or what the column is for)
            does not let that pass, or one column stands there twice.
    """
    twice = sorted({column for column in there if list(there).count(column) > 1})
    if twice:
        raise SourceError(f"{name} has the column(s) {', '.join(twice)} twice.")
    matched: Matched = {
        column.name: next((one for one in column.source_names if one in there), None)
        for column in table.columns
    }
    lost = [
        column
        for column in table.columns
        if matched[column.name] is None
        and (table.drift.lost_column == "refuse" or column.name in table.required_columns)
    ]
    if lost:
        listed = {one for column in table.columns for one in column.source_names}
        others = [one for one in there if one not in listed]
        hint = f" Columns there that are not listed: {', '.join(others[:8])}." if others else ""
        missing = ", ".join(" or ".join(column.source_names) for column in lost)
        raise SourceError(
            f"{name} lacks the declared column(s) {missing}.{hint} "
            "If the source renamed a column, add the new name to its source_names in sources.yml.",
            columns=there,
        )
    return matched
