"""Released figures: which rows of a mart go out, and what of each row hangs on which counts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import pandas as pd

from rbdc.disclosure.cells import STANDARD, Cell, Code
from rbdc.disclosure.policy import Policy
from rbdc.release.counting import Counting, Measure
from rbdc.release.printed import RACE, cell_at

# Counts behind a row: of its group, of all groups, of the reference group and of unknown race, on
# the side of the outcome (o) and of the benchmark (b).
_COUNTS = ("o", "O", "b", "B", "ro", "rb", "uo", "ub")
MADE_OF: Mapping[str, tuple[str, ...]] = {
    "outcome_count": ("o",),
    "outcome_total": ("O",),
    "benchmark_count": ("b",),
    "benchmark_total": ("B",),
    "outcome_share": ("o", "O"),
    "benchmark_share": ("b", "B"),
    **dict.fromkeys(
        ("disproportionality_index", "index_low", "index_high", "expected_count", "excess_count",
         "p_value", "q_value"),
        ("o", "O", "b", "B"),
    ),
    **dict.fromkeys(("rate", "rate_low", "rate_high"), ("o", "b")),
    **dict.fromkeys(
        ("disparity_index", "disparity_low", "disparity_high", "rate_difference",
         "rate_difference_low", "rate_difference_high"),
        ("o", "b", "ro", "rb"),
    ),
    "outcome_missing_share": ("uo", "O"),
    "benchmark_missing_share": ("ub", "B"),
    **dict.fromkeys(("bound_low", "bound_high"), ("o", "O", "b", "B", "uo", "ub")),
    "small_count": ("o",),
    "classification": ("o", "O", "b", "B", "uo", "ub"),
}  # fmt: skip
FORMULAS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "outcome_share": (("outcome_count",), ("outcome_total",)),
    "benchmark_share": (("benchmark_count",), ("benchmark_total",)),
    "rate": (("outcome_count",), ("benchmark_count",)),
    "disproportionality_index": (
        ("outcome_count", "benchmark_total"),
        ("outcome_total", "benchmark_count"),
    ),
    "expected_count": (("outcome_total", "benchmark_count"), ("benchmark_total",)),
}
"""Statistics that are a product of counts over a product of counts."""
# Distinct people are no sum of anything, and tell of repeat contact where they are few.
WITHHELD = ("persons", "run_id")


@dataclass(frozen=True, eq=False)
class Figures:
    """Rows of the figures that go out, and the cells of each.

    Attributes:
        frame: Columns of the mart but those withheld.
        cells: Of each count behind a row its cell; None where nobody needs protection (residents)
            or the row has no such count.
        left_out: Why figures that the policy names are not released.
    """

    frame: pd.DataFrame
    cells: Mapping[str, Sequence[Cell | None]]
    left_out: tuple[str, ...]

    def nothing(self) -> "Figures":
        """No figures at all, for a release that may not print any."""
        cells: dict[str, list[Cell | None]] = {name: [] for name in self.cells}
        return Figures(
            self.frame.iloc[:0], cells, ("No figure is released beside rounded counts.",)
        )

    def all_cells(self) -> set[Cell]:
        """Every cell whose count stands in a row."""
        return {c for name in ("o", "O", "b", "B") for c in self.cells[name] if c is not None}

    def hidden(self, hidden: Collection[Cell]) -> pd.DataFrame:
        """Which values of each row nobody may read: all that is made of a hidden count."""
        is_hidden = {
            name: pd.Series([cell in hidden for cell in cells], index=self.frame.index, dtype=bool)
            for name, cells in self.cells.items()
        }
        return pd.DataFrame(
            {
                column: pd.concat([is_hidden[name] for name in names], axis=1).any(axis=1)
                for column, names in MADE_OF.items()
            },
            index=self.frame.index,
        )


def measures_of_figures(connection: duckdb.DuckDBPyConnection, policy: Policy) -> set[Measure]:
    """Interactions, with their units, of both sides of the figures that the policy releases."""
    rows = connection.execute(
        "select distinct indicator, period_type, dimension, outcome, unit, benchmark, "
        "benchmark_unit, benchmark_vintage is null from indicators.disproportionality"
    ).fetchall()
    measures: set[Measure] = set()
    for indicator, period_type, dimension, outcome, unit, benchmark, of, of_records in rows:
        if policy.releases_figure(indicator, period_type, dimension):
            measures.add((outcome, unit))
            if of_records:
                measures.add((benchmark, of))
    return measures


def released_figures(
    connection: duckdb.DuckDBPyConnection,
    counting: Counting,
    policy: Policy,
    service: str | None,
    unknown: str,
) -> Figures:
    """Figures that the policy names and whose periods are closed.

    Figures of the whole time are made of all records; they go out only where those are the records
    of the closed months.

    Args:
        connection: the warehouse.
        counting: counts of the release.
        policy: which figures.
        service: whose; None for all services.
        unknown: the race group that stands for unknown race.
    """
    rows = connection.execute(
        "select * from indicators.disproportionality where $service is null or service = $service "
        "order by all",
        {"service": service},
    ).df()
    asked = [
        policy.releases_figure(*key)
        for key in zip(rows["indicator"], rows["period_type"], rows["dimension"], strict=True)
    ]
    rows = rows[asked].reset_index(drop=True)
    cells = {name: [_cell(counting, row, name, service, unknown) for row in _records(rows)]
             for name in _COUNTS}  # fmt: skip
    now = counting.count({c for column in cells.values() for c in column if c is not None})
    keep, reasons = [], set[str]()
    for at, row in enumerate(_records(rows)):
        reason = _reason_to_leave_out(row, {n: cells[n][at] for n in ("o", "O", "b", "B")}, now)
        keep.append(reason is None)
        reasons |= {reason} - {None}  # type: ignore[arg-type]
    kept = [at for at, keeps in enumerate(keep) if keeps]
    frame = rows.loc[kept].drop(columns=list(WITHHELD)).reset_index(drop=True)
    cells = {name: [column[at] for at in kept] for name, column in cells.items()}
    whole = frame["period_type"] == "all"
    frame.loc[whole, "period"] = [
        str(cell.period) for cell, is_all in zip(cells["o"], whole, strict=True) if cell and is_all
    ]
    return Figures(frame, cells, tuple(sorted(reasons)))


def _records(rows: pd.DataFrame) -> Iterable[Mapping[str, object]]:
    return rows.to_dict("records")  # type: ignore[return-value]


def _cell(
    counting: Counting, row: Mapping[str, object], name: str, service: str | None, unknown: str
) -> Cell | None:
    """The cell of one of the counts behind a figure."""
    is_outcome = name in ("o", "O", "ro", "uo")
    if not is_outcome and not pd.isna(row["benchmark_vintage"]):  # type: ignore[call-overload]
        return None  # a census: public, and of residents
    measure = (
        (str(row["outcome"]), str(row["unit"]))
        if is_outcome
        else (str(row["benchmark"]), str(row["benchmark_unit"]))
    )
    race = {
        "o": row["race_group"], "b": row["race_group"], "ro": row["reference_group"],
        "rb": row["reference_group"], "uo": unknown, "ub": unknown, "O": None, "B": None,
    }[name]  # fmt: skip
    if name in ("ro", "rb") and pd.isna(race):  # type: ignore[call-overload]
        return None
    filters = [] if race is None else [Code(RACE, STANDARD, str(race))]
    if service is None:
        filters.append(Code("service", STANDARD, str(row["service"])))
    if row["dimension"] != "all":
        crossed = str(row["dimension"]).split("*")
        values = (
            str(row["dimension_value"]).split("|")
            if len(crossed) > 1
            else [str(row["dimension_value"])]
        )
        filters += [Code(d, STANDARD, v) for d, v in zip(crossed, values, strict=True)]
    return cell_at(counting, measure, str(row["period_type"]), str(row["period"]), filters)


def _reason_to_leave_out(
    row: Mapping[str, object], cells: Mapping[str, Cell | None], now: Mapping[Cell, int]
) -> str | None:
    """Why a figure is not released, or None."""
    sides = {"o": "outcome_count", "O": "outcome_total"}
    if pd.isna(row["benchmark_vintage"]):  # type: ignore[call-overload]
        sides |= {"b": "benchmark_count", "B": "benchmark_total"}
    found = f"{row['indicator']}, {row['period_type']} figures by {row['dimension']}"
    for name, column in sides.items():
        cell = cells[name]
        if cell is None:
            return f"{found}: the period is not closed."
        value = row[column]
        if not pd.isna(value) and int(value) != now[cell]:  # type: ignore[call-overload]
            return f"{found}: they count records outside the closed months."
    return None


def grids_of(figures: Figures) -> dict[tuple[str, str], set[Measure]]:
    """Of each period type and dimension of the figures the measures that stand in them."""
    grids: dict[tuple[str, str], set[Measure]] = {}
    keys = zip(figures.frame["period_type"], figures.frame["dimension"], strict=True)
    for at, key in enumerate(keys):
        for name in ("o", "b"):
            cell = figures.cells[name][at]
            if cell is not None:
                grids.setdefault(key, set()).add((cell.measure, cell.unit))
    return grids
