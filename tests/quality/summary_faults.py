"""For every rule of the use-of-force summary tables a fault in the full grid."""

from tests.quality.good_batches import Fault, Rows, put
from tests.summary_tables import AXES, FORCE, GRID_SIZES

# Cells of one label, or pair of labels, of the first axis.
CELLS_OF_ONE = {table: size // 2 for table, size in GRID_SIZES.items()} | {
    "use_of_force_call_sources": 12,
    "use_of_force_by_force_type": 8,
}


def rename(column: str, old: str, new: str | None):
    """Give a label another spelling wherever it stands."""

    def seed(rows: Rows) -> None:
        for row in rows:
            if row[column] == old:
                row[column] = new

    return seed


def repeat_a_cell(rows: Rows) -> None:
    """The last row has the labels of the one before it: one cell is missing, one stands twice."""
    rows[-1].update(rows[-2] | {"incident_count": rows[-1]["incident_count"]})


def no_counts(rows: Rows) -> None:
    for row in rows:
        row["incident_count"] = None


def faults_of_grid(table: str) -> list[Fault]:
    """Faults of the rules that all seven tables share."""
    first, *_ = AXES[table]
    return [
        # Without its first label the last row has a label of its own, which lacks all other cells.
        _fault(
            table, put(-1, **{first: None}), labels_present=1, grid_is_complete=CELLS_OF_ONE[table]
        ),
        _fault(table, lambda rows: rows.pop(), grid_size=1, grid_is_complete=1),
        _fault(table, repeat_a_cell, grid_is_complete=2),
        _fault(table, put(0, incident_count="31.5"), counts_are_whole_numbers=1),
        _fault(table, put(-1, incident_count="-1"), counts_not_negative=1),
        _fault(table, no_counts, some_counts_given=1),
    ]


def faults_of_race(table: str) -> list[Fault]:
    """A race label that was never published."""
    rows = GRID_SIZES[table] // len(AXES[table]["perceived_race"])
    return [_fault(table, rename("perceived_race", "White", "Whyte"), race_label_known=rows)]


def faults_of_incidents(table: str) -> list[Fault]:
    """Faults of tables that hold both types of incident."""
    rows = GRID_SIZES[table] // 2
    return [
        _fault(
            table,
            rename("incident_type", FORCE, "Use of force by a team"),
            incident_type_known=rows,
        ),
        _fault(table, put(-1, incident_count="999"), use_of_force_within_enforcement_actions=1),
    ]


def _fault(table: str, seed, **counts: int) -> Fault:
    return Fault(f"tps__{table}", seed, counts)


SUMMARY_TABLES = [
    fault
    for table, axes in AXES.items()
    for fault in (
        *faults_of_grid(table),
        *(faults_of_race(table) if "perceived_race" in axes else ()),
        *(faults_of_incidents(table) if "incident_type" in axes else ()),
    )
]
SUMMARY_TABLES += [
    _fault("use_of_force_call_sources", rename("occurred_year", "2020", "20"), year_is_a_year=48),
    _fault(
        "use_of_force_call_sources", rename("occurred_month", "June", "Summer"), month_is_a_month=4
    ),
]
