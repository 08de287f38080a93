"""What differs between a release and its predecessor, by key, and the version that follows."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rbdc.release.package.content import HIDDEN
from rbdc.release.package.reasons import (
    Context,
    Reason,
    added_reason,
    removed_reason,
    value_reason,
)
from rbdc.release.package.snapshot import Layout, PublishedTable, Snapshot

Key = tuple[str, ...]


@dataclass(frozen=True)
class RowChange:
    """A row that stands in one of the two releases only."""

    key: Key
    reason: Reason


@dataclass(frozen=True)
class ValueChange:
    """A value that differs, as both CSV files show it."""

    key: Key
    column: str
    old: str
    new: str
    reason: Reason


@dataclass(frozen=True)
class TableChanges:
    """What differs in one table that both releases have.

    Records, and tables without a key, have `records_added` and `records_removed` (rows by
    reason) in place of lists. `key_before` only if the key changed; `reordered` if the same
    columns stand in another order.
    """

    table: str
    key: Key
    key_before: Key | None = None
    reordered: bool = False
    columns_added: tuple[str, ...] = ()
    columns_removed: tuple[str, ...] = ()
    columns_retyped: tuple[tuple[str, str, str], ...] = ()
    rows_added: tuple[RowChange, ...] = ()
    rows_removed: tuple[RowChange, ...] = ()
    values_changed: tuple[ValueChange, ...] = ()
    records_added: Mapping[Reason, int] = field(default_factory=dict)
    records_removed: Mapping[Reason, int] = field(default_factory=dict)

    @property
    def structural(self) -> bool:
        """Whether a reader's program can break: other columns, types or key."""
        return bool(
            self.key_before is not None
            or self.columns_added
            or self.columns_removed
            or self.columns_retyped
        )

    @property
    def other_rows(self) -> bool:
        """Whether there are other rows than before; a changed record is not another row."""
        return bool(
            self.rows_added
            or self.rows_removed
            or sum(self.records_added.values()) != sum(self.records_removed.values())
        )

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(
            self.structural
            or self.other_rows
            or self.reordered
            or self.values_changed
            or self.records_added
        )


@dataclass(frozen=True)
class Changes:
    """Everything that differs from the release before; `tables` holds changed ones only."""

    previous: str | None
    tables_added: tuple[str, ...] = ()
    tables_removed: tuple[str, ...] = ()
    tables: tuple[TableChanges, ...] = ()


def diff(old: Snapshot | None, new: Snapshot, corrected: frozenset[str] = frozenset()) -> Changes:
    """Compare a release with its predecessor (None: it is the first).

    Only what both releases publish anyway is compared, so the result discloses nothing more.
    Column `hidden` is left out: the values that it is made from say the same.
    """
    if old is None:
        return Changes(None, tables_added=tuple(new.tables))
    context = Context(old.methods, new.methods, corrected)
    both = [
        _compare(name, old.tables[name], new.tables[name], context)
        for name in new.tables
        if name in old.tables
    ]
    return Changes(
        old.version,
        tuple(name for name in new.tables if name not in old.tables),
        tuple(name for name in old.tables if name not in new.tables),
        tuple(changes for changes in both if changes.any),
    )


def next_version(previous: str | None, changes: Changes) -> str | None:
    """The semantic version of a release with these changes; None if no data file changed.

    Other tables, columns, types or keys: major. Other rows: minor. Other values: patch.
    """
    if previous is None:
        return "1.0.0"
    major, minor, patch = map(int, previous.split("."))
    if changes.tables_added or changes.tables_removed or any(t.structural for t in changes.tables):
        return f"{major + 1}.0.0"
    if any(table.other_rows for table in changes.tables):
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}" if changes.tables else None


def _compare(name: str, old: PublishedTable, new: PublishedTable, context: Context) -> TableChanges:
    before = {f.name: f for f in old.layout.fields}
    after = {f.name: f for f in new.layout.fields}
    common = [column for column in after if column in before]
    changes = TableChanges(
        name,
        new.layout.key,
        old.layout.key if old.layout.key != new.layout.key else None,
        common != [column for column in before if column in after],
        tuple(column for column in after if column not in before),
        tuple(column for column in before if column not in after),
        tuple(
            (column, before[column].type, after[column].type)
            for column in common
            if before[column].type != after[column].type
        ),
    )
    compared = [column for column in common if column != HIDDEN.name]
    by_number = (
        "records" in (old.layout.kind, new.layout.kind)
        or not new.layout.key
        or changes.key_before is not None
        or any(_per_version(old.layout, column, new.layout) for column in new.layout.key)
    )
    rows = _by_number if by_number else _by_key
    return rows(changes, old, new, compared, context)


def _by_key(
    changes: TableChanges,
    old: PublishedTable,
    new: PublishedTable,
    compared: list[str],
    context: Context,
) -> TableChanges:
    key, name, layout = changes.key, changes.table, new.layout
    old_at = {row: i for i, row in enumerate(zip(*(old.texts[k] for k in key), strict=True))}
    new_at = {row: i for i, row in enumerate(zip(*(new.texts[k] for k in key), strict=True))}
    fields = {f.name: f for f in layout.fields}
    values: list[ValueChange] = []
    columns = [(c, old.texts[c], new.texts[c]) for c in compared if c not in key]
    for row, i in new_at.items():
        if (j := old_at.get(row)) is None:
            continue
        changed = [(c, then[j], now[i]) for c, then, now in columns if then[j] != now[i]]
        if not changed:
            continue
        before, after = _row(old, j), _row(new, i)
        values += [
            ValueChange(
                row, c, then, now, value_reason(name, layout, fields[c], before, after, context)
            )
            for c, then, now in changed
        ]
    return replace(
        changes,
        rows_added=tuple(
            RowChange(row, added_reason(name, layout, _row(new, i), context))
            for row, i in new_at.items()
            if row not in old_at
        ),
        rows_removed=tuple(
            RowChange(row, removed_reason(name, old.layout, context))
            for row in old_at
            if row not in new_at
        ),
        values_changed=tuple(values),
    )


def _by_number(
    changes: TableChanges,
    old: PublishedTable,
    new: PublishedTable,
    compared: list[str],
    context: Context,
) -> TableChanges:
    """Rows as a multiset; keys that each version makes anew (`per_version`) are no content."""
    lasting = [c for c in compared if not _per_version(old.layout, c, new.layout)]
    known = set(lasting)
    layout = replace(new.layout, fields=tuple(f for f in new.layout.fields if f.name in known))
    then = Counter(zip(*(old.texts[c] for c in lasting), strict=True))
    now = Counter(zip(*(new.texts[c] for c in lasting), strict=True))
    added: Counter[Reason] = Counter()
    for row, times in (now - then).items():
        texts = dict(zip(lasting, row, strict=True))
        added[added_reason(changes.table, layout, texts, context)] += times
    gone = sum((then - now).values())
    removed = {removed_reason(changes.table, old.layout, context): gone} if gone else {}
    return replace(changes, records_added=dict(added), records_removed=removed)


def _per_version(old: Layout, column: str, new: Layout) -> bool:
    return any(
        f.name == column and f.role.get("per_version") is True
        for layout in (old, new)
        for f in layout.fields
    )


def _row(table: PublishedTable, i: int) -> dict[str, str]:
    return {name: column[i] for name, column in table.texts.items()}
