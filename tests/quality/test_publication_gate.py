"""What a release writes for the last gate: as it is, and with what protection may get wrong."""

import duckdb
import pytest

from expectations.audit import audit_stage, judge_stage
from expectations.rules import load_stage_suite
from rbdc.disclosure.cells import DELIVERED, STANDARD, Cell, Code, months_of
from rbdc.disclosure.policy import Rule
from rbdc.release.counting import Counting
from rbdc.release.figures import Figures, released_figures
from rbdc.release.publication import write_publication
from rbdc.store.layout import StateFolder
from tests.unit.release.invented_figures import family, policy, write_figures
from tests.unit.release.small_warehouse import SERVICE, VALUES

SUITE = load_stage_suite("publication")
ARREST, SEARCH = ("arrest", "person"), ("strip_search", "person")
YEAR = months_of("2020")
COUNTS = {"Black": (30, 3), "White": (50, 8)}
RULE = Rule(
    hide_counts_from=1, hide_counts_to=4, zeros="open", apart=1, group_disclosure_below=0,
    coalition=1,
)  # fmt: skip


def cell(measure, **codes):
    filters = tuple(sorted(Code(name, STANDARD, value) for name, value in codes.items()))
    return Cell(*measure, filters, YEAR)


TRUE = {
    cell(measure, race_group=group): COUNTS[group][at]
    for at, measure in enumerate((ARREST, SEARCH))
    for group in COUNTS
} | {cell(ARREST): 80, cell(SEARCH): 11, cell(ARREST, race_group="Black", gender="Female"): 0}
SMALL = cell(SEARCH, race_group="Black")
HIDDEN = frozenset({SMALL, cell(SEARCH, race_group="White")})


@pytest.fixture
def warehouse(tmp_path):
    """A warehouse with counts of arrests and searches in one year, and figures of them."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        for schema in ("publication", "interactions", "indicators"):
            connection.execute(f"create schema {schema}")
        columns = ", ".join(f"{name} text" for name in VALUES)
        connection.execute(
            "create table publication.countable_units (service text, interaction text, unit text, "
            f"period text, {columns}, units integer)"
        )
        connection.execute(
            "create table interactions.interaction_counts (service text, interaction text, "
            "unit text, period_type text, period text, dimension text, dimension_value text, "
            "race_group text, count integer)"
        )
        for group, numbers in COUNTS.items():
            for name, number in zip(("arrest", "strip_search"), numbers, strict=True):
                connection.execute(
                    "insert into publication.countable_units by name select ? service, "
                    "? interaction, 'person' unit, '2020-05' period, ? race_group, ? units",
                    [SERVICE, name, group, number],
                )
                connection.execute(
                    "insert into interactions.interaction_counts values "
                    "(?, ?, 'person', 'year', '2020', 'all', 'all', ?, ?)",
                    [SERVICE, name, group, number],
                )
        write_figures(connection, [
            {"race_group": group, "outcome_count": searches, "benchmark_count": arrests,
             "outcome_total": 11, "benchmark_total": 80}
            for group, (arrests, searches) in COUNTS.items()
        ])  # fmt: skip
    return file


def judged(
    file, count=TRUE, hidden=HIDDEN, before=frozenset(), rule=RULE, mend=None, rounded_to=None
):
    """Names of the rules that fail, and whether the stage is refused."""
    with duckdb.connect(str(file)) as connection:
        extents = {ARREST: YEAR, SEARCH: YEAR}
        counting = Counting(connection, extents, ["race_group"], SERVICE)
        chosen = policy(figures=(family(),))
        figures = released_figures(connection, counting, chosen, SERVICE, "Unknown")
        figures = mend(figures) if mend else figures
        write_publication(connection, count, hidden, before, figures, rule, SERVICE, rounded_to)
    judgement = judge_stage(file, SUITE, {})
    return {r.expectation for _, r in judgement.results if not r.success}, judgement.refused


def test_a_protected_release_passes(warehouse):
    assert judged(warehouse) == (set(), False)


def test_what_is_hidden_is_written_nowhere(warehouse):
    judged(warehouse)
    with duckdb.connect(str(warehouse)) as connection:
        rows = connection.execute(
            "select outcome_count, rate, disproportionality_index, classification, "
            "benchmark_count from publication.released_figures order by race_group"
        ).fetchall()
        counts = dict(
            connection.execute("select cell, count from publication.released_counts").fetchall()
        )
    assert rows == [(None, None, None, None, 30), (None, None, None, None, 50)]
    assert len(counts) == len(TRUE)
    assert [n for name, n in counts.items() if name.startswith("strip_search (person), race")] == [
        None, None,
    ]  # fmt: skip


def test_a_small_count_that_is_open_is_refused(warehouse):
    assert judged(warehouse, hidden=frozenset()) == ({"no_small_count_is_open"}, True)


def test_a_small_count_that_was_published_before_is_not_refused_again(warehouse):
    assert judged(warehouse, hidden=frozenset(), before=frozenset({SMALL})) == (set(), False)


def test_zeros_that_policy_hides_are_refused_when_open(warehouse):
    hidden_zeros = RULE.model_copy(update={"zeros": "hidden"})
    assert judged(warehouse, rule=hidden_zeros) == ({"no_small_count_is_open"}, True)
    zero = frozenset({cell(ARREST, race_group="Black", gender="Female")})
    assert judged(warehouse, hidden=HIDDEN | zero, rule=hidden_zeros) == (set(), False)


def test_a_count_that_is_not_that_of_the_marts_is_refused(warehouse):
    wrong = {**TRUE, cell(ARREST, race_group="White"): 49}
    assert judged(warehouse, wrong) == ({"counts_are_those_of_the_marts"}, True)


def test_figures_that_hide_a_count_and_forget_what_is_made_of_it_are_refused(warehouse):
    """Cells of another year: nothing of the frame is masked but what the test leaves out."""

    def forget(figures):
        small = [one in HIDDEN for one in figures.cells["o"]]
        frame = figures.frame.assign(outcome_count=figures.frame["outcome_count"].mask(small))
        cells = {
            name: [one and one._replace(period=months_of("2019")) for one in column]
            for name, column in figures.cells.items()
        }
        return Figures(frame, cells, ())

    found = judged(warehouse, mend=forget)
    assert found == ({"statistics_of_hidden_counts_are_hidden"}, True)


def test_figures_that_print_a_count_that_tables_hide_are_refused(warehouse):
    def forget(figures):
        return Figures(figures.frame, {**figures.cells, "o": [None, None]}, ())

    judged(warehouse, mend=forget)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            "update publication.released_figures set outcome_cell = "
            "'strip_search (person), race_group ' || race_group || ', 2020 [standard]'"
        )
    judgement = judge_stage(warehouse, SUITE, {})
    failed = {r.expectation for _, r in judgement.results if not r.success}
    assert failed == {"figures_print_the_counts_of_tables"} and judgement.refused


@pytest.mark.parametrize("base", [3, 5])
def test_rounded_counts_pass_and_true_ones_among_them_are_refused(warehouse, base):
    rounded = {one: base * round(count / base) for one, count in TRUE.items()}
    options = {"hidden": frozenset(), "mend": lambda one: one.nothing(), "rounded_to": base}
    assert judged(warehouse, rounded, **options) == (set(), False)
    true = {**rounded, cell(SEARCH): 11}
    assert judged(warehouse, true, **options) == ({"no_small_count_is_open"}, True)
    far = {**rounded, cell(ARREST, race_group="White"): rounded[cell(ARREST)] + 15}
    assert judged(warehouse, far, **options) == ({"counts_are_those_of_the_marts"}, True)
    assert judged(warehouse, rounded, hidden=frozenset(), mend=options["mend"])[1]


def test_labels_as_delivered_are_cells_of_their_own(warehouse):
    """A label and a standard code of the same text are not one cell printed in two ways."""
    delivered = Cell(*ARREST, (Code("race_group", DELIVERED, "Black"),), YEAR)
    assert judged(warehouse, {**TRUE, delivered: 12}) == (set(), False)


def test_a_release_of_totals_without_figures_passes(warehouse):
    """Columns in which nothing stands are texts all the same."""
    found = judged(warehouse, {cell(ARREST): 80}, frozenset(), mend=lambda one: one.nothing())
    assert found == (set(), False)


def test_a_release_that_was_never_written_is_refused(tmp_path, warehouse):
    judgement = judge_stage(warehouse, SUITE, {})
    assert judgement.refused and "could not be evaluated" in judgement.reason
    state = StateFolder(tmp_path / "nothing")
    state.root.mkdir()
    assert audit_stage(state, "publication", "run-1").refused
