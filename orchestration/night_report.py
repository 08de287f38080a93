"""What a run did, as `last_run.json` for programs and `last_run.html` for a tired engineer."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from jinja2 import Environment, FileSystemLoader

from expectations.data_docs import build_data_docs
from orchestration.exit_status import DONE, FAILED, REFUSED, failures_of
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
    record = instance.get_run_record_by_id(run_id)
    if record is None:
        raise ValueError(f"no run {run_id} in this service's history")
    events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    failures = failures_of(events)
    histories = [LoadHistory(service.state, table) for table in service.tables]
    loads = [h.last for h in histories if h.last and h.last.run_id == run_id]
    succeeded = record.dagster_run.status is dg.DagsterRunStatus.SUCCESS
    exit_status = DONE if succeeded else max((status for status, _ in failures), default=FAILED)
    marts = last_run(service.state) or {}
    return write_report(
        service,
        run_id=run_id,
        status=_status(succeeded, exit_status, loads),
        exit_status=exit_status,
        started_at=_iso(record.start_time),
        finished_at=_iso(record.end_time),
        sources=[_source(history) for history in histories if history.last in loads],
        marts_changed=marts.get("changed", []) if marts.get("run_id") == run_id else [],
        reasons=list(dict.fromkeys(reason for _, reason in failures)),
    )


def write_report(service: Service, **content: Any) -> dict[str, Any]:
    """Write `last_run.json` and `last_run.html`."""
    report = {"service": service.settings.service, "synthetic": service.sources.synthetic}
    report |= content
    write_json(service.state.root / "last_run.json", report)
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True)
    page = environment.get_template("last_run.html").render(
        report=report, marts_exist=last_run(service.state) is not None
    )
    (service.state.root / "last_run.html").write_text(page, encoding="utf-8")
    build_data_docs(service.state, service.tables, report["service"], synthetic=report["synthetic"])
    return report


def _source(history: LoadHistory) -> dict[str, Any]:
    """What a table's last load did; `data_as_of` is that of the rows that are now in force."""
    load, in_force = history.last, history.last_accepted
    assert load is not None
    return {
        "source": load.source,
        "table": load.table_name,
        **{name: getattr(load, name) for name in _LOAD_FIELDS},
        "data_as_of": in_force.data_as_of if in_force else None,
    }


def _status(succeeded: bool, exit_status: int, loads: Sequence[Load]) -> str:
    if succeeded:
        held = any(load.verdict == "rejected" and load.on_refusal == "hold" for load in loads)
        return "held" if held else "done"
    return "refused" if exit_status == REFUSED else "failed"


def _iso(seconds: float | None) -> str | None:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat() if seconds else None
