"""Findings as a table for the Dagster UI: areas of focus first, then what goes well."""

from collections.abc import Hashable

import pandas as pd

from rbdc.release.wording import SIMULATED

_TITLES = {
    "area_of_focus": "Areas of focus",
    "doing_well": "Doing well",
    "not_enough_data": "Not enough data",
}
_MOST = 25  # sentences of one class


def findings_table(findings: pd.DataFrame, *, synthetic: bool) -> str:
    """Markdown: how many findings of each class, then the sentences, those of hypotheses first.

    A hypothesis is shown by its verdict. Of more than 25 sentences of a class the rest is counted
    and left to the table itself.

    Args:
        findings: the mart `statistics.findings`.
        synthetic: simulated data says so.
    """
    lines = [SIMULATED, ""] if synthetic else []
    shown = findings[
        (findings["subject_type"] == "headline") | (findings["measure"] == "verdict")
    ].sort_values(["subject_type", "subject"], ascending=[False, True], kind="stable")
    for kind, title in _TITLES.items():
        own = shown[shown["class"] == kind]
        lines += [f"**{title}: {len(own):,}**", "", *map(_line, own.head(_MOST).to_dict("records"))]
        if len(own) > _MOST:
            lines.append(f"- … and {len(own) - _MOST:,} more in `statistics.findings`")
        lines.append("")
    return "\n".join(lines).rstrip()


def _line(row: dict[Hashable, object]) -> str:
    return f"- {row['sentence_en']} `{row['figure_id']}`"
