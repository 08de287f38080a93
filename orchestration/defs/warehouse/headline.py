"""The headline table and chart as asset metadata."""

import base64

from rbdc.framework import Framework
from rbdc.release.headline import chart, headline, markdown_table
from rbdc.store.layout import StateFolder


def headline_metadata(
    state: StateFolder, framework: Framework, *, synthetic: bool
) -> tuple[str, str]:
    """Markdown of the headline table and of its chart, from the marts that readers see."""
    frame = headline(state.mart("indicators.disproportionality"), framework)
    if frame.empty:
        return "No figures yet.", "No figures yet."
    picture = base64.b64encode(chart(frame, synthetic=synthetic)).decode()
    table = markdown_table(frame, framework.thresholds.confidence, synthetic=synthetic)
    return table, f"![headline indices](data:image/png;base64,{picture})"
