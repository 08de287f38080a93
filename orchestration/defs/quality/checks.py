"""Asset checks of the gate: one blocking check a table, and one for each rule of its suite."""

from collections.abc import Sequence

import dagster as dg

from expectations.gatekeeper import Decision, suite_of
from expectations.rules import SuiteError
from orchestration.defs.keys import raw_key
from rbdc.sources.declaration import SourceTable
from rbdc.store.drift import Finding
from rbdc.store.loads import Load

GATE = "gate"
RECONCILIATION = "reconciliation"
DRIFT = "drift"


def gate_check_specs(table: SourceTable) -> list[dg.AssetCheckSpec]:
    """Specs of all checks of one table's gate, read from its suite without Great Expectations."""
    specs = [
        dg.AssetCheckSpec(
            GATE,
            asset=raw_key(table),
            blocking=True,
            description=f"Judges each batch; on refusal: {table.on_refusal}.",
        ),
        dg.AssetCheckSpec(
            RECONCILIATION,
            asset=raw_key(table),
            blocking=True,
            description="Rows landed = accepted + quarantined + unchanged + rejected.",
        ),
        dg.AssetCheckSpec(
            DRIFT,
            asset=raw_key(table),
            description=(
                "The source's columns, their types and the labels of mapped columns are those "
                f"that somebody has looked at. Policy: {table.drift}."
            ),
            metadata={"owner": table.owner},
        ),
    ]
    try:
        rules = suite_of(table).rules
    except SuiteError:
        return specs  # the gate refuses every batch and says why
    return specs + [
        dg.AssetCheckSpec(
            rule.name,
            asset=raw_key(table),
            description=f"{rule.reason} If it fails: {rule.fix}",
            metadata={"action": rule.action, "dimension": rule.dimension, "owner": rule.owner},
        )
        for rule in rules
    ]


def gate_check_results(
    table: SourceTable, decision: Decision, specs: Sequence[dg.AssetCheckSpec]
) -> list[dg.AssetCheckResult]:
    """Results for every spec; a rule that was not evaluated is shown as such, never as passed."""
    load = decision.load
    rejected = load.verdict == "rejected"
    stops = rejected and table.on_refusal == "stop"
    results = [
        dg.AssetCheckResult(
            asset_key=raw_key(table),
            check_name=GATE,
            passed=not rejected,
            severity=dg.AssetCheckSeverity.ERROR if stops else dg.AssetCheckSeverity.WARN,
            description=load.reason or f"{load.verdict} as load {load.load_id}",
            metadata={"load_id": load.load_id, "verdict": load.verdict, "owner": load.owner},
        ),
        dg.AssetCheckResult(
            asset_key=raw_key(table),
            check_name=RECONCILIATION,
            passed=load.balances,
            metadata={
                "landed": load.rows_landed,
                "accepted": load.rows_accepted,
                "quarantined": load.rows_quarantined,
                "unchanged": load.rows_unchanged,
                "rejected": load.rows_rejected,
            },
        ),
        _drift_result(table, decision.drift, stops=stops),
    ]
    evaluated = {str(result["expectation"]): result for result in decision.results}
    for spec in specs:
        if spec.name in (GATE, RECONCILIATION, DRIFT):
            continue
        result = evaluated.get(spec.name)
        if result is None:
            results.append(_not_evaluated(table, spec.name, decision))
            continue
        refuses = result["action"] == "refuse"
        results.append(
            dg.AssetCheckResult(
                asset_key=raw_key(table),
                check_name=spec.name,
                passed=bool(result["success"]),
                severity=(dg.AssetCheckSeverity.ERROR if refuses else dg.AssetCheckSeverity.WARN),
                metadata={
                    "observed": str(result["observed"]),
                    "limit": str(result["limit"]),
                    "unexpected_count": int(str(result["unexpected_count"])),
                    "action": str(result["action"]),
                    "dimension": str(result["dimension"]),
                    "owner": str(result["owner"]),
                    "judged_in_load": str(result["load_id"]),
                },
            )
        )
    return results


def in_short(findings: Sequence[Finding]) -> str:
    """The first finding, and how many others there are."""
    others = f" And {len(findings) - 1} more." if len(findings) > 1 else ""
    return findings[0].detail + others


def _drift_result(
    table: SourceTable, findings: Sequence[Finding], *, stops: bool
) -> dg.AssetCheckResult:
    """All findings as a table: they stay until somebody acts on them."""
    refused = any(finding.policy == "refuse" for finding in findings)
    rows = [
        f"| {one.kind.replace('_', ' ')} | {_cell(one.column_name)} | {_cell(one.label or '')} "
        f"| {'' if one.records is None else one.records} | {one.policy} | {_cell(one.detail)} |"
        for one in findings
    ]
    head = "| what | column | label | records | policy | detail |\n|---|---|---|---:|---|---|"
    error = refused and stops
    return dg.AssetCheckResult(
        asset_key=raw_key(table),
        check_name=DRIFT,
        passed=not findings,
        severity=dg.AssetCheckSeverity.ERROR if error else dg.AssetCheckSeverity.WARN,
        description=in_short(findings) if findings else "Nothing has drifted.",
        metadata={
            "findings": dg.MetadataValue.md("\n".join([head, *rows]) if rows else "None."),
            "number_of_findings": len(findings),
            "policy": str(table.drift),
            "owner": table.owner,
        },
    )


def _cell(text: str) -> str:
    """Text of a source within a table of Markdown."""
    return text.replace("|", "\\|").replace("\n", " ")


def _why_nothing(load: Load) -> str:
    if load.delivery == "readmission":
        return "rows out of quarantine are judged only by the rules that set rows aside"
    return (load.reason or "the batch holds deletions and no rows").rstrip(".")


def _not_evaluated(table: SourceTable, rule: str, decision: Decision) -> dg.AssetCheckResult:
    """A rule that had nothing to judge is no failure; one that could not judge is shown as one."""
    load = decision.load
    nothing = load.verdict != "rejected"
    return dg.AssetCheckResult(
        asset_key=raw_key(table),
        check_name=rule,
        passed=nothing,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"Not evaluated: {_why_nothing(load)}."
        if nothing
        else "Not evaluated: the batch was refused before the rules were run.",
    )
