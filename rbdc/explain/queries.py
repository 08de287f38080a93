"""The queries that count a figure again: from public counts, and from what those were made of."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rbdc.explain.figure import Figure
from rbdc.explain.source import CountSource
from rbdc.sql import literal

ENCOUNTERS = "interactions.encounters"
UNITS = "interactions.interaction_units"
SUMMARIES = "staging.stg_tps__use_of_force_summary"
RESIDENTS = "staging.stg_population__residents"
CENSUS = "census.neighbourhood_profile"


@dataclass(frozen=True)
class Query:
    """A query of one number.

    Attributes:
        column: the column of the figure that it must equal.
        origin: what it reads: `public counts`, `records`, `printed counts` (a publisher's own) or
            `population table`.
        sql: its text, which runs on the warehouse as it stands.
    """

    column: str
    origin: str
    sql: str

    @property
    def reads_public_counts(self) -> bool:
        """Whether it can be asked of the marts too."""
        return self.origin == "public counts" and "benchmark_totals" not in self.sql


@dataclass(frozen=True)
class Side:
    """What a figure counts on one side: an interaction, or residents of a vintage."""

    interaction: str
    unit: str
    composition_rule: str | None
    vintage: str | None
    is_benchmark: bool

    @property
    def count(self) -> str:
        """The column that holds its count."""
        return "benchmark_count" if self.is_benchmark else "outcome_count"

    @property
    def total(self) -> str:
        """The column that holds its total over all race groups."""
        return "benchmark_total" if self.is_benchmark else "outcome_total"

    def conditions(self, *, with_rule: bool = True) -> list[str]:
        """What the rows of its interaction say of it, in tables of interactions."""
        found = [_is("interaction", self.interaction), _is("unit", self.unit)]
        # A benchmark is chosen by its unit alone.
        if with_rule and not self.is_benchmark:
            found.append(_is("composition_rule", self.composition_rule))
        return found


def sides_of(figure: Figure) -> tuple[Side, Side]:
    """Outcome and benchmark of a row of `indicators.disproportionality`."""
    text = figure.text
    outcome = Side(
        str(text("outcome")), str(text("unit")), text("composition_rule"), None, is_benchmark=False
    )
    benchmark = Side(
        str(text("benchmark")),
        str(text("benchmark_unit")),
        None,
        text("benchmark_vintage"),
        is_benchmark=True,
    )
    return outcome, benchmark


def queries_of(figure: Figure, source: CountSource) -> list[Query]:
    """Every query that must give a number of the figure, those of the outcome first.

    Where the source holds only marts, these are the queries that marts can answer.
    """
    outcome, benchmark = sides_of(figure)
    queries = [*_of_interaction(figure, outcome, source)]
    if benchmark.vintage is None:
        queries += _of_interaction(figure, benchmark, source)
    else:
        queries += _of_residents(figure, benchmark, source)
    if source.why_marts_alone is None:
        return queries
    return [query for query in queries if query.reads_public_counts]


def _cell_conditions(figure: Figure) -> list[str]:
    """Period and dimension in tables of counts, which have one column for each."""
    columns = ("period_type", "period", "dimension", "dimension_value")
    return [_is(column, figure.text(column)) for column in columns]


def _record_conditions(figure: Figure) -> list[str]:
    """Period and dimension in tables of records, which have a column for each kind of them."""
    found = []
    if figure.text("period_type") != "all":
        found.append(_is(str(figure.text("period_type")), figure.text("period")))
    if figure.text("dimension") != "all":
        names = str(figure.text("dimension")).split("*")
        values = str(figure.text("dimension_value")).split("|")
        found += [_is(name, value) for name, value in zip(names, values, strict=True)]
    return found


def is_printed(figure: Figure, side: Side, source: CountSource) -> bool:
    """Whether the counts of this cell are a publisher's own, with no record behind them."""
    table = "interactions.summary_counts"
    if not source.columns(table):
        return False
    columns = ["period_type", "period", "dimension"]
    cell = [_is(column, figure.text(column)) for column in columns]
    where = [_is("service", figure.text("service")), *side.conditions(with_rule=False), *cell]
    return bool(source.count(select("count(*)", table, where)))


def select(what: str, table: str, conditions: Iterable[str]) -> str:
    """A query on several lines, as a person reads it."""
    return f"select {what}\nfrom {table}\nwhere " + "\n  and ".join(conditions)


def _of_interaction(figure: Figure, side: Side, source: CountSource) -> list[Query]:
    service = _is("service", figure.text("service"))
    group = _is("race_group", figure.text("race_group"))
    cell = _cell_conditions(figure)
    public = "public counts"
    if side.is_benchmark:
        held = [_is("benchmark", side.interaction), _is("unit", side.unit), "vintage is null"]
        table, of_side = "benchmarks.benchmark_counts", [service, *held, *cell]
    else:
        table, of_side = "interactions.interaction_counts", [service, *side.conditions(), *cell]
    queries = [
        Query(side.count, public, select(_SUM, table, [*of_side, group])),
        Query(side.total, public, select(_SUM, table, of_side)),
    ]
    knows_people = not side.is_benchmark and figure.number("persons") is not None
    if knows_people:
        people = select("coalesce(sum(persons), 0)", table, [*of_side, group])
        queries.append(Query("persons", public, people))
    if source.why_marts_alone is None:
        queries += _of_records(figure, side, source, knows_people=knows_people)
    return queries


def _of_records(
    figure: Figure, side: Side, source: CountSource, *, knows_people: bool
) -> list[Query]:
    """The same from records, or from the tables that a publisher printed in their place."""
    service = _is("service", figure.text("service"))
    group = _is("race_group", figure.text("race_group"))
    if is_printed(figure, side, source):
        counted = ["is_counted", _is("interaction", side.interaction)]
        counted += [_is(name, figure.text(name)) for name in ("dimension", "dimension_value")]
        counted.append(_is(str(figure.text("period_type")), figure.text("period")))
        what = "coalesce(sum(incidents), 0)"
        return [
            Query(side.count, "printed counts", select(what, SUMMARIES, [*counted, group])),
            Query(side.total, "printed counts", select(what, SUMMARIES, counted)),
        ]
    cell = _record_conditions(figure)
    if side.unit == "person" and side.interaction in source.columns(ENCOUNTERS):
        table, what = ENCOUNTERS, "count(*)"
        of_side = [service, f"{side.interaction} = 1", *cell]
    else:
        table, what = UNITS, "coalesce(sum(units), 0)"
        of_side = [service, *side.conditions(), *cell]
    if not _dimensions(figure) <= source.columns(table):  # no record is counted by that
        return []
    queries = [
        Query(side.count, "records", select(what, table, [*of_side, group])),
        Query(side.total, "records", select(what, table, of_side)),
    ]
    if knows_people and table == ENCOUNTERS:
        people = select("count(distinct person_number)", table, [*of_side, group])
        queries.append(Query("persons", "records", people))
    return queries


def _of_residents(figure: Figure, side: Side, source: CountSource) -> list[Query]:
    held = [
        _is("service", figure.text("service")),
        _is("benchmark", side.interaction),
        _is("unit", side.unit),
        _is("vintage", side.vintage),
        # Every period of an outcome is held against the same residents.
        "period = 'all'",
        _is("dimension", figure.text("dimension")),
        _is("dimension_value", figure.text("dimension_value")),
    ]
    group = _is("race_group", figure.text("race_group"))
    counts, totals = "benchmarks.benchmark_counts", "benchmarks.benchmark_totals"
    queries = [
        Query(side.count, "public counts", select(_SUM, counts, [*held, group])),
        Query(side.total, "public counts", select("coalesce(max(total), 0)", totals, held)),
    ]
    declared = benchmark_of(side, source)
    for column, race_group in (
        (side.count, str(figure.text("race_group"))),
        (side.total, "Total"),
    ):
        if declared.get("source_table") == CENSUS:
            sql = _census(side, race_group)
        elif declared.get("source_table") == "population.residents":
            sql = _supplied(figure, declared, race_group, source)
        else:
            continue
        queries.append(Query(column, "population table", sql))
    return queries


def _dimensions(figure: Figure) -> set[str]:
    return set(str(figure.text("dimension")).split("*")) - {"all"}


def benchmark_of(side: Side, source: CountSource) -> dict[str, Any]:
    """What the framework of the build says of a benchmark; empty without a warehouse."""
    if not source.columns("raw.config__benchmarks"):
        return {}
    where = [_is("benchmark", side.interaction), _is("vintage", side.vintage)]
    rows = source.rows(select("*", "raw.config__benchmarks", where))
    return rows[0] if rows else {}


def _census(side: Side, race_group: str) -> str:
    """Lines of the profile, added and subtracted; a line that is missing leaves no count."""
    return select(
        "coalesce(case when count(profile.residents) = count(*)\n"
        "    then sum(parts.sign * profile.residents) end, 0)",
        "raw.config__population_parts as parts\n"
        "left join staging.stg_census__profile as profile\n"
        "  on lower(trim(parts.topic)) || '|' || lower(trim(parts.characteristic)) "
        "= profile.line_key",
        [
            _is("parts.benchmark", side.interaction),
            _is("parts.vintage", side.vintage),
            _is("parts.race_group", race_group),
        ],
    )


def _supplied(
    figure: Figure, declared: dict[str, Any], race_group: str, source: CountSource
) -> str:
    """Rows of the population that the service supplied."""
    dimension, value = figure.text("dimension"), figure.text("dimension_value")
    if declared.get("stratum"):  # this stratum is all of the population
        dimension, _, value = str(declared["stratum"]).partition("=")
    where = [_is("vintage", declared["vintage"])]
    if declared.get("source_label"):
        where.append(_is("source_label", declared["source_label"]))
    where += [_is("dimension", dimension), _is("dimension_value", value)]
    where.append(_is("race_group", race_group))
    own = source.rows("select service from raw.config__run")
    # A table of one service need not name it.
    service = f"coalesce(service, {literal(str(own[0]['service']))})" if own else "service"
    where.append(_is(service, figure.text("service")))
    return select("coalesce(sum(residents), 0)", RESIDENTS, where)


def _is(column: str, value: str | None) -> str:
    """A condition; `column` may be an expression."""
    return f"{column} is null" if value is None else f"{column} = {literal(value)}"


_SUM = "coalesce(sum(count), 0)"
