"""What Great Expectations counts of a list of rules, and what that means; never a row."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from expectations.results import RuleResult
from expectations.row_rules import NotNull, RowRule, ValuesInSet
from expectations.rule_base import Rule
from expectations.table_rules import RowCount, TableRule
from expectations.warehouse_rules import WarehouseRule
from rbdc.duck import set_up
from rbdc.sql import identifier, literal

TIMEOUT_SECONDS = 900.0
# What the rules of a batch read: the cleaned batch, and of each row which rules it breaks.
CLEANED, VERDICTS = "cleaned", "verdicts"
# A batch that is larger is spilled; the process around it needs memory too.
_MEMORY_LIMIT = "1700MB"
_GATE_URL = "duckdb+gate:///:memory:"


class NotJudgedError(Exception):
    """Something could not be judged; the message holds no content of any row."""


@contextmanager
def opened(spill: Path | None) -> Iterator[tuple[Any, Any]]:
    """The data source of Great Expectations on an empty in-memory database, and its connection.

    Great Expectations and our own queries share one connection, so that what is judged is read
    and cleaned once for all of them.
    """
    gx = great_expectations()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_sql(
        "landing", connection_string=_GATE_URL, create_temp_table=False
    )
    engine = source.get_execution_engine().engine
    try:
        connection = engine.raw_connection().driver_connection
        set_up(connection, spill)
        connection.execute(f"set memory_limit = {literal(_MEMORY_LIMIT)}")
        yield (context, source), connection
    finally:
        engine.dispose()


def unexpected_counts(
    source: Any, name: str, rules: Sequence[Rule], rules_declared: int, judged: str
) -> dict[str, int]:
    """How much breaks each rule, by its name, as Great Expectations counts it.

    Args:
        source: from `opened`.
        name: of the suite.
        rules: the rules.
        rules_declared: how many there must be.
        judged: the relation that built-in expectations look at.

    Raises:
        NotJudgedError: a rule ended in an exception or without a result.
    """
    import great_expectations as gx

    context, landing = source
    asset = landing.add_query_asset("batch", query=f"select * from {judged}")
    expectations = gx.ExpectationSuite(name)
    for rule in rules:
        expectations.add_expectation(_expectation(gx.expectations, rule))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=name,
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
    unknown = [rule.name for rule in rules if rule.name not in results]
    if unknown or len(validation.results) != rules_declared:
        raise NotJudgedError(
            f"{len(validation.results)} results came back for {rules_declared} rules"
            + (f" (none for {', '.join(unknown)})" if unknown else "")
        )
    return {rule.name: _count(rule, results[rule.name]) for rule in rules}


def result_of(connection: Any, rule: Rule, count: int, rows: int = 0) -> RuleResult:
    """The result of a rule.

    Args:
        connection: what was judged.
        rule: the rule.
        count: how much breaks it.
        rows: rows of the batch, if one was judged.
    """
    measure = rule.measure()
    numbers = connection.execute(measure).fetchone() if measure else ()
    return RuleResult(
        expectation=rule.name,
        dimension=rule.dimension,
        action=rule.action,
        success=count == 0,
        observed=rule.observed(count, rows, numbers),
        limit=rule.limit,
        unexpected_count=count,
        counts=rule.counts,
        rows_judged=rows,
        owner=rule.owner,
        reason=rule.reason,
        fix=rule.fix,
    )


def refusal(judged: str, results: Sequence[RuleResult]) -> str | None:
    """Why what was judged is refused, in one sentence, or None if no rule refuses it."""
    failed = [r for r in results if r.action == "refuse" and not r.success]
    if not failed:
        return None
    first, others = failed[0], ", ".join(r.expectation for r in failed[1:])
    also = f" (also {others})" if others else ""
    return (
        f"{judged} was refused by rule {first.expectation}{also}: {first.observed}, "
        f"allowed is {first.limit}; {first.owner} must act: {first.fix}"
    )


def not_judged(judged: str, why: str) -> str:
    """The sentence by which something is refused because it could not be judged."""
    return (
        f"{judged} was refused because it could not be judged: {why}; "
        "team:data-engineering must mend the batch, the suite or the gate and refresh again."
    )


def verdict(rule: RowRule) -> str:
    """Column of `verdicts`, of a name that no condition of another rule would mean."""
    return identifier(f"breaks {rule.name}")


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
            sql = f"select 1 as found from {VERDICTS} where {verdict(rule)}"
        case TableRule():
            sql = rule.unexpected_sql(f"select * from {CLEANED}")
        case WarehouseRule():
            sql = rule.query()
        case _:
            raise NotJudgedError(f"rule {rule.name} is of no kind that the gate knows")
    # Great Expectations wants its batch in every query; named and not read, it costs nothing.
    query = "with batch as (from {batch}) select * from (" + _escaped(_literally(sql)) + ")"
    return ExpectQueryToFindNothing(unexpected_rows_query=query, meta=meta)


def _count(rule: Rule, result: Any) -> int:
    """The count in a result of Great Expectations.

    Raises:
        NotJudgedError: the rule ended in an exception, or the result contradicts itself.
    """
    raised = _exception_message(result.exception_info)
    if raised is not None:
        raise NotJudgedError(f"the rule {rule.name} could not be evaluated ({cause(raised)})")
    if isinstance(rule, RowCount):
        count = 0 if result.success else 1
    else:
        found = result.result
        count = found.get("unexpected_count", found.get("observed_value"))
        if count is None and found.get("element_count") == 0:
            count = 0  # a sum over no rows is null
    if not isinstance(count, int) or bool(result.success) != (count == 0):
        raise NotJudgedError(f"the result of rule {rule.name} contradicts itself")
    return count


def without_content(error: Exception) -> str:
    """What went wrong, without the message of a foreign error: it may quote a person's record."""
    if isinstance(error, NotJudgedError):
        return str(error)
    return f"{type(error).__name__} inside the gate ({cause(str(error))})"


def cause(message: str) -> str:
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


def great_expectations() -> Any:
    """The module, which takes seconds to import, able to read DuckDB and telling nobody."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    import great_expectations.expectations
    from sqlalchemy.dialects import registry

    registry.register("duckdb.gate", "expectations.duckdb_dialect", "ValidationDialect")
    return gx
