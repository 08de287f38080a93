"""What a finished run has to tell its engineers: one alert for each problem, without any record."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, get_args

from orchestration.exit_status import FAILED, REFUSED, RULE, StepFailure
from orchestration.outcome import Outcome
from orchestration.rule_results import audit_files, read_results, refusing, schema_and_table
from orchestration.service import Service
from rbdc.store.loads import Load

Severity = Literal["failed", "refused", "held"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the worst first
_ENGINEERS = "team:data-engineering"


class Remedy(NamedTuple):
    """What to do in short; `owner` where it is not the owner of the table."""

    fix: str
    owner: str | None = _ENGINEERS


# Every kind of problem that no rule of a suite names: each is an entry of docs/runbook.md.
REMEDIES: Mapping[str, Remedy] = {
    "source": Remedy("Have the source deliver what sources.yml declares; refresh again.", None),
    "drift": Remedy("Look at what changed, mend sources.yml or labels.csv; refresh again.", None),
    "missing": Remedy("Put the table back, or take it out of sources.yml; refresh again.", None),
    "declared_invalid": Remedy("Wait for a corrected release of the publisher.", None),
    "no_suite": Remedy("Write or mend the suite of the table; refresh again."),
    "not_judged": Remedy("Mend what kept the gate from judging; refresh again."),
    "refused": Remedy("Read the reason, remove its cause; refresh again."),
    "reconciliation": Remedy("Find the rows that are lost or counted twice before anything else."),
    "every_row_accounted_for": Remedy("Find the load that does not add up before anything else."),
    "dbt_test": Remedy("Find out what broke the rule of the model; refresh again."),
    "dbt_model": Remedy("Mend the model, or what it stumbled over; refresh again."),
    "busy": Remedy("Wait for the other process, or stop it; refresh again."),
    "configuration": Remedy("Correct what the message names; refresh again."),
    "disclosure_policy": Remedy("Take one of the choices in disclosure.yml; make release again."),
    "attack": Remedy("Read the proof in the run; take the table out of disclosure.yml meanwhile."),
    "release": Remedy("Restore the folder that is named, or wait for the quarter to end."),
    "crash": Remedy("Refresh again; if it fails again, read the log of the step."),
}


@dataclass(frozen=True)
class Alert:
    """One problem of one run, as it goes to people: names, counts and reasons, never a record.

    Attributes:
        service: the service's folder name.
        severity: `refused` stopped the run, `held` left a table as it was, `failed` is a fault.
        source: where the table comes from, or the schema of a table of the warehouse.
        table: the table; None where the problem is none of one table.
        rule: the rule of the suite, or the kind of problem.
        count: what breaks the rule, or rows that were refused; None where nothing is counted.
        owner: who acts.
        reason: what is so.
        fix: what to do.
        runbook: where more is said of it.
        run_id: the run; None where none was started.
        synthetic: whether the data are simulated.
    """

    service: str
    severity: Severity
    source: str | None
    table: str | None
    rule: str
    count: int | None
    owner: str
    reason: str
    fix: str
    runbook: str
    run_id: str | None
    synthetic: bool

    @property
    def about(self) -> str:
        """The table, or the service where it is about no table."""
        return f"{self.source}.{self.table}" if self.table else self.service

    @property
    def line(self) -> str:
        """The alert in one line."""
        count = "" if self.count is None else f" ({self.count:,})"
        simulated = "simulated data, " if self.synthetic else ""
        return (
            f"{self.severity} {self.about}: {self.rule}{count}; {self.owner}; "
            f"{simulated}{self.runbook}"
        )

    def as_json(self) -> dict[str, Any]:
        """The alert for programs."""
        return asdict(self)


def alerts_of(service: Service, outcome: Outcome) -> list[Alert]:
    """The alerts of a finished run, the worst first; none of a good one.

    A delivery that the publisher itself declared invalid and that `sources.yml` excludes is none.
    """
    alerts = [alert for load, _ in outcome.loads for alert in _of_load(service, load)]
    alerts += _of_audits(service, outcome.run_id)
    rules_told = {alert.rule for alert in alerts if alert.severity == "refused"}
    for failure in outcome.failures:
        told = failure.kind in rules_told or (failure.kind == RULE and rules_told)
        if not told:
            alerts.append(_of_failure(service, outcome.run_id, failure))
    if not outcome.succeeded and not outcome.failures:
        killed = "The run ended without a word of its steps: its process was stopped or killed."
        alerts.append(_of_failure(service, outcome.run_id, _crash(killed)))
    return sorted(alerts, key=lambda alert: SEVERITIES.index(alert.severity))


def alert_without_run(service: Service, kind: str, reason: str) -> Alert:
    """The alert of a refresh that could not start.

    Args:
        service: the service.
        kind: one of `REMEDIES`.
        reason: one sentence of our own.
    """
    return _alert(service, None, "failed", kind, reason)


def _of_load(service: Service, load: Load) -> Iterator[Alert]:
    if load.verdict != "rejected" or load.on_refusal == "exclude":
        return
    severity: Severity = "held" if load.on_refusal == "hold" else "refused"
    where: dict[str, Any] = {"source": load.source, "table": load.table_name}
    if load.refused_by == RULE:
        results = refusing(read_results(service.state.results(load.judged_in)))
        for result in results:
            yield _of_rule(service, load.run_id, severity, result, **where)
        if results:
            return
    kind = load.refused_by if load.refused_by in REMEDIES else "refused"
    reason = load.reason or "The batch was refused."
    if kind == "drift":
        reason = _what_drifted(service, load)
    where |= {"count": load.rows_rejected or None, "owner": REMEDIES[kind].owner or load.owner}
    yield _alert(service, load.run_id, severity, kind, reason, **where)


def _what_drifted(service: Service, load: Load) -> str:
    """The findings in numbers: a new label is text of the source, and could be about a person."""
    file = service.state.quality / "drift" / f"{load.load_id}.json"
    found = Counter(
        f"{finding['kind'].replace('_', ' ')} ({finding['column_name']})"
        for finding in read_results(file)
        if finding["policy"] == "refuse"
    )
    what = ", ".join(f"{number} × {name}" for name, number in found.items()) or "its shape changed"
    return f"The source is not what sources.yml says: {what}."


def _of_audits(service: Service, run_id: str) -> Iterator[Alert]:
    for file in audit_files(service, run_id):
        for result in refusing(read_results(file)):
            schema, table = schema_and_table(result["table_name"])
            yield _of_rule(service, run_id, "refused", result, source=schema, table=table)


def _of_rule(
    service: Service,
    run_id: str,
    severity: Severity,
    result: Mapping[str, Any],
    *,
    source: str,
    table: str,
) -> Alert:
    return _alert(
        service,
        run_id,
        severity,
        result["expectation"],
        f"{result['observed']}, allowed is {result['limit']}. {result['reason'].strip()}",
        source=source,
        table=table,
        count=int(result["unexpected_count"]),
        owner=result["owner"],
        fix=result["fix"].strip(),
    )


def _crash(reason: str) -> StepFailure:
    return StepFailure(FAILED, reason, "crash", reason)


def _of_failure(service: Service, run_id: str, failure: StepFailure) -> Alert:
    kind = failure.kind if failure.kind in REMEDIES else "refused"
    severity: Severity = "refused" if failure.status == REFUSED else "failed"
    return _alert(service, run_id, severity, kind, failure.in_short)


def _alert(
    service: Service,
    run_id: str | None,
    severity: Severity,
    rule: str,
    reason: str,
    *,
    source: str | None = None,
    table: str | None = None,
    count: int | None = None,
    owner: str | None = None,
    fix: str | None = None,
) -> Alert:
    remedy = REMEDIES.get(rule)
    return Alert(
        service=service.settings.service,
        severity=severity,
        source=source,
        table=table,
        rule=rule,
        count=count,
        owner=owner or (remedy and remedy.owner) or _ENGINEERS,
        reason=reason,
        fix=fix or (remedy.fix if remedy else ""),
        runbook=f"{service.settings.runbook_url}#{rule}",
        run_id=run_id,
        synthetic=service.sources.synthetic,
    )
