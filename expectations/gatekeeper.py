"""The way of a landing batch through the gate: judged, then admitted, refused, or known already."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from expectations.row_rules import RowsWhere, Unique
from expectations.rules import SUITES, Suite, SuiteError, load_suite
from rbdc.sources.corrections import Correction, of_table
from rbdc.sources.declaration import SourceTable
from rbdc.sql import identifier
from rbdc.store.admission import admit, now, record_absent, record_unchanged, reject
from rbdc.store.drift import DriftWatch, Finding, record_findings, refusal, typed
from rbdc.store.intake import LandedBatch
from rbdc.store.layout import StateFolder, write_json
from rbdc.store.loads import Load, LoadHistory, RefusedBy
from rbdc.store.raw_state import current_rows_sql


@dataclass(frozen=True)
class Decision:
    """What became of a batch.

    `results` has one entry a rule, from the judgement that stands; `drift` what is found of the
    source's shape and labels.
    """

    load: Load
    results: Sequence[dict[str, object]]
    drift: Sequence[Finding] = ()


def suite_of(table: SourceTable) -> Suite:
    """The suite of a table.

    Raises:
        SuiteError: there is none, it is not sound, or it lets a key pass twice in one delivery of
            a table that is kept by versions of keys.
    """
    suite = load_suite(SUITES / f"{table.id}.yml")
    if table.cursor and not any(
        isinstance(rule, Unique)
        and set(rule.columns) == set(table.key)
        and rule.where is None
        and rule.action in ("refuse", "quarantine")
        for rule in suite.rules
    ):
        raise SuiteError(
            f"The suite {table.id}.yml lacks a rule `unique` over {', '.join(table.key)} that "
            "refuses or sets aside: a table with a cursor needs one version of a key at a time."
        )
    return suite


def suite_version(table: SourceTable) -> str:
    """Version of the table's suite, or an empty text where there is no sound suite."""
    try:
        return suite_of(table).version
    except SuiteError:
        return ""


def pass_gate(
    state: StateFolder,
    table: SourceTable,
    landed: LandedBatch,
    labels: Path | None = None,
    corrections: Sequence[Correction] = (),
) -> Decision:
    """Hold a landing batch against what is known of its source, judge it, and do what follows.

    Args:
        state: the service's folder.
        table: the declaration.
        landed: the batch.
        labels: the service's labels.csv; needed for a table with mapped columns.
        corrections: of the service; rows are judged as corrected and kept as delivered.
    """
    watch = DriftWatch(state, table, labels)
    pull = typed(landed.batch.pull, table)
    landed = replace(landed, batch=replace(landed.batch, pull=pull))
    incoming = watch.of_batch(pull)
    reason = refusal(table, incoming)
    if reason and not landed.failure:
        # Without a suite's version it is looked at again: a line in labels.csv may let it pass.
        unjudged = replace(landed.batch, suite_version="")
        decision = Decision(reject(state, unjudged, reason, "drift"), ())
    else:
        decision = _judge(state, table, landed, of_table(corrections, table))
    drift = incoming if reason else watch.in_force(pull, decision.load)
    record_findings(state, decision.load, drift)
    return replace(decision, drift=drift)


def _judge(
    state: StateFolder,
    table: SourceTable,
    landed: LandedBatch,
    corrections: Sequence[Correction],
) -> Decision:
    """Judge a landing batch and do what the judgement says.

    A batch of the same content under the same suite is not judged twice: it is `unchanged`, or
    `rejected` again. A suite that cannot be read or run is a refusal, never a pass.
    """
    batch, history = landed.batch, LoadHistory(state, table)
    if landed.failure:
        return Decision(reject(state, batch, landed.failure, "source"), ())
    if batch.pull.delivery == "absent":
        if history.last_accepted is None:
            return Decision(record_absent(state, batch), ())
        missing = (
            f"{table.source}.{table.table} was supplied before and is missing now. Put it back, "
            "or take it out of sources.yml."
        )
        return Decision(reject(state, batch, missing, "missing"), ())
    if batch.pull.delivery == "none":
        before = history.last_pulled
        if before is None:
            raise ValueError(f"{batch.load_id}: nothing new since a load that does not exist")
        return Decision(record_unchanged(state, batch, before), _results_of(state, before.load_id))
    known = history.standing_judgement(batch.pull.position.checksum, batch.suite_version)
    if known and (known.verdict == "rejected" or known == history.last_pulled):
        return Decision(record_unchanged(state, batch, known), _results_of(state, known.load_id))
    if table.declared_invalid:
        return Decision(reject(state, batch, table.declared_invalid, "declared_invalid"), ())
    try:
        suite = suite_of(table)
    except SuiteError as error:
        unjudged = replace(batch, suite_version="")
        reason = f"The gate has no sound suite: {error}"
        return Decision(reject(state, unjudged, reason, "no_suite"), ())

    from expectations.gate import (  # imports Great Expectations, which takes seconds
        NOTHING_SET_ASIDE,
        judge,
    )

    if batch.pull.parquet is None:
        raise ValueError(f"{batch.load_id}: a delivery without rows")
    if not batch.pull.rows:  # only deletions came: there is nothing to judge
        return Decision(admit(state, batch, NOTHING_SET_ASIDE), ())
    held = _held(history, table)
    if batch.pull.delivery == "readmission":
        suite = suite_of_readmission(suite, table)
    elif held and history.current()[0].declaration != table.fingerprint:
        # What was accepted under another declaration is no measure: a new `schema_reviewed` is how
        # somebody says that a source has changed for good.
        held = None
    judgement = judge(
        batch.pull.parquet,
        suite,
        spill=state.spill,
        held=held,
        corrections=corrections,
    )
    results = [
        {
            "run_id": batch.run_id,
            "load_id": batch.load_id,
            "table_name": table.id,
            "evaluated_at": now(),
            **asdict(result),
        }
        for result in judgement.results
    ]
    write_json(_results_file(state, batch.load_id), results)
    if judgement.refused:
        # A batch that could not be judged carries no suite's version, so that it is judged again.
        judged = batch if results else replace(batch, suite_version="")
        by: RefusedBy = "rule" if results else "not_judged"
        return Decision(reject(state, judged, judgement.reason or "refused", by), results)
    return Decision(admit(state, batch, judgement.set_aside), results)


def suite_of_readmission(suite: Suite, table: SourceTable) -> Suite:
    """The rules by which rows of a table are let out of quarantine: those that keep them there.

    Rules about a whole delivery say nothing of a few rows of it. A row whose key is in force by
    now stays: two rows of one key cannot both be right.
    """
    key = ", ".join(identifier(column) for column in table.key)
    held = ", ".join(f"trim({identifier(column)})" for column in table.key)
    taken = RowsWhere(
        kind="rows_where",
        name="key_is_not_in_force",
        sql=f"({key}) in (select ({held}) from held)",
        action="quarantine",
        dimension="uniqueness",
        owner=table.owner,
        reason="Another row of the same key is in force, and two cannot both be right.",
        fix="Remove the wrong row in the source.",
    )
    rules = (*(rule for rule in suite.rules if rule.action == "quarantine"), taken)
    return suite.model_copy(update={"rules": rules, "rules_declared": len(rules)})


def _held(history: LoadHistory, table: SourceTable) -> str | None:
    """Query of what raw holds of a table, as rules see it; None if that is nothing."""
    files = history.rows_files()
    if not files:
        return None
    return current_rows_sql(table, files, history.gone_files(), with_deleted=True)


def _results_file(state: StateFolder, load_id: str) -> Path:
    return state.results(load_id)


def _results_of(state: StateFolder, load_id: str) -> Sequence[dict[str, object]]:
    file = _results_file(state, load_id)
    if not file.exists():
        return ()
    results: list[dict[str, object]] = json.loads(file.read_text(encoding="utf-8"))
    return results
