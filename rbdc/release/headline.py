"""The headline indicators of the newest year, as a frame, a text table and a chart."""

from pathlib import Path

import altair as alt
import duckdb
import pandas as pd

from rbdc.framework import Framework
from rbdc.release.wording import SIMULATED, WORDING
from rbdc.sql import literal

# Colours that people with colour-vision deficiency can tell apart (Okabe and Ito).
_COLOURS = {
    "over-represented": "#D55E00",
    "under-represented": "#0072B2",
    "no disparity detected": "#666666",
    "depends on unknown race": "#CC79A7",
    "not enough data": "#BBBBBB",
}
_NOTE = (
    "A finding allows for the number of tests made together, and for people of unknown race; "
    "an interval alone does not."
)
_TICKS = [0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 7, 10, 20]


def headline(
    disproportionality: Path, framework: Framework, *, every_service: bool = False
) -> pd.DataFrame:
    """Rows of the headline indicators for all people in the newest year each one has.

    Args:
        disproportionality: Parquet file of `indicators.disproportionality`.
        framework: says which indicators are headlines, their titles and the order of groups.
        every_service: the figures are of several services, which titles then name.

    Returns:
        One row a group with an index: service, title, period, unit, benchmark, benchmark_vintage,
        race_group, outcome_count, outcome_total, disproportionality_index, index_low,
        index_high, finding.
    """
    titles = {i.indicator: i.title for i in framework.indicators if i.headline}
    names = ", ".join(literal(name) for name in titles) or "null"
    with duckdb.connect() as connection:
        frame = connection.execute(
            "select service, indicator, period, unit, benchmark, benchmark_vintage, race_group, "
            "outcome_count, outcome_total, disproportionality_index, index_low, index_high, "
            f"classification from read_parquet({literal(str(disproportionality))}) "
            f"where indicator in ({names}) and period_type = 'year' and dimension = 'all' "
            "and classification is not null "
            "qualify period = max(period) over (partition by service, indicator)"
        ).df()
    order = {group.group: n for n, group in enumerate(framework.race_groups)}
    frame["finding"] = frame["classification"].map(WORDING)
    frame["title"] = frame["indicator"].map(titles)
    if every_service:
        frame["title"] += ", " + frame["service"]
    frame["_title"] = frame["indicator"].map({name: n for n, name in enumerate(titles)})
    frame["_group"] = frame["race_group"].map(order)
    return frame.sort_values(["_title", "service", "_group"], ignore_index=True).drop(
        columns=["_title", "_group", "indicator", "classification"]
    )


def heading(row: pd.Series) -> str:
    """What one indicator's rows are: title, period, unit and benchmark."""
    vintage = f" {row['benchmark_vintage']}" if pd.notna(row["benchmark_vintage"]) else ""
    benchmark = str(row["benchmark"]).replace("_", " ")
    return f"{row['title']}, {row['period']} (unit: {row['unit']}; benchmark: {benchmark}{vintage})"


def text_table(frame: pd.DataFrame, confidence: float) -> str:
    """The headline for a terminal; `confidence` is that of the intervals."""
    lines: list[str] = []
    interval = f"{confidence:.0%} interval"
    for _, rows in frame.groupby("title", sort=False):
        lines += ["", heading(rows.iloc[0])]
        lines.append(f"  {'':<22}{'count':>8}  {'index':>6}  {interval:<14} finding")
        lines += [
            f"  {row['race_group']:<22}{row['outcome_count']:>8,}  {_cells(row)[0]:>6}  "
            f"{_cells(row)[1]:<14} {row['finding']}"
            for _, row in rows.iterrows()
        ]
    return "\n".join([*lines, "", _NOTE])


def markdown_table(frame: pd.DataFrame, confidence: float, *, synthetic: bool) -> str:
    """The headline for the Dagster UI; simulated data says so."""
    lines = [SIMULATED, ""] if synthetic else []
    interval = f"{confidence:.0%} interval"
    for _, rows in frame.groupby("title", sort=False):
        lines += [f"**{heading(rows.iloc[0])}**", ""]
        lines += [f"| group | count | index | {interval} | finding |", "|---|--:|--:|:-:|---|"]
        lines += [
            f"| {row['race_group']} | {row['outcome_count']:,} | {' | '.join(_cells(row))} "
            f"| {row['finding']} |"
            for _, row in rows.iterrows()
        ]
        lines.append("")
    return "\n".join([*lines, _NOTE])


def chart(frame: pd.DataFrame, *, synthetic: bool) -> bytes:
    """The headline as a PNG: index and interval of each group, a line at parity.

    Args:
        frame: from `headline`.
        synthetic: simulated data says so in the picture.
    """
    data = frame.assign(heading=[heading(row) for _, row in frame.iterrows()])
    groups = list(dict.fromkeys(data["race_group"]))
    base = alt.Chart().encode(
        y=alt.Y("race_group:N", sort=groups, title=None),
        color=alt.Color(
            "finding:N",
            scale=alt.Scale(domain=list(_COLOURS), range=list(_COLOURS.values())),
            legend=alt.Legend(title=None, orient="bottom", columns=3, labelLimit=300),
        ),
    )
    axis = alt.Scale(type="log", nice=False, padding=12)
    interval = base.mark_rule(strokeWidth=3).encode(
        x=alt.X(
            "index_low:Q",
            scale=axis,
            axis=alt.Axis(values=_TICKS),
            title="index (1 = as in the benchmark), log scale",
        ),
        x2="index_high:Q",
    )
    point = base.mark_point(filled=True, size=90, opacity=1).encode(
        x=alt.X("disproportionality_index:Q", scale=axis)
    )
    parity = alt.Chart().mark_rule(strokeDash=[4, 3], color="#444").encode(x=alt.datum(1))
    shown = data[(data["index_low"] > 0) & (data["disproportionality_index"] > 0)]
    picture = (
        alt.layer(parity, interval, point, data=shown)
        .properties(width=520, height=alt.Step(26))
        .facet(
            row=alt.Row(
                "heading:N",
                title=None,
                sort=list(dict.fromkeys(data["heading"])),
                header=alt.Header(
                    labelAngle=0,
                    labelOrient="top",
                    labelAnchor="start",
                    labelFontSize=13,
                    labelFontWeight="bold",
                    labelLimit=800,
                ),
            )
        )
        .resolve_scale(x="independent", y="independent")
        .properties(title="SIMULATED DATA" if synthetic else "Disproportionality index")
    )
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(picture.to_json(), scale=1.5)
    return png


def _cells(row: pd.Series) -> tuple[str, str]:
    index, low, high = row["disproportionality_index"], row["index_low"], row["index_high"]
    if pd.isna(index):
        return "–", "–"
    upper = "∞" if pd.isna(high) or high == float("inf") else f"{high:.2f}"
    return f"{index:.2f}", f"{low:.2f} – {upper}"
