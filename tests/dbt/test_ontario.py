"""Every service at once, and the wide shape of 2020 to 2022, on a few invented reports."""

import pytest

from rbdc.framework.model import load_framework
from rbdc.framework.tables import framework_tables
from tests.dbt.conftest import PEOPLE, REPORTS, build_all
from tests.dbt.warehouses import PROJECT, Warehouse, labels, text_frame

WIDE = (
    "REPORTING_YEAR RECORD_ID POLICE_SERVICE NUMBER_OF_SUBJECTS "
    "RACE_SUBJECT1 RACE_SUBJECT2 RACE_SUBJECT3 RACE"
)


@pytest.fixture(scope="module")
def ontario(tmp_path_factory):
    """Three services of two releases; Toronto and Peel supply residents."""
    warehouse = Warehouse(tmp_path_factory.mktemp("ontario"), "Ontario", every_service=True)
    reports = [
        ("1", "Toronto", "I-1", "2023-03-02", "Yes"),
        ("2", "Toronto", "I-1", "2023-03-01", "Yes"),
        ("3", "Peel Regional", "I-1", "2023-06-01", "Yes"),
        ("4", "La Salle", "I-9", "2023-06-01", "Yes"),
        ("5", "Peel Regional", "I-2", "2023-06-01", "No"),
    ]
    people = [
        ("1", "1", "Black", "18 - 24", "Male"),
        ("2", "1", "White", "18 - 24", "Female"),
        ("3", "1", "Latino", "18 - 24", "Male"),
        ("4", "1", "Black", "18 – 24", "Male"),
        ("5", "1", "Black", "18 – 24", "Male"),
    ]
    wide = [
        ("2020", "1", "Dryden Police Service", "One", "White", None, None, "White"),
        ("2021", "1", "LaSalle Police Service", "Two", "Black", "White", None, "Multiple Races"),
        ("2021", "2", "Toronto Police Service", "Two", "Black", "Black", None, "Black"),
        ("2021", "3", "Toronto Police Service", "NA", None, None, None, None),
        ("2021", "4", "Toronto Police Service", "One", "Martian", None, None, "Martian"),
    ]
    residents = [
        (service, "Census", "2021", group, "all", count)
        for service, counts in {"Toronto": (60, 40, 100), "Peel Regional": (30, 170, 200)}.items()
        for group, count in zip(("Black", "White", "Total"), counts, strict=True)
    ]
    warehouse.create(
        {
            "provincial_use_of_force__main_records": text_frame(REPORTS, reports),
            "provincial_use_of_force__individual_records": text_frame(PEOPLE, people),
            "provincial_use_of_force__wide_records": text_frame(WIDE, wide),
            "population__residents": text_frame(
                "service source vintage group stratum count", residents
            ),
            "config__labels": labels("ontario"),
        },
        framework_tables(load_framework(PROJECT / "services" / "ontario"), "Ontario", "run-1"),
    )
    return warehouse, build_all(warehouse, "--exclude-resource-type", "unit_test")


def counts(warehouse, unit, period, dimension="all"):
    return warehouse.query(
        "select service, dimension_value, race_group, count "
        "from interactions.interaction_counts where interaction = 'use_of_force' "
        "and unit = ? and period = ? and dimension = ? order by all",
        [unit, period, dimension],
    )


def test_every_model_builds_and_every_test_passes_or_warns(ontario):
    _, runs = ontario
    assert [run.success for run in runs] == [True, True]
    warned = {name for run in runs for name in run.with_status("warn")}
    assert {name.split("__")[0] for name in warned} == {
        "every_label_is_mapped_stg_provincial_use_of_force"
    }


def test_wide_reports_are_reports_and_persons_of_a_year_and_never_incidents(ontario):
    warehouse, _ = ontario
    assert counts(warehouse, "officer_report", "2021") == [
        ("LaSalle", "all", "Multiple race group", 1),
        ("Toronto", "all", "Black", 1),
        ("Toronto", "all", "Unmapped", 1),
    ]
    assert counts(warehouse, "person", "2021") == [
        ("LaSalle", "all", "Black", 1),
        ("LaSalle", "all", "White", 1),
        ("Toronto", "all", "Black", 2),
        ("Toronto", "all", "Unmapped", 1),
    ]
    assert counts(warehouse, "officer_report", "2020") == [("Dryden", "all", "White", 1)]
    assert counts(warehouse, "incident", "2020") == counts(warehouse, "incident", "2021") == []


def test_what_the_wide_shape_lacks_gives_no_rows(ontario):
    warehouse, _ = ontario
    finer = warehouse.query(
        "select distinct unit, dimension, period_type from interactions.interaction_counts "
        "where service = 'Dryden' order by all"
    )
    assert finer == [
        (unit, "all", period_type)
        for unit in ("officer_report", "person")
        for period_type in ("all", "year")
    ]
    assert counts(warehouse, "person", "2021", "gender") == []
    # All periods together: by gender there are only the people whose gender is known.
    assert counts(warehouse, "person", "all", "gender") == [
        ("LaSalle", "Male", "Black", 1),
        ("Peel Regional", "Male", "Latino", 1),
        ("Toronto", "Female", "White", 1),
        ("Toronto", "Male", "Black", 1),
    ]


def test_each_service_is_held_against_its_own_residents_or_nothing(ontario):
    warehouse, _ = ontario
    figures = warehouse.query(
        "select service, unit, period, race_group, outcome_count, outcome_total, benchmark_count, "
        "benchmark_total, cast(data_as_of as varchar) from indicators.disproportionality "
        "where race_group in ('Black', 'Multiple race group') and outcome_count > 0 order by all"
    )
    assert figures == [
        ("Toronto", "incident", "2023", "Multiple race group", 1, 1, 0, 100, "2023-12-31"),
        ("Toronto", "officer_report", "2021", "Black", 1, 2, 60, 100, "2023-12-31"),
        ("Toronto", "officer_report", "2023", "Black", 1, 2, 60, 100, "2023-12-31"),
        ("Toronto", "person", "2021", "Black", 2, 3, 60, 100, "2023-12-31"),
        ("Toronto", "person", "2023", "Black", 1, 2, 60, 100, "2023-12-31"),
    ]
    services = warehouse.query("select distinct service from indicators.disproportionality")
    assert sorted(services) == [("Peel Regional",), ("Toronto",)]


@pytest.mark.parametrize(
    ("damage", "test", "status"),
    [
        (
            'insert into raw.population__residents (service, source, vintage, "group", stratum, '
            "count) values ('Totonto', 'Census', '2021', 'Total', 'all', '1'), "
            "('Totonto', 'Census', '2021', 'Black', 'all', '1')",
            "is_a_service_with_records_resident_population_service",
            "warn",
        ),
        (
            "update raw.provincial_use_of_force__main_records set PoliceService = 'Peel-regional' "
            "where BatchFileName = '3'",
            "spelt_in_one_way_use_of_force_reports_service",
            "pass",
        ),
        (
            "insert into raw.provincial_use_of_force__main_records (BatchFileName, PoliceService, "
            "IncidentNumber, Date, Inclusion_SOLGEN_ARA_Analysis) "
            "values ('6', 'Peel-regional', 'I-8', '2023-06-01', 'Yes')",
            "spelt_in_one_way_use_of_force_reports_service",
            "warn",
        ),
        (
            "update raw.config__run set service = 'Toronto'",
            "is_the_service_of_the_run_index_counts_service",
            "fail",
        ),
    ],
)
def test_a_strange_service_is_reported(ontario, tmp_path, damage, test, status):
    warehouse, _ = ontario
    damaged = warehouse.copy_to(tmp_path)
    damaged.execute(damage)
    run = damaged.dbt("build", "--select", f"+{test}", "--indirect-selection", "empty")
    assert run.statuses[test] == status
