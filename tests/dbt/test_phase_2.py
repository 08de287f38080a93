"""Phase 2 in the models: diversions, apprehensions, custody, calls, youth, and a service with less.

The records are those of the fixture `lakeshore` in conftest.py.
"""

import pytest

from tests.dbt.conftest import DIVERSIONS, lakeshore_config
from tests.dbt.warehouses import Warehouse, labels, text_frame

WHOLE = "period_type = 'all' and service = 'Lakeshore'"


def counts(warehouse, interaction, dimension="all", columns="dimension_value, race_group"):
    return warehouse.query(
        f"select {columns}, count, persons from interactions.interaction_counts where {WHOLE} "
        f"and interaction = '{interaction}' and dimension = '{dimension}' order by all"
    )


def test_a_diversion_counts_once_by_its_own_record(lakeshore):
    """Its enforcement action says another race, division and year; a deleted one says nothing."""
    warehouse, _ = lakeshore
    assert counts(warehouse, "youth_diversion") == [("all", "Black", 1, 1), ("all", "White", 1, 1)]
    kept = warehouse.query(
        "select source_table, record_id from interactions.encounters "
        "where enforcement_action = 1 and arrest = 0 order by all"
    )
    assert kept == [
        ("rms.enforcement_actions", "E3"),
        ("rms.enforcement_actions", "E5"),
        ("rms.enforcement_actions", "E8"),
        ("rms.mental_health_apprehensions", "M1"),
        ("rms.youth_diversions", "Y1"),
        ("rms.youth_diversions", "Y2"),
    ]


def test_a_table_that_the_service_lacks_gives_no_rows(lakeshore):
    warehouse, _ = lakeshore
    assert counts(warehouse, "mental_health_apprehension") == [("all", "White", 1, 1)]
    assert counts(warehouse, "child_protection_apprehension") == []


def test_custody_times_are_those_of_the_people_booked(lakeshore):
    """A1 is presumed booked and has no record, A3 is in custody, B3 is of an arrest not there."""
    warehouse, _ = lakeshore
    assert counts(warehouse, "booking", "custody_time") == [
        ("Unknown", "Black", 2, 1),
        ("under 6 hours", "White", 1, 1),
    ]
    assert counts(warehouse, "booking", columns="race_group") == [("Black", 2, 1), ("White", 1, 1)]
    links = warehouse.query(
        "select sum(records - linked_records) from staging.stg_rms__links "
        "where subject = 'bookings to arrests'"
    )
    assert links == [(1,)]


def test_calls_count_where_police_came_and_follow_nobody(lakeshore):
    warehouse, runs = lakeshore
    assert counts(warehouse, "call_attended", "call_type") == [
        ("Unmapped", "Unknown", 1, None),
        ("Weapons", "Black", 2, None),
    ]
    assert counts(warehouse, "call_attended", "division") == [
        ("D1", "Black", 2, None),
        ("Unknown", "Unknown", 1, None),
    ]
    assert counts(warehouse, "call_attended", "gender") == []
    units = warehouse.query(
        "select distinct unit, composition_rule from interactions.interaction_counts "
        "where interaction = 'call_attended'"
    )
    assert units == [("incident", "first_person_recorded")]
    warned = runs[0].with_status("warn")
    assert any(name.startswith("every_label_is_mapped_calls_attended") for name in warned)


def test_people_are_counted_by_what_the_call_was(lakeshore):
    """A1 and A2 are of calls for weapons, A3 of one that no label knows, A4 to A6 do not say."""
    warehouse, _ = lakeshore
    assert counts(warehouse, "arrest", "call_type") == [
        ("Unknown", "Black", 1, 1),
        ("Unknown", "Unknown", 1, 1),
        ("Unknown", "Unmapped", 1, 1),
        ("Unmapped", "Black", 1, 1),
        ("Weapons", "Black", 1, 1),
        ("Weapons", "White", 1, 1),
    ]
    # E4 is apprehension M1, whose own record does not say.
    of_actions = counts(warehouse, "enforcement_action", "call_type")
    assert [row for row in of_actions if row[0] == "Weapons"] == [
        ("Weapons", "Black", 2, 1),
        ("Weapons", "White", 1, 1),
    ]
    assert counts(warehouse, "mental_health_apprehension", "call_type") == [
        ("Unknown", "White", 1, 1)
    ]


def test_force_is_counted_by_what_the_actions_of_its_incident_say(lakeshore):
    """L-1 is of E3 and E4; Peel's incident of the same number is another."""
    warehouse, _ = lakeshore
    assert counts(warehouse, "use_of_force", "call_type") == [
        ("Multiple", "Multiple race group", 1, None)
    ]
    assert counts(warehouse, "use_of_force", "division") == [("D1", "Multiple race group", 1, None)]
    found = warehouse.query(
        "select distinct dimension from interactions.interaction_counts "
        "where service = 'Peel Regional' order by all"
    )
    assert found == [("age_group",), ("all",), ("gender",)]


def test_only_bookings_are_counted_by_custody_time(lakeshore):
    warehouse, _ = lakeshore
    found = warehouse.query(
        "select distinct interaction from interactions.interaction_counts "
        "where dimension = 'custody_time'"
    )
    assert found == [("booking",)]


def test_calls_attended_are_a_benchmark(lakeshore):
    warehouse, _ = lakeshore
    rows = warehouse.query(
        "select race_group, outcome_count, benchmark_count, outcome_total, benchmark_total, "
        "benchmark_unit from indicators.disproportionality "
        "where indicator = 'enforcement_action_of_calls_attended' and period = '2022' "
        "and dimension = 'all' and outcome_count + benchmark_count > 0"
    )
    assert sorted(rows) == [
        ("Black", 5, 2, 12, 3, "incident"),
        ("Unknown", 2, 1, 12, 3, "incident"),
        ("Unmapped", 1, 0, 12, 3, "incident"),
        ("White", 4, 0, 12, 3, "incident"),
    ]


def test_young_residents_are_a_population_of_their_own(lakeshore):
    warehouse, _ = lakeshore
    rows = warehouse.query(
        "select race_group, outcome_count, benchmark_count, benchmark_total "
        "from indicators.disproportionality where indicator = 'youth_diversion_of_youth_residents' "
        "and period = '2022' and dimension = 'all' and benchmark_count > 0"
    )
    assert sorted(rows) == [
        ("Black", 1, 40, 200),
        ("No police label", 0, 20, 200),
        ("White", 1, 140, 200),
    ]
    strata = warehouse.query(
        "select distinct dimension from benchmarks.benchmark_counts "
        "where benchmark = 'youth_population'"
    )
    assert strata == [("all",)]


@pytest.mark.parametrize(
    ("dimension", "caught"),
    [
        ("custody_time", {"counts_conserve_units", "dimensions_agree"}),
        ("call_type", {"counts_conserve_units", "dimensions_agree"}),
    ],
)
def test_a_lost_count_of_a_further_dimension_is_caught(lakeshore, tmp_path, dimension, caught):
    warehouse, _ = lakeshore
    copy = warehouse.copy_to(tmp_path)
    copy.execute(
        "delete from interactions.interaction_counts "
        f"where dimension = '{dimension}' and race_group = 'Black' and period_type = 'year'"
    )
    failed = copy.dbt("test", "--select", "interaction_counts", "--exclude-resource-type",
                      "unit_test").with_status("fail")  # fmt: skip
    assert {name.split("_interaction_counts_")[0] for name in failed} == caught


def test_a_service_with_nothing_but_diversions_has_its_figures(tmp_path):
    """They are no enforcement actions then, because nobody knows the others."""
    warehouse = Warehouse(tmp_path, "Lakeshore")
    diversions = [
        ("Y1", None, "P1", "2022-03-01T10:00:00", "Black", "F", "16", "D1", "0"),
        ("Y2", "E2", "P1", "2022-04-01T10:00:00", "White", "F", "16", "D1", "0"),
    ]
    config = lakeshore_config()
    # Its framework asks for no benchmark that it does not have.
    for name in ("config__indicators", "config__indicator_cells"):
        asked = config[name]
        config[name] = asked[
            ~asked["indicator"].str.endswith(("_actions", "_arrests", "_attended"))
        ]
    warehouse.create(
        {
            "rms__youth_diversions": text_frame(DIVERSIONS, diversions),
            "config__labels": labels("demo"),
        },
        config,
    )
    built = warehouse.dbt(
        "build", "--exclude", "tag:results", "--exclude-resource-type", "unit_test"
    )
    assert built.success, built.with_status("fail", "error")
    found = warehouse.query(
        f"select interaction, race_group, count, persons from interactions.interaction_counts "
        f"where {WHOLE} and dimension = 'all' order by all"
    )
    assert found == [("youth_diversion", "Black", 1, 1), ("youth_diversion", "White", 1, 1)]
