"""Which hypotheses have had a result, and what they said then, so that a later change shows."""

import datetime as dt
import json
from collections.abc import Collection
from pathlib import Path

from rbdc.framework import Framework
from rbdc.store.layout import StateFolder, write_json

FILE = "first_results.json"


def _file(state: StateFolder) -> Path:
    # Beside the judgements: it cannot be made anew from the sources, and outlives the warehouse.
    return state.quality / FILE


def read_first_results(state: StateFolder) -> dict[str, str]:
    """Digest of each hypothesis when it first had a result, by its id."""
    file = _file(state)
    if not file.exists():
        return {}
    held = json.loads(file.read_text(encoding="utf-8"))
    return {name: str(entry["digest"]) for name, entry in held.items()}


def note_first_results(
    state: StateFolder, framework: Framework, answered: Collection[str], run_id: str
) -> None:
    """Note the hypotheses that have a result now and had none before.

    Called once the marts are swapped in: only then has anybody seen a result.

    Args:
        state: the service's folder.
        framework: the framework under which they were made.
        answered: ids of the hypotheses that have a row in the marts.
        run_id: the run that made them.
    """
    file = _file(state)
    held = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    new = [one for one in framework.hypotheses if one.hypothesis in set(answered) - set(held)]
    for one in new:
        held[one.hypothesis] = {
            "digest": one.digest,
            "framework_version": framework.version,
            "first_result_on": dt.date.today().isoformat(),
            "run_id": run_id,
        }
    if new:
        write_json(file, held)
