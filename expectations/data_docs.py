"""Data Docs: static pages of every rule and how each table kept it, made from counts alone.

Great Expectations' own pages are not used: they load styles and scripts from the network.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from jinja2 import Environment, FileSystemLoader

from expectations.gatekeeper import suite_of
from expectations.rule_base import Rule
from expectations.rules import StageSuite, SuiteError, load_stages
from rbdc.sources.declaration import SourceTable
from rbdc.store.layout import StateFolder

ACTIONS = ("refuse", "quarantine", "warn", "info")
_TEMPLATES = Path(__file__).parent / "templates"
_LOADS_SHOWN, _JUDGEMENTS_SHOWN = 30, 20

Record = Mapping[str, Any]  # a load.json, or one entry of a file of results


@dataclass(frozen=True)
class RuleHistory:
    """A rule of a suite and what came of it, newest judgement first."""

    rule: Rule
    judgements: Sequence[Record]

    @property
    def latest(self) -> Record | None:
        """The newest judgement, or None if there was none yet."""
        return self.judgements[0] if self.judgements else None

    @property
    def is_broken(self) -> bool:
        """Whether the newest judgement found anything that breaks the rule."""
        return bool(self.latest and not self.latest["success"])


@dataclass(frozen=True)
class TableDocs:
    """What the pages say of one table; `loads` are its last ones, oldest first."""

    table: SourceTable
    description: str
    rules: Sequence[RuleHistory]
    loads: Sequence[Record]

    @property
    def file(self) -> str:
        """Name of the table's page."""
        return f"{self.table.id}.html"

    @property
    def last(self) -> Record | None:
        """The newest load."""
        return self.loads[-1] if self.loads else None

    @property
    def judged_at(self) -> str | None:
        """Day of the newest judgement."""
        times = [one.latest["evaluated_at"] for one in self.rules if one.latest]
        return str(max(times))[:10] if times else None

    @property
    def kept(self) -> Mapping[str, tuple[int, int]]:
        """For each action: rules that were kept, and rules that were judged."""
        judged = [one for one in self.rules if one.latest]
        return {
            action: (
                sum(one.rule.action == action and not one.is_broken for one in judged),
                sum(one.rule.action == action for one in judged),
            )
            for action in ACTIONS
        }

    @property
    def scores(self) -> Mapping[str, float]:
        """Score of each dimension in the newest judgement: the mean of its rules."""
        scores: dict[str, list[float]] = {}
        for one in self.rules:
            if one.latest:
                scores.setdefault(one.rule.dimension, []).append(_score(one.latest))
        return {dimension: fmean(scores[dimension]) for dimension in sorted(scores)}

    @property
    def score(self) -> float | None:
        """Mean of the scores of the dimensions."""
        return fmean(self.scores.values()) if self.scores else None

    @property
    def reason(self) -> str | None:
        """Why the newest load was refused or absent, where that quotes nothing of the source.

        A batch that was refused before its rules were judged may be quoted in its reason.
        """
        if self.last is None or not self.last["reason"]:
            return None
        refused = self.last["verdict"] == "rejected" and self.last["on_refusal"] != "exclude"
        newest = {one.latest["load_id"] for one in self.rules if one.latest}
        if refused and self.last["judged_in"] not in newest:
            return "It was refused before its rules were judged; the night report says why."
        return str(self.last["reason"])


@dataclass(frozen=True)
class StageDocs:
    """What the pages say of one stage of the warehouse."""

    stage: str
    description: str
    rules: Sequence[RuleHistory]

    @property
    def file(self) -> str:
        """Name of the stage's page."""
        return f"stage_{self.stage}.html"

    @property
    def judged_at(self) -> str | None:
        """Day of the newest audit."""
        times = [one.latest["evaluated_at"] for one in self.rules if one.latest]
        return str(max(times))[:10] if times else None

    @property
    def broken(self) -> Sequence[RuleHistory]:
        """Rules that the newest audit found broken."""
        return [one for one in self.rules if one.is_broken]


def build_data_docs(
    state: StateFolder, tables: Sequence[SourceTable], service: str, *, synthetic: bool
) -> Path:
    """Write `quality/data_docs/`: an index of all tables and stages, and a page for each.

    Args:
        state: the service's folder; only records of loads and results of rules are read.
        tables: what the service declares.
        service: its label.
        synthetic: whether its records are simulated.

    Returns:
        The index.
    """
    folder = state.quality / "data_docs"
    folder.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    shared = {"service": service, "synthetic": synthetic, "actions": ACTIONS}
    docs = [_table_docs(state, table) for table in sorted(tables, key=lambda table: table.id)]
    page = environment.get_template("data_docs_table.html")
    pages = {one.file: page.render(docs=one, **shared) for one in docs}
    stages = [_stage_docs(state, suite) for suite in load_stages()]
    page = environment.get_template("data_docs_stage.html")
    pages |= {one.file: page.render(docs=one, **shared) for one in stages}
    index = environment.get_template("data_docs_index.html")
    pages["index.html"] = index.render(tables=docs, stages=stages, **shared)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in folder.glob("*.html"):
        if file.name not in pages:  # of a table that is declared no more
            file.unlink()
    return folder / "index.html"


def _table_docs(state: StateFolder, table: SourceTable) -> TableDocs:
    try:
        suite = suite_of(table)
    except SuiteError as error:
        return TableDocs(table, f"It has no sound suite: {error}", (), _loads(state, table))
    rules = _histories(suite.rules, _judgements(state, f"{table.id}-*"))
    return TableDocs(table, table.description, rules, _loads(state, table))


def _stage_docs(state: StateFolder, suite: StageSuite) -> StageDocs:
    audits = _judgements(state, f"*-{suite.stage}")
    return StageDocs(suite.stage, suite.description, _histories(suite.rules, audits))


def _histories(rules: Sequence[Rule], judgements: Sequence[Sequence[Record]]) -> list[RuleHistory]:
    """Each rule with its judgements; those that somebody must look at stand first."""
    histories = [
        RuleHistory(
            rule,
            [
                result
                for judgement in judgements
                for result in judgement
                if result["expectation"] == rule.name
            ],
        )
        for rule in rules
    ]
    return sorted(histories, key=lambda one: not one.is_broken)


def _loads(state: StateFolder, table: SourceTable) -> list[Record]:
    """Records of the last loads, oldest first."""
    folder = state.raw / table.source / table.table
    files = sorted(folder.glob(f"{table.id}-*/load.json"))
    return _read(files[-_LOADS_SHOWN:])


def _judgements(state: StateFolder, pattern: str) -> list[Sequence[Record]]:
    """Results of the last judgements of a table or stage, newest first."""
    files = (state.quality / "results").glob(f"{pattern}.json")
    newest_first = sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))[::-1]
    return _read(newest_first[:_JUDGEMENTS_SHOWN])


def _read(files: Iterable[Path]) -> list[Any]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def _score(result: Record) -> float:
    """1 less the share of rows that break a rule; 1 or 0 for a rule about the whole batch.

    The same as in indicators.quality_scores. Results of an older version tell no rows.
    """
    count, rows = result["unexpected_count"], result.get("rows_judged")
    if result.get("counts") == "batch" or not rows:
        return float(count == 0)
    return float(1 - min(1, count / rows))
