"""The judgement of one landing batch by its suite: counts from Great Expectations, never rows."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from expectations.row_rules import NotNull, RowRule, ValuesInSet
from expectations.rule_base import Rule, cleaned_sql
from expectations.rules import Suite
from expectations.table_rules import RowCount, TableRule
from expectations.time_limit import TimeLimit
from rbdc.duck import set_up
from rbdc.sql import identifier, literal

TIMEOUT_SECONDS = 900.0
_GATE_URL = "duckdb+gate:///:memory:"
_CLEANED, _VERDICTS = "cleaned", "verdicts"


@dataclass(frozen=True)
class RuleResult:
    """What came of one rule.

    `unexpected_count` counts what `counts` says: a row, group or combination, or (0 or 1) the
    batch; `rows_judged` are the rows of the batch.
    """

    expectation: str
    dimension: str
    action: str
    success: bool
    observed: str
    limit: str
    unexpected_count: int
    counts: str
    rows_judged: int
    owner: str
    reason: str
    fix: str


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


class _NotJudgedError(Exception):
    """The batch could not be judged; the message holds no content of any row."""


def judge(
    batch: Path, suite: Suite, timeout_seconds: float = TIMEOUT_SECONDS, spill: Path | None = None
) -> Judgement:
    """Judge a landing batch.

    Args:
        batch: Parquet file with the table's columns as text and `_row_number` (integer).
        suite: the rules.
        timeout_seconds: after this long the batch is refused.
        spill: folder for what of the batch does not fit into memory.

    Returns:
        The judgement. Whatever keeps a rule from being evaluated is a refusal: nothing is raised,
        and nothing passes unjudged.
    """
    time_limit = TimeLimit(timeout_seconds)
    try:
        with time_limit, _opened(batch, suite, spill) as (source, connection):
            time_limit.watch(connection)
            rows = _clean(connection)
            _look_at_rows(connection, suite)
            counts = _unexpected_counts(source, suite)
            set_aside = _set_aside(connection, suite, counts)
        if time_limit.is_up:
            raise TimeoutError
    except Exception as error:
        too_long = f"it took longer than {timeout_seconds:g} seconds"
        why = too_long if time_limit.is_up else _without_content(error)
        reason = _not_judged(suite, why)
        return Judgement(suite.table, suite.version, True, reason, (), NOTHING_SET_ASIDE)
    results = tuple(_result(rule, counts[rule.name], rows) for rule in suite.rules)
    reason = _refusal(suite, results)
    return Judgement(suite.table, suite.version, reason is not None, reason, results, set_aside)


@contextmanager
def _opened(batch: Path, suite: Suite, spill: Path | None) -> Iterator[tuple[Any, Any]]:
    """The data source of Great Expectations on an empty in-memory database, and its connection.

    Great Expectations and our own queries share one connection, so that the batch is read and
    cleaned once for all of them.
    """
    gx = _great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "landing", connection_string=_GATE_URL, create_temp_table=False
    )
    engine = source.get_execution_engine().engine
    try:
        connection = engine.raw_connection().driver_connection
        set_up(connection, spill)
        _read_batch(connection, batch, suite)
        _check_columns(connection, suite)
        yield (context, source), connection
    finally:
        engine.dispose()


def _read_batch(connection: Any, batch: Path, suite: Suite) -> None:
    """Make the view `batch`; an optional column that it lacks has the same value in every row."""
    rows = f"select * from read_parquet({literal(str(batch))})"
    present = {row[0] for row in connection.execute(f"describe {rows}").fetchall()}
    lacking = [column for column in suite.optional_columns if column not in present]
    same = "".join(f", 'not told' as {identifier(column)}" for column in lacking)
    connection.execute(f"create view batch as select *{same} from ({rows})")


def _check_columns(connection: Any, suite: Suite) -> None:
    present = {row[0] for row in connection.execute("describe batch").fetchall()}
    if "_row_number" not in present:
        raise _NotJudgedError("the landing file has no column _row_number")
    for rule in suite.rules:
        missing = [column for column in rule.columns_named if column not in present]
        if missing:
            raise _NotJudgedError(f"the column {missing[0]} of rule {rule.name} is not there")


def _clean(connection: Any) -> int:
    """Make the table `cleaned`, which all rules read, and count its rows."""
    connection.execute(f"create table {_CLEANED} as {cleaned_sql('batch')}")
    rows, numbered = connection.execute(
        f"select count(*), count(distinct _row_number) from {_CLEANED}"
    ).fetchone() or (0, 0)
    if rows != numbered:
        raise _NotJudgedError("the row numbers of the landing file are not unique")
    return int(rows)


def _look_at_rows(connection: Any, suite: Suite) -> None:
    """Make the table `verdicts`: of each row, whether it breaks each rule that rows can break.

    All rules in one pass: what they have in common, as the reading of a time, is computed once.
    """
    rules = [rule for rule in suite.rules if isinstance(rule, RowRule)]
    broken = "".join(f", {rule.broken} as {_verdict(rule)}" for rule in rules)
    try:
        connection.execute(
            f"create table {_VERDICTS} as select _row_number{broken} from {_CLEANED}"
        )
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        for rule in rules:  # which one it is, one query for all does not tell
            _try(connection, rule)
        raise


def _verdict(rule: RowRule) -> str:
    """Column of `verdicts`, of a name that no condition of another rule would mean."""
    return identifier(f"breaks {rule.name}")


def _try(connection: Any, rule: RowRule) -> None:
    try:
        connection.execute(
            f"select count(*) filter (b) from (select {rule.broken} as b from {_CLEANED})"
        )
    except duckdb.Error as error:
        raise _NotJudgedError(
            f"the rule {rule.name} could not be evaluated ({_cause(str(error))})"
        ) from None


def _unexpected_counts(source: Any, suite: Suite) -> dict[str, int]:
    """How much breaks each rule, by its name, as Great Expectations counts it."""
    import great_expectations as gx

    context, landing = source
    asset = landing.add_query_asset("batch", query=f"select * from {_CLEANED}")
    expectations = gx.ExpectationSuite(suite.table)
    for rule in suite.rules:
        expectations.add_expectation(_expectation(gx.expectations, rule))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=suite.table,
            data=asset.add_batch_definition_whole_table("whole"),
            suite=context.suites.add(expectations),
        )
    )
    # No lists of values: Great Expectations cuts them short, and they are people's records.
    validation = definition.run(
        result_format={"result_format": "BASIC", "partial_unexpected_count": 0}
    )
    results = {result.expectation_config.meta["rule"]: result for result in validation.results}
    # Great Expectations drops an expectation that it does not know with only a log line.
    unknown = [rule.name for rule in suite.rules if rule.name not in results]
    if unknown or len(validation.results) != suite.rules_declared:
        raise _NotJudgedError(
            f"{len(validation.results)} results came back for {suite.rules_declared} rules"
            + (f" (none for {', '.join(unknown)})" if unknown else "")
        )
    return {rule.name: _count(rule, results[rule.name]) for rule in suite.rules}


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
            f"{literal(rule.reason)} from {_VERDICTS} where {_verdict(rule)}"
        ).fetchone()[0]
        if found != counts[rule.name]:
            raise _NotJudgedError(
                f"rule {rule.name}: Great Expectations counts {counts[rule.name]:,} rows "
                f"but its own SQL finds {found:,}"
            )
    return connection.execute(
        "select _row_number, string_agg(name, ', ' order by position) as expectation, "
        "string_agg(reason, '; ' order by position) as reason from failing "
        "group by _row_number order by _row_number"
    ).to_arrow_table()


def _expectation(gxe: Any, rule: Rule) -> Any:
    """The expectation of a rule: a built-in one where it means the same, or else the rule's SQL."""
    from expectations.counted_rows import ExpectQueryToFindNothing

    meta = {"rule": rule.name}
    match rule:
        case NotNull(columns=(column,), where=None):
            return gxe.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case ValuesInSet(columns=(column,), where=None, values=values):
            return gxe.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), meta=meta)
        case RowCount(min=low, max=high):
            return gxe.ExpectTableRowCountToBeBetween(min_value=low, max_value=high, meta=meta)
        case RowRule():
            sql = f"select 1 as found from {_VERDICTS} where {_verdict(rule)}"
        case TableRule():
            sql = rule.unexpected_sql(f"select * from {_CLEANED}")
        case _:
            raise _NotJudgedError(f"rule {rule.name} is of no kind that the gate knows")
    # Great Expectations wants its batch in every query; named and not read, it costs nothing.
    query = "with batch as (from {batch}) select * from (" + _escaped(_literally(sql)) + ")"
    return ExpectQueryToFindNothing(unexpected_rows_query=query, meta=meta)


def _count(rule: Rule, result: Any) -> int:
    """The count in a result of Great Expectations.

    Raises:
        _NotJudgedError: the rule ended in an exception, or the result contradicts itself.
    """
    raised = _exception_message(result.exception_info)
    if raised is not None:
        raise _NotJudgedError(f"the rule {rule.name} could not be evaluated ({_cause(raised)})")
    if isinstance(rule, RowCount):
        count = 0 if result.success else 1
    else:
        found = result.result
        count = found.get("unexpected_count", found.get("observed_value"))
        if count is None and found.get("element_count") == 0:
            count = 0  # a sum over no rows is null
    if not isinstance(count, int) or bool(result.success) != (count == 0):
        raise _NotJudgedError(f"the result of rule {rule.name} contradicts itself")
    return count


def _result(rule: Rule, count: int, rows: int) -> RuleResult:
    return RuleResult(
        expectation=rule.name,
        dimension=rule.dimension,
        action=rule.action,
        success=count == 0,
        observed=rule.observed(count, rows),
        limit=rule.limit,
        unexpected_count=count,
        counts=rule.counts,
        rows_judged=rows,
        owner=rule.owner,
        reason=rule.reason,
        fix=rule.fix,
    )


def _refusal(suite: Suite, results: tuple[RuleResult, ...]) -> str | None:
    failed = [r for r in results if r.action == "refuse" and not r.success]
    if not failed:
        return None
    first, others = failed[0], ", ".join(r.expectation for r in failed[1:])
    also = f" (also {others})" if others else ""
    return (
        f"{suite.table} was refused by rule {first.expectation}{also}: {first.observed}, "
        f"allowed is {first.limit}; {first.owner} must act: {first.fix}"
    )


def _not_judged(suite: Suite, why: str) -> str:
    return (
        f"{suite.table} was refused because it could not be judged: {why}; "
        "team:data-engineering must mend the batch, the suite or the gate and refresh again."
    )


def _without_content(error: Exception) -> str:
    """What went wrong, without the message of a foreign error: it may quote a person's record."""
    if isinstance(error, _NotJudgedError):
        return str(error)
    return f"{type(error).__name__} inside the gate ({_cause(str(error))})"


def _cause(message: str) -> str:
    """The part of an error message that is about the SQL; other messages may quote values."""
    about_sql = re.search(r"(?:Binder|Catalog|Parser) Error: [^\n]*", message)
    return about_sql.group() if about_sql else "its message is withheld, as it may quote a record"


def _exception_message(info: Mapping[str, Any]) -> str | None:
    """The message of an exception within Great Expectations: one record, or one for each metric."""
    records = [info] if "raised_exception" in info else list(info.values())
    raised = [record for record in records if record["raised_exception"]]
    return str(raised[0]["exception_message"]) if raised else None


def _literally(sql: str) -> str:
    """SQL for a template in which braces stand for something else."""
    return sql.replace("{", "{{").replace("}", "}}")


def _escaped(sql: str) -> str:
    """SQL for Great Expectations, which has SQLAlchemy read `:name` as a parameter."""
    return re.sub(r"(?<![:\w\\]):(?=\w)", r"\\:", sql)


def _great_expectations() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations
    from sqlalchemy.dialects import registry

    registry.register("duckdb.gate", "expectations.duckdb_dialect", "ValidationDialect")
    return gx
