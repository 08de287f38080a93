"""What a run did, as `last_run.json` for programs and `last_run.html` for a tired engineer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from jinja2 import Environment, FileSystemLoader

from expectations.data_docs import build_data_docs
from orchestration.alerts import Alert, alerts_of
from orchestration.exit_status import REFUSED
from orchestration.outcome import Outcome, read_outcome
from orchestration.rule_results import quarantine_of, warnings_of
from orchestration.service import Service
from rbdc.store.layout import write_json
from rbdc.store.loads import Load, LoadHistory
from rbdc.store.marts import last_run

# A run with this tag was started by `rbdc refresh`, which writes the report when it ends.
REPORTED_TAG = "rbdc/reported"
_TEMPLATES = Path(__file__).parent / "templates"
_LOAD_FIELDS = (
    "verdict",
    "reason",
    "owner",
    "on_refusal",
    "rows_landed",
    "rows_accepted",
    "rows_quarantined",
    "rows_unchanged",
    "rows_rejected",
)


def write_night_report(
    service: Service, instance: dg.DagsterInstance, run_id: str
) -> dict[str, Any]:
    """Write the report of a finished run and return its content."""
    outcome = read_outcome(service, instance, run_id)
    marts = last_run(service.state) or {}
    return write_report(
        service,
        alerts_of(service, outcome),
        run_id=run_id,
        status=_status(outcome),
        exit_status=outcome.exit_status,
        started_at=outcome.started_at,
        finished_at=outcome.finished_at,
        sources=[_source(load, history) for load, history in outcome.loads],
        marts_changed=marts.get("changed", []) if marts.get("run_id") == run_id else [],
        reasons=list(dict.fromkeys(failure.reason for failure in outcome.failures)),
        warnings=warnings_of(service, outcome),
        quarantine=quarantine_of(service),
    )


def write_report(service: Service, alerts: Sequence[Alert], **content: Any) -> dict[str, Any]:
    """Write `last_run.json` and `last_run.html`.

    Args:
        service: whose run it was.
        alerts: what people must hear of.
        content: the other fields.
    """
    report = {
        "service": service.settings.service,
        "synthetic": service.sources.synthetic,
        **content,
        "alerts": [alert.as_json() for alert in alerts],
    }
    write_json(service.state.root / "last_run.json", report)
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    page = environment.get_template("last_run.html").render(
        report=report,
        marts_exist=last_run(service.state) is not None,
        links={alert.runbook: _link(service, alert.runbook) for alert in alerts},
        again=_again(service),
    )
    (service.state.root / "last_run.html").write_text(page, encoding="utf-8")
    build_data_docs(service.state, service.tables, report["service"], synthetic=report["synthetic"])
    return report


def _link(service: Service, runbook: str) -> str:
    """A link to the runbook that the page can follow: it lies outside of the project."""
    if "://" in runbook:
        return runbook
    file, _, anchor = runbook.partition("#")
    return f"{(service.settings.project / file).as_uri()}#{anchor}"


def _again(service: Service) -> str:
    """The command that refreshes the service again."""
    settings = service.settings
    folder = f" SOURCE_DIR={settings.source_dir}" if settings.source_dir else ""
    return f"make refresh SERVICE={settings.service}{folder}"


def _source(load: Load, history: LoadHistory) -> dict[str, Any]:
    """What a load did; `data_as_of` is that of the rows of its table that are now in force."""
    in_force = history.last_accepted
    return {
        "source": load.source,
        "table": load.table_name,
        **{name: getattr(load, name) for name in _LOAD_FIELDS},
        "data_as_of": in_force.data_as_of if in_force else None,
    }


def _status(outcome: Outcome) -> str:
    if outcome.succeeded:
        held = any(
            load.verdict == "rejected" and load.on_refusal == "hold" for load, _ in outcome.loads
        )
        return "held" if held else "done"
    return "refused" if outcome.exit_status == REFUSED else "failed"
