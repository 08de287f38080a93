"""Toronto's summary tables as counts without records: own copy and the City's, beside records."""

import pandas as pd
import pytest

from rbdc.framework.model import Framework, load_framework
from rbdc.framework.tables import framework_tables
from rbdc.release.summary_tables import cells_of_years, summary_frames
from tests.dbt.conftest import PEOPLE, REPORTS, build_all
from tests.dbt.warehouses import PROJECT, Warehouse, labels, text_frame
from tests.summary_tables import (
    AXES,
    FILES,
    FORCE,
    GRID_SIZES,
    MONTHS,
    RACES,
    Rows,
    grid,
    with_drift,
)

ARRESTS = "ObjectId PersonID Arrest_Year Arrest_Month Perceived_Race StripSearch Booked"
GENDER, DIVISION = "use_of_force_by_gender", "use_of_force_by_division"


def frame(rows: Rows) -> pd.DataFrame:
    return pd.DataFrame(rows, dtype="string")


def altered_copy(table: str) -> Rows:
    """The City's copy: the last count is another number, and labels are written in another way."""
    rows = with_drift(grid(table))
    rows[-1] |= {"incident_count": "777"}
    return rows


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All own tables but that of divisions, and the City's copies of that and of genders."""
    warehouse = Warehouse(tmp_path_factory.mktemp("summary"), "Toronto")
    own = {f"tps__{table}": frame(grid(table)) for table in AXES if table != DIVISION}
    copies = {
        f"toronto_open_data__{table}": frame(altered_copy(table)) for table in (GENDER, DIVISION)
    }
    arrests = [
        ("1", "P1", "2020", "Jan-Mar", "White", "0", "1"),
        ("2", "P2", "2020", "Jan-Mar", "Black", "1", "1"),
        ("3", "P3", "2021", "Oct-Dec", "Black", "0", "0"),
    ]
    copied = [("1", "P1", "2020", "Jan-Mar", "White ", "0.0", "1"), arrests[1]]
    # Records of 2020 too, so that these count by gender; and of 2023, without enforcement actions.
    reports = [
        (f"R{year}", "Toronto", f"T-{year}", f"{year}-03-01", "Yes") for year in (2020, 2023)
    ]
    people = [(report, "1", "Black", "18 - 24", "Male") for report, *_ in reports]
    population = pd.read_csv(PROJECT / "services/toronto/population.csv", dtype="string")
    warehouse.create(
        {
            **own,
            **copies,
            "tps__arrests": text_frame(ARRESTS, arrests),
            "toronto_open_data__arrests": text_frame(ARRESTS, copied),
            "provincial_use_of_force__main_records": text_frame(REPORTS, reports),
            "provincial_use_of_force__individual_records": text_frame(PEOPLE, people),
            "population__residents": population,
            "config__labels": labels("toronto"),
        },
        framework_tables(without_census(), "Toronto", "run-1"),
    )
    warehouse.execute(
        "update audit.current_loads set data_as_of = date '2020-12-31' "
        "where table_name like 'use_of_force%'"
    )
    return warehouse, build_all(warehouse, "--exclude-resource-type", "unit_test")


def without_census() -> Framework:
    """The shipped framework but for the residents of 2016, who stand in a profile of their own."""
    shipped = load_framework(PROJECT / "services" / "toronto")
    benchmarks = tuple(one for one in shipped.benchmarks if one.vintage != "2016")
    indicators = tuple(one for one in shipped.indicators if one.vintage != "2016")
    return shipped.model_copy(update={"benchmarks": benchmarks, "indicators": indicators})


def summed(rows: Rows, **where: str) -> int:
    found = [row for row in rows if all(row[column] == value for column, value in where.items())]
    return sum(int((row["incident_count"] or "0").replace(",", "")) for row in found)


def counts(warehouse, columns: str, where: str) -> list[tuple]:
    return warehouse.query(
        f"select {columns} from interactions.interaction_counts where service = 'Toronto' "
        f"and unit = 'incident' and composition_rule = 'multiple_race_group' and {where}"
    )


def test_everything_builds(built):
    _, runs = built
    assert [run.success for run in runs] == [True, True], [
        run.with_status("error", "fail") for run in runs
    ]


def test_every_printed_cell_is_there_and_empty_counts_are_zeros(built):
    warehouse, _ = built
    found = warehouse.query(
        "select source, table_name, count(*), sum(incidents) "
        "from staging.stg_tps__use_of_force_summary group by all"
    )
    expected = {
        ("tps", table): (GRID_SIZES[table], summed(grid(table)))
        for table in AXES
        if table != DIVISION
    }
    for table in (GENDER, DIVISION):
        expected["toronto_open_data", table] = (GRID_SIZES[table], summed(altered_copy(table)))
    assert {(source, table): tuple(rest) for source, table, *rest in found} == expected


@pytest.mark.parametrize(
    ("dimension", "table"),
    [
        ("time_of_day", "use_of_force_by_time_of_day"),
        ("call_type", "use_of_force_by_call_type"),
        ("occurrence_category", "use_of_force_by_occurrence_category"),
    ],
)
def test_counts_by_race_group_are_those_of_the_own_table(built, dimension, table):
    warehouse, _ = built
    found = counts(
        warehouse,
        "interaction, race_group, sum(count), count(distinct dimension_value), max(period)",
        f"dimension = '{dimension}' and period_type = 'year' and period = '2020' group by all",
    )
    assert len(found) == 2 * len(RACES)
    rows = grid(table)
    values = len(AXES[table][dimension])
    for interaction, race, count, distinct, _ in found:
        kind = FORCE if interaction == "use_of_force" else "Enforcement Action Incidents"
        assert count == summed(rows, incident_type=kind, perceived_race=race)
        assert distinct == values  # unmapped labels stay apart


def test_a_label_that_labels_csv_lacks_keeps_its_name_and_is_reported(built):
    warehouse, runs = built
    bands = counts(warehouse, "distinct dimension_value", "dimension = 'time_of_day'")
    assert {band for (band,) in bands} == set(AXES["use_of_force_by_time_of_day"]["time_of_day"])
    warned = runs[0].with_status("warn")
    assert any("every_label_is_mapped_stg_tps__use_of_force" in name for name in warned)
    unmapped = warehouse.query(
        "select distinct label_raw from staging.stg_tps__use_of_force_summary "
        "where label = 'Unmapped' and dimension in ('gender', 'division', 'call_type')"
    )
    assert unmapped == []


def test_the_copy_counts_only_where_the_own_table_is_absent(built):
    warehouse, _ = built
    (enforced,) = counts(
        warehouse,
        "sum(count)",
        "interaction = 'enforcement_action' and dimension = 'gender'",
    )
    assert enforced == (summed(grid(GENDER), incident_type="Enforcement Action Incidents"),)
    (by_division,) = counts(warehouse, "sum(count)", "dimension = 'division'")
    assert by_division == (summed(altered_copy(DIVISION)),)


def test_records_count_before_what_was_published_of_the_same_period(built):
    warehouse, _ = built
    by_gender = counts(
        warehouse,
        "period, dimension_value, race_group, count",
        "interaction = 'use_of_force' and dimension = 'gender' and period_type = 'year'",
    )
    assert sorted(by_gender) == [("2020", "Male", "Black", 1), ("2023", "Male", "Black", 1)]


def test_genders_and_crossed_labels_have_standard_names(built):
    warehouse, _ = built
    genders = counts(
        warehouse,
        "distinct dimension_value",
        "interaction = 'enforcement_action' and dimension = 'gender'",
    )
    assert {gender for (gender,) in genders} == {"Female", "Male", "Multiple"}
    crossed = counts(warehouse, "distinct dimension_value", "dimension = 'weapons*highest_force'")
    assert len(crossed) == 8
    assert ("Weapon|Physical force or Other type of force",) in crossed


def test_call_sources_by_month_stand_for_all_race_groups(built):
    warehouse, _ = built
    found = counts(
        warehouse,
        "period_type, count(distinct period), min(period), max(period), sum(count)",
        "dimension = 'call_source' and race_group = 'All race groups' group by period_type",
    )
    total = summed(grid("use_of_force_call_sources"))
    assert sorted(found) == [
        ("month", 12, "2020-01", "2020-12", total),
        ("year", 1, "2020", "2020", total),
    ]
    assert counts(
        warehouse, "count(*)", "dimension = 'call_source' and race_group != 'All race groups'"
    ) == [(0,)]
    shown = "select count(*) from indicators.index_counts where race_group = 'All race groups'"
    assert warehouse.query(shown) == [(0,)]


def test_each_difference_of_the_copies_is_shown(built):
    warehouse, runs = built
    found = warehouse.query("select * from staging.stg_tps__copy_differences order by all")
    assert found == [
        ("arrests", "count", "2021|oct-dec|black|0|0", 1, None),
        ("arrests", "rows", "all", 3, 2),
        (GENDER, "count", "use_of_force|Multiple|Multiple race group", 2, 777),
    ]
    assert any(name.startswith("copies_agree") for name in runs[0].with_status("warn"))


def test_published_incidents_are_held_against_published_enforcement_actions(built):
    warehouse, _ = built
    found = warehouse.query(
        "select dimension, dimension_value, outcome_count, benchmark_count, persons, comparable "
        "from indicators.index_counts where indicator = 'use_of_force_of_enforcement_actions' "
        "and race_group = 'White' and dimension = 'call_type' and dimension_value = 'ARREST'"
    )
    rows = grid("use_of_force_by_call_type")
    cell = {"perceived_race": "White", "call_type": "ARREST"}
    force, enforced = (
        summed(rows, **cell, incident_type=kind) for kind in (FORCE, "Enforcement Action Incidents")
    )
    assert found == [("call_type", "ARREST", force, enforced, None, True)]
    # Records of 2023 are there, but no enforcement actions of that year.
    periods = warehouse.query(
        "select distinct period from indicators.index_counts "
        "where indicator = 'use_of_force_of_enforcement_actions'"
    )
    assert periods == [("2020",)]


def test_published_counts_that_contradict_each_other_are_kept_without_an_index(built):
    """The City's table of divisions, the only one here, has a cell with 777 uses of force."""
    warehouse, _ = built
    found = warehouse.query(
        "select race_group, outcome_count, comparable from indicators.index_counts "
        "where indicator = 'use_of_force_of_enforcement_actions' and dimension_value = '27' "
        "and (race_group = 'White' or outcome_count > benchmark_count) order by race_group"
    )
    assert found == [("Multiple race group", 777, False), ("White", 4, True)]


def test_use_of_force_reaches_as_far_as_its_records(built):
    warehouse, _ = built
    reached = warehouse.query(
        "select interaction, cast(data_as_of as varchar) from interactions.interaction_as_of "
        "where unit = 'incident' and service = 'Toronto'"
    )
    assert dict(reached) == {"use_of_force": "2023-12-31", "enforcement_action": "2020-12-31"}


def test_residents_of_2021_stand_beside_those_of_2016(built):
    warehouse, _ = built
    found = warehouse.query(
        "select race_group, count, total, source from benchmarks.resident_population "
        "where vintage = '2021'"
    )
    residents = {race: count for race, count, _, _ in found}
    assert residents["Black"] == 265005 and residents["White"] == 1201080
    assert sum(residents.values()) == 2761285
    assert {row[2:] for row in found} == {
        (
            2761285,
            "Statistics Canada, Census of Population 2021 (25% sample, private households)",
        )
    }


def test_what_is_to_be_released_is_what_was_printed(built):
    """In the publisher's columns and labels again; records of the same service do not count."""
    warehouse, _ = built
    released = warehouse.frame("select * from publication.summary_counts_of_incidents")
    assert set(released["counted_from"]) == {"publisher"}
    assert set(released["year"]) == {"2020"}
    frames = summary_frames(cells_of_years(released, "Toronto", "2020", "2020"))
    for (table, size), (name, shown) in zip(GRID_SIZES.items(), frames.items(), strict=True):
        printed = altered_copy(table) if table == DIVISION else grid(table)
        assert name == FILES[table].removesuffix(".csv")
        assert len(shown) == size
        assert shown["Incident_Count"].sum() == summed(printed)
    sources = frames["RBDC_UOF_TBL_001"]
    assert list(sources["OccurredMonth"][:12]) == MONTHS.split()
    assert set(sources["Data_Type"]) == {FORCE, "Enforcement Action Incidents"}
    (by_officers,) = sources.query(
        "Data_Type == @FORCE and Description == 'Officer initiated' and OccurredMonth == 'May'"
    )["Incident_Count"]
    assert by_officers == summed(
        grid("use_of_force_call_sources"),
        data_type=FORCE,
        description="Officer initiated",
        occurred_month="May",
    )
