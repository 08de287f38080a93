"""The content of a release, put together from the warehouse and protected, before it is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import duckdb
import pandas as pd

from rbdc.disclosure.cells import Cell, Months
from rbdc.disclosure.patterns import Patterns
from rbdc.disclosure.policy import Policy
from rbdc.disclosure.policy_records import TIME_COLUMNS
from rbdc.disclosure.protection import Already, Protection, Rule, only_small, protect, rounded
from rbdc.release.answers import released_answers
from rbdc.release.counting import Counting, Measure
from rbdc.release.documents import benchmarks, disclosure_report, known_issues, methodology
from rbdc.release.extent import closed_extents, whole_years
from rbdc.release.figures import Figures, grids_of, measures_of_figures, released_figures
from rbdc.release.incident_tables import DIMENSIONS, IncidentTables, incident_tables
from rbdc.release.incident_tables import MEASURES as INCIDENTS
from rbdc.release.lists import codes_table, measures_table
from rbdc.release.measures import MEANINGS, nearest_whole
from rbdc.release.package.content import Table
from rbdc.release.printed import RACE, PrintedCounts, printed_counts
from rbdc.release.records_file import RecordsFile, records_file
from rbdc.release.subject import Subject
from rbdc.release.tables import figures_tables, tidy_tables, wide_table


@dataclass(frozen=True, eq=False)
class Content:
    """Tables and texts of a release, protected.

    Attributes:
        tables: As they are written.
        documents: Texts by file name.
        extent: From the first to the last month of any measure.
        protection: What is hidden.
        count: True count of every printed cell; never written.
        figures: Figures with the cells behind them.
        before: Cells that an earlier release printed.
    """

    tables: tuple[Table, ...]
    documents: Mapping[str, str]
    extent: Months
    protection: Protection
    count: Mapping[Cell, int]
    figures: Figures
    before: frozenset[Cell]


def release_content(
    connection: duckdb.DuckDBPyConnection,
    subject: Subject,
    earlier: Mapping[Cell, int | None],
    issues: Sequence[str] = (),
    until: str | None = None,
    version: str = "",
    remembered: Patterns | None = None,
) -> Content:
    """Count, protect and put into tables what the policy releases.

    Args:
        connection: the warehouse; temporary tables are made in it.
        subject: whose release.
        earlier: cells of earlier releases with their counts, None where hidden.
        issues: what is known to be wrong with the data.
        until: nothing after this quarter or year.
        version: of the release, for keys of persons.
        remembered: patterns that were chosen before.

    Raises:
        RbdcError: nothing is closed yet, or the policy cannot be met.
    """
    policy, part_of = subject.policy, nearest_whole(subject.known)
    measures = _measures(connection, policy)
    extents = closed_extents(connection, measures, part_of, subject.service, until)
    records = _records(connection, subject, extents, version)
    counting = Counting(
        connection,
        extents,
        _dimensions(subject),
        subject.service,
        records.coarse if records else None,
    )
    figures = released_figures(
        connection, counting, policy, subject.service, subject.framework.unknown_group
    )
    incidents = (
        incident_tables(connection, counting, subject.service)
        if policy.summary_tables
        else IncidentTables(pd.DataFrame(), (), None)
    )
    wide = {
        spec: printed
        for spec in policy.tables
        if (
            printed := printed_counts(
                counting, [(m, spec.unit) for m in spec.counts], spec.by, spec.labels, spec.periods
            )
        )
    }
    grids = _grids(counting, figures)
    printed_cells = {c for one in [*wide.values(), *grids.values()] for c in one.all_cells()}
    printed_cells |= set(incidents.cells)
    in_records = records.cells() if records else frozenset()
    count = counting.count(printed_cells)
    known_before = counting.recognised(earlier)
    if remembered and remembered.printed:
        own = remembered.printed
        own = replace(own, cells=counting.recognised(own.cells))
        remembered = replace(remembered, printed=own)
    protection = _protected(
        printed_cells, counting, subject, part_of, Already(known_before, in_records), remembered
    )
    hidden = protection.hidden
    if protection.rounded is not None:
        # Statistics are made of true counts: beside rounded ones they would give those away.
        count, figures = dict(protection.rounded), figures.nothing()
    sources = subject.sources
    tables = [
        *(wide_table(spec, one, count, hidden, sources) for spec, one in wide.items()),
        *incidents.tables(hidden, sources),
        *tidy_tables(grids, count, hidden, subject),
        *figures_tables(figures, hidden, subject),
    ]
    is_open = ~figures.hidden(hidden).any(axis=1)
    answers, withheld = released_answers(
        connection,
        set(figures.frame.loc[is_open, "figure_id"]),
        subject.service,
        subject.descriptions,
        sources,
    )
    tables += answers
    if records:
        tables.append(records.table(MEANINGS[policy.records.measure], sources))
    counted = {code.code for code in counting.codes.parent if code.dimension == RACE}
    of_residents = sorted(set(figures.frame[RACE]) - counted)
    tables += [
        codes_table(counting.codes, counting.labels, of_residents, sources),
        measures_table(extents, part_of, sources),
    ]
    documents = {
        "METHODOLOGY.md": methodology(subject.framework),
        "BENCHMARKS.md": benchmarks(subject.framework),
        "DISCLOSURE.md": disclosure_report(policy, protection, withheld, records),
        "KNOWN_ISSUES.md": known_issues([*issues, *incidents.issues, *figures.left_out]),
    }
    extent = Months(
        min(months.first for months in extents.values()),
        max(months.last for months in extents.values()),
    )
    return Content(
        tuple(tables),
        documents,
        extent,
        protection,
        count,
        figures,
        frozenset(cell for cell, printed in known_before.items() if printed is not None),
    )


def _measures(connection: duckdb.DuckDBPyConnection, policy: Policy) -> set[Measure]:
    measures: set[Measure] = {(m, table.unit) for table in policy.tables for m in table.counts}
    measures |= measures_of_figures(connection, policy)
    if policy.summary_tables:
        measures |= set(INCIDENTS)
    if policy.records.release:
        outcomes = (policy.records.measure, *policy.records.sensitive)
        measures |= {(measure, policy.records.unit) for measure in outcomes}
    return measures


def _dimensions(subject: Subject) -> list[str]:
    of_figures = {
        dimension
        for family in subject.policy.figures
        for crossing in family.dimensions
        for dimension in crossing.split("*")
    } - {"all"}
    asked: set[str] = (
        {name for table in subject.policy.tables for name in table.by} | of_figures | {RACE}
    )
    if subject.service is None:
        asked.add("service")
    if subject.policy.summary_tables:
        asked |= set(DIMENSIONS)
    if subject.policy.records.release:
        columns = (one.column for one in subject.policy.records.columns)
        asked |= {column for column in columns if column not in TIME_COLUMNS}
    return sorted(asked)


def _records(
    connection: duckdb.DuckDBPyConnection,
    subject: Subject,
    extents: Mapping[Measure, Months],
    version: str,
) -> RecordsFile | None:
    policy = subject.policy.records
    extent = extents.get((policy.measure, policy.unit))
    if not policy.release or extent is None:
        return None
    return records_file(
        connection, policy, whole_years(extent), subject.service, subject.key, version
    )


def _protected(
    printed: set[Cell],
    counting: Counting,
    subject: Subject,
    part_of: Mapping[str, str],
    already: Already,
    remembered: Patterns | None,
) -> Protection:
    policy = subject.policy
    rule = Rule(
        policy.rule.hide_counts_from,
        policy.rule.hide_counts_to,
        policy.rule.zeros,
        policy.rule.apart,
        policy.rule.group_disclosure_below,
    )

    if policy.protect.method == "small_counts_only":
        return only_small(printed, counting.count, rule)
    if policy.protect.method == "controlled_rounding":
        return rounded(
            printed,
            counting.codes,
            part_of,
            counting.count,
            policy.protect.base,
            policy.time_limit_seconds,
        )

    def cost(cell: Cell, count: int) -> float:
        return policy.cost.of(count, [code.dimension for code in cell.filters])

    return protect(
        printed,
        counting.codes,
        part_of,
        counting.count,
        rule,
        cost,
        already,
        policy.time_limit_seconds,
        remembered,
    )


def _grids(counting: Counting, figures: Figures) -> dict[tuple[str, str], PrintedCounts]:
    """Complete grids of the counts behind figures, by period type and dimension."""
    grids = {}
    for (period_type, dimension), measures in sorted(grids_of(figures).items()):
        by = [] if dimension == "all" else dimension.split("*")
        services = ["service"] if "service" in counting.dimensions else []
        printed = printed_counts(
            counting, sorted(measures), [*services, *by, RACE], "standard", [period_type]
        )
        if printed:
            grids[period_type, dimension] = printed
    return grids
