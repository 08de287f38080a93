"""The judgement of a stage of the warehouse by its suite, before the next stage is built on it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from expectations.evaluation import (
    TIMEOUT_SECONDS,
    not_judged,
    opened,
    refusal,
    result_of,
    unexpected_counts,
    without_content,
)
from expectations.results import RuleResult
from expectations.rules import StageSuite, SuiteError, load_stage_suite
from expectations.time_limit import TimeLimit
from rbdc.sql import identifier, literal
from rbdc.store.admission import now
from rbdc.store.layout import StateFolder, write_json
from rbdc.store.marts import FIGURES
from rbdc.store.warehouse import open_warehouse

# A query asset of Great Expectations needs a relation; rules of the warehouse name their own.
_NOTHING = "(select 1 as nothing)"


@dataclass(frozen=True)
class StageJudgement:
    """What the audit says of a stage; `reason` is one sentence, None unless refused.

    `results` gives with each result the table that it is about, `<schema>.<table>`.
    """

    stage: str
    refused: bool
    reason: str | None
    results: tuple[tuple[str, RuleResult], ...]


def audit_stage(
    state: StateFolder, stage: str, run_id: str, *, compare: bool = True
) -> StageJudgement:
    """Judge a stage of a service's warehouse and keep the results.

    Args:
        state: the service's folder; nobody may be writing to its warehouse.
        stage: one of `STAGES`.
        run_id: of the run that built it.
        compare: hold marts against those that readers see; otherwise as if there were none.

    Returns:
        The judgement. Whatever keeps the stage from being judged is a refusal.
    """
    try:
        suite = load_stage_suite(stage)
    except SuiteError as error:
        return StageJudgement(stage, True, f"{stage} has no sound suite: {error}", ())
    published = published_figures(state, compare=compare) if stage == "marts" else {}
    judgement = judge_stage(state.warehouse, suite, published, spill=state.spill)
    rows = [
        {
            "run_id": run_id,
            "load_id": None,
            "table_name": about,
            "evaluated_at": now(),
            **asdict(result),
        }
        for about, result in judgement.results
    ]
    write_json(state.quality / "results" / f"{run_id}-{stage}.json", rows)
    return judgement


def published_figures(state: StateFolder, *, compare: bool) -> dict[str, Path | None]:
    """File of each mart of figures that readers see, by name; None before a good run."""
    files = {name: state.mart(name) for name in FIGURES}
    return {name: file if compare and file.exists() else None for name, file in files.items()}


def judge_stage(
    warehouse: Path,
    suite: StageSuite,
    published: Mapping[str, Path | None],
    timeout_seconds: float = TIMEOUT_SECONDS,
    spill: Path | None = None,
) -> StageJudgement:
    """Judge the tables of a warehouse.

    Args:
        warehouse: the DuckDB file; it is only read.
        suite: the rules.
        published: file of each mart that readers see now, by `<schema>.<table>`.
        timeout_seconds: after this long the stage is refused.
        spill: folder for what does not fit into memory.

    Returns:
        The judgement; nothing is raised.
    """
    time_limit = TimeLimit(timeout_seconds)
    try:
        # Waits for a program that has the file open.
        with open_warehouse(warehouse, read_only=True):
            pass
        with time_limit, opened(spill) as (source, connection):
            time_limit.watch(connection)
            _attach(connection, warehouse, published)
            counts = unexpected_counts(
                source, suite.stage, suite.rules, suite.rules_declared, _NOTHING
            )
            results = tuple(
                (rule.about, result_of(connection, rule, counts[rule.name])) for rule in suite.rules
            )
        if time_limit.is_up:
            raise TimeoutError
    except Exception as error:
        too_long = f"it took longer than {timeout_seconds:g} seconds"
        why = too_long if time_limit.is_up else without_content(error)
        return StageJudgement(suite.stage, True, not_judged(f"the stage {suite.stage}", why), ())
    reason = refusal(f"the stage {suite.stage}", [result for _, result in results])
    return StageJudgement(suite.stage, reason is not None, reason, results)


def _attach(connection: Any, warehouse: Path, published: Mapping[str, Path | None]) -> None:
    """Make the warehouse's tables readable by their names, and the marts that readers see."""
    # Views of dbt name the database as its file is named.
    connection.execute(f"attach {literal(str(warehouse))} as {warehouse.stem} (read_only)")
    connection.execute("attach ':memory:' as published")
    for name, file in published.items():
        schema = name.split(".")[0]
        nothing_yet = f"select * from {warehouse.stem}.{name} where false"
        query = f"select * from read_parquet({literal(str(file))})" if file else nothing_yet
        connection.execute(f"create schema if not exists published.{identifier(schema)}")
        connection.execute(f"create view published.{name} as {query}")
    connection.execute(f"use {warehouse.stem}")
