"""The file of records of a release: made coarser until enough look alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import duckdb
import pandas as pd

from rbdc.disclosure.cells import COARSE, STANDARD, Cell, Code, Months, months_of
from rbdc.disclosure.policy_records import TIME_COLUMNS, Records
from rbdc.disclosure.records.generalisation import PERSON_KEY, Generalised, released_records
from rbdc.release.package.content import Column, Table
from rbdc.sources.pseudonyms import PseudonymKey
from rbdc.sql import identifier


@dataclass(frozen=True, eq=False)
class RecordsFile:
    """A file of records as released.

    Attributes:
        made: The records and what was done to them.
        extent: Months of the records.
        coarse: Of each dimension that was made coarser the coarse code of each standard one.
    """

    policy: Records
    made: Generalised
    extent: Months
    coarse: Mapping[str, Mapping[str, str]]

    def cells(self) -> frozenset[Cell]:
        """Every count that the file gives away: all its cross-tabulations, with their margins."""
        frame = self.made.frame
        dimensions = [c for c in frame.columns if c in self.made.levels and c not in TIME_COLUMNS]
        times = [c for c in frame.columns if c in TIME_COLUMNS]
        measures = [self.policy.measure, *self.policy.sensitive]
        cells: set[Cell] = set()
        for chosen in _subsets(dimensions):
            codes = [self._codes(name) for name in chosen]
            for time in _subsets(times):
                periods = [_months(row, self.extent) for row in _rows(frame, time)]
                for filters in _products(codes):
                    for months in periods:
                        cells |= {
                            Cell(measure, self.policy.unit, tuple(sorted(filters)), months)
                            for measure in measures
                        }
        return frozenset(cells)

    def _codes(self, dimension: str) -> list[Code]:
        level = COARSE if dimension in self.coarse else STANDARD
        values = self.made.frame[dimension].dropna().unique()
        return [Code(dimension, level, str(value)) for value in sorted(values)]

    def table(self, measure_title: str, sources: Sequence[str]) -> Table:
        """The table of the release."""
        frame = self.made.frame.copy()
        columns: list[Column] = []
        for name in frame.columns:
            if name == PERSON_KEY:
                text = "The same for records of one person, in this version only."
                role: dict[str, object] = {"role": "key", "per_version": True}
                columns.append(Column(name, "string", text, role))
            elif name in self.policy.sensitive:
                text = f"Whether the record led to this: {name.replace('_', ' ')}."
                columns.append(Column(name, "boolean", text, {"role": "flag", "measure": name}))
            elif name in TIME_COLUMNS:
                columns.append(Column(name, "string", f"The {name}.", {"role": name}))
            else:
                level = COARSE if name in self.coarse else STANDARD
                role = {"role": "dimension", "dimension": name, "level": level}
                steps = self.made.steps[name]
                text = f"{name.replace('_', ' ').capitalize()}" + (
                    f", made coarser to: {steps}." if steps else "."
                )
                columns.append(Column(name, "string", text, role))
        return Table(
            name="records",
            title=f"Records of {measure_title}, made coarser",
            description=(
                f"One row a record. At least {self.made.k} people look the same in everything "
                f"shown. {self.made.note}"
            ),
            kind="records",
            columns=tuple(columns),
            key=(),
            frame=frame,
            constants={
                "measure": self.policy.measure,
                "unit": self.policy.unit,
                "period": str(self.extent),
            },
            sources=tuple(sources),
        )


def records_file(
    connection: duckdb.DuckDBPyConnection,
    policy: Records,
    extent: Months,
    service: str | None,
    key: PseudonymKey | None,
    version: str,
) -> RecordsFile:
    """Make the file of records that the policy asks for.

    Args:
        connection: the warehouse.
        policy: which records, and how anonymous they must be.
        extent: closed months of its measure.
        service: whose; None for all services.
        key: the service's secret, for keys of persons; None if it has none.
        version: version of the release.

    Raises:
        PolicyCannotBeMetError: no generalisation reaches k and l.
        ConfigError: the policy asks for keys of persons, and the service has no secret.
    """
    columns = [one.column for one in policy.columns]
    frame = connection.execute(
        f"select {', '.join(map(identifier, columns))}, "
        f"{''.join(f'{identifier(name)} = 1 as {identifier(name)}, ' for name in policy.sensitive)}"
        "person_number::text as person, coalesce(month, quarter) as period "
        f"from interactions.encounters where {identifier(policy.measure)} = 1 "
        "and ($service is null or service = $service)",
        {"service": service},
    ).df()
    spans = {text: months_of(text) for text in frame["period"].dropna().unique()}
    inside = {text for text, months in spans.items() if months.within(extent) == months}
    frame = frame[frame["period"].isin(inside)].drop(columns="period")
    made = released_records(frame.reset_index(drop=True), policy, "person", key, version)
    coarse = {
        dimension: {code: of for of, codes in members.items() for code in codes}
        for dimension, members in made.codes.items()
        if dimension not in TIME_COLUMNS
    }
    return RecordsFile(policy, made, extent, coarse)


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(names) + 1) for chosen in combinations(names, size)]


def _rows(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[tuple[str, ...]]:
    if not columns:
        return [()]
    return [tuple(row) for row in frame[list(columns)].drop_duplicates().itertuples(index=False)]


def _months(parts: tuple[str, ...], extent: Months) -> Months:
    """The shortest of the periods that a record names, all being the extent."""
    months = extent
    for text in parts:
        named = months_of(text)
        months = named if named.last - named.first < months.last - months.first else months
    return months


def _products(codes: Sequence[Sequence[Code]]) -> list[tuple[Code, ...]]:
    found: list[tuple[Code, ...]] = [()]
    for of_dimension in codes:
        found = [(*before, code) for before in found for code in of_dimension]
    return found
