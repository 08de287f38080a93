"""`rbdc demo-incident`: a bad night of the simulated service, from alert to the last row mended."""

import datetime as dt
import json
import re
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from orchestration.defs.automation.jobs import NIGHTLY_REFRESH, READMIT
from orchestration.exit_status import DONE, FAILED, REFUSED
from orchestration.refresh import refresh
from orchestration.service import Service
from orchestration.settings import Settings
from rbdc.errors import RbdcError
from rbdc.sources.corrections import FILE as CORRECTIONS
from rbdc.sql import literal
from rbdc.store.layout import StateFolder
from rbdc.store.marts import FIGURES, last_run
from rbdc.store.quarantine import open_rows

_RESIDENTS = 30_000  # a city that is refreshed in seconds
_WRONG_ROWS = 12
_TOO_OLD = 180  # years that the wrong rows are too old
_RULE = "age_from_0_to_120"


class _UnexpectedError(RbdcError):
    """The demonstration went another way than it is told."""


def demo_incident(settings: Settings) -> int:
    """Play the incident in a state folder of its own, `<state root>/incident`, begun anew.

    Args:
        settings: whose services and state root are used; the service is always the simulated one.

    Returns:
        0 if every step ended as it should, else 1.
    """
    folder = settings.state_root / "incident"
    shutil.rmtree(folder, ignore_errors=True)
    services = folder / "services"
    shutil.copytree(settings.services_dir / "demo", services / "demo")
    _make_city_small(services / "demo" / "simulation.yml")
    incident = replace(
        settings, service="demo", services_dir=services, state_root=folder, source_dir=None
    )
    try:
        _play(Service(incident))
    except _UnexpectedError as error:
        print(f"\nERROR: the demonstration went wrong: {error}")
        return FAILED
    return DONE


def _play(service: Service) -> None:
    state = service.state

    _tell("Evening: a good refresh, `make refresh`.")
    _run(service, DONE)
    good = _hashes(state)
    _tell(f"{_arrests(state):,} arrests are in the figures.")

    _tell(
        "Night: two things go wrong in the sources.",
        f"- The records system saves {_WRONG_ROWS} arrests with an age of 200 years.",
        "- population.csv comes with ten times as many White residents as there are.",
    )
    true_ages = _spoil_ages(state.source_systems / "records.sqlite")
    population = state.source_systems / "population.csv"
    right = population.read_bytes()
    _spoil_population(population)
    _run(service, REFUSED)
    if _hashes(state) != good:
        raise _UnexpectedError("the marts of the good night were touched")
    (alert,) = _last_report(state)["alerts"]
    _tell(
        "The gate refused the population: no later step ran, and readers still have the",
        "figures of the evening. The alert, as log, webhook and e-mail get it:",
        *(f"    {name}: {alert[name]}" for name in ("table", "rule", "count", "owner")),
        *(f"    {name}: {alert[name]}" for name in ("reason", "fix", "runbook")),
        f"The same as a page for tired eyes: {state.root / 'last_run.html'}",
    )

    _tell("Morning: the file is put right, and `make refresh` runs again.")
    population.write_bytes(right)
    _run(service, DONE)
    _tell(
        f"Green, with {_arrests(state):,} arrests: the gate set {_WRONG_ROWS} rows aside, each",
        "with its reason, and counted them. Nothing is lost. What waits for its owner:",
        *_waiting(state),
    )
    if _aside(state) < _WRONG_ROWS:
        raise _UnexpectedError("the wrong rows were not set aside")

    _tell(
        "Noon: the records unit confirms typing errors. Until it can mend its own system, the",
        f"right ages stand in services/demo/{CORRECTIONS}: raw stays as it was delivered.",
    )
    _write_corrections(service.settings.service_dir / CORRECTIONS, true_ages)
    before = _aside(state)
    _tell("`make readmit` judges what is in quarantine again, as corrected; no source is asked.")
    _run(service, DONE, READMIT)
    if before - _aside(state) != _WRONG_ROWS:
        raise _UnexpectedError("not all of the wrong rows came back")
    if _hashes(state) != good:
        raise _UnexpectedError("the figures are not those of the good night")
    _tell(
        f"All {_WRONG_ROWS} are back, {_arrests(state):,} arrests are in the figures, and these",
        "are the same as in the evening, byte for byte.",
        "",
        f"Look around: RBDC_STATE_ROOT={state.root.parent} "
        f"RBDC_SERVICES_DIR={service.settings.services_dir} make ui",
        f"Every rule and its history: {state.quality / 'data_docs' / 'index.html'}",
        "What to do when it is no demonstration: docs/runbook.md",
    )


def _run(service: Service, expected: int, job: str = NIGHTLY_REFRESH) -> None:
    status = refresh(service.settings, job, show_figures=False)
    if status != expected:
        raise _UnexpectedError(f"exit status {status} instead of {expected}")


def _tell(*lines: str) -> None:
    print("\n" + "\n".join(f"  │ {line}" for line in lines) + "\n", flush=True)


def _make_city_small(simulation: Path) -> None:
    shipped = simulation.read_text(encoding="utf-8")
    smaller, found = re.subn(r"(?m)^(\s+total:) \d+$", rf"\1 {_RESIDENTS}", shipped, count=1)
    if not found:
        raise RbdcError("simulation.yml names no total of residents.")
    simulation.write_text(smaller, encoding="utf-8")


def _spoil_ages(records: Path) -> dict[str, int]:
    """Save some arrests again, later than anything else, with an impossible age; gives the true."""
    with closing(sqlite3.connect(records)) as database, database:
        newest = dt.datetime.fromisoformat(
            database.execute("select max(updated_at) from arrests").fetchone()[0]
        )
        later = (newest + dt.timedelta(seconds=1)).isoformat()
        chosen = database.execute(
            "select arrest_id, age from arrests where is_deleted = 0 and age between 20 and 60 "
            "group by arrest_id having count(*) = 1 order by arrest_id limit ?",
            (_WRONG_ROWS,),
        ).fetchall()
        database.executemany(
            "update arrests set age = ?, updated_at = ? where arrest_id = ?",
            [(age + _TOO_OLD, later, arrest) for arrest, age in chosen],
        )
    return {str(arrest): int(age) for arrest, age in chosen}


def _spoil_population(file: Path) -> None:
    """Write ten times as many White residents as there are."""
    rows = pd.read_csv(file, dtype=str)
    wrong = (rows["group"] == "White") & (rows["stratum"] == "all")
    rows.loc[wrong, "count"] += "0"
    rows.to_csv(file, index=False)


def _write_corrections(file: Path, true_ages: Mapping[str, int]) -> None:
    corrections = [
        {
            "table": "rms.arrests",
            "key": {"arrest_id": arrest},
            "field": "age",
            "old": str(age + _TOO_OLD),
            "new": str(age),
            "reason": "Typing error, confirmed by the records unit.",
            "approved_by": "records management (simulated)",
            "date": dt.date.today(),
        }
        for arrest, age in true_ages.items()
    ]
    file.write_text(yaml.safe_dump({"corrections": corrections}, sort_keys=False))


def _aside(state: StateFolder) -> int:
    """Open rows that have an impossible age; the simulated city has some of its own."""
    of_rule = [one for one in open_rows(state) if one.table_name == "arrests"]
    return sum(one.rows for one in of_rule if one.expectation == _RULE)


def _waiting(state: StateFolder) -> Sequence[str]:
    return [
        f"    {one.source}.{one.table_name}: {one.rows} × {one.expectation} ({one.owner})"
        for one in open_rows(state)
    ]


def _arrests(state: StateFolder) -> int:
    row = duckdb.sql(
        f"select sum(count) from {literal(str(state.mart('interactions.interaction_counts')))} "
        "where interaction = 'arrest' and period_type = 'all' and dimension = 'all'"
    ).fetchone()
    return int(row[0]) if row else 0


def _hashes(state: StateFolder) -> Mapping[str, str]:
    """Hashes of the figures that readers see."""
    hashes = (last_run(state) or {}).get("hashes", {})
    return {name: hashes[name] for name in FIGURES}


def _last_report(state: StateFolder) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((state.root / "last_run.json").read_text(encoding="utf-8"))
    return report
