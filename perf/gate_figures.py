"""What is made of the measured gate: ratio and memory beyond one query, limits, and a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from perf.figures import PROMISED_SIZES, Judged, Sizes

HEADER = ("judgement of arrests", "rows", "start-up", "wall", "CPU", "peak memory")
Gates = Mapping[str, Any]
_NAMES = {"query": "one hand-written query", "gate": "gate, by its suite"}


def gate_ratio(found: Gates) -> float | None:
    """Wall time of the gate over that of the query, both beyond their start-up.

    None if they were not measured, or counted different things.
    """
    if not found.get("same"):
        return None
    gate, query = (
        found[by]["wall_seconds"] - found[f"{by}_startup"]["wall_seconds"]
        for by in ("gate", "query")
    )
    return float(gate / query) if query > 0 else None


def gate_rows(found: Gates) -> list[Sequence[str]]:
    """A row for each way to judge, as `HEADER` names its cells."""
    return [
        (
            name,
            f"{found['rows']:,}",
            f"{found[f'{by}_startup']['wall_seconds']:.1f} s",
            f"{found[by]['wall_seconds']:.1f} s",
            f"{found[by]['cpu_seconds']:.1f} s",
            f"{found[by]['peak_bytes'] / 1e9:.2f} GB",
        )
        for by, name in _NAMES.items()
        if by in found
    ]


def judged_gates(sizes: Sizes) -> list[Judged]:
    """Each limit of the gate beside what was measured."""
    found = sizes.get(PROMISED_SIZES[-1], {}).get("gates", {})
    promises = ("Gate ÷ one query beyond start-up, 10M arrests", "Gate's memory beyond the query's")
    ratio = gate_ratio(found)
    if ratio is None:
        return [
            Judged(promise, limit, "not measured", None)
            for promise, limit in zip(promises, ("3 or less", "under 2 GB"), strict=True)
        ]
    memory = (found["gate"]["peak_bytes"] - found["query"]["peak_bytes"]) / 1e9
    return [
        Judged(promises[0], "3 or less", f"{ratio:.2f}", ratio <= 3),
        Judged(promises[1], "under 2 GB", f"{memory:.2f} GB", memory < 2),
    ]
