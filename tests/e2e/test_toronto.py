"""The public data of Toronto end to end: what the service itself published comes out."""

import json

import pytest

from rbdc.analysis.schema import COLUMNS
from rbdc.framework import load_framework
from tests.dbt.warehouses import words
from tests.pipeline import beside_the_published, last_run, mart, query, refresh_here
from tests.published import (
    INCIDENTS_2023,
    INDICES_2020,
    QUARTERS,
    RACES,
    RESIDENTS_2016,
    RESIDENTS_TOTAL_2016,
)

CONTRACT = words("""
    figure_id service indicator outcome benchmark benchmark_vintage benchmark_unit unit
    composition_rule period_type period dimension dimension_value race_group outcome_count
    outcome_total benchmark_count benchmark_total persons outcome_share benchmark_share
    disproportionality_index index_low index_high rate rate_low rate_high reference_group
    disparity_index disparity_low disparity_high rate_difference rate_difference_low
    rate_difference_high expected_count excess_count interval_method variance_method p_value
    q_value test_family outcome_missing_share benchmark_missing_share bound_low bound_high
    small_count classification framework_version data_as_of run_id
""")


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
    assert not_held == {
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
    answers_made = {f"indicators/{table}.parquet" for table in COLUMNS}
    assert files == answers_made | {
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


def answers(state, table, columns, where="true"):
    return query(
        f"select {columns} from {mart(state, f'indicators/{table}')} where {where} order by all"
    )


def test_strip_searches_before_and_after_october_2020(state):
    found = answers(
        state,
        "policy_change",
        "race_group, outcome_before, benchmark_before, outcome_after, benchmark_after, "
        "rate_before, rate_after, rate_ratio, rate_ratio_low, rate_ratio_high, rate_change",
        "indicator = 'strip_search_of_arrests'",
    )
    by_group = {row[0]: row[1:] for row in found}
    overall = by_group["All race groups"]
    assert overall[:4] == (6760, 24751, 1041, 40525)
    assert [round(100 * rate, 1) for rate in overall[4:6]] == [27.3, 2.6]
    assert len(by_group) == 9
    for x0, n0, x1, n1, before, after, ratio, low, high, change in by_group.values():
        assert before == pytest.approx(x0 / n0) and after == pytest.approx(x1 / n1)
        assert low < ratio < high and ratio == pytest.approx(after / before)
        assert change == "reduced"


def test_the_series_says_why_it_cannot_be_estimated(state):
    found = answers(
        state,
        "policy_change",
        "distinct series_points_before, series_points_after, series_status, level_ratio",
        "indicator = 'strip_search_of_arrests'",
    )
    assert len(found) == 1
    before, after, status, level = found[0]
    assert (before, after, level) == (3, 5, None)
    assert "8 are needed" in status


def test_items_found_by_regime_and_over_both_years(state):
    columns = "found, searches, round(100 * hit_rate, 1), mixes_regimes"
    of = "race_group = 'All race groups' and"
    regime = "dimension = 'strip_search_procedure' and dimension_value"
    before = answers(state, "outcome_test", columns, f"{of} {regime} = 'before'")
    after = answers(state, "outcome_test", columns, f"{of} {regime} = 'after'")
    assert before == [(2748, 6760, 40.7, False)]
    assert after == [(163, 1041, 15.7, False)]
    both = answers(
        state,
        "outcome_test",
        "race_group, found, searches",
        "period_type = 'all' and dimension = 'all' and mixes_regimes",
    )
    assert {group: (found, searches) for group, found, searches in both} == {
        "All race groups": (2911, 7801),
        "Black": (917, 2434),
        "White": (1346, 3566),
        "East/Southeast Asian": (117, 341),
        "Indigenous": (115, 306),
        "South Asian": (89, 257),
        "Middle Eastern": (85, 228),
        "Latino": (47, 132),
        "Unknown": (195, 537),
    }


def test_ratios_of_items_found_have_intervals_in_each_regime(state):
    found = answers(
        state,
        "outcome_test",
        "dimension_value, race_group, hit_rate_ratio, ratio_low, ratio_high",
        "dimension = 'strip_search_procedure' and race_group not in ('White', 'All race groups')",
    )
    assert len(found) == 2 * 7
    assert all(low < ratio < high for _, _, ratio, low, high in found)


def test_the_pathway_agrees_with_the_figures_of_its_steps(state):
    rows = answers(
        state,
        "pathway",
        "period, race_group, step, log_step_index, log_overall_index, log_residual, "
        "outcome_missing_share",
        "chain = 'complete' and period_type = 'year'",
    )
    assert len(rows) == 2 * 7 * 3
    sums: dict[tuple[str, str], float] = {}
    for period, group, _, log_step, _, residual, _ in rows:
        sums[period, group] = sums.get((period, group), 0) + log_step
        assert abs(residual) < 1e-9
    for period, group, _, _, overall, _, _ in rows:
        assert sums[period, group] == pytest.approx(overall, abs=1e-9)
    unknown = {step: round(100 * share, 1) for p, _, step, *_, share in rows if p == "2020"}
    assert unknown == {1: 8.2, 2: 7.6, 3: 7.0}
    # The whole way is a figure of its own, made apart from its steps.
    apart = query(
        "select max(abs(ln(whole.disproportionality_index) - step.log_overall_index)) "
        f"from {mart(state, 'indicators/pathway')} as step "
        f"inner join {mart(state, 'indicators/disproportionality')} as whole "
        "on whole.indicator = step.overall_indicator and whole.period = step.period "
        "and whole.race_group = step.race_group and whole.dimension = 'all' "
        "where step.chain = 'complete'"
    )
    assert apart[0][0] < 1e-9


def test_a_chain_that_cannot_be_made_says_why(state):
    rows = answers(state, "pathway", "distinct reason", "race_group = 'Unknown'")
    assert rows == [("the step from resident_population 2016 to arrest is undefined",)]


def test_arrests_against_both_censuses_side_by_side(state):
    rows = answers(
        state,
        "benchmark_range",
        "race_group, benchmarks, benchmark_of_lowest, benchmark_of_highest, robustness",
        "outcome = 'arrest' and period = '2020' and dimension = 'all'",
    )
    by_group = {row[0]: row[1:] for row in rows}
    assert by_group["Black"] == (
        2, "resident_population 2021", "resident_population 2016", "agree",
    )  # fmt: skip
    assert by_group["Indigenous"][1:3] == ("resident_population 2016", "resident_population 2021")


def test_every_hypothesis_has_an_answer_and_a_sentence(state, project):
    asked = {one.hypothesis for one in load_framework(project / "services/toronto").hypotheses}
    verdicts = dict(answers(state, "hypothesis_results", "distinct hypothesis, verdict"))
    assert set(verdicts) == asked
    assert verdicts["H1"] == verdicts["H2"] == verdicts["H6"] == "supported"
    assert verdicts["H7"] == "cannot_be_told"  # the files hold no force of 2020
    said = answers(
        state, "findings", "subject, class, sentence_en, sentence_fr", "measure = 'verdict'"
    )
    assert {subject for subject, *_ in said} == asked
    kinds = {subject: kind for subject, kind, *_ in said}
    assert kinds["H1"] == "area_of_focus" and kinds["H2"] == "doing_well"
    assert all(english and french for *_, english, french in said)


def test_answers_name_method_family_unit_and_framework(state):
    for table, family in (
        ("policy_change", "rate_test_family"),
        ("outcome_test", "test_family"),
        ("adjusted", "test_family"),
        ("hypothesis_results", "test_family"),
    ):
        missing = answers(
            state,
            table,
            "count(*)",
            f"interval_method is null and p_value is not null or {family} is null or unit is null "
            "or framework_version is null"
            if table != "policy_change"
            else f"interval_method is null or {family} is null or unit is null",
        )
        assert missing == [(0,)], table


def test_answers_are_made_from_figures_that_are_there(state):
    for table in ("policy_change", "outcome_test", "pathway", "adjusted", "findings"):
        lost = query(
            "select count(*) from (select unnest(string_split(source_figures, ' ')) as figure_id "
            f"from {mart(state, f'indicators/{table}')} where source_figures is not null) as used "
            f"left join {mart(state, 'indicators/disproportionality')} as figures "
            "using (figure_id) where figures.figure_id is null"
        )
        assert lost == [(0,)], table


def test_a_first_result_is_remembered(state):
    held = json.loads((state / "quality" / "first_results.json").read_text())
    assert set(held) == {f"H{number}" for number in range(1, 7)}  # H7 cannot be told
