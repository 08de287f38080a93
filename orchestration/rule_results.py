"""What the rules found: results of a run's loads and audits, and the rows still set aside."""

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchestration.outcome import Outcome
from orchestration.service import Service
from rbdc.store.quarantine import open_rows

Results = list[dict[str, Any]]
Failed = set[tuple[str, str]]  # table and rule


def read_results(file: Path) -> Results:
    """What each rule found, from a file of results; nothing if there is no such file."""
    if not file.exists():
        return []
    results: Results = json.loads(file.read_text(encoding="utf-8"))
    return results


def audit_files(service: Service, run_id: str) -> list[Path]:
    """Results of the rules of the warehouse's own tables in a run: `<run_id>-<stage>.json`."""
    return sorted(service.state.results(run_id).parent.glob(f"{run_id}-*.json"))


def schema_and_table(name: str) -> tuple[str, str]:
    """Source and table of `rms__arrests`, schema and table of `staging.stg_rms__arrests`."""
    first, _, rest = name.partition("." if "." in name else "__")
    return first, rest


def refusing(results: Results) -> Results:
    """Those that refuse."""
    return [one for one in results if one["action"] == "refuse" and not one["success"]]


def warnings_of(service: Service, outcome: Outcome) -> Results:
    """Rules that failed in this run without refusing; those that held the time before come first.

    Only what was judged in this run: a delivery that is known already says nothing new.
    """
    pairs = [*_judged_loads(service, outcome), *_audits(service, outcome)]
    warnings = [
        {
            "table": ".".join(schema_and_table(result["table_name"])),
            "rule": result["expectation"],
            **{name: result[name] for name in ("action", "observed", "limit", "owner")},
            "new": (result["table_name"], result["expectation"]) not in failed_before,
        }
        for results, failed_before in pairs
        for result in results
        if not result["success"] and result["action"] in ("warn", "quarantine")
    ]
    return sorted(warnings, key=lambda one: not one["new"])


def quarantine_of(service: Service) -> Results:
    """How many rows are set aside and not settled, by table and rule; the most first."""
    now = dt.datetime.now(dt.UTC)
    found = [
        {
            "table": f"{one.source}.{one.table_name}",
            "rule": one.expectation,
            "rows": one.rows,
            "oldest_days": one.age_days(now),
            "owner": one.owner,
        }
        for one in open_rows(service.state)
    ]
    return sorted(found, key=lambda one: -int(str(one["rows"])))


def _judged_loads(service: Service, outcome: Outcome) -> Iterator[tuple[Results, Failed]]:
    """Results of each accepted load, and the rules that failed when its table was judged before."""
    for load, history in outcome.loads:
        if load.verdict != "accepted":
            continue
        earlier = (
            read_results(service.state.results(one.load_id))
            for one in reversed(history.loads)
            if one.load_id < load.load_id
        )
        before = next((results for results in earlier if results), [])
        yield read_results(service.state.results(load.load_id)), _failed(before)


def _audits(service: Service, outcome: Outcome) -> Iterator[tuple[Results, Failed]]:
    """Results of each audit, and the rules that failed in the audit before."""
    for file in audit_files(service, outcome.run_id):
        stage = file.stem.removeprefix(f"{outcome.run_id}-")
        written = file.stat().st_mtime_ns
        others = [one for one in file.parent.glob(f"*-{stage}.json") if one != file]
        earlier = [one for one in others if one.stat().st_mtime_ns < written]
        before = max(earlier, key=lambda one: one.stat().st_mtime_ns, default=None)
        results = read_results(file)
        yield results, _failed(read_results(before)) if before else set()


def _failed(results: Results) -> Failed:
    return {(one["table_name"], one["expectation"]) for one in results if not one["success"]}
