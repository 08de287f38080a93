"""The judgement of one landing batch by its suite: counts from Great Expectations, never rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.evaluation import (
    CLEANED,
    TIMEOUT_SECONDS,
    VERDICTS,
    NotJudgedError,
    cause,
    not_judged,
    opened,
    refusal,
    result_of,
    unexpected_counts,
    verdict,
    without_content,
)
from expectations.results import RuleResult
from expectations.row_rules import NotNull, RowRule, ValuesInSet
from expectations.rule_base import cleaned_sql
from expectations.rules import Suite
from expectations.time_limit import TimeLimit
from rbdc.sources.corrections import Correction, corrected_sql
from rbdc.sql import identifier, literal


@dataclass(frozen=True)
class Judgement:
    """What the gate says of a batch; `reason` is one sentence, None unless refused.

    `set_aside` has a row for each row of the batch that goes to quarantine: `_row_number`, the
    names of the rules that it fails as `expectation`, and their reasons as `reason`.
    """

    table: str
    suite_version: str
    refused: bool
    reason: str | None
    results: tuple[RuleResult, ...]
    set_aside: pa.Table


NOTHING_SET_ASIDE = pa.table(
    {
        "_row_number": pa.array([], pa.int64()),
        "expectation": pa.array([], pa.string()),
        "reason": pa.array([], pa.string()),
    }
)


def judge(
    batch: Path,
    suite: Suite,
    timeout_seconds: float = TIMEOUT_SECONDS,
    spill: Path | None = None,
    *,
    held: str | None = None,
    corrections: Sequence[Correction] = (),
) -> Judgement:
    """Judge a landing batch.

    Args:
        batch: Parquet file with the table's columns as text and `_row_number` (integer).
        suite: the rules.
        timeout_seconds: after this long the batch is refused.
        spill: folder for what of the batch does not fit into memory.
        held: query of what raw holds of the table, the relation `held` to the rules; None if that
            is nothing.
        corrections: of this table; rows are judged as corrected.

    Returns:
        The judgement. Whatever keeps a rule from being evaluated is a refusal: nothing is raised,
        and nothing passes unjudged.
    """
    time_limit = TimeLimit(timeout_seconds)
    try:
        with time_limit, opened(spill) as (source, connection):
            time_limit.watch(connection)
            _read_batch(connection, batch, suite, held, corrections)
            _check_columns(connection, suite)
            rows = _clean(connection)
            _look_at_rows(connection, suite)
            counts = unexpected_counts(
                source, suite.table, suite.rules, suite.rules_declared, CLEANED
            )
            set_aside = _set_aside(connection, suite, counts)
            results = tuple(
                result_of(connection, rule, counts[rule.name], rows) for rule in suite.rules
            )
        if time_limit.is_up:
            raise TimeoutError
    except Exception as error:
        too_long = f"it took longer than {timeout_seconds:g} seconds"
        why = too_long if time_limit.is_up else without_content(error)
        reason = not_judged(suite.table, why)
        return Judgement(suite.table, suite.version, True, reason, (), NOTHING_SET_ASIDE)
    reason = refusal(suite.table, results)
    return Judgement(suite.table, suite.version, reason is not None, reason, results, set_aside)


def _read_batch(
    connection: Any,
    batch: Path,
    suite: Suite,
    held: str | None,
    corrections: Sequence[Correction],
) -> None:
    """Make the views `batch` and `held`.

    An optional column that the batch lacks has the same value in every row.
    """
    rows = corrected_sql(f"select * from read_parquet({literal(str(batch))})", corrections)
    present = {row[0] for row in connection.execute(f"describe {rows}").fetchall()}
    lacking = [column for column in suite.optional_columns if column not in present]
    same = "".join(f", 'not told' as {identifier(column)}" for column in lacking)
    connection.execute(f"create view batch as select *{same} from ({rows})")
    connection.execute(f"create view held as {held or 'select * from batch where false'}")


def _check_columns(connection: Any, suite: Suite) -> None:
    present = {row[0] for row in connection.execute("describe batch").fetchall()}
    if "_row_number" not in present:
        raise NotJudgedError("the landing file has no column _row_number")
    for rule in suite.rules:
        missing = [column for column in rule.columns_named if column not in present]
        if missing:
            raise NotJudgedError(f"the column {missing[0]} of rule {rule.name} is not there")


def _clean(connection: Any) -> int:
    """Make the table `cleaned`, which all rules read, and count its rows."""
    connection.execute(f"create table {CLEANED} as {cleaned_sql('batch')}")
    rows, numbered = connection.execute(
        f"select count(*), count(distinct _row_number) from {CLEANED}"
    ).fetchone() or (0, 0)
    if rows != numbered:
        raise NotJudgedError("the row numbers of the landing file are not unique")
    return int(rows)


def _look_at_rows(connection: Any, suite: Suite) -> None:
    """Make the table `verdicts`: of each row, whether it breaks each rule that rows can break.

    All rules in one pass: what they have in common, as the reading of a time, is computed once.
    """
    rules = [rule for rule in suite.rules if isinstance(rule, RowRule)]
    broken = "".join(f", {rule.broken} as {verdict(rule)}" for rule in rules)
    try:
        connection.execute(f"create table {VERDICTS} as select _row_number{broken} from {CLEANED}")
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        for rule in rules:  # which one it is, one query for all does not tell
            _try(connection, rule)
        raise


def _try(connection: Any, rule: RowRule) -> None:
    try:
        connection.execute(
            f"select count(*) filter (b) from (select {rule.broken} as b from {CLEANED})"
        )
    except duckdb.Error as error:
        raise NotJudgedError(
            f"the rule {rule.name} could not be evaluated ({cause(str(error))})"
        ) from None


def _set_aside(connection: Any, suite: Suite, counts: Mapping[str, int]) -> pa.Table:
    """List the rows that rules set aside, and check that they are as many as were counted.

    A rule that Great Expectations evaluated by an expectation of its own is looked at even where
    that found nothing: the two are to agree.
    """
    connection.execute(
        "create table failing (_row_number bigint, position integer, name text, reason text)"
    )
    for position, rule in enumerate(suite.rules):
        if not isinstance(rule, RowRule) or rule.action != "quarantine":
            continue
        if not counts[rule.name] and not isinstance(rule, NotNull | ValuesInSet):
            continue
        found = connection.execute(
            f"insert into failing select _row_number, {position}, {literal(rule.name)}, "
            f"{literal(rule.reason)} from {VERDICTS} where {verdict(rule)}"
        ).fetchone()[0]
        if found != counts[rule.name]:
            raise NotJudgedError(
                f"rule {rule.name}: Great Expectations counts {counts[rule.name]:,} rows "
                f"but its own SQL finds {found:,}"
            )
    return connection.execute(
        "select _row_number, string_agg(name, ', ' order by position) as expectation, "
        "string_agg(reason, '; ' order by position) as reason from failing "
        "group by _row_number order by _row_number"
    ).to_arrow_table()
