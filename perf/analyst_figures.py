"""The analyst's second half: benchmarks, moments, figures and the three marts, with pandas."""

from hashlib import sha256

import pandas as pd

from perf.task import SERVICE, Task, config_tables, estimates

# The steps that count as each interaction; each event has the furthest one that it came to.
STEPS = {
    "enforcement_action": [0, 1, 2, 3, 4, 5, 6, 7],
    "arrest": [1, 2, 3, 4],
    "booking": [2, 3, 4],
    "strip_search": [3, 4],
    "item_found": [4],
    "youth_diversion": [5],
    "mental_health_apprehension": [6],
    "child_protection_apprehension": [7],
}
CELL = ["indicator", "period_type", "period", "dimension", "dimension_value"]
FIGURE = [
    "service", "indicator", "outcome", "benchmark", "benchmark_vintage", "benchmark_unit", "unit",
    "composition_rule", "period_type", "period", "dimension", "dimension_value", "race_group",
]  # fmt: skip
MOMENTS = ["m_xg_xg", "m_xg_x", "m_ng_ng", "m_xg_ng", "m_xg_n", "m_ng_x", "m_ng_n"]
INTERACTION_COUNTS = [
    "service", "interaction", "unit", "composition_rule", "period_type", "period", "dimension",
    "dimension_value", "race_group", "count", "persons",
]  # fmt: skip
BENCHMARK_COUNTS = [
    "service", "benchmark", "unit", "vintage", "period_type", "period", "dimension",
    "dimension_value", "race_group", "count", "persons",
]  # fmt: skip
DISPROPORTIONALITY = [
    "figure_id", *FIGURE, "outcome_count", "outcome_total", "benchmark_count", "benchmark_total",
    "persons", "outcome_share", "benchmark_share", "disproportionality_index", "index_low",
    "index_high", "rate", "rate_low", "rate_high", "reference_group", "disparity_index",
    "disparity_low", "disparity_high", "rate_difference", "rate_difference_low",
    "rate_difference_high", "expected_count", "excess_count", "interval_method",
    "variance_method", "p_value", "q_value", "test_family", "outcome_missing_share",
    "benchmark_missing_share", "bound_low", "bound_high", "small_count", "classification",
    "framework_version", "data_as_of", "run_id",
]  # fmt: skip


def write_marts(
    task: Task,
    counts: pd.DataFrame,
    events: pd.DataFrame,
    reached: dict[str, pd.Timestamp],
    resident_labels: dict[str, str],
) -> None:
    """Write the marts.

    Args:
        task: where to read the framework and population, and where to write.
        counts: counts of all interactions.
        events: one row an event of a person, with `step`, periods and dimensions.
        reached: how far the data behind each interaction reach.
        resident_labels: standard race group by lower-case label of the population file.
    """
    framework = task.framework()
    config = config_tables(framework, SERVICE)
    residents = read_residents(task, config["benchmarks"], resident_labels)
    benchmarks = benchmark_counts(counts, residents, config["benchmarks"])
    asked = (
        config["indicators"]
        .merge(config["indicator_cells"], on="indicator")
        .merge(
            config["benchmarks"][["benchmark", "vintage", "unit", "kind"]].rename(
                columns={"vintage": "benchmark_vintage", "unit": "benchmark_unit"}
            ),
            on=["benchmark", "benchmark_vintage", "benchmark_unit"],
        )
    )
    figures = index_counts(asked, counts, benchmarks, residents, events, config["race_groups"])
    reach = {name: day.date() for name, day in reached.items()}
    figures["data_as_of"] = [
        min(reach[o], reach.get(b, reach[o]))
        for o, b in zip(figures["outcome"], figures["benchmark"], strict=True)
    ]
    run = config["run"].iloc[0]
    figures = figures.assign(reference_group=run["reference_group"]).sort_values("figure_id")
    found = figures.merge(estimates(figures, framework), on="figure_id", how="left")
    found = found.assign(framework_version=run["framework_version"], run_id="perf")
    for mart, frame in (
        ("interactions.interaction_counts", counts[INTERACTION_COUNTS]),
        ("benchmarks.benchmark_counts", benchmarks[BENCHMARK_COUNTS]),
        ("indicators.disproportionality", found[DISPROPORTIONALITY]),
    ):
        whole = {c: "Int64" for c in ("count", "persons") if c in frame}
        frame = frame.astype(whole)
        frame.sort_values(list(frame)).to_parquet(task.mart(mart), index=False)


def read_residents(task: Task, benchmarks: pd.DataFrame, labels: dict[str, str]) -> pd.DataFrame:
    """Residents by benchmark, stratum and race group, with the printed total."""
    read = pd.read_csv(task.source_systems / "population.csv", dtype=str)
    asked = benchmarks.loc[
        benchmarks["kind"] == "population",
        ["benchmark", "vintage", "unit", "source_label", "stratum"],
    ].rename(columns={"stratum": "only"})
    asked = asked.astype(dict.fromkeys(["benchmark", "vintage", "unit", "source_label"], "str"))
    read = read.merge(asked, left_on=["vintage", "source"], right_on=["vintage", "source_label"])
    read = read[read["only"].isna() | (read["only"] == read["stratum"])]
    stratum = read["stratum"].where(read["only"].isna(), "all").str.partition("=")
    group = read["group"].str.strip().str.lower()
    read = read.assign(
        service=SERVICE, period_type="all", period="all", dimension=stratum[0],
        dimension_value=stratum[2].where(stratum[2] != "", "all"),
        race_group=group.map(labels), count=read["count"].astype("int64"),
    )  # fmt: skip
    key = ["benchmark", "vintage", "dimension", "dimension_value"]
    printed = read.loc[group == "total", [*key, "count"]].rename(columns={"count": "total"})
    return read[group != "total"].merge(printed, on=key)


def benchmark_counts(
    counts: pd.DataFrame, residents: pd.DataFrame, benchmarks: pd.DataFrame
) -> pd.DataFrame:
    """Counts of every comparison population."""
    of_interactions = benchmarks.loc[
        benchmarks["kind"] == "interaction", ["benchmark", "unit", "vintage"]
    ]
    held = counts.merge(
        of_interactions, left_on=["interaction", "unit"], right_on=["benchmark", "unit"]
    )
    return pd.concat([held, residents], ignore_index=True)[BENCHMARK_COUNTS]


def index_counts(
    asked: pd.DataFrame,
    counts: pd.DataFrame,
    benchmarks: pd.DataFrame,
    residents: pd.DataFrame,
    events: pd.DataFrame,
    race_groups: pd.DataFrame,
) -> pd.DataFrame:
    """Both sides of every indicator, one row a figure."""
    own = counts[counts["service"] == SERVICE].rename(columns={"interaction": "outcome"})
    own = own.astype({"composition_rule": "string"})
    outcomes = asked.merge(
        own, on=["outcome", "unit", "composition_rule", "period_type", "dimension"]
    )[[*CELL, "race_group", "count", "persons"]]
    inside = asked[asked["kind"] == "interaction"].merge(
        benchmarks[benchmarks["service"] == SERVICE], on=["benchmark", "period_type", "dimension"]
    )[[*CELL, "race_group", "count"]]
    inside["total"] = inside.groupby(CELL)["count"].transform("sum")
    periods = outcomes[["indicator", "period_type", "period"]].drop_duplicates()
    outside = (
        asked[asked["kind"] == "population"]
        .merge(periods, on=["indicator", "period_type"])
        .merge(
            residents[
                ["benchmark", "vintage", "dimension", "dimension_value", "race_group", "count",
                 "total"]
            ],
            left_on=["benchmark", "benchmark_vintage", "dimension"],
            right_on=["benchmark", "vintage", "dimension"],
        )
    )[[*CELL, "race_group", "count", "total"]]  # fmt: skip
    held = pd.concat([inside, outside], ignore_index=True)

    interactions = asked.loc[asked["kind"] == "interaction", "indicator"]
    cells = pd.concat(
        [held[CELL], outcomes.loc[outcomes["indicator"].isin(interactions), CELL]]
    ).drop_duplicates()
    cells = cells.merge(held.groupby(CELL)["total"].max().reset_index(), how="left", on=CELL)
    shown = groups_shown(asked, race_groups, outcomes, held)
    moments = pd.concat(
        [
            person_moments(events, row)
            for row in asked.itertuples()
            if row.unit == "person" and row.outcome in STEPS
        ],
        ignore_index=True,
    )
    figures = (
        cells.merge(asked, on=["indicator", "period_type", "dimension"])
        .merge(shown, on="indicator")
        .merge(outcomes.rename(columns={"count": "outcome_count"}), "left", [*CELL, "race_group"])
        .merge(
            held.drop(columns="total").rename(columns={"count": "benchmark_count"}),
            "left", [*CELL, "race_group"],
        )
        .merge(moments, "left", [*CELL, "race_group"])
    )  # fmt: skip
    return with_totals(figures.assign(service=SERVICE))


def groups_shown(
    asked: pd.DataFrame, race_groups: pd.DataFrame, outcomes: pd.DataFrame, held: pd.DataFrame
) -> pd.DataFrame:
    """Race groups that an indicator shows: those that either side can hold or does hold."""
    sides = asked[["indicator", "unit", "benchmark_unit"]].drop_duplicates()
    shown = sides.merge(race_groups, how="cross")
    for side, unit in (("outcome", "unit"), ("benchmark", "benchmark_unit")):
        shown[f"{side}_can_hold"] = [
            name in held_by.split(",")
            for name, held_by in zip(shown[unit], shown["held_by"], strict=True)
        ]
    shown["comparable"] = shown["outcome_can_hold"] & shown["benchmark_can_hold"]
    either = pd.concat([outcomes, held])[["indicator", "race_group"]].drop_duplicates()
    shown = shown.merge(either.assign(there=True), "outer", ["indicator", "race_group"])
    wanted = shown["outcome_can_hold"].eq(True) | shown["benchmark_can_hold"].eq(True)
    shown = shown[wanted | shown["there"].eq(True)]
    return pd.DataFrame(
        {
            "indicator": shown["indicator"],
            "race_group": shown["race_group"],
            "comparable": shown["comparable"].eq(True),
            "is_unknown": shown["is_unknown"].eq(True),
        }
    )


def person_moments(events: pd.DataFrame, asked: tuple) -> pd.DataFrame:
    """Sums over people of products of their event counts, for one indicator, period, dimension."""
    steps_x = STEPS[asked.outcome]
    steps_n = STEPS[asked.benchmark] if asked.form == "subset" else []
    events = events[events["step"].isin([*steps_x, *steps_n])]
    period, dimension = asked.period_type, asked.dimension
    cell = list(dict.fromkeys([period, dimension]))
    events = events[[*cell, "race_group", "person"]].assign(
        x_g=events["step"].isin(steps_x).astype("int32"),
        n_g=events["step"].isin(steps_n).astype("int32"),
    )
    people = events.groupby([*cell, "race_group", "person"], observed=True, sort=False).sum()
    totals = people.groupby([*cell, "person"], observed=True, sort=False).transform("sum")
    x_g, n_g, x, n = people["x_g"], people["n_g"], totals["x_g"], totals["n_g"]
    products = pd.DataFrame(
        {
            "m_xg_xg": x_g * x_g, "m_xg_x": x_g * x, "m_ng_ng": n_g * n_g, "m_xg_ng": x_g * n_g,
            "m_xg_n": x_g * n, "m_ng_x": n_g * x, "m_ng_n": n_g * n,
        }
    )  # fmt: skip
    sums = products.groupby([*cell, "race_group"], observed=True).sum().reset_index()
    return tidy(sums, period, dimension).assign(indicator=asked.indicator)


def tidy(part: pd.DataFrame, period: str, dimension: str) -> pd.DataFrame:
    """Counts of one period and dimension under the columns that all of them share."""
    names = {
        "year": lambda year: str(year),
        "quarter": lambda quarter: f"{quarter // 4}-Q{quarter % 4 + 1}",
        "month": lambda month: f"{month // 12}-{month % 12 + 1:02d}",
        "all": lambda _: "all",
    }
    value = "all" if dimension == "all" else part[dimension].astype("str")
    named = part[period].map({number: names[period](number) for number in part[period].unique()})
    kept = part.drop(columns=list({period, dimension}))
    return kept.assign(
        race_group=part["race_group"].astype("str"), period_type=period, period=named,
        dimension=dimension, dimension_value=value,
    )  # fmt: skip


def with_totals(figures: pd.DataFrame) -> pd.DataFrame:
    """Totals over the race groups of a cell, nulls where a side has no people, and the id."""
    zeros = ["outcome_count", "benchmark_count", "total", "persons", *MOMENTS]
    figures = figures.fillna(dict.fromkeys(zeros, 0))
    figures = figures.astype(dict.fromkeys(zeros[:4], "int64"))
    figures = figures.rename(columns={"total": "benchmark_total"})
    unknown = figures["is_unknown"]
    figures["outcome_unknown"] = figures["outcome_count"].where(unknown, 0)
    figures["benchmark_unknown"] = figures["benchmark_count"].where(unknown, 0)
    sums = {
        "outcome_total": "outcome_count", "outcome_unknown": "outcome_unknown",
        "benchmark_unknown": "benchmark_unknown", "m_x_x": "m_xg_x", "m_n_n": "m_ng_n",
        "m_x_n": "m_xg_n",
    }  # fmt: skip
    cells = figures.groupby(CELL)
    figures = figures.assign(**{new: cells[old].transform("sum") for new, old in sums.items()})
    has_people = (figures["unit"] == "person") & figures["outcome"].isin(STEPS)
    both = has_people & (figures["form"] == "subset")
    figures["persons"] = figures["persons"].astype("Int64").where(has_people)
    for moment in ["m_xg_xg", "m_xg_x", "m_x_x"]:
        figures[moment] = figures[moment].where(has_people)
    for moment in ["m_ng_ng", "m_xg_ng", "m_xg_n", "m_ng_x", "m_ng_n", "m_n_n", "m_x_n"]:
        figures[moment] = figures[moment].where(both)
    key = figures[FIGURE].astype("string").fillna("")
    joined = key[FIGURE[0]].str.cat([key[column] for column in FIGURE[1:]], sep="|")
    figures["figure_id"] = [sha256(text.encode()).hexdigest()[:16] for text in joined]
    return figures
