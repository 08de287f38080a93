"""The public data of Toronto end to end: what the service itself published comes out."""

import json

import pytest

from tests.pipeline import beside_the_published, last_run, mart, query, refresh_here
from tests.published import (
    INCIDENTS_2023,
    INDICES_2020,
    QUARTERS,
    RACES,
    RESIDENTS_2016,
    RESIDENTS_TOTAL_2016,
)

CONTRACT = [
    "figure_id",
    "service",
    "indicator",
    "outcome",
    "benchmark",
    "benchmark_vintage",
    "benchmark_unit",
    "unit",
    "composition_rule",
    "period_type",
    "period",
    "dimension",
    "dimension_value",
    "race_group",
    "outcome_count",
    "outcome_total",
    "benchmark_count",
    "benchmark_total",
    "persons",
    "outcome_share",
    "benchmark_share",
    "disproportionality_index",
    "index_low",
    "index_high",
    "rate",
    "rate_low",
    "rate_high",
    "reference_group",
    "disparity_index",
    "disparity_low",
    "disparity_high",
    "rate_difference",
    "rate_difference_low",
    "rate_difference_high",
    "expected_count",
    "excess_count",
    "interval_method",
    "variance_method",
    "p_value",
    "q_value",
    "test_family",
    "outcome_missing_share",
    "benchmark_missing_share",
    "bound_low",
    "bound_high",
    "small_count",
    "classification",
    "framework_version",
    "data_as_of",
    "run_id",
]


@pytest.fixture(scope="module")
def state(tmp_path_factory, shared):
    root = tmp_path_factory.mktemp("toronto")
    outcome = refresh_here(root, "--service", "toronto", "--source-dir", str(shared / "data"))
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return root / "toronto"


def figures(state, columns, where):
    return query(
        f"select {columns} from {mart(state, 'indicators/disproportionality')} "
        f"where dimension = 'all' and {where}"
    )


@pytest.mark.parametrize("year", ["2020", "2021"])
def test_strip_searches_arrests_and_bookings_by_race(state, year):
    offset = 0 if year == "2020" else 3
    for indicator, benchmark in (("strip_search_of_arrests", 1), ("strip_search_of_bookings", 2)):
        found = figures(
            state,
            "race_group, outcome_count, benchmark_count",
            f"indicator = '{indicator}' and period = '{year}' "
            "and outcome_count + benchmark_count > 0",
        )
        assert {race: counts for race, *counts in found} == {
            race: [counts[offset], counts[offset + benchmark]] for race, counts in RACES.items()
        }


def test_eight_quarters_in_total(state):
    for indicator, benchmark in (("strip_search_of_arrests", 1), ("strip_search_of_bookings", 2)):
        found = figures(
            state,
            "distinct period, outcome_total, benchmark_total",
            f"indicator = '{indicator}' and period_type = 'quarter'",
        )
        assert {period: tuple(totals) for period, *totals in found} == {
            period: (counts[0], counts[benchmark]) for period, counts in QUARTERS.items()
        }


def test_published_indices_of_2020(state):
    found = figures(
        state,
        "race_group, round(disproportionality_index, 2), index_low, index_high",
        "indicator = 'strip_search_of_arrests' and period = '2020'",
    )
    index = {race: value for race, value, _, _ in found}
    assert {race: index[race] for race in INDICES_2020} == INDICES_2020
    assert all(low < value + 0.005 and value - 0.005 < high for _, value, low, high in found if low)


def test_sharp_bounds_for_unknown_race(state):
    assert figures(
        state,
        "round(bound_low, 2), round(bound_high, 2)",
        "indicator = 'strip_search_of_arrests' and period = '2020' and race_group = 'Black'",
    ) == [(0.93, 1.34)]


def test_use_of_force_incidents_of_2023_against_the_profile_of_2016(state):
    found = figures(
        state,
        "race_group, outcome_count, benchmark_count, outcome_total, benchmark_total, unit, "
        "composition_rule, benchmark_vintage",
        "indicator = 'use_of_force_of_residents' and period = '2023'",
    )
    assert {row[0]: row[1] for row in found if row[1]} == INCIDENTS_2023
    assert {row[0]: row[2] for row in found if row[2]} == RESIDENTS_2016
    assert {row[3:] for row in found} == {
        (1248, RESIDENTS_TOTAL_2016, "incident", "multiple_race_group", "2016")
    }


def test_groups_that_one_side_cannot_hold_keep_counts_and_have_no_index(state):
    found = figures(
        state,
        "outcome_count, disproportionality_index, index_low, p_value, q_value, classification",
        "indicator = 'use_of_force_of_residents' and period = '2023' "
        "and race_group = 'Multiple race group'",
    )
    assert found == [(160, None, None, None, None, None)]


def test_what_publishers_printed_comes_out_or_says_why_not(state):
    found = beside_the_published(state, "Toronto")
    assert found["figure_id"].is_unique
    assert found["explained"].all()
    differing = found[found["agrees"].eq(False)]
    assert dict(zip(differing["published_id"], differing["difference"], strict=True)) == {
        "strip-searches-2020": 1,
        "persons-arrested": 65276 - 37347,
        "use-of-force-incident-numbers-2023": 1248 - 1287,
        "use-of-force-reports-2023": 2092 - 2172,
        "residents-2016": 10,
    }
    not_held = set(found.loc[found["ours"].isna(), "published_id"])
    assert {name for name in not_held if not name.startswith("items-found")} == {
        "enforcement-actions-2020",
        "enforcement-actions-of-residents-2020",
        "people-in-use-of-force-2020",
        "use-of-force-incidents-2020",
        "use-of-force-of-enforcement-actions-2020",
        "use-of-force-of-enforcement-actions-2020-by-incident",
    }


def test_loads_say_what_was_accepted_and_what_was_withdrawn(state):
    loads = query(
        "select table_name, verdict, rows_accepted, rows_rejected, reason, data_as_of::varchar "
        f"from {mart(state, 'audit/loads')}"
    )
    by_table = {row[0]: row[1:] for row in loads}
    assert by_table["arrests"][:3] == ("accepted", 65276, 0)
    assert by_table["arrests"][4] == "2021-12-31"
    verdict, accepted, rejected, reason, _ = by_table["weapon_records"]
    assert (verdict, accepted, rejected) == ("rejected", 0, 8711) and "withdrew" in reason
    report = last_run(state)
    assert (report["status"], report["exit_status"]) == ("done", 0)


def test_quality_says_what_is_missing_and_what_is_not_linked(state):
    """DOMAIN §3: 4 rows have no race, 469 strip searches no ArrestID, 572 are not booked."""
    found = query(
        "select subject, period, round(value, 4), status, split_part(detail, ' records', 1) "
        f"from {mart(state, 'indicators/data_quality')} where source = 'tps' "
        "and measure in ('linked_share', 'missing_race_share') order by all"
    )
    assert found == [
        ("race_group", "2020", 0.0817, "warn", "2614 of 31979"),
        ("race_group", "2021", 0.0735, "warn", "2446 of 33297"),
        ("race_group", "all", 0.0775, "warn", "5060 of 65276"),
        ("race_label_raw", "2020", 0.0001, "ok", "2 of 31979"),
        ("race_label_raw", "2021", 0.0001, "ok", "2 of 33297"),
        ("race_label_raw", "all", 0.0001, "ok", "4 of 65276"),
        ("strip searches to arrests", "2020", 0.9373, "warn", "6669 of 7115"),
        ("strip searches to arrests", "2021", 0.9665, "warn", "663 of 686"),
        ("strip searches to arrests", "all", 0.9399, "warn", "7332 of 7801"),
        ("strip searches to bookings", "2020", 0.9233, "warn", "6569 of 7115"),
        ("strip searches to bookings", "2021", 0.9621, "warn", "660 of 686"),
        ("strip searches to bookings", "all", 0.9267, "warn", "7229 of 7801"),
    ]
    scores = dict(
        query(
            f"select dimension, value from {mart(state, 'indicators/data_quality')} "
            "where table_name = 'arrests' and measure = 'score'"
        )
    )
    assert set(scores) == {
        *("completeness", "validity", "uniqueness"),
        *("consistency", "timeliness", "integrity"),
    }
    assert 0.97 < scores["completeness"] < 0.98 and scores["validity"] == 1


def test_no_row_of_a_person_is_among_the_marts(state):
    files = {p.relative_to(state / "marts").as_posix() for p in state.glob("marts/*/*.parquet")}
    assert files == {
        "audit/expectation_results.parquet",
        "audit/loads.parquet",
        "benchmarks/benchmark_counts.parquet",
        "indicators/data_quality.parquet",
        "indicators/disproportionality.parquet",
        "interactions/interaction_counts.parquet",
    }


def test_public_mart_has_the_columns_of_the_contract(state):
    described = query(f"describe select * from {mart(state, 'indicators/disproportionality')}")
    contract = json.loads((state / "marts" / "_run.json").read_text())
    assert contract["hashes"].keys() >= {"indicators.disproportionality"}
    assert [row[0] for row in described] == CONTRACT
    repeated = query(
        f"select count(*) - count(distinct figure_id) from "
        f"{mart(state, 'indicators/disproportionality')}"
    )
    assert repeated == [(0,)]
