"""The headline table and chart, and the findings, as asset metadata."""

import base64

import pandas as pd

from rbdc.framework import Framework
from rbdc.release.findings_table import findings_table
from rbdc.release.headline import chart, headline, markdown_table
from rbdc.release.services_table import counts_by_service, counts_markdown
from rbdc.sources.declaration import ServiceSources
from rbdc.store.layout import StateFolder


def headline_metadata(
    state: StateFolder, framework: Framework, sources: ServiceSources
) -> dict[str, str]:
    """Markdown of the headline table, its chart and the findings, from the marts readers see."""
    found = pd.read_parquet(state.mart("indicators.findings"))
    findings = findings_table(found, synthetic=sources.synthetic)
    table, picture = _headline(state, framework, sources)
    return {"headline": table, "chart": picture, "findings": findings}


def _headline(state: StateFolder, framework: Framework, sources: ServiceSources) -> tuple[str, str]:
    every, synthetic = sources.every_service, sources.synthetic
    frame = headline(state.mart("indicators.disproportionality"), framework, every_service=every)
    counts = ""
    if every or frame.empty:
        table = counts_by_service(state.mart("interactions.interaction_counts"), framework)
        small_count = framework.thresholds.small_count
        counts = counts_markdown(table, frame["service"].nunique(), small_count)
    if frame.empty:
        return counts, "No index can be shown: there is no benchmark to hold the counts against."
    picture = base64.b64encode(chart(frame, synthetic=synthetic)).decode()
    table = markdown_table(frame, framework.thresholds.confidence, synthetic=synthetic)
    return f"{counts}\n\n{table}".strip(), f"![headline indices](data:image/png;base64,{picture})"
