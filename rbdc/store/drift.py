"""Drift: where a source no longer is what it was when somebody last looked at its declaration.

A finding says that a column is new, lost or of another type, or that a label of a mapped column
has no line in labels.csv; the declaration says of each kind whether it is ignored, shown, or
refuses the batch.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from rbdc.duck import connect
from rbdc.sources.batch import Pull
from rbdc.sources.declaration import Column, Policy, SourceTable
from rbdc.sql import identifier, literal
from rbdc.store.admission import now
from rbdc.store.kinds import MISSING, with_kinds
from rbdc.store.layout import StateFolder, write_json
from rbdc.store.loads import Load, LoadHistory
from rbdc.store.raw_state import current_rows_sql

Kind = Literal["new_column", "lost_column", "changed_type", "new_label"]

# A free text that was taken for labels could be about a person: little of it is kept.
LABEL_LENGTH, LABELS_SHOWN = 60, 20


@dataclass(frozen=True)
class Finding:
    """One way in which a source drifted.

    Attributes:
        kind: what happened.
        column_name: as it is landed, or as the source names one that is not listed.
        label: of a new label, cut short.
        records: rows with that label.
        detail: one sentence: what is so, and what to do.
        policy: `warn` or `refuse`.
    """

    kind: Kind
    column_name: str
    label: str | None
    records: int | None
    detail: str
    policy: Policy


class DriftWatch:
    """What is known of one table against which a batch is held."""

    def __init__(self, state: StateFolder, table: SourceTable, labels: Path | None) -> None:
        """Take the table and its service's labels.csv.

        Raises:
            ValueError: the table has mapped columns, and no labels.csv is named.
        """
        if table.labels and labels is None:
            raise ValueError(f"{table.id} has mapped columns: name the service's labels.csv")
        self._state, self._table, self._labels = state, table, labels

    def of_batch(self, pull: Pull) -> list[Finding]:
        """Findings of a batch before it is judged, as far as one of them could refuse it."""
        if self._table.declared_invalid or not pull.columns:
            return []
        findings = shape_findings(self._table, pull.columns, self._baseline())
        if pull.parquet and pull.rows and self._table.drift.new_label == "refuse":
            findings += self._unmapped(f"read_parquet({literal(str(pull.parquet))})")
        return findings

    def in_force(self, pull: Pull, load: Load) -> list[Finding]:
        """Findings of what raw holds, after a batch was admitted, refused or known already."""
        history = LoadHistory(self._state, self._table)
        before = history.last_accepted
        if before is None:
            return []
        stands = load.verdict != "rejected" and pull.columns
        columns = pull.columns if stands else before.columns
        found = shape_findings(self._table, columns, self._baseline()) if columns else []
        found += self._labels_in_force(history)
        # What raw holds was let in, though it would be refused today.
        return [replace(finding, policy="warn") for finding in found]

    def _baseline(self) -> Mapping[str, str] | None:
        """The source's columns when the table was first accepted as it is declared now.

        A new `schema_reviewed`, like any change of what is read, makes it another declaration.
        """
        loads = LoadHistory(self._state, self._table).loads
        return next(
            (
                load.columns
                for load in loads
                if (load.verdict, load.declaration) == ("accepted", self._table.fingerprint)
            ),
            None,
        )

    def _labels_in_force(self, history: LoadHistory) -> list[Finding]:
        files = history.rows_files()
        if not files or not self._table.labels:
            return []
        # Every version of every row first, which needs no keys: mostly all labels are known.
        names = ", ".join(literal(str(file)) for file in files)
        findings = self._unmapped(f"read_parquet([{names}], union_by_name = true)")
        if not findings or (len(files) == 1 and not self._table.deleted_flag):
            return findings
        gone = history.gone_files()
        return self._unmapped(f"({current_rows_sql(self._table, files, gone, with_deleted=False)})")

    def _unmapped(self, relation: str) -> list[Finding]:
        """Labels of the mapped columns of a relation that labels.csv lacks."""
        table = self._table
        if table.drift.new_label == "ignore" or not table.labels or self._labels is None:
            return []
        with connect(spill=self._state.spill) as connection:
            there = {row[0] for row in connection.execute(f"describe from {relation}").fetchall()}
            mapped = {f: column for f, column in table.labels.items() if column in there}
            if not mapped:
                return []
            connection.register("known", known_labels(self._labels, table))
            rows = connection.execute(_unmapped_sql(relation, mapped)).fetchall()
        return [
            finding
            for field, column in mapped.items()
            for finding in _label_findings(
                table, field, column, [(label, n) for f, label, n in rows if f == field]
            )
        ]


def typed(pull: Pull, table: SourceTable) -> Pull:
    """A pull whose columns have a kind of value where their source names no type.

    Only of a whole delivery: the few rows of an increment say little of a column, and databases
    name types.
    """
    if table.cursor or pull.parquet is None or not pull.rows:
        return pull
    return replace(pull, columns=with_kinds(table, pull.columns, pull.parquet))


def shape_findings(
    table: SourceTable, columns: Mapping[str, str], baseline: Mapping[str, str] | None
) -> list[Finding]:
    """Findings about the columns of a source and their types.

    Args:
        table: the declaration.
        columns: type of each column that the source has now, empty where nothing is known of it.
        baseline: the same when somebody last looked; None if this is the first time.
    """
    found = [_lost(table, column) for column in table.columns if not _type(column, columns)[0]]
    if baseline is not None:
        listed = {name for column in table.columns for name in column.source_names}
        new = [name for name in columns if name not in listed and name not in baseline]
        found += [_new(table, name) for name in new]
        for column in table.columns:
            there, is_now = _type(column, columns)
            was_there, was = _type(column, baseline)
            if there and was_there and is_now and was and is_now != was:
                found.append(_changed(table, column, was, is_now))
    return [finding for finding in found if finding.policy != "ignore"]


def refusal(table: SourceTable, findings: Iterable[Finding]) -> str | None:
    """Why a batch is refused, in one sentence for each reason, or None."""
    reasons = [finding.detail for finding in findings if finding.policy == "refuse"]
    if not reasons:
        return None
    return f"{table.source}.{table.table} changed and sources.yml refuses that: {' '.join(reasons)}"


def record_findings(state: StateFolder, load: Load, findings: Sequence[Finding]) -> None:
    """Write what is found of a table with a load; no file is left of nothing."""
    if not findings:
        return
    about = {"load_id": load.load_id, "source": load.source, "table_name": load.table_name}
    rows = [
        {**about, **asdict(one), "owner": load.owner, "found_at": load.finished_at or now()}
        for one in findings
    ]
    write_json(_file(state, load), rows)


def drift_files(state: StateFolder, tables: Iterable[SourceTable]) -> list[Path]:
    """Files of the findings in force: those of the newest load of each table."""
    newest = (LoadHistory(state, table).last for table in tables)
    files = (_file(state, load) for load in newest if load)
    return [file for file in files if file.exists()]


def drift_in_force(state: StateFolder, tables: Iterable[SourceTable]) -> list[dict[str, Any]]:
    """The findings in force, without what tells one load from another."""
    rows = [
        row
        for file in drift_files(state, tables)
        for row in json.loads(file.read_text(encoding="utf-8"))
    ]
    return [{k: v for k, v in row.items() if k not in ("load_id", "found_at")} for row in rows]


def known_labels(file: Path, table: SourceTable) -> pa.Table:
    """Labels that labels.csv maps for a table, folded as staging folds them: `field`, `label`.

    Days of validity do not count: a label that was valid once is no new one. What is wrong with
    the file itself is the gate's to say when it judges labels.csv.
    """
    lines: set[tuple[str, str]] = {(field, word) for field in table.labels for word in MISSING}
    if file.is_file():
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            for line in csv.DictReader(text):
                source, field, label = (
                    (line.get(name) or "").strip().lower()
                    for name in ("source", "field", "raw_label")
                )
                if source == table.source:
                    lines.add((field, label))
    fields, labels = zip(*sorted(lines), strict=True)
    return pa.table({"field": pa.array(fields), "label": pa.array(labels)})


def _file(state: StateFolder, load: Load) -> Path:
    return state.quality / "drift" / f"{load.load_id}.json"


def _type(column: Column, columns: Mapping[str, str]) -> tuple[bool, str]:
    """Whether a source has a declared column, under whichever name, and its type there."""
    name = next((one for one in column.source_names if one in columns), None)
    return name is not None, columns[name] if name is not None else ""


def _new(table: SourceTable, name: str) -> Finding:
    detail = (
        f"The source has a column {name} that it did not have; it is not read. List it in "
        "sources.yml if it is needed, or set schema_reviewed to the day on which you decided."
    )
    return Finding("new_column", name, None, None, detail, table.drift.new_column)


def _lost(table: SourceTable, column: Column) -> Finding:
    needed = column.name in table.required_columns
    detail = (
        f"The source, or one of its files, has no column {' or '.join(column.source_names)} any "
        f"more{'' if needed else '; without it, the value is missing'}. If it was renamed, add the "
        "new name to its source_names in sources.yml; if it is gone for good, take it out there."
    )
    policy = "refuse" if needed else table.drift.lost_column
    return Finding("lost_column", column.name, None, None, detail, policy)


def _changed(table: SourceTable, column: Column, was: str, is_now: str) -> Finding:
    detail = (
        f"The column {column.name} was {was} and is {is_now} now. See whether staging still reads "
        "it, then set schema_reviewed in sources.yml to that day."
    )
    return Finding("changed_type", column.name, None, None, detail, table.drift.changed_type)


def _unmapped_sql(relation: str, mapped: Mapping[str, str]) -> str:
    """Query of the labels that `known` lacks: field, label, records; the commonest first."""
    found = " union all ".join(
        f"select {literal(field)} as field, trim({identifier(column)}) as label, "
        f"count(*) as records from {relation} group by all"
        for field, column in mapped.items()
    )
    return (
        "select field, min(label) as label, sum(records)::bigint as records "
        f"from ({found}) as found where label is not null and not exists (select 1 from known "
        "where known.field = found.field and known.label = lower(found.label)) "
        "group by field, lower(label) order by records desc, label"
    )


def _label_findings(
    table: SourceTable, field: str, column: str, labels: Sequence[tuple[str, int]]
) -> list[Finding]:
    shown: dict[str, int] = {}
    for label, records in labels[:LABELS_SHOWN]:
        cut = label if len(label) <= LABEL_LENGTH else label[: LABEL_LENGTH - 1] + "…"
        shown[cut] = shown.get(cut, 0) + records
    rest = labels[LABELS_SHOWN:]
    if rest:
        shown[f"({len(rest)} more labels)"] = sum(records for _, records in rest)
    return [
        Finding(
            "new_label",
            column,
            label,
            records,
            f"labels.csv has no line for {table.source},{field},{label} (column {column}, "
            f"{_counted(records)}). Add the line with its standard label, or Unknown.",
            table.drift.new_label,
        )
        for label, records in shown.items()
    ]


def _counted(records: int) -> str:
    return "1 record" if records == 1 else f"{records:,} records"
