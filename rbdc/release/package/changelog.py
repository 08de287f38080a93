"""How changes are written down: `changes.json` for machines and `CHANGELOG.md` for people."""

import json
from collections import Counter
from collections.abc import Iterable

from rbdc.release.package.changes import Changes, TableChanges
from rbdc.release.package.content import Release
from rbdc.release.package.reasons import REASONS

_HEAD = "# Changelog"


def changes_json(changes: Changes, version: str) -> str:
    """The text of `changes.json`: one line a change, so that line tools can read it too."""
    return "\n".join(
        [
            "{",
            f'"version": {json.dumps(version)},',
            f'"previous": {json.dumps(changes.previous)},',
            f'"reasons": {json.dumps(REASONS)},',
            f'"tables_added": {_compact(changes.tables_added)},',
            f'"tables_removed": {_compact(changes.tables_removed)},',
            f'"tables": {_lines(_table_json(table) for table in changes.tables)}',
            "}\n",
        ]
    )


def changelog(release: Release, version: str, changes: Changes, earlier: str) -> str:
    """The text of `CHANGELOG.md`, newest version first.

    Args:
        release: the new release.
        version: its version.
        changes: what differs from its predecessor.
        earlier: the predecessor's CHANGELOG.md, carried over; empty for the first.
    """
    _, found, entries = earlier.partition("\n## ")
    lines = [
        _HEAD,
        "",
        f"{release.title}. Other tables, columns or types make a major version, other rows a minor "
        "one, other values a patch. `changes.json` holds every change from the version before, "
        "with its key and reason.",
        "",
        f"## {version}",
        "",
        f"Data as of {release.data_as_of}, for {release.extent.replace('/', ' to ')}; framework "
        f"{release.provenance.framework_version}.",
        "",
        *_entry(changes),
    ]
    return "\n".join(lines) + "\n" + (f"\n## {entries}" if found else "")


def _entry(changes: Changes) -> list[str]:
    if changes.previous is None:
        return ["- First version."]
    lines = [f"- Changed since {changes.previous}:"]
    lines += [f"  - table `{name}` is new" for name in changes.tables_added]
    lines += [f"  - table `{name}` is no longer published" for name in changes.tables_removed]
    for table in changes.tables:
        lines += [f"  - `{table.table}`: {'; '.join(_parts(table))}"]
    return lines if len(lines) > 1 else [f"- The data files are those of {changes.previous}."]


def _parts(table: TableChanges) -> list[str]:
    def columns(names: Iterable[str]) -> str:
        return ", ".join(f"`{name}`" for name in names)

    parts = []
    if table.columns_added:
        parts.append(f"new columns {columns(table.columns_added)}")
    if table.columns_removed:
        parts.append(f"columns no longer published {columns(table.columns_removed)}")
    parts += [f"`{name}` is {new}, was {old}" for name, old, new in table.columns_retyped]
    if table.key_before is not None:
        parts.append(f"rows are told apart by {columns(table.key) or 'nothing'}")
    if table.reordered:
        parts.append("columns stand in another order")
    for what, numbers in (
        ("rows added", Counter(row.reason for row in table.rows_added)),
        ("rows removed", Counter(row.reason for row in table.rows_removed)),
        ("values changed", Counter(value.reason for value in table.values_changed)),
        ("records added", Counter(table.records_added)),
        ("records removed", Counter(table.records_removed)),
    ):
        if total := sum(numbers.values()):
            by_reason = ", ".join(f"{reason} {numbers[reason]:,}" for reason in sorted(numbers))
            parts.append(f"{total:,} {what} ({by_reason})")
    return parts


def _table_json(table: TableChanges) -> str:
    head = {
        "table": table.table,
        "key": table.key,
        **({"key_before": table.key_before} if table.key_before is not None else {}),
        "columns_added": table.columns_added,
        "columns_removed": table.columns_removed,
        "columns_retyped": [
            {"column": name, "old": old, "new": new} for name, old, new in table.columns_retyped
        ],
        "columns_reordered": table.reordered,
        "records_added": table.records_added,
        "records_removed": table.records_removed,
    }
    rows: dict[str, list[object]] = {
        "rows_added": [{"key": row.key, "reason": row.reason} for row in table.rows_added],
        "rows_removed": [{"key": row.key, "reason": row.reason} for row in table.rows_removed],
        "values_changed": [
            {
                "key": value.key,
                "column": value.column,
                "old": value.old,
                "new": value.new,
                "reason": value.reason,
            }
            for value in table.values_changed
        ],
    }
    lists = ",\n".join(f'"{name}": {_lines(map(_compact, one))}' for name, one in rows.items())
    return f"{_compact(head)[:-1]},\n{lists}}}"


def _lines(items: Iterable[str]) -> str:
    text = ",\n".join(items)
    return f"[\n{text}\n]" if text else "[]"


def _compact(content: object) -> str:
    return json.dumps(content, ensure_ascii=False)
