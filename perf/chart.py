"""The chart of a measurement: one bar a contestant, the refresh's bar by its stages."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd

from perf.report import NAMES

_WHOLE = "whole program"
_SHOWN = ("floor", "full_refresh", "analyst", "increment", "no_change", "startup")


def write_chart(results: Mapping[str, Any], file: Path) -> None:
    """Write the chart as SVG.

    Args:
        results: the content of `results.json`.
        file: where to write.
    """
    runs = sorted((int(size), run) for size, run in results["sizes"].items())
    stages = [_WHOLE]
    for _, run in runs:
        stages += [s["stage"] for s in run["contestants"].get("full_refresh", {}).get("stages", [])]
    domain = list(dict.fromkeys(stages))
    charts = [_of_size(size, run, domain) for size, run in runs]
    file.parent.mkdir(parents=True, exist_ok=True)
    alt.vconcat(*charts).configure_view(stroke=None).save(str(file), format="svg")


def _of_size(size: int, run: Mapping[str, Any], domain: list[str]) -> alt.Chart:
    bars = []
    for key in _SHOWN:
        found = run["contestants"].get(key, {})
        if "wall_seconds" in found:
            whole = [{"stage": _WHOLE, "wall_seconds": found["wall_seconds"]}]
            bars += [
                (NAMES[key], part["stage"], part["wall_seconds"], order)
                for order, part in enumerate(found["stages"] or whole)
            ]
    frame = pd.DataFrame(bars, columns=["contestant", "stage", "seconds", "order"])
    return (
        alt.Chart(frame, title=f"{size:,} enforcement actions", width=560)
        .mark_bar()
        .encode(
            x=alt.X("seconds:Q", title="seconds"),
            y=alt.Y(
                "contestant:N",
                title=None,
                sort=[NAMES[key] for key in _SHOWN],
                axis=alt.Axis(labelLimit=240),
            ),
            color=alt.Color(
                "stage:N",
                title="stage",
                scale=alt.Scale(domain=domain, scheme="tableau20"),
            ),
            order="order:Q",
        )
    )
